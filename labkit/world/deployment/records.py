"""What the service remembers of a deployment; every change of status goes into the history from here.

Field names follow the CodeDeploy API (``DeploymentInfo``, ``InstanceTarget``, ``LifecycleEvent``); times are
lab seconds.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labkit.rules.healthy_hosts import DeploymentConfig
from labkit.rules.revision import DeployableRevision
from labkit.rules.tag_filters import TagFilter
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import (
    DeploymentChanged,
    DeploymentCreated,
    DeploymentStarted,
    DeploymentTargetChanged,
    LifecycleEventChanged,
)

TERMINAL = frozenset({"Succeeded", "Failed", "Stopped"})


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Why a lifecycle event ended as it did; ``error_code`` is a LifecycleErrorCode."""

    error_code: str
    script_name: str = ""
    message: str = ""
    log_tail: str = ""


SUCCESS = Diagnostics("Success", message="Succeeded")


@dataclass(slots=True)
class LifecycleEvent:
    """One lifecycle event on one instance."""

    name: str
    status: str = "Pending"
    start_s: float | None = None
    end_s: float | None = None
    diagnostics: Diagnostics | None = None


@dataclass(slots=True)
class Target:
    """One instance of a deployment; ``label`` is Blue or Green in a blue/green deployment."""

    instance_id: str
    lifecycle_events: list[LifecycleEvent]
    status: str = "Pending"
    updated_s: float = 0.0
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorInformation:
    """Why a deployment failed or was stopped: an ``ErrorCode`` and AWS's sentence."""

    code: str
    message: str


@dataclass(slots=True)
class DeploymentGroup:
    """The part of a deployment group the engine works with.

    ``target_groups``: names; empty when traffic is not controlled. ``healthy``: the result of each instance's
    last deployment; ``installed``: the revision that last succeeded there, ``installed_by`` the deployment.
    ``updates_outdated``: outdatedInstancesStrategy UPDATE.
    """

    id: str
    application: str
    name: str
    service_role: str
    updates_outdated: bool = True
    tag_sets: list[list[TagFilter]] = field(default_factory=list)
    auto_scaling_groups: list[str] = field(default_factory=list)
    target_groups: list[str] = field(default_factory=list)
    target_revision: DeployableRevision | None = None
    last_successful: str | None = None
    last_attempted: str | None = None
    healthy: dict[str, bool] = field(default_factory=dict)
    installed: dict[str, DeployableRevision] = field(default_factory=dict)
    installed_by: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueGreen:
    """``blueGreenDeploymentConfiguration`` with the green instances named by ``targetInstances``; waits in seconds."""

    copies_auto_scaling_group: bool = False
    green_tag_sets: tuple[tuple[TagFilter, ...], ...] = ()
    green_auto_scaling_groups: tuple[str, ...] = ()
    waits_for_continue: bool = False
    ready_wait_s: float = 0.0
    terminates_blue: bool = False
    termination_wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentOrder:
    """What CreateDeployment asked for, checked.

    ``only``: deploy to these instances whatever the group means now (launches, outdated instances). ``restart``:
    deploymentMode RESTART. ``blue_green``: None in place. ``rollback_on``: AutoRollbackEvents that roll back.
    ``alarms``: names of CloudWatch alarms that stop it. ``rolls_back``: the deployment this one rolls back.
    ``suspends``: autoScalingGroupProcessesToSuspend.
    """

    deployment_id: str
    group: DeploymentGroup
    revision: DeployableRevision
    config: DeploymentConfig
    creator: str = "user"
    description: str | None = None
    ignore_application_stop_failures: bool = False
    update_outdated_instances_only: bool = False
    file_exists_behavior: str = "DISALLOW"
    only: tuple[str, ...] | None = None
    restart: bool = False
    blue_green: BlueGreen | None = None
    rollback_on: frozenset[str] = frozenset()
    alarms: tuple[str, ...] = ()
    rolls_back: str | None = None
    suspends: tuple[str, ...] = ()


