"""All machines of a world, and the agent on each of them as the service meets it."""

from collections.abc import Callable, Generator
from typing import Any, Protocol

import simpy

from labkit.simulation.clock import Clock
from labkit.simulation.history import Event, History
from labkit.world.agent.agent import CodeDeployAgent
from labkit.world.agent.bundle import BundleSource
from labkit.world.agent.outcome import FAILED_AFTER_RESTART, CommandOutcome
from labkit.world.agent.specification import DeploymentSpecification
from labkit.world.deployment.records import SUCCESS, Deployment, Diagnostics
from labkit.world.events import RevisionInstalled, ServiceChanged
from labkit.world.files import Directory as Root
from labkit.world.http import Answer
from labkit.world.machine import Machine
from labkit.world.ports import Directory
from labkit.world.surroundings import Identity

AGENT_SERVICE = "codedeploy-agent"


class Bundles(Protocol):
    """The bundles of the world, as each role may see them."""

    def of(self, role: str) -> BundleSource:
        """The bundles as an agent with the credentials of ``role`` (ARN) gets them."""


class Fleet:
    """Machines by instance id, those that were terminated too."""

    def __init__(self, clock: Clock, history: History) -> None:
        self._clock = clock
        self._history = history
        self._machines: dict[str, Machine] = {}
        self._by_ip: dict[str, Machine] = {}
        self._credentials: dict[str, str | None] = {}
        history.listen(self._agent_started)
        self._directory: Directory | None = None
        self._bundles: Bundles | None = None

    def connect(self, directory: Directory, bundles: Bundles) -> None:
        """Tells the fleet whom to ask about roles and where bundles come from."""
        self._directory, self._bundles = directory, bundles

    def launch(self, identity: Identity, root: Root, user_data: str, auto_scaling_group: str | None) -> Machine:
        """Starts a machine from the files of an image; it boots in lab time."""
        machine = Machine(
            identity,
            root,
            clock=self._clock,
            history=self._history,
            network=self._answer,
            role=lambda: self.role_of(identity.instance_id),
            auto_scaling_group=auto_scaling_group,
        )
        self._machines[identity.instance_id] = machine
        self._by_ip[identity.private_ip] = machine
        machine.boot(user_data)
        return machine

    # --- looking -------------------------------------------------------------------------------

    def find(self, instance_id: str) -> Machine | None:
        """The machine with this id, None if there is none."""
        return self._machines.get(instance_id)

    def machine(self, instance_id: str) -> Machine:
        """The machine with this id. Raises ``KeyError``."""
        return self._machines[instance_id]

    def not_terminated(self) -> list[Machine]:
        """All machines but those that were terminated, oldest first."""
        return [machine for machine in self._machines.values() if machine.state != "terminated"]

    def role_of(self, instance_id: str) -> str | None:
        """ARN of the role that the instance's profile gives it, None without one."""
        return None if self._directory is None else self._directory.instance_role(instance_id)

    def _answer(self, ip: str, port: int, path: str) -> Answer | None:
        machine = self._by_ip.get(ip)
        return machine.answer(port, path) if machine else None

    # --- the agent -----------------------------------------------------------------------------

    def agent_polling(self, instance_id: str) -> simpy.Event:
        """An event that comes when the machine's agent asks the service for work: now if it does already.

        It asks while its service runs, if it found a role's credentials when it started: without them it can't sign
        its requests. A profile that is attached later helps only once the agent is restarted.
        """
        machine = self._machines[instance_id]
        return self._when(machine, lambda: self._polls(machine))

    def agent_lost(self, instance_id: str) -> simpy.Event:
        """An event that comes when the machine's agent runs no more: stopped, or its machine is down."""
        machine = self._machines[instance_id]
        return self._when(machine, lambda: not machine.service_active(AGENT_SERVICE))

    def recover(self, instance_id: str, deployment: Deployment) -> Diagnostics | None:
        """What an agent that starts again reports of a command it died in; None if it knows of none."""
        if deployment.id not in self._agent(self._machines[instance_id]).recover():
            return None
        return _diagnostics(FAILED_AFTER_RESTART)

    def _when(self, machine: Machine, condition: Callable[[], bool]) -> simpy.Event:
        """An event that comes with the first change of ``machine`` that makes ``condition`` true: now if it is."""
        event = self._clock.event()
        if condition():
            return event.succeed()

        def look() -> None:
            if condition():
                stop()
                event.succeed()

        stop = machine.on_change(look)
        return event

    def perform(
        self, instance_id: str, command: str, deployment: Deployment
    ) -> Generator[simpy.Event, Any, Diagnostics]:
        """Has the agent carry out a command (DownloadBundle, Install or a lifecycle event); its diagnostics."""
        machine, order = self._machines[instance_id], deployment.order
        specification = DeploymentSpecification(
            # A restart works with what the last successful deployment left on the machine.
            deployment_id=order.group.installed_by.get(instance_id, deployment.id) if order.restart else deployment.id,
            deployment_group_id=order.group.id,
            deployment_group_name=order.group.name,
            application_name=order.group.application,
            revision=order.revision,
            deployment_creator=order.creator,
            deployment_type="BLUE_GREEN" if order.blue_green else "IN_PLACE",
            file_exists_behavior=order.file_exists_behavior,
        )
        outcome = yield from self._agent(machine).perform(command, specification)
        if not outcome.succeeded:
            return _diagnostics(outcome)
        if command == "Install":
            machine.revision = order.revision.label
            self._history.record(
                RevisionInstalled(deployment_id=deployment.id, instance_id=instance_id, revision=order.revision.label)
            )
        return SUCCESS

    def _polls(self, machine: Machine) -> bool:
        running = machine.running and machine.service_active(AGENT_SERVICE)
        return running and self._credentials.get(machine.instance_id) is not None

    def _agent_started(self, event: Event) -> None:
        if isinstance(event, ServiceChanged) and event.service == AGENT_SERVICE and event.active:
            self._credentials[event.instance_id] = self.role_of(event.instance_id)

    def _agent(self, machine: Machine) -> CodeDeployAgent:
        role = self._credentials.get(machine.instance_id)
        if role is None or self._bundles is None:
            message = f"the agent of {machine.instance_id} has no credentials, so it can't have asked for work"
            raise RuntimeError(message)
        return CodeDeployAgent(machine, self._clock, self._bundles.of(role))


def _diagnostics(outcome: CommandOutcome) -> Diagnostics:
    return Diagnostics(outcome.lifecycle_error_code, outcome.script_name, outcome.message, outcome.log)
