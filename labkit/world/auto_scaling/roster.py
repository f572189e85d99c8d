"""A group's books: its settings, its instances, its hooks, what is suspended and what it has done.

Every change of an instance's state goes into the history from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import simpy

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.auto_scaling.activities import Activities, Activity
from labkit.world.auto_scaling.lifecycle_hooks import LifecycleAction, LifecycleHook
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.settings import Compute, GroupSettings
from labkit.world.events import GroupInstanceChanged
from labkit.world.fleet import Fleet
from labkit.world.target_group import TargetGroup


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a group works with. ``target_groups``: by name; ``waits``: hears of each lifecycle action that begins."""

    clock: Clock
    history: History
    fleet: Fleet
    target_groups: Mapping[str, TargetGroup]
    compute: Compute
    waits: Callable[[LifecycleAction], None]


class Roster:
    """``members`` by instance id, oldest first; ``suspended``: the reason by process."""

    def __init__(self, settings: GroupSettings, surroundings: Surroundings) -> None:
        self.settings = settings
        self.surroundings = surroundings
        self.clock = surroundings.clock
        self.members: dict[str, Member] = {}
        self.hooks: dict[str, LifecycleHook] = {}
        self.suspended: dict[str, str] = {}
        self.activities = Activities(surroundings.clock, surroundings.history)

    @property
    def counted(self) -> list[Member]:
        """The members that count towards the desired capacity."""
        return [member for member in self.members.values() if member.counts]

    def enter(self, member: Member) -> None:
        """A member comes into the books."""
        self.members[member.instance_id] = member
        self._record(member, member.lifecycle_state)

    def set_state(self, member: Member, lifecycle_state: str) -> None:
        """A member moves on to another lifecycle state."""
        member.lifecycle_state = lifecycle_state
        self._record(member, lifecycle_state)

    def set_health(self, member: Member, health_status: str) -> None:
        """A member is Healthy or Unhealthy."""
        member.health_status = health_status
        self._record(member, member.lifecycle_state)

    def forget(self, member: Member) -> None:
        """A member is no longer one."""
        del self.members[member.instance_id]
        self._record(member, None)

    def begin_activity(self, description: str, cause: str, availability_zone: str | None = None) -> Activity:
        """The group starts to do something."""
        return self.activities.begin(
            Activity(
                id=self.surroundings.compute.new_id(),
                auto_scaling_group=self.settings.name,
                description=description,
                cause=cause,
                availability_zone=availability_zone,
                start_s=self.clock.now_s,
            )
        )

    # --- target groups -------------------------------------------------------------------------

    def register(self, member: Member) -> None:
        """Registers a member with the target groups that this group has not dealt with for it.

        Once only: what takes it out of a target group afterwards, such as a deployment, is not undone. Nor is it made
        up for later when AddToLoadBalancer is suspended: "You must register those instances manually".
        """
        for name in self.settings.target_groups:
            target_group = self.surroundings.target_groups.get(name)
            if target_group is None or name in member.registered:
                continue
            member.registered.add(name)
            if "AddToLoadBalancer" not in self.suspended:
                target_group.register(self.surroundings.fleet.machine(member.instance_id))

    def deregister(self, member: Member) -> list[simpy.Event]:
        """Takes a member out of the group's target groups; an event for each comes when it is drained there."""
        groups = [self.surroundings.target_groups.get(name) for name in self.settings.target_groups]
        member.registered.clear()
        drained: list[simpy.Event] = []
        for target_group in groups:
            if target_group is not None:
                target_group.deregister(member.instance_id)
                drained.append(target_group.when_health(member.instance_id, "unused"))
        return drained

    def _record(self, member: Member, lifecycle_state: str | None) -> None:
        self.surroundings.history.record(
            GroupInstanceChanged(
                auto_scaling_group=self.settings.name,
                instance_id=member.instance_id,
                lifecycle_state=lifecycle_state,
                health_status=member.health_status,
            )
        )
