"""One instance of an Auto Scaling group, as the group sees it.

EC2 Auto Scaling user guide, "Amazon EC2 Auto Scaling instance lifecycle".
"""

from dataclasses import dataclass, field

import simpy

from labkit.simulation.clock import Appointment, Clock
from labkit.world.auto_scaling.lifecycle_hooks import LifecycleAction


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """``lifecycle_state`` and ``health_status`` are the API's.

    ``registered``: names of the target groups this group has registered it with. ``actions``: the lifecycle actions
    it waits for. ``verdict``: when its health will be judged. ``complaint``: why it is Unhealthy, as an activity's
    cause says it. Three events: its machine ``running``, its group ``leaving`` it, its machine ``gone``.
    """

    instance_id: str
    availability_zone: str
    running: simpy.Event
    leaving: simpy.Event
    gone: simpy.Event
    lifecycle_state: str = "Pending"
    health_status: str = "Healthy"
    protected_from_scale_in: bool = False
    in_service_s: float | None = None
    registered: set[str] = field(default_factory=set)
    actions: list[LifecycleAction] = field(default_factory=list)
    verdict: Appointment | None = None
    complaint: str = ""

    @property
    def counts(self) -> bool:
        """Whether it counts towards the desired capacity: it serves or is on its way to."""
        return self.in_service or self.lifecycle_state.startswith("Pending")

    @property
    def in_service(self) -> bool:
        """Whether it serves."""
        return self.lifecycle_state == "InService"


def new_member(clock: Clock, instance_id: str, availability_zone: str, *, protected: bool) -> Member:
    """A member that has only just come."""
    return Member(
        instance_id=instance_id,
        availability_zone=availability_zone,
        running=clock.event(),
        leaving=clock.event(),
        gone=clock.event(),
        protected_from_scale_in=protected,
    )
