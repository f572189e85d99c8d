"""All machines of a world, and the agent on each of them as the service meets it."""

from collections.abc import Callable, Generator
from typing import Any, Protocol

import simpy

from labkit.rules.revision import DeployableRevision
from labkit.simulation.clock import Clock
from labkit.simulation.history import Event, History
from labkit.world.agent import agent_log
from labkit.world.agent.agent import CodeDeployAgent
from labkit.world.agent.bundle import BundleSource, DownloadFailedError
from labkit.world.agent.outcome import FAILED_AFTER_RESTART, CommandOutcome
from labkit.world.agent.specification import DeploymentSpecification
from labkit.world.deployment.records import SUCCESS, Deployment, Diagnostics
from labkit.world.events import InstanceStatusChanged, InstanceVisited, RevisionInstalled, ServiceChanged
from labkit.world.files import Directory as Root
from labkit.world.http import UNREACHABLE, Answer
from labkit.world.machine import Machine
from labkit.world.ports import Directory
from labkit.world.security_groups import VISITOR, SecurityGroups
from labkit.world.surroundings import Identity
from labkit.world.watch import Watch

AGENT_SERVICE = "codedeploy-agent"
STATUS_CHECK_S = 120.0
"""From a failure to EC2's status checks saying so: they are made each minute, and one that failed is made again."""
MISSING_CREDENTIALS = (
    "InstanceAgent::Plugins::CodeDeployPlugin::CommandPoller: Missing credentials - please check if this instance was "
    "started with an IAM instance profile"
)


class Bundles(Protocol):
    """The bundles of the world, as each role may see them."""

    def of(self, role: str, instance_id: str) -> BundleSource:
        """The bundles as the agent of an instance with the credentials of ``role`` (ARN) gets them."""


