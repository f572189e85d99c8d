"""An in-place deployment: a process that walks the fleet, and one more for each instance it reaches.

Order, concurrency and verdicts are asked of ``labkit.rules``; what an event does is ``lifecycle_events``.
CodeDeploy user guide, "Deployments on an EC2/On-Premises compute platform" and "Instance health".
"""

import random

from labkit.rules.healthy_hosts import Verdict, can_start, may_begin_another, minimum_healthy, verdict
from labkit.rules.lifecycle import IN_PLACE_LIMIT_S, PREVIOUS_REVISION_EVENTS, in_place_events
from labkit.simulation.clock import Clock, Process
from labkit.world.deployment import messages
from labkit.world.deployment.lifecycle_events import LifecycleEvents, ServiceFailedError
from labkit.world.deployment.records import (
    Deployment,
    DeploymentGroup,
    Diagnostics,
    ErrorInformation,
    Target,
)

CREATED_S = 1.0
QUEUED_S = 2.0
"""How long AWS lets a deployment be Created and Queued; unpublished, a few seconds as seen in its console."""


class InPlaceDeployment:
    """Carries out one in-place deployment over ``fleet`` (instance ids)."""

    def __init__(self, clock: Clock, deployment: Deployment, events: LifecycleEvents, seed: int) -> None:
        self._clock = clock
        self._deployment = deployment
        self._events = events
        self._seed = seed
        self._changed = clock.event()
        self._service_error: ErrorInformation | None = None

    def run(self) -> Process:
        """The deployment from Created to its end."""
        deployment = self._deployment
        yield self._clock.timeout(CREATED_S)
        deployment.set_status("Queued")
        yield self._clock.timeout(QUEUED_S)
        try:
            fleet = self._events.fleet(deployment.order.group)
        except ServiceFailedError as error:
            deployment.set_status("Failed", error.information)
            return
        deployment.set_status("InProgress")
        refusal = self._refusal(fleet)
        if refusal is not None:
            deployment.set_status("Failed", refusal)
            return
        yield from self._walk(fleet)

    def _refusal(self, fleet: list[str]) -> ErrorInformation | None:
        if not fleet:
            return messages.NO_INSTANCES
        config = self._deployment.order.config
        if not can_start(config, len(fleet)):
            return messages.health_constraints_invalid(minimum_healthy(config, len(fleet)), len(fleet))
        return None

    def _walk(self, fleet: list[str]) -> Process:
        deployment, config = self._deployment, self._deployment.order.config
        behind = bool(deployment.order.group.target_groups)
        order = turn_order(deployment.order.group, fleet, f"{self._seed}:{deployment.id}")
        events = in_place_events(behind_load_balancer=behind)
        deployment.set_targets(order, events, minimum_healthy(config, len(fleet)))
        limit = self._clock.call_at(self._clock.now_s + IN_PLACE_LIMIT_S, self._run_out_of_time)
        waiting = iter(deployment.targets.values())
        decision = Verdict.GO_ON
        while decision is Verdict.GO_ON and not self._halted:
            while may_begin_another(config, deployment.progress):
                self._begin(next(waiting))
            yield self._changed
            decision = verdict(config, deployment.progress)
        while deployment.progress.in_progress:
            yield self._changed
        limit.cancel()
        self._finish(decision)

    def _run_out_of_time(self) -> None:
        self._service_error = messages.TIMEOUT
        self._wake()

    @property
    def _halted(self) -> bool:
        return self._deployment.stop_requested or self._service_error is not None

    def stop(self) -> None:
        """StopDeployment: events under way end first, no other begins."""
        self._deployment.stop_requested = True
        self._wake()

    def _begin(self, target: Target) -> None:
        self._deployment.set_target_status(target, "InProgress")
        self._clock.process(self._deploy_to(target))

    def _deploy_to(self, target: Target) -> Process:
        """One instance: its events in order until one fails."""
        deployment = self._deployment
        healthy = True
        for event in target.lifecycle_events:
            if not healthy or self._halted:
                deployment.skip_event(target, event)
                continue
            deployment.begin_event(target, event)
            try:
                diagnostics = yield from self._events.carry_out(deployment, target.instance_id, event.name)
            except ServiceFailedError as error:
                self._service_error = error.information
                diagnostics = Diagnostics("UnknownError", message=error.information.message)
            deployment.end_event(target, event, diagnostics)
            forgiven = deployment.order.ignore_application_stop_failures and event.name in PREVIOUS_REVISION_EVENTS
            healthy = event.status == "Succeeded" or forgiven
        self._record_result(target)

    def _record_result(self, target: Target) -> None:
        # A forgiven failure lets the later events run, so the last one tells.
        succeeded = target.lifecycle_events[-1].status == "Succeeded"
        group = self._deployment.order.group
        group.healthy[target.instance_id] = succeeded
        if succeeded:
            group.installed[target.instance_id] = self._deployment.order.revision
        else:
            group.installed.pop(target.instance_id, None)
        self._deployment.set_target_status(target, "Succeeded" if succeeded else "Failed")
        self._wake()

    def _finish(self, decision: Verdict) -> None:
        deployment = self._deployment
        for target in deployment.targets.values():
            if target.status == "Pending":
                for event in target.lifecycle_events:
                    deployment.skip_event(target, event)
                deployment.set_target_status(target, "Skipped")
        if self._service_error is not None:
            deployment.set_status("Failed", self._service_error)
        elif decision is Verdict.SUCCEED:
            deployment.set_status("Succeeded")
        elif deployment.stop_requested:
            deployment.set_status("Stopped", messages.MANUAL_STOP)
        else:
            deployment.set_status("Failed", messages.HEALTH_CONSTRAINTS)

    def _wake(self) -> None:
        changed, self._changed = self._changed, self._clock.event()
        changed.succeed()


def turn_order(group: DeploymentGroup, fleet: list[str], seed: str) -> list[str]:
    """``fleet`` in the order of its turn: unhealthy, unknown, old, current revision; by chance within each.

    User guide, "Instance health": instances that failed last come first, those up to date last. The
    chance is the lab's (``seed``), so the same lab gives the same order.
    """
    shuffled = sorted(fleet)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - order, not secrets

    def rank(instance_id: str) -> int:
        if group.healthy.get(instance_id) is False:
            return 0
        installed = group.installed.get(instance_id)
        if installed is None:
            return 1
        return 2 if installed != group.target_revision else 3

    return sorted(shuffled, key=rank)
