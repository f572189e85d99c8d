"""A blue/green deployment: install on another fleet, give it the traffic, then let the old one go.

CodeDeploy user guide, "Overview of a blue/green deployment" and "Create a deployment group for an EC2/On-Premises
blue/green deployment"; API reference, ``BlueGreenDeploymentConfiguration``. The configuration decides how many green
instances are installed and given traffic at a time; blue ones are let go all at once, and one that can't be
deregistered fails the deployment.
"""

from labkit.rules.healthy_hosts import ALL_AT_ONCE, Verdict, can_start, minimum_healthy
from labkit.rules.lifecycle import ALLOW, BLUE, GREEN, INSTALL, READY_LIMIT_S
from labkit.simulation.clock import Clock, Process
from labkit.world.deployment import messages
from labkit.world.deployment.in_place import record_result, turn_order
from labkit.world.deployment.lifecycle_events import LifecycleEvents
from labkit.world.deployment.records import BlueGreen, Deployment, LifecycleEvent, Target
from labkit.world.deployment.rollout import Halt, Rollout


class BlueGreenDeployment:
    """Carries out one blue/green deployment."""

    def __init__(self, clock: Clock, deployment: Deployment, events: LifecycleEvents, halt: Halt, seed: int) -> None:
        self._clock = clock
        self._deployment = deployment
        self._events = events
        self._halt = halt
        self._seed = seed
        self._rollout = Rollout(clock, deployment, events, halt)
        self._continued: dict[str, bool] = {"READY_WAIT": False, "TERMINATION_WAIT": False}
        self._waiting_for: str | None = None
        self._copied: str | None = None

    @property
    def waiting_for(self) -> str | None:
        """READY_WAIT or TERMINATION_WAIT while ContinueDeployment would end a wait, else None."""
        return self._waiting_for

    def continue_now(self, wait: str) -> None:
        """ContinueDeployment: ends the wait called ``wait``."""
        self._continued[wait] = True
        self._halt.wake()

    def run(self) -> Process:
        """From InProgress to the verdict. Raises ``ServiceFailedError``."""
        decision = yield from self._attempt()
        if decision is not Verdict.SUCCEED and self._copied is not None and not rerouting_began(self._deployment):
            # Nobody but this deployment knows of the copy, and nobody is served by it: it goes with the deployment.
            self._events.delete_auto_scaling_group(self._deployment.order.group, self._copied)
        return decision

    def _attempt(self) -> Process:
        order = self._deployment.order
        blue_ids = self._events.fleet(order.group)
        green_ids = yield from self._green(self._settings, blue_ids)
        if not green_ids:
            self._halt.fail(messages.NO_INSTANCES)
            return Verdict.FAIL
        if not can_start(order.config, len(green_ids)):
            minimum = minimum_healthy(order.config, len(green_ids))
            self._halt.fail(messages.health_constraints_invalid(minimum, len(green_ids)))
            return Verdict.FAIL
        green, blue = self._fix_targets(green_ids, [i for i in blue_ids if i not in green_ids])
        return (yield from self._carry_out(green, blue))

    @property
    def _settings(self) -> BlueGreen:
        return self._deployment.order.blue_green or BlueGreen()

    def _carry_out(self, green: list[Target], blue: list[Target]) -> Process:
        order = self._deployment.order
        decision = yield from self._rollout.walk(green, INSTALL, order.config, self._installed)
        if decision is not Verdict.SUCCEED or self._halt:
            return decision if decision is not Verdict.GO_ON else Verdict.FAIL
        if not (yield from self._wait_until_ready()):
            return Verdict.FAIL
        installed = [target for target in green if target.status == "Ready"]
        decision = yield from self._rollout.walk(installed, ALLOW, order.config, self._ended)
        if decision is not Verdict.SUCCEED or self._halt:
            return Verdict.FAIL
        decision = yield from self._rollout.walk(blue, BLUE, ALL_AT_ONCE, self._ended)
        if any(target.status == "Failed" for target in blue) or self._halt:
            return Verdict.FAIL
        yield from self._end_of_blue(blue)
        return Verdict.FAIL if self._halt else Verdict.SUCCEED

    # --- the two fleets ------------------------------------------------------------------------

    def _green(self, settings: BlueGreen, blue_ids: list[str]) -> Process:
        """Ids of the replacement instances: found, or launched by a copy of the group's Auto Scaling group."""
        order = self._deployment.order
        if not settings.copies_auto_scaling_group:
            yield self._clock.timeout(0)
            return self._events.discover(order.group, settings.green_tag_sets, settings.green_auto_scaling_groups)
        if not order.group.auto_scaling_groups:
            return []
        self._copied = f"CodeDeploy_{order.group.name}_{self._deployment.id}"
        return (yield from self._events.copy_auto_scaling_group(self._deployment, self._copied, len(blue_ids)))

    def _fix_targets(self, green_ids: list[str], blue_ids: list[str]) -> tuple[list[Target], list[Target]]:
        deployment, seed = self._deployment, f"{self._seed}:{self._deployment.id}"
        order = deployment.order
        green = [_target(i, GREEN, "Green") for i in turn_order(order.group, green_ids, seed)]
        blue = [_target(i, BLUE, "Blue") for i in blue_ids]
        deployment.set_targets([*green, *blue], minimum_healthy(order.config, len(green)))
        return green, blue

    # --- what each step leaves -----------------------------------------------------------------

    def _installed(self, target: Target, succeeded: bool) -> None:  # noqa: FBT001 - the shape of Ended
        record_result(self._deployment, target, succeeded=succeeded)
        self._deployment.set_target_status(target, "Ready" if succeeded else "Failed")

    def _ended(self, target: Target, succeeded: bool) -> None:  # noqa: FBT001
        self._deployment.set_target_status(target, "Succeeded" if succeeded else "Failed")

    # --- the two waits -------------------------------------------------------------------------

    def _wait_until_ready(self) -> Process:
        """True when the traffic may be rerouted; False when nobody said so in time, or the deployment was stopped."""
        settings, deployment = self._settings, self._deployment
        if not settings.waits_for_continue:
            yield self._clock.timeout(0)
            return not self._halt
        deployment.set_status("Ready")
        limit_s = min(settings.ready_wait_s, READY_LIMIT_S)
        yield from self._wait("READY_WAIT", limit_s)
        if not self._continued["READY_WAIT"]:
            self._halt.stop(messages.READY_WAIT_OVER)
            return False
        deployment.set_status("InProgress")
        return not self._halt

    def _end_of_blue(self, blue: list[Target]) -> Process:
        """Waits as the group wishes, then terminates the blue instances or leaves them alone."""
        settings, deployment = self._settings, self._deployment
        group = deployment.order.group
        if settings.terminates_blue:
            deployment.termination_wait_started = True
            yield from self._wait("TERMINATION_WAIT", settings.termination_wait_s)
            if self._halt:
                return
            if self._copied is None:
                self._events.terminate(group, [target.instance_id for target in blue])
        if self._copied is not None:
            self._events.hand_over(group, self._copied, delete=settings.terminates_blue)

    def _wait(self, wait: str, seconds: float) -> Process:
        self._waiting_for = wait
        over = self._clock.timeout(seconds)
        while not (over.processed or self._continued[wait] or self._halt):
            yield over | self._halt.changed
        self._waiting_for = None


