"""All Auto Scaling groups of a region: they hear from the history what becomes of their machines and targets."""

from collections.abc import Callable, Mapping

import simpy

from labkit.simulation.clock import Clock
from labkit.simulation.history import Event, History
from labkit.world.auto_scaling.group import AutoScalingGroup
from labkit.world.auto_scaling.lifecycle_hooks import LifecycleAction
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.roster import Surroundings
from labkit.world.auto_scaling.settings import Compute, GroupSettings
from labkit.world.events import GroupInstanceChanged, InstanceStatusChanged, MachineChanged, TargetHealthChanged
from labkit.world.fleet import Fleet
from labkit.world.target_group import TargetGroup

Waits = Callable[[LifecycleAction], None]


class GroupRegistry:
    """Groups by name."""

    def __init__(
        self, clock: Clock, history: History, fleet: Fleet, target_groups: Mapping[str, TargetGroup], compute: Compute
    ) -> None:
        """``target_groups``: by name."""
        self._surroundings = Surroundings(clock, history, fleet, target_groups, compute, self._announce)
        self._groups: dict[str, AutoScalingGroup] = {}
        self._former: list[AutoScalingGroup] = []
        self._whose: dict[str, AutoScalingGroup] = {}
        self._listeners: list[Waits] = []
        history.listen(self._follow)

    @property
    def all(self) -> list[AutoScalingGroup]:
        """The groups there are, oldest first."""
        return list(self._groups.values())

    @property
    def former(self) -> list[AutoScalingGroup]:
        """The groups that were deleted."""
        return list(self._former)

    def create(self, settings: GroupSettings) -> AutoScalingGroup:
        """A new group without instances; ``configure`` makes it launch some."""
        group = self._groups[settings.name] = AutoScalingGroup(settings, self._surroundings)
        return group

    def find(self, name: str) -> AutoScalingGroup | None:
        """The group called ``name``, None if there is none."""
        return self._groups.get(name)

    def delete(self, name: str, then: Callable[[], None]) -> None:
        """Deletes a group by force; ``then`` is called when the last of its instances is terminated."""
        group = self._groups[name]

        def forget(_event: simpy.Event | None = None) -> None:
            self._former.append(self._groups.pop(name))
            then()

        deleted = group.delete()
        if deleted.callbacks is None or not group.roster.members:
            forget()
        else:
            deleted.callbacks.append(forget)

    def member(self, instance_id: str) -> tuple[AutoScalingGroup, Member] | None:
        """The group that an instance belongs to, and what the group knows of it; None if it belongs to none."""
        group = self._whose.get(instance_id)
        return None if group is None else (group, group.roster.members[instance_id])

    def on_wait(self, listener: Waits) -> None:
        """Calls ``listener`` with each lifecycle action that begins."""
        self._listeners.append(listener)

    def _announce(self, action: LifecycleAction) -> None:
        for listener in tuple(self._listeners):
            listener(action)

    def _follow(self, event: Event) -> None:
        if isinstance(event, MachineChanged):
            self._machine_changed(event)
        elif isinstance(event, GroupInstanceChanged):
            self._member_changed(event)
        elif isinstance(event, InstanceStatusChanged) or (
            isinstance(event, TargetHealthChanged) and event.state == "unhealthy"
        ):
            found = self.member(event.instance_id)
            if found is not None:
                found[0].health.consider(found[1])

    def _machine_changed(self, event: MachineChanged) -> None:
        found = self.member(event.instance_id)
        if found is None:
            return
        group, member = found
        if event.state == "running" and not member.running.triggered:
            member.running.succeed()
        if event.state == "terminated" and not member.gone.triggered:
            member.gone.succeed()
        group.health.consider(member)

    def _member_changed(self, event: GroupInstanceChanged) -> None:
        if event.lifecycle_state is None:
            del self._whose[event.instance_id]
        else:
            self._whose[event.instance_id] = self._groups[event.auto_scaling_group]
