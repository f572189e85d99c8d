"""An Auto Scaling group: keeps as many instances as it should have.

EC2 Auto Scaling user guide, "Auto Scaling groups" and "Suspend and resume Amazon EC2 Auto Scaling processes"; API
reference of the operations named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import simpy

from labkit.simulation.clock import Process
from labkit.world.auto_scaling import activities as say
from labkit.world.auto_scaling.activities import Activity
from labkit.world.auto_scaling.arrival import bring_in
from labkit.world.auto_scaling.choice import give_up, spread
from labkit.world.auto_scaling.departure import begin_departure, dismiss
from labkit.world.auto_scaling.health import HealthChecks
from labkit.world.auto_scaling.lifecycle_hooks import ABANDON, CONTINUE, LAUNCHING, LifecycleAction, LifecycleHook
from labkit.world.auto_scaling.member import Member, new_member
from labkit.world.auto_scaling.roster import Roster, Surroundings
from labkit.world.auto_scaling.settings import GroupSettings, Launched, LaunchFailedError

FIRST_RETRY_S = 60.0
LAST_RETRY_S = 3600.0
"""A launch that failed is tried again, each time after twice as long, up to this; AWS publishes no figures."""


class AutoScalingGroup:
    """``roster`` holds what there is to see; what is done to the group goes through these methods."""

    def __init__(self, settings: GroupSettings, surroundings: Surroundings) -> None:
        self.roster = Roster(settings, surroundings)
        self.health = HealthChecks(self.roster, self._replace)
        self._clock = surroundings.clock
        self._retry_s = FIRST_RETRY_S

    @property
    def name(self) -> str:
        """The group's name."""
        return self.roster.settings.name

    def in_service(self) -> list[str]:
        """Ids of the instances in service, oldest first."""
        return [member.instance_id for member in self.roster.members.values() if member.in_service]

    # --- capacity ------------------------------------------------------------------------------

    def configure(self, settings: GroupSettings, request: str = "") -> None:
        """Takes new settings over and does what follows. ``request``: who wanted another capacity (``activities``)."""
        gone = [name for name in self.roster.settings.target_groups if name not in settings.target_groups]
        self.roster.settings = settings
        for member in self.roster.members.values():
            member.registered.difference_update(gone)
            if member.in_service:
                self.roster.register(member)
        self.balance(request)
        self.health.look_at_all()

    def balance(self, request: str = "") -> None:
        """Launches what is missing or terminates what is too much, as far as no process is suspended."""
        counted, desired = self.roster.counted, self.roster.settings.desired_capacity
        if len(counted) < desired and "Launch" not in self.roster.suspended:
            self._launch(desired - len(counted), self._cause(request, say.started(len(counted), desired)))
        elif len(counted) > desired and "Terminate" not in self.roster.suspended:
            self._scale_in(counted, self._cause(request, say.scaled_in(len(counted), desired)))

    def _cause(self, request: str, action: str) -> str:
        if request == say.REPLACEMENT:
            return say.at(self._clock, request)
        return "  ".join(say.at(self._clock, sentence) for sentence in (request, action) if sentence)

    def _launch(self, count: int, cause: str) -> None:
        try:
            launched = self.roster.surroundings.compute.launch(self.name, self._zones_for(count))
        except LaunchFailedError as error:
            activity = self.roster.begin_activity("Launching a new EC2 instance", cause)
            self.roster.activities.end(activity, "Failed", f"{error} Launching EC2 instance failed.")
            self._clock.call_at(self._clock.now_s + self._retry_s, self.balance)
            self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)
            return
        self._retry_s = FIRST_RETRY_S
        for machine in launched:
            self._welcome(machine, f"Launching a new EC2 instance: {machine.instance_id}", cause)

    def _zones_for(self, count: int) -> dict[str, int]:
        """How many of ``count`` go where; a zone that was lost gets none."""
        zones = self.roster.settings.availability_zones
        usable = [zone for zone in zones if zone not in self.roster.surroundings.fleet.lost_zones]
        if zones and not usable:
            raise LaunchFailedError(say.no_capacity(zones))
        return spread(count, usable, (member.availability_zone for member in self.roster.counted))

    def _welcome(self, machine: Launched, description: str, cause: str) -> None:
        protected = self.roster.settings.protects_new_instances
        member = new_member(self._clock, machine.instance_id, machine.availability_zone, protected=protected)
        self.roster.enter(member)
        self._bring_in(member, description, cause)

    def _bring_in(self, member: Member, description: str, cause: str) -> Activity:
        activity = self.roster.begin_activity(description, cause, member.availability_zone)
        if self.roster.surroundings.fleet.machine(member.instance_id).running and not member.running.triggered:
            member.running.succeed()
        self._clock.process(bring_in(self.roster, member, activity, self._arrived))
        return activity

    def _arrived(self, member: Member, in_service: bool) -> None:  # noqa: FBT001 - the shape bring_in asks for
        if in_service:
            self.health.consider(member)
        else:
            self._clock.process(self._make_up_for(member))

    def _make_up_for(self, member: Member) -> Process:
        yield from dismiss(self.roster, member)
        self.balance()

    def _scale_in(self, counted: list[Member], cause: str) -> None:
        surplus = len(counted) - self.roster.settings.desired_capacity
        chosen = give_up(surplus, counted, self.roster.settings.termination_policies)
        for member in chosen:
            selected = say.at(self._clock, say.selected(member.instance_id))
            begin_departure(self.roster, member, f"{cause}  {selected}")

    def _replace(self, member: Member) -> None:
        begin_departure(self.roster, member, say.at(self._clock, member.complaint))
        self.balance(say.REPLACEMENT)

    # --- suspended processes -------------------------------------------------------------------

    def suspend(self, processes: Iterable[str]) -> None:
        """SuspendProcesses: these stop until they are resumed."""
        for process in processes:
            self.roster.suspended.setdefault(process, f"User suspended at {self._clock.now:%Y-%m-%dT%H:%M:%SZ}")

    def resume(self, processes: Iterable[str]) -> None:
        """ResumeProcesses: what was left undone is taken up, but for registering with load balancers."""
        for process in processes:
            self.roster.suspended.pop(process, None)
        self.balance()
        self.health.look_at_all()

    # --- hooks ---------------------------------------------------------------------------------

    def put_hook(self, hook: LifecycleHook) -> None:
        """PutLifecycleHook: instances on their way later than now wait for it."""
        self.roster.hooks[hook.name] = hook

    def delete_hook(self, name: str) -> None:
        """DeleteLifecycleHook: "outstanding lifecycle actions are completed first", ABANDON for launching instances."""
        hook = self.roster.hooks.pop(name, None)
        for member in self.roster.members.values() if hook else ():
            for action in member.actions:
                if action.hook.name == name:
                    action.complete(ABANDON if action.hook.transition == LAUNCHING else CONTINUE)

    def action(self, hook_name: str, *, token: str | None, instance_id: str | None) -> LifecycleAction | None:
        """The lifecycle action under way that ``token``, or without one ``instance_id``, names."""
        for member in self.roster.members.values():
            for action in member.actions:
                named = action.token == token if token else action.instance_id == instance_id
                if action.open and named and action.hook.name == hook_name:
                    return action
        return None

    # --- single instances ----------------------------------------------------------------------

    def attach(self, machines: Sequence[Launched]) -> None:
        """AttachInstances; ``configure`` has to raise the desired capacity."""
        before = len(self.roster.counted)
        what = "an instance was attached in response to a user request, increasing the capacity from "
        cause = say.at(self._clock, f"{what}{before} to {before + len(machines)}.")
        for machine in machines:
            self._welcome(machine, f"Attaching an existing EC2 instance: {machine.instance_id}", cause)

    def release(self, member: Member, how: Literal["detach", "standby"]) -> Activity:
        """DetachInstances and EnterStandby: the machine lives on outside the group, or aside in it.

        ``configure`` has to lower the desired capacity, or to launch another instance.
        """
        doing, done = ("Detaching EC2 instance", "detached") if how == "detach" else _STANDBY
        cause = say.at(self._clock, f"instance {member.instance_id} was {done} in response to a user request.")
        activity = self.roster.begin_activity(f"{doing}: {member.instance_id}", cause, member.availability_zone)
        self.roster.deregister(member)
        if how == "detach":
            self.roster.forget(member)
        else:
            self.roster.set_state(member, "Standby")
        self.roster.activities.end(activity)
        return activity

    def exit_standby(self, member: Member) -> Activity:
        """ExitStandby; ``configure`` has to raise the desired capacity."""
        self.roster.set_state(member, "Pending")
        cause = say.at(
            self._clock, f"instance {member.instance_id} was moved out of standby in response to a user request."
        )
        return self._bring_in(member, f"Moving EC2 instance out of Standby: {member.instance_id}", cause)

    def terminate(self, member: Member, *, shrinks: bool) -> Activity:
        """TerminateInstanceInAutoScalingGroup; ``configure`` has to lower the capacity (``shrinks``) or to refill."""
        before = len(self.roster.counted)
        cause = say.at(self._clock, say.taken_out(member.instance_id, before, before - 1 if shrinks else before))
        return begin_departure(self.roster, member, cause)

    def delete(self) -> simpy.Event:
        """DeleteAutoScalingGroup with force: "without waiting for all instances to be terminated"; the event does."""
        self.roster.settings = replace(self.roster.settings, min_size=0, desired_capacity=0)
        for name in tuple(self.roster.hooks):
            self.delete_hook(name)
        members = tuple(self.roster.members.values())
        for member in members:
            if not member.lifecycle_state.startswith("Terminating"):
                self._clock.process(dismiss(self.roster, member))
        return simpy.AllOf(self._clock.environment, [member.gone for member in members])


_STANDBY = ("Moving EC2 instance to Standby", "moved to standby")
