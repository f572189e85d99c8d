"""The engine's front door: starts deployments, keeps the rule of one at a time, hands on a stop."""

from labkit.simulation.clock import Clock, Process
from labkit.simulation.history import History
from labkit.world.deployment.in_place import InPlaceDeployment
from labkit.world.deployment.lifecycle_events import LifecycleEvents
from labkit.world.deployment.records import Deployment, DeploymentGroup, DeploymentOrder


class Engine:
    """Carries out deployments in lab time."""

    def __init__(self, clock: Clock, history: History, events: LifecycleEvents, seed: int) -> None:
        self.clock = clock
        self._history = history
        self._events = events
        self._seed = seed
        self._running: dict[str, InPlaceDeployment] = {}
        self._active: dict[str, Deployment] = {}

    def active(self, group: DeploymentGroup) -> Deployment | None:
        """The deployment ``group`` is busy with, None if it is free."""
        deployment = self._active.get(group.id)
        return None if deployment is None or deployment.terminal else deployment

    def start(self, order: DeploymentOrder) -> Deployment:
        """Accepts a deployment; everything else happens in lab time."""
        deployment = Deployment(order, self.clock, self._history)
        order.group.last_attempted = deployment.id
        self._active[order.group.id] = deployment
        running = InPlaceDeployment(self.clock, deployment, self._events, self._seed)
        self._running[deployment.id] = running
        self.clock.process(self._carry_out(running, deployment))
        return deployment

    def stop(self, deployment: Deployment) -> None:
        """StopDeployment: events that run now end first, no other begins."""
        self._running[deployment.id].stop()

    def _carry_out(self, running: InPlaceDeployment, deployment: Deployment) -> Process:
        yield from running.run()
        del self._running[deployment.id]
        group = deployment.order.group
        if deployment.status == "Succeeded":
            group.last_successful = deployment.id
            group.target_revision = deployment.order.revision
