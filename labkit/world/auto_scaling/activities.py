"""Scaling activities: what a group did, why, and how far it has come.

API reference, DescribeScalingActivities (Activity). The sentences are those AWS shows in "Verify a scaling activity
for an Auto Scaling group" and in its troubleshooting pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import ScalingActivityChanged

REPLACEMENT = "an instance was launched in response to an unhealthy instance needing to be replaced."
OUT_OF_SERVICE = "an instance was taken out of service in response to "
NOT_RUNNING = f"{OUT_OF_SERVICE}an EC2 health check indicating it has been terminated or stopped."
STATUS_CHECKS_FAILED = f"{OUT_OF_SERVICE}an EC2 instance status checks failure."
LOAD_BALANCER_COMPLAINT = f"{OUT_OF_SERVICE}an ELB system health check failure."
USER_COMPLAINT = f"{OUT_OF_SERVICE}a user health-check."
DIED_BEFORE_SERVICE = "Instance became unhealthy while waiting for instance to be in InService state."
DRAINING = " - Waiting For ELB Connection Draining."


@dataclass(slots=True, kw_only=True)
class Activity:
    """One activity; times are lab seconds, ``end_s`` None while it goes on."""

    id: str
    auto_scaling_group: str
    description: str
    cause: str
    availability_zone: str | None
    start_s: float
    end_s: float | None = None
    status_code: str = "InProgress"
    status_message: str | None = None
    progress: int = 0


class Activities:
    """The activities of one group, oldest first."""

    def __init__(self, clock: Clock, history: History) -> None:
        self._clock = clock
        self._history = history
        self._all: list[Activity] = []

    def newest_first(self) -> list[Activity]:
        """All of them, as DescribeScalingActivities lists them."""
        return self._all[::-1]

    def begin(self, activity: Activity) -> Activity:
        """Enters an activity that begins now."""
        self._all.append(activity)
        self._record(activity)
        return activity

    def move(self, activity: Activity, status_code: str, progress: int, message: str | None = None) -> None:
        """An activity goes on: ``status_code`` is a ScalingActivityStatusCode, ``progress`` a percentage."""
        activity.status_code, activity.progress = status_code, progress
        activity.status_message = message
        self._record(activity)

    def end(self, activity: Activity, status_code: str = "Successful", message: str | None = None) -> None:
        """An activity comes to its end: Successful, Failed or Cancelled (then ``message`` says why)."""
        activity.end_s = self._clock.now_s
        activity.description = activity.description.removesuffix(DRAINING)
        if message is not None:
            activity.description += f".  Status Reason: {message}"
        self.move(activity, status_code, 100, message)

    def _record(self, activity: Activity) -> None:
        self._history.record(
            ScalingActivityChanged(
                activity_id=activity.id,
                auto_scaling_group=activity.auto_scaling_group,
                description=activity.description,
                cause=activity.cause,
                status_code=activity.status_code,
                status_message=activity.status_message,
            )
        )


def no_capacity(zones: Sequence[str]) -> str:
    """EC2's InsufficientInstanceCapacity, for a group none of whose zones has any."""
    return (
        "We currently do not have sufficient capacity in the Availability Zone you requested "
        f"({', '.join(zones)}). Our system will be working on provisioning additional capacity."
    )


def at(clock: Clock, what: str) -> str:
    """A sentence of a cause, with its moment."""
    return f"At {clock.now:%Y-%m-%dT%H:%M:%SZ} {what}"


def created(desired: int) -> str:
    """CreateAutoScalingGroup asked for instances."""
    return f"a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}."


def set_explicitly(before: int, after: int) -> str:
    """SetDesiredCapacity changed the desired capacity."""
    return (
        f"a user request explicitly set group desired capacity changing the desired capacity from {before} to {after}."
    )


def updated(sizes: tuple[int, int, int], before: int) -> str:
    """UpdateAutoScalingGroup changed the desired capacity; ``sizes``: minimum, maximum, desired."""
    least, most, desired = sizes
    return (
        f"a user request update of AutoScalingGroup constraints to min: {least}, max: {most}, desired: {desired} "
        f"changing the desired capacity from {before} to {desired}."
    )


def started(before: int, after: int) -> str:
    """The group launches because it has too few."""
    return (
        "an instance was started in response to a difference between desired and actual capacity, increasing the "
        f"capacity from {before} to {after}."
    )


def scaled_in(before: int, after: int) -> str:
    """The group terminates because it has too many."""
    return (
        f"{OUT_OF_SERVICE}a difference between desired and actual capacity, shrinking the capacity from {before} "
        f"to {after}."
    )


def selected(instance_id: str) -> str:
    """Which instance scaling in has chosen."""
    return f"instance {instance_id} was selected for termination."


def taken_out(instance_id: str, before: int, after: int) -> str:
    """TerminateInstanceInAutoScalingGroup."""
    shrinking = f", shrinking the capacity from {before} to {after}." if after < before else "."
    return f"instance {instance_id} was taken out of service in response to a user request{shrinking}"
