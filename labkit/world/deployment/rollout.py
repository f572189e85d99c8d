"""A walk over instances: as many at a time as the configuration allows, for as long as it is worth going on.

Installing in place, installing on a green fleet and giving it the traffic are walks of the same kind. Order,
concurrency and verdict are asked of ``labkit.rules``.
"""

from collections.abc import Callable, Sequence

from labkit.rules.healthy_hosts import DeploymentConfig, Progress, Verdict, may_begin_another, verdict
from labkit.rules.lifecycle import PREVIOUS_REVISION_EVENTS
from labkit.simulation.clock import Clock, Process
from labkit.world.deployment.lifecycle_events import LifecycleEvents, ServiceFailedError
from labkit.world.deployment.records import Deployment, Diagnostics, ErrorInformation, Target

Ended = Callable[[Target, bool], None]
"""Told of each instance that has ended, and whether it succeeded."""


class Halt:
    """Whether a deployment must not begin anything more: stopped, out of time, or failed by the service itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._error: ErrorInformation | None = None
        self._stopped: ErrorInformation | None = None
        self.changed = clock.event()

    @property
    def error(self) -> ErrorInformation | None:
        """What the service itself failed with, None if it did not."""
        return self._error

    @property
    def stopped(self) -> ErrorInformation | None:
        """Why the deployment was stopped (by somebody, an alarm, a wait that ended), None if it was not."""
        return self._stopped

    def __bool__(self) -> bool:
        return self._stopped is not None or self._error is not None

    def stop(self, reason: ErrorInformation) -> None:
        """Events under way end first, no other begins. The first reason is the one that counts."""
        self._stopped = self._stopped or reason
        self.wake()

    def fail(self, error: ErrorInformation) -> None:
        """The service can't go on. The first reason is the one that counts."""
        self._error = self._error or error
        self.wake()

    def wake(self) -> None:
        """Something ended; whoever waits for ``changed`` looks again."""
        changed, self.changed = self.changed, self._clock.event()
        changed.succeed()


class Rollout:
    """Takes the targets of one deployment through some lifecycle events."""

    def __init__(self, clock: Clock, deployment: Deployment, events: LifecycleEvents, halt: Halt) -> None:
        self._clock = clock
        self._deployment = deployment
        self._events = events
        self._halt = halt

    def walk(self, targets: Sequence[Target], names: Sequence[str], config: DeploymentConfig, ended: Ended) -> Process:
        """Takes ``targets`` through the events called ``names``; gives the verdict once all that began has ended."""
        counts = {"begun": 0, "succeeded": 0, "failed": 0}
        healthy = self._deployment.order.group.healthy
        unhealthy = sum(healthy.get(target.instance_id) is False for target in targets)

        def progress() -> Progress:
            in_progress = counts["begun"] - counts["succeeded"] - counts["failed"]
            return Progress(len(targets), counts["succeeded"], counts["failed"], in_progress, unhealthy)

        def done(target: Target, succeeded: bool) -> None:  # noqa: FBT001 - the shape of Ended
            counts["succeeded" if succeeded else "failed"] += 1
            ended(target, succeeded)
            self._halt.wake()

        decision = Verdict.GO_ON if targets else Verdict.SUCCEED
        while decision is Verdict.GO_ON and not self._halt:
            while may_begin_another(config, progress()):
                target = targets[counts["begun"]]
                counts["begun"] += 1
                self._clock.process(self._take_through(target, names, done))
            yield self._halt.changed
            decision = verdict(config, progress())
        while progress().in_progress:
            yield self._halt.changed
        return decision

    def _take_through(self, target: Target, names: Sequence[str], ended: Ended) -> Process:
        """One instance: its events in order until one fails."""
        deployment = self._deployment
        deployment.set_target_status(target, "InProgress")
        healthy = True
        for event in (event for event in target.lifecycle_events if event.name in names):
            if not healthy or self._halt:
                healthy = False
                deployment.skip_event(target, event)
                continue
            deployment.begin_event(target, event)
            diagnostics = yield from self._carry_out(target, event.name)
            deployment.end_event(target, event, diagnostics)
            forgiven = deployment.order.ignore_application_stop_failures and event.name in PREVIOUS_REVISION_EVENTS
            healthy = event.status == "Succeeded" or forgiven
        ended(target, healthy)

    def _carry_out(self, target: Target, event: str) -> Process:
        try:
            return (yield from self._events.carry_out(self._deployment, target.instance_id, event))
        except ServiceFailedError as error:
            self._halt.fail(error.information)
            return Diagnostics("UnknownError", message=error.information.message)
