"""What surrounds the inside of a machine: its names and addresses, the network, and the moment its run began."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from labkit.world.http import Answer

Network = Callable[[str, int, str], Answer | None]
"""(IP address, port, path) -> the answer of the machine that has this address, None if nobody listens there."""

MetadataService = Callable[["HttpRequest"], Answer]
"""What http://169.254.169.254/ answers to this machine."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as ``curl`` and the metadata service see it; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a machine is. ``availability_zone``: such as ``ap-northeast-2a``; ``image_id``: the AMI it started from."""

    instance_id: str
    private_ip: str
    availability_zone: str
    image_id: str = "ami-00000000000000000"
    instance_type: str = "t3.micro"
    account_id: str = "123456789012"

    @property
    def hostname(self) -> str:
        """The name EC2 gives it: ``ip-10-0-0-12``."""
        return "ip-" + self.private_ip.replace(".", "-")

    @property
    def region(self) -> str:
        """The region of its zone."""
        return self.availability_zone[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a command can see beyond the machine's inside.

    ``began_s``: lab seconds at which the run began; ``booted_s``: at which the machine came up; ``moment``: the
    calendar (UTC) of a lab second.
    """

    identity: Identity
    began_s: float
    booted_s: float
    moment: Callable[[float], datetime]
    network: Network
    metadata: MetadataService