class Deployment:
    """One deployment's state; ``terminal`` says whether it has ended."""

    def __init__(self, order: DeploymentOrder, clock: Clock, history: History) -> None:
        self.order = order
        self.id = order.deployment_id
        self.previous_revision = order.group.target_revision
        self.status = "Created"
        self.created_s = clock.now_s
        self.started_s: float | None = None
        self.completed_s: float | None = None
        self.error: ErrorInformation | None = None
        self.targets: dict[str, Target] = {}
        self.minimum_healthy_hosts = 0
        self.rollback_info: dict[str, str] = {}
        self.related: list[str] = []
        self.termination_wait_started = False
        self._counts: Counter[str] = Counter()
        self._clock = clock
        self._history = history
        group = order.group
        history.record(
            DeploymentCreated(
                deployment_id=self.id,
                application=group.application,
                deployment_group=group.name,
                deployment_config=order.config.name,
                revision=order.revision.label,
                creator=order.creator,
            )
        )

    @property
    def terminal(self) -> bool:
        """Whether the deployment has ended, one way or the other."""
        return self.status in TERMINAL

    @property
    def overview(self) -> dict[str, int]:
        """``DeploymentOverview``: instances by status."""
        return {
            name: self._counts[name] for name in ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
        }

    def set_status(self, status: str, error: ErrorInformation | None = None) -> None:
        """Moves the deployment on and writes it down."""
        self.status = status
        if status == "InProgress" and self.started_s is None:
            self.started_s = self._clock.now_s
        if self.terminal:
            self.completed_s = self._clock.now_s
        self.error = error or self.error
        self._history.record(
            DeploymentChanged(
                deployment_id=self.id,
                status=status,
                error_code=error.code if error else None,
                message=error.message if error else None,
            )
        )

    def set_targets(self, targets: Iterable[Target], minimum_healthy_hosts: int) -> None:
        """Fixes the fleet, in the order of its turn."""
        for target in targets:
            target.updated_s = self._clock.now_s
            self.targets[target.instance_id] = target
        self._counts["Pending"] = len(self.targets)
        self.minimum_healthy_hosts = minimum_healthy_hosts
        self._history.record(
            DeploymentStarted(
                deployment_id=self.id,
                instance_ids=tuple(self.targets),
                minimum_healthy_hosts=minimum_healthy_hosts,
                instance_labels=tuple(target.label for target in self.targets.values() if target.label is not None),
            )
        )

    def skip_pending(self) -> None:
        """What has not begun will not: its instances and their events are skipped."""
        for target in self.targets.values():
            for event in target.lifecycle_events:
                if event.status == "Pending":
                    self.skip_event(target, event)
            if target.status in ("Pending", "Ready"):
                self.set_target_status(target, "Skipped")

    def set_target_status(self, target: Target, status: str) -> None:
        """Moves one instance on and writes it down."""
        self._counts[target.status] -= 1
        self._counts[status] += 1
        target.status, target.updated_s = status, self._clock.now_s
        self._history.record(
            DeploymentTargetChanged(deployment_id=self.id, instance_id=target.instance_id, status=status)
        )

    def begin_event(self, target: Target, event: LifecycleEvent) -> None:
        """A lifecycle event starts."""
        event.status, event.start_s = "InProgress", self._clock.now_s
        self._write_event(target, event)

    def end_event(self, target: Target, event: LifecycleEvent, diagnostics: Diagnostics) -> None:
        """A lifecycle event ended by running."""
        event.status = "Succeeded" if diagnostics.error_code == "Success" else "Failed"
        event.end_s, event.diagnostics = self._clock.now_s, diagnostics
        self._write_event(target, event)

    def skip_event(self, target: Target, event: LifecycleEvent) -> None:
        """A lifecycle event will not run: AWS gives it an end time but no start time."""
        event.status, event.end_s = "Skipped", self._clock.now_s
        self._write_event(target, event)

    def _write_event(self, target: Target, event: LifecycleEvent) -> None:
        target.updated_s = self._clock.now_s
        found: dict[str, Any] = {}
        if event.diagnostics is not None:
            found = {
                "error_code": event.diagnostics.error_code,
                "script_name": event.diagnostics.script_name,
                "message": event.diagnostics.message,
                "log_tail": event.diagnostics.log_tail,
            }
        self._history.record(
            LifecycleEventChanged(
                deployment_id=self.id,
                instance_id=target.instance_id,
                lifecycle_event=event.name,
                status=event.status,
                **found,
            )
        )
