"""Gathers facts from the record and the world as it is now: machines and targets as plain values. It only looks."""

from collections.abc import Callable, Iterable, Iterator

from labkit.explain.facts import Departure, MachineFacts, Probe, Server, TargetFacts
from labkit.explain.machine_files import installed_files
from labkit.explain.principal import read_principal
from labkit.explain.record import Record
from labkit.explain.rules.replacing import ELB_CAUSE
from labkit.rules.iam.decision import Decision
from labkit.world import services
from labkit.world.events import AccessDecided, MachineChanged
from labkit.world.fleet import AGENT_SERVICE
from labkit.world.http import UNREACHABLE
from labkit.world.load_balancer import Forward
from labkit.world.machine import Machine
from labkit.world.region import Region
from labkit.world.target_group import TargetGroup
from labkit.world.web_server import Location

HTTP_PORT = 80
WEB_SERVERS = ("nginx", "httpd")
LEAVING = ("stopping", "shutting-down")
ENDING_CALLS = ("TerminateInstances", "StopInstances", "TerminateInstanceInAutoScalingGroup")
SAME_MOMENT_S = 1.0


DecisionOf = Callable[[Exception | AccessDecided], Decision | None]
"""Finds IAM's decision behind an error of boto3 or an event; None if there is none, as without an account."""