class Fleet:
    """Machines by instance id, those that were terminated too."""

    def __init__(self, clock: Clock, history: History, security_groups: SecurityGroups | None = None) -> None:
        """``security_groups``: what requests from one machine to another have to get through; None for nothing."""
        self._clock = clock
        self._history = history
        self._machines: dict[str, Machine] = {}
        self._by_ip: dict[str, Machine] = {}
        self._credentials: dict[str, str | None] = {}
        self._security_groups = security_groups
        self._lost_zones: set[str] = set()
        self._impaired: set[str] = set()
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
            network=lambda ip, port, path: self._answer(identity.instance_id, ip, port, path),
            role=lambda: self.role_of(identity.instance_id),
            auto_scaling_group=auto_scaling_group,
        )
        self._machines[identity.instance_id] = machine
        self._by_ip[identity.private_ip] = machine
        machine.boot(user_data)
        if machine.availability_zone in self._lost_zones:
            machine.lose_power()
        return machine

    # --- looking -------------------------------------------------------------------------------

    def find(self, instance_id: str) -> Machine | None:
        """The machine with this id, None if there is none."""
        return self._machines.get(instance_id)

    def machine(self, instance_id: str) -> Machine:
        """The machine with this id. Raises ``KeyError``."""
        return self._machines[instance_id]

    @property
    def all(self) -> list[Machine]:
        """All machines there ever were, oldest first."""
        return list(self._machines.values())

    def not_terminated(self) -> list[Machine]:
        """All machines but those that were terminated, oldest first."""
        return [machine for machine in self._machines.values() if machine.state != "terminated"]

    def role_of(self, instance_id: str) -> str | None:
        """ARN of the role that the instance's profile gives it, None without one."""
        return None if self._directory is None else self._directory.instance_role(instance_id)

    def agent_role(self, instance_id: str) -> str | None:
        """ARN of the role whose credentials the machine's agent found when it last started, None if it found none."""
        return self._credentials.get(instance_id)

    # --- power ---------------------------------------------------------------------------------

    @property
    def lost_zones(self) -> frozenset[str]:
        """The Availability Zones without power; nothing can be launched there."""
        return frozenset(self._lost_zones)

    def lose_zone(self, availability_zone: str) -> Callable[[], None]:
        """The power fails in a zone, for the machines in it and those to come; the result brings it back.

        EC2's status checks of them fail ``STATUS_CHECK_S`` later.
        """
        self._lost_zones.add(availability_zone)
        for machine in self._in_zone(availability_zone):
            machine.lose_power()
        self._clock.call_at(self._clock.now_s + STATUS_CHECK_S, lambda: self._check_status(availability_zone))
        return lambda: self._regain(availability_zone)

    def _regain(self, availability_zone: str) -> None:
        self._lost_zones.discard(availability_zone)
        for machine in self._in_zone(availability_zone):
            machine.regain_power()
        self._clock.call_at(self._clock.now_s + STATUS_CHECK_S, lambda: self._check_status(availability_zone))

    def _check_status(self, availability_zone: str) -> None:
        for machine in self._in_zone(availability_zone):
            status = "ok" if machine.powered else "impaired"
            if machine.running and (machine.instance_id in self._impaired) != (status == "impaired"):
                (self._impaired.discard if machine.powered else self._impaired.add)(machine.instance_id)
                self._history.record(InstanceStatusChanged(instance_id=machine.instance_id, status=status))

    def status(self, instance_id: str) -> str:
        """What EC2's status checks say of a running machine: ok or impaired."""
        return "impaired" if instance_id in self._impaired else "ok"

    def _in_zone(self, availability_zone: str) -> list[Machine]:
        return [machine for machine in self.not_terminated() if machine.availability_zone == availability_zone]

    def with_private_address(self, ip: str) -> Machine | None:
        """The machine that had this private IPv4 address last, None if there was none."""
        return self._by_ip.get(ip)

    def _answer(self, source_id: str, ip: str, port: int, path: str) -> Answer | None:
        """What ``GET path`` of one machine to the address of another gets."""
        machine, groups = self._by_ip.get(ip), self._security_groups
        if machine is None:
            return None
        admitted = groups is None or groups.admits(machine.instance_id, port, groups.source(source_id))
        return machine.answer(port, path) if admitted else UNREACHABLE

    def at(self, host: str) -> Machine | None:
        """The machine whose public address or public DNS name ``host`` is, None if it is nobody's."""
        instance_id = self._directory.instance_at(host) if self._directory is not None else None
        return None if instance_id is None else self._machines[instance_id]

    def visit(self, machine: Machine, port: int, path: str) -> Answer | None:
        """What a visitor's ``GET path`` to the machine's own address gets; an answer is written down.

        None if the connection is refused, ``UNREACHABLE`` if a security group or a lack of power drops it.
        """
        groups = self._security_groups
        if groups is not None and not groups.admits(machine.instance_id, port, VISITOR):
            return UNREACHABLE
        answer = machine.answer(port, path)
        if answer is not None and answer is not UNREACHABLE:
            self._history.record(
                InstanceVisited(
                    instance_id=machine.instance_id, path=path, status=answer.status, revision=machine.revision
                )
            )
        return answer

    def bundle(self, instance_id: str, revision: DeployableRevision) -> bytes:
        """The bundle of ``revision`` as the machine's agent gets it. Raises ``DownloadFailedError``."""
        role = self.agent_role(instance_id)
        if role is None or self._bundles is None:
            message = "Missing credentials"
            raise DownloadFailedError(message)
        return self._bundles.of(role, instance_id).fetch(revision)

    # --- the agent -----------------------------------------------------------------------------

    def agent_polling(self, instance_id: str) -> Watch:
        """Its event comes when the machine's agent asks the service for work: now if it does already.

        It asks while its service runs, if it found a role's credentials when it started: without them it can't sign
        its requests. A profile that is attached later helps only once the agent is restarted.
        """
        machine = self._machines[instance_id]
        return Watch(self._clock, machine, lambda: self._polls(machine))

    def agent_lost(self, instance_id: str) -> Watch:
        """Its event comes when the machine's agent runs no more: stopped, or its machine is down."""
        machine = self._machines[instance_id]
        return Watch(self._clock, machine, lambda: not machine.service_active(AGENT_SERVICE))

    def recover(self, instance_id: str, deployment: Deployment) -> Diagnostics | None:
        """What an agent that starts again reports of a command it died in; None if it knows of none."""
        if deployment.id not in self._agent(self._machines[instance_id]).recover():
            return None
        return _diagnostics(FAILED_AFTER_RESTART)

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
            machine = self._machines[event.instance_id]
            agent_log.write_start(machine.files, self._clock.now)
            role = self._credentials[event.instance_id] = self.role_of(event.instance_id)
            if role is None:
                agent_log.write(machine.files, self._clock.now, "ERROR", MISSING_CREDENTIALS)

    def _agent(self, machine: Machine) -> CodeDeployAgent:
        role = self._credentials.get(machine.instance_id)
        if role is None or self._bundles is None:
            message = f"the agent of {machine.instance_id} has no credentials, so it can't have asked for work"
            raise RuntimeError(message)
        return CodeDeployAgent(machine, self._clock, self._bundles.of(role, machine.instance_id))


def _diagnostics(outcome: CommandOutcome) -> Diagnostics:
    return Diagnostics(outcome.lifecycle_error_code, outcome.script_name, outcome.message, outcome.log)
