"""What the world asks of its surroundings, so that it runs without boto3 and moto.

In a lab ``labkit.aws`` answers these questions from moto's records; a what-if world answers them itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

SERVICE_SESSION = "codedeploy"
"""What a session of a role is called that CodeDeploy opens; an instance's is called by the instance's id."""


class Permissions(Protocol):
    """Who may do what."""

    def denial(self, role: str, action: str, resource: str, session: str = SERVICE_SESSION) -> str | None:
        """Why a session of ``role`` (its ARN) may not do ``action`` (``s3:GetObject``) on ``resource`` (an ARN).

        None if it may.
        """

    def role_exists(self, role: str) -> bool:
        """Whether there is a role with this ARN that CodeDeploy may assume."""


class Directory(Protocol):
    """What EC2 and Auto Scaling know of the machines."""

    def tags(self, instance_id: str) -> Mapping[str, str]:
        """The instance's tags."""

    def in_service(self, auto_scaling_group: str) -> Sequence[str]:
        """Ids of the group's instances whose lifecycle state is InService, oldest first."""

    def terminate(self, instance_ids: Sequence[str]) -> None:
        """Terminates instances."""

    def instance_role(self, instance_id: str) -> str | None:
        """ARN of the role in the instance's profile, None without a profile or role."""

    def instance_at(self, host: str) -> str | None:
        """Id of the instance whose public IPv4 address or public DNS name ``host`` is, None if it is nobody's."""


class AutoScalingGroups(Protocol):
    """What a blue/green deployment asks of Auto Scaling; each acts with the permissions of ``role`` (an ARN).

    All raise ``ServiceFailedError`` when the role may not do it.
    """

    def copy(self, role: str, source: str, name: str, deployment_id: str, size: int) -> None:
        """Makes the group ``name`` like ``source``, launching ``size`` instances."""

    def hand_over(self, role: str, deployment_group_id: str, source: str, name: str) -> None:
        """Moves CodeDeploy's hook from ``source`` to ``name`` and lets ``name`` scale by itself."""

    def delete(self, role: str, name: str) -> None:
        """Deletes a group with its instances."""

    def suspend(self, role: str, name: str, processes: Sequence[str]) -> None:
        """Suspends some of a group's processes."""

    def resume(self, role: str, name: str, processes: Sequence[str]) -> None:
        """Takes them up again."""


class Alarms(Protocol):
    """CloudWatch's alarms."""

    def in_alarm(self, names: Sequence[str]) -> list[str]:
        """Those of the alarms called ``names`` whose state is ALARM."""

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` whenever an alarm may have changed its state."""
