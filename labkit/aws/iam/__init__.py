"""What moto's IAM lacks: policy documents read as AWS reads them, users' boundaries, the policy simulator."""

from labkit.aws.iam.service import Iam

__all__ = ["Iam"]
