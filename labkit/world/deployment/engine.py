"""The engine's front door: starts deployments, keeps the rule of one at a time, stops, continues, rolls back.

CodeDeploy user guide, "Redeploy and roll back a deployment", "Stop a deployment", "Monitoring deployments with
Amazon CloudWatch alarms"; API reference, CreateDeployment, StopDeployment, ContinueDeployment.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import simpy

from labkit.rules.healthy_hosts import ALL_AT_ONCE, Verdict
from labkit.rules.revision import DeployableRevision
from labkit.simulation.clock import Clock, Process
from labkit.simulation.history import History
from labkit.world.deployment import messages
from labkit.world.deployment.blue_green import BlueGreenDeployment, BlueGreenRollback
from labkit.world.deployment.in_place import InPlaceDeployment
from labkit.world.deployment.lifecycle_events import LifecycleEvents, ServiceFailedError
from labkit.world.deployment.records import Deployment, DeploymentGroup, DeploymentOrder
from labkit.world.deployment.rollout import Halt
from labkit.world.ports import Alarms

CREATED_S = 1.0
QUEUED_S = 2.0
"""How long AWS lets a deployment be Created and Queued; unpublished, a few seconds as seen in its console."""


@dataclass(slots=True)
class Running:
    """A deployment under way; ``rollback_on_stop``: what StopDeployment said about rolling back."""

    deployment: Deployment
    halt: Halt
    way: InPlaceDeployment | BlueGreenDeployment | BlueGreenRollback
    ended: simpy.Event
    rollback_on_stop: bool | None = None


class Engine:
    """Carries out deployments in lab time. ``new_id`` draws deployment ids; ``started`` hears of each deployment."""

    def __init__(self, clock: Clock, history: History, events: LifecycleEvents, alarms: Alarms, seed: int) -> None:
        self.clock = clock
        self.new_id: Callable[[], str] = lambda: ""
        self.started: Callable[[Deployment], None] = lambda _deployment: None
        self._history = history
        self._events = events
        self._alarms = alarms
        self._seed = seed
        self._running: dict[str, Running] = {}
        self._all: dict[str, Deployment] = {}
        alarms.on_change(self._look_at_alarms)

    def active(self, group: DeploymentGroup) -> Deployment | None:
        """The deployment that ``group`` as a whole is busy with, None if it is free.

        Deployments to single instances that Auto Scaling launched do not keep the group busy.
        """
        whole = (r.deployment for r in self._running.values() if r.deployment.order.only is None)
        return next((deployment for deployment in whole if deployment.order.group is group), None)

    def find(self, deployment_id: str) -> Deployment | None:
        """The deployment with this id, ended or not; None if there was none."""
        return self._all.get(deployment_id)

    def waiting_for(self, deployment: Deployment) -> str | None:
        """READY_WAIT or TERMINATION_WAIT while ContinueDeployment would end a wait, else None."""
        running = self._running.get(deployment.id)
        way = running.way if running else None
        return way.waiting_for if isinstance(way, BlueGreenDeployment) else None

    def start(self, order: DeploymentOrder, undone: Deployment | None = None) -> Deployment:
        """Accepts a deployment; everything else happens in lab time. ``undone``: the one that it rolls back."""
        deployment = Deployment(order, self.clock, self._history)
        if order.only is None:
            order.group.last_attempted = deployment.id
        halt = Halt(self.clock)
        running = Running(deployment, halt, self._way(deployment, halt, undone), self.clock.event())
        self._running[deployment.id] = running
        self._all[deployment.id] = deployment
        self.started(deployment)
        self.clock.process(self._carry_out(running))
        return deployment

    def stop(self, deployment: Deployment, *, rollback: bool | None) -> None:
        """StopDeployment: events that run now end first, no other begins. ``rollback``: autoRollbackEnabled."""
        running = self._running[deployment.id]
        running.rollback_on_stop = rollback
        running.halt.stop(messages.MANUAL_STOP)

    def continue_now(self, deployment: Deployment, wait: str) -> None:
        """ContinueDeployment: ends the wait called ``wait``, which ``waiting_for`` named."""
        way = self._running[deployment.id].way
        if isinstance(way, BlueGreenDeployment):
            way.continue_now(wait)

    def _way(
        self, deployment: Deployment, halt: Halt, undone: Deployment | None
    ) -> InPlaceDeployment | BlueGreenDeployment | BlueGreenRollback:
        if deployment.order.blue_green is None:
            return InPlaceDeployment(self.clock, deployment, self._events, halt, self._seed)
        if undone is not None:
            return BlueGreenRollback(self.clock, deployment, self._events, halt, undone)
        return BlueGreenDeployment(self.clock, deployment, self._events, halt, self._seed)

    # --- instances that Auto Scaling launches and terminates -----------------------------------

    def launched(self, group: DeploymentGroup, instance_id: str) -> Process:
        """Deploys the last good revision to a new instance; True if it may serve.

        Without a successful deployment there is nothing to deploy, and the launch goes on.
        """
        if group.target_revision is None:
            yield self.clock.timeout(0)
            return True
        return (yield from self._to_one(group, group.target_revision, instance_id, "autoscaling"))

    def terminating(self, group: DeploymentGroup, instance_id: str) -> Process:
        """Runs the last events of an instance that Auto Scaling is about to terminate; how they end does not matter."""
        if group.target_revision is None:
            yield self.clock.timeout(0)
            return True
        return (yield from self._to_one(group, group.target_revision, instance_id, "autoscalingTermination"))

    def _to_one(self, group: DeploymentGroup, revision: DeployableRevision, instance_id: str, creator: str) -> Process:
        order = DeploymentOrder(
            deployment_id=self.new_id(),
            group=group,
            revision=revision,
            config=ALL_AT_ONCE,
            creator=creator,
            only=(instance_id,),
        )
        deployment = self.start(order)
        yield self._running[deployment.id].ended
        return deployment.status == "Succeeded"

    # --- a deployment's life -------------------------------------------------------------------

    def _carry_out(self, running: Running) -> Process:
        deployment = running.deployment
        yield self.clock.timeout(CREATED_S)
        deployment.set_status("Queued")
        yield self.clock.timeout(QUEUED_S)
        deployment.set_status("InProgress")
        self._look_at_alarms()
        decision = Verdict.FAIL
        if not running.halt:
            try:
                decision = yield from running.way.run()
            except ServiceFailedError as error:
                running.halt.fail(error.information)
        self._end(running, decision)
        running.ended.succeed()

    def _end(self, running: Running, decision: Verdict) -> None:
        deployment, halt = running.deployment, running.halt
        del self._running[deployment.id]
        deployment.skip_pending()
        if halt.error is not None:
            self._fail(running, "Failed", "DEPLOYMENT_FAILURE")
        elif decision is Verdict.SUCCEED:
            self._succeed(deployment)
        elif halt.stopped is not None:
            alarmed = halt.stopped.code == "ALARM_ACTIVE"
            self._fail(running, "Stopped", "DEPLOYMENT_STOP_ON_ALARM" if alarmed else "DEPLOYMENT_STOP_ON_REQUEST")
        else:
            halt.fail(messages.HEALTH_CONSTRAINTS)
            self._fail(running, "Failed", "DEPLOYMENT_FAILURE")

    def _succeed(self, deployment: Deployment) -> None:
        deployment.set_status("Succeeded")
        order = deployment.order
        if order.only is not None:
            return
        order.group.last_successful = deployment.id
        order.group.target_revision = order.revision
        if order.group.updates_outdated and order.blue_green is None:
            self._update_outdated(deployment)

    def _fail(self, running: Running, status: str, cause: str) -> None:
        deployment, halt = running.deployment, running.halt
        rollback = self._rollback(running, cause)
        deployment.set_status(status, halt.error or halt.stopped)
        if rollback is not None:
            new = self.start(rollback, deployment)
            deployment.rollback_info = {
                "rollbackDeploymentId": new.id,
                "rollbackMessage": messages.rolled_back_by(deployment.id, new.id),
            }
            new.rollback_info = {
                "rollbackTriggeringDeploymentId": deployment.id,
                "rollbackMessage": messages.rolls_back(deployment.id, new.id),
            }

    # --- rollback, outdated instances ----------------------------------------------------------

    def _rollback(self, running: Running, cause: str) -> DeploymentOrder | None:
        """The deployment that takes back ``running``'s; None if none is wanted or there is nothing to go back to.

        A rollback that fails is not rolled back itself.
        """
        deployment = running.deployment
        order, group = deployment.order, deployment.order.group
        wanted = cause in order.rollback_on
        if cause == "DEPLOYMENT_STOP_ON_REQUEST" and running.rollback_on_stop is not None:
            wanted = running.rollback_on_stop
        if not wanted or order.rolls_back is not None or order.only is not None:
            return None
        if group.target_revision is None:
            deployment.rollback_info = {"rollbackMessage": messages.NOTHING_TO_ROLL_BACK_TO}
            return None
        return replace(
            order,
            deployment_id=self.new_id(),
            revision=group.target_revision,
            creator="codeDeployRollback",
            description=None,
            rolls_back=deployment.id,
            alarms=(),  # the alarm that stopped the deployment is still in ALARM: it must not stop the way back as well
            restart=False,
            update_outdated_instances_only=False,
        )

    def _update_outdated(self, deployment: Deployment) -> None:
        """Instances that came while the deployment ran got the revision before: they are brought up to date."""
        order = deployment.order
        members = self._events.in_service(order.group)
        late = [i for i in members if i not in deployment.targets and order.group.installed.get(i) != order.revision]
        if late:
            update = replace(
                order,
                deployment_id=self.new_id(),
                creator="CodeDeployAutoUpdate",
                config=ALL_AT_ONCE,
                only=tuple(late),
            )
            deployment.related.append(self.start(update).id)

    # --- alarms --------------------------------------------------------------------------------

    def _look_at_alarms(self) -> None:
        """Stops every deployment one of whose alarms is in ALARM; also one that has only just begun."""
        for running in tuple(self._running.values()):
            if running.deployment.status in ("Created", "Queued"):
                continue
            active = self._alarms.in_alarm(running.deployment.order.alarms)
            if active:
                running.halt.stop(messages.alarm_active(active))
