"""AWS's prices that a lesson's bill is reckoned with: one place, with their region, date and pages.

They are list prices, on demand, without tax, free tier or discounts. AWS changes them now and then: whoever updates
them reads the pages again and changes ``AS_OF``.
"""

from collections.abc import Mapping
from typing import Final

REGION: Final = "Asia Pacific (Seoul)"
AS_OF: Final = "November 2025"
"""The month whose prices these are; they have not been compared with the pages since."""

EC2_USD_AN_HOUR: Final[Mapping[str, float]] = {
    "t3.nano": 0.0065,
    "t3.micro": 0.0130,
    "t3.small": 0.0260,
    "t3.medium": 0.0520,
}
"""Linux, by the second with a minimum of 60: https://aws.amazon.com/ec2/pricing/on-demand/."""

MINIMUM_S: Final = 60.0
IPV4_USD_AN_HOUR: Final = 0.005
"""Each public IPv4 address in use: https://aws.amazon.com/vpc/pricing/."""

GP3_USD_A_GB_MONTH: Final = 0.0912
"""https://aws.amazon.com/ebs/pricing/."""

DISK_GB: Final = 8
"""The root disk of Amazon Linux 2023's image."""

ALB_USD_AN_HOUR: Final = 0.0225
"""Each hour or part of an hour, without capacity units: https://aws.amazon.com/elasticloadbalancing/pricing/."""

HOURS_A_MONTH: Final = 730
"""As AWS's own calculator counts a month."""