class BlueGreenRollback:
    """Gives the traffic back to the blue fleet; nothing is installed again.

    User guide, "Lifecycle event hook availability": the original instances get the three events that allow traffic, the
    replacement instances those that block it. What the failed deployment had not touched is not touched either.
    """

    def __init__(
        self, clock: Clock, deployment: Deployment, events: LifecycleEvents, halt: Halt, undone: Deployment
    ) -> None:
        self._deployment = deployment
        self._undone = undone
        self._clock = clock
        self._rollout = Rollout(clock, deployment, events, halt)

    def run(self) -> Process:
        """From InProgress to the verdict. Raises ``ServiceFailedError``."""
        blue = [
            Target(i, [LifecycleEvent(n) for n in ALLOW], label="Blue") for i in self._touched("Blue", "BlockTraffic")
        ]
        green = [
            Target(i, [LifecycleEvent(n) for n in BLUE], label="Green") for i in self._touched("Green", "AllowTraffic")
        ]
        self._deployment.set_targets([*blue, *green], 0)
        yield self._clock.timeout(0)
        decision = yield from self._rollout.walk(blue, ALLOW, ALL_AT_ONCE, self._ended)
        if decision is Verdict.SUCCEED:
            decision = yield from self._rollout.walk(green, BLUE, ALL_AT_ONCE, self._ended)
        return decision

    def _touched(self, label: str, event: str) -> list[str]:
        targets = (target for target in self._undone.targets.values() if target.label == label)
        return [target.instance_id for target in targets if began(target, event)]

    def _ended(self, target: Target, succeeded: bool) -> None:  # noqa: FBT001 - the shape of Ended
        self._deployment.set_target_status(target, "Succeeded" if succeeded else "Failed")


def _target(instance_id: str, names: tuple[str, ...], label: str) -> Target:
    return Target(instance_id, [LifecycleEvent(name) for name in names], label=label)


def rerouting_began(deployment: Deployment) -> bool:
    """Whether any green instance has been offered to the load balancer."""
    return any(began(target, "AllowTraffic") for target in deployment.targets.values() if target.label == "Green")


def began(target: Target, name: str) -> bool:
    """Whether the event called ``name`` has begun on ``target``."""
    return any(event.name == name and event.start_s is not None for event in target.lifecycle_events)
