"""What the world asks of its surroundings, so that it runs without boto3 and moto.

In a lab ``labkit.aws`` answers these questions from moto's records; a what-if world answers them itself.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Permissions(Protocol):
    """Who may do what."""

    def denial(self, role: str, action: str, resource: str) -> str | None:
        """Why ``role`` (its ARN) may not do ``action`` (``s3:GetObject``) on ``resource`` (an ARN); None if it may."""

    def role_exists(self, role: str) -> bool:
        """Whether there is a role with this ARN that CodeDeploy may assume."""


class Directory(Protocol):
    """What EC2 and Auto Scaling know of the machines."""

    def tags(self, instance_id: str) -> Mapping[str, str]:
        """The instance's tags."""

    def in_service(self, auto_scaling_group: str) -> Sequence[str]:
        """Ids of the group's instances whose lifecycle state is InService, oldest first."""

    def instance_role(self, instance_id: str) -> str | None:
        """ARN of the role in the instance's profile, None without a profile or role."""


class EverythingAllowed:
    """The permissions of a world without IAM: every role exists and may do everything."""

    def denial(self, role: str, action: str, resource: str) -> str | None:
        """Always None."""
        del role, action, resource
        return None

    def role_exists(self, role: str) -> bool:
        """Always True."""
        del role
        return True