class Gatherer:
    """What it gave once it gives again: make one for each question, as the world does not move meanwhile."""

    def __init__(self, region: Region, record: Record, decision_of: DecisionOf = lambda _about: None) -> None:
        self.region = region
        self.decision_of = decision_of
        self.record = record.update()
        self.now_s = region.clock.now_s
        self._machines: dict[str, MachineFacts] = {}
        self._probes: dict[tuple[str, int, str], Probe] = {}
        self._forwards: dict[str, tuple[str, ...]] | None = None

    # --- machines ------------------------------------------------------------------------------

    def machine(self, instance_id: str) -> MachineFacts:
        """Facts of an instance. Raises ``KeyError`` if there never was one with this id."""
        if instance_id not in self._machines:
            self._machines[instance_id] = self._look_at(self.region.fleet.machine(instance_id))
        return self._machines[instance_id]

    def _look_at(self, machine: Machine) -> MachineFacts:
        instance_id, fleet, record = machine.instance_id, self.region.fleet, self.record
        changes = record.services.get((instance_id, AGENT_SERVICE), ())
        left_s = self._left_s(instance_id)
        web = next((state.web for state in machine.services.values() if state.running and state.web), None)
        site = web.site(HTTP_PORT) if web else None
        unhealthy = [one for one in record.health.get(instance_id, ()) if one.state == "unhealthy"]
        return MachineFacts(
            instance_id=instance_id,
            state=machine.state,
            availability_zone=machine.availability_zone,
            auto_scaling_group=machine.auto_scaling_group,
            left_s=left_s,
            agent_installed=services.find(machine.files, AGENT_SERVICE) is not None,
            agent_running=machine.service_active(AGENT_SERVICE),
            agent_changes=tuple((change.at_s, change.active) for change in changes),
            role=fleet.role_of(instance_id) if machine.running else None,
            agent_role=fleet.agent_role(instance_id),
            servers=tuple(_servers(machine)),
            idle_servers=tuple(_idle_servers(machine)),
            front=self.probe(instance_id, HTTP_PORT, "/"),
            error_share=site.error_share if site else 0.0,
            installed=tuple(installed_files(machine.files)),
            dark=machine.running and not machine.powered,
            impaired_s=self._impaired_s(instance_id),
            zone_lost=self._zone_lost(machine),
            departure=self._departure(instance_id),
            ended_by=None if left_s is None else self._ended_by(left_s),
            last_health=unhealthy[-1] if unhealthy else None,
            fellows_replaced=self._replaced(machine.auto_scaling_group),
        )

    def _left_s(self, instance_id: str) -> float | None:
        changes = self.record.machines.get(instance_id, ())
        if not changes or changes[-1].state in ("pending", "running"):
            return None
        return next((change.at_s for change in reversed(changes) if change.state in LEAVING), changes[-1].at_s)

    def _departure(self, instance_id: str) -> Departure | None:
        for activity in self.record.activities.get(instance_id, ()):
            if activity.description.startswith("Terminating"):
                return Departure(
                    auto_scaling_group=activity.auto_scaling_group, cause=activity.cause, at_s=activity.at_s
                )
        return None

    def _replaced(self, auto_scaling_group: str | None) -> int:
        activities = self.record.group_activities.get(auto_scaling_group or "", ())
        replaced = {one.activity_id for one in activities if one.cause.endswith(ELB_CAUSE)}
        return len(replaced)

    def _impaired_s(self, instance_id: str) -> float | None:
        found = self.record.statuses.get(instance_id, ())
        return found[-1].at_s if found and found[-1].status == "impaired" else None

    def _is_dark(self, instance_id: str) -> bool:
        machine = self.region.fleet.machine(instance_id)
        return self._impaired_s(instance_id) is not None or (machine.running and not machine.powered)

    def _zone_lost(self, machine: Machine) -> int:
        """How many instances of the zone went dark, if all that ran there then did and none elsewhere; else 0."""
        if not self._is_dark(machine.instance_id):
            return 0
        since_s = self._impaired_s(machine.instance_id) or self.now_s
        there = [one for one in self.record.machines.items() if _ran_at(one[1], since_s)]
        dark = {instance_id for instance_id, _ in there if self._is_dark(instance_id)}
        zone = {i for i, changes in there if changes[-1].availability_zone == machine.availability_zone}
        return len(zone) if zone == dark else 0

    def _ended_by(self, left_s: float) -> str | None:
        for operation in ENDING_CALLS:
            calls = self.record.calls.get(operation, ())
            if any(abs(call.at_s - left_s) <= SAME_MOMENT_S and call.error_code is None for call in calls):
                return operation
        return None

    def probe(self, instance_id: str, port: int, path: str) -> Probe:
        """What ``GET path`` on ``port`` of an instance gets, asked on itself."""
        key = (instance_id, port, path)
        if key not in self._probes:
            self._probes[key] = _probe(self.region.fleet.machine(instance_id), port, path)
        return self._probes[key]

    def denial(self, role: str | None, session: str | None, since_s: float, until_s: float) -> Decision | None:
        """What a role (ARN) was refused last between two moments, in a session of that name (None: in any)."""
        asked = self.record.denials.get(read_principal(role or "").name, ())
        found = [
            one
            for one in asked
            if since_s <= one.at_s <= until_s and session in (None, read_principal(one.principal).session)
        ]
        return self.decision_of(found[-1]) if found else None

    # --- targets -------------------------------------------------------------------------------

    def target(self, group: TargetGroup, instance_id: str, port: int | None = None) -> TargetFacts:
        """Facts of an instance in a target group, registered or not."""
        settings, health = group.settings, group.health_of(instance_id, port)
        check = settings.health_check
        checked_port = check.port_for(health.port)
        return TargetFacts(
            group_name=settings.name,
            group_arn=settings.arn,
            port=health.port,
            health_check=check,
            listeners=self._listeners().get(settings.arn, ()),
            state=health.state,
            reason=health.reason,
            description=health.description,
            checked=self.probe(instance_id, checked_port, check.path),
            front=self.probe(instance_id, health.port, "/"),
            closed=self._closed(group, instance_id, checked_port),
            balancer_groups=tuple(
                dict.fromkeys(one for arn in group.load_balancer_arns for one in self.region.security_groups.of(arn))
            ),
            machine=self.machine(instance_id),
        )

    def targets_of(self, instance_id: str, names: Iterable[str]) -> tuple[TargetFacts, ...]:
        """The instance in each of the target groups called ``names``; those that are gone are left out."""
        found = (self.region.target_groups.get(name) for name in names)
        return tuple(self.target(group, instance_id) for group in found if group is not None)

    def _closed(self, group: TargetGroup, instance_id: str, port: int) -> tuple[str, ...]:
        groups = self.region.security_groups
        arns = group.load_balancer_arns
        if not arns or any(groups.admits(instance_id, port, groups.source(arn)) for arn in arns):
            return ()
        return groups.of(instance_id)

    def _listeners(self) -> dict[str, tuple[str, ...]]:
        """By target group's ARN: the listeners that forward to it."""
        if self._forwards is None:
            found: dict[str, list[str]] = {}
            for balancer in self.region.load_balancers.values():
                for listener in balancer.listeners:
                    action = listener.default_action
                    for share in action.target_groups if isinstance(action, Forward) else ():
                        found.setdefault(share.target_group.arn, []).append(f"{balancer.name}:{listener.port}")
            self._forwards = {arn: tuple(names) for arn, names in found.items()}
        return self._forwards


def _ran_at(changes: list[MachineChanged], at_s: float) -> bool:
    before = [change for change in changes if change.at_s <= at_s]
    return bool(before) and before[-1].state == "running"


def _servers(machine: Machine) -> Iterator[Server]:
    for state in machine.services.values():
        if machine.running and state.running and state.web is not None:
            places = (place for site in state.web.sites if any(site.ports.values()) for place in _roots(site.base))
            yield Server(
                service=state.name,
                software=state.web.software,
                ports=state.web.ports,
                roots=tuple(dict.fromkeys(places)),
            )


def _roots(location: Location) -> list[str]:
    own = location.alias if location.alias is not None else location.root
    return [own, *(root for inner in location.inner for root in _roots(inner))]


def _idle_servers(machine: Machine) -> Iterator[str]:
    for name in WEB_SERVERS:
        if services.find(machine.files, name) and not machine.service_active(name):
            yield name


def _probe(machine: Machine, port: int, path: str) -> Probe:
    answer = machine.usual_answer(port, path)
    if answer is None or answer is UNREACHABLE:
        return Probe(port=port, path=path, status=None)
    return Probe(port=port, path=path, status=answer.status, delay_s=answer.delay_s)
