"""What an Auto Scaling group has been told, and whom it asks to get and give up machines.

EC2 Auto Scaling API reference, CreateAutoScalingGroup and SuspendProcesses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

PROCESSES = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)
"""The processes that can be suspended, in the order of their page in the user guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """A group's settings. ``target_groups``: names. ``health_check_type``: EC2, or a list such as EC2,ELB."""

    name: str
    min_size: int
    max_size: int
    desired_capacity: int
    availability_zones: tuple[str, ...]
    target_groups: tuple[str, ...] = ()
    health_check_type: str = "EC2"
    health_check_grace_period_s: float = 0.0
    protects_new_instances: bool = False
    termination_policies: tuple[str, ...] = ("Default",)

    @property
    def asks_load_balancers(self) -> bool:
        """Whether what a target group finds counts for the health of an instance."""
        return "ELB" in self.health_check_type


class LaunchFailedError(Exception):
    """EC2 could not launch instances; the message is EC2's."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A new machine and the Availability Zone it stands in."""

    instance_id: str
    availability_zone: str


class Compute(Protocol):
    """EC2 as the groups use it."""

    def launch(self, auto_scaling_group: str, zones: Mapping[str, int]) -> Sequence[Launched]:
        """Launches machines from the group's template, so many in each zone. Raises ``LaunchFailedError``."""

    def terminate(self, instance_ids: Sequence[str]) -> None:
        """Ends these machines."""

    def new_id(self) -> str:
        """A fresh UUID from the lab's seed: an activity's id, a lifecycle action's token."""
