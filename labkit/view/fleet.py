"""From the history to one record an instance: the rows of a trace.

Who gets requests follows Elastic Load Balancing, "Target groups": the healthy targets; if there is none, all
registered ones that are being checked (fail open).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import TypeVar

from labkit.simulation.history import Event
from labkit.view.palette import phase
from labkit.view.trace_types import AnswerRow, HealthRow, LifecycleRow, StateRow
from labkit.world.events import (
    DeploymentStarted,
    DeploymentTargetChanged,
    LifecycleEventChanged,
    MachineChanged,
    PageChanged,
    RevisionInstalled,
    TargetHealthChanged,
)

INITIAL_CHECKS = "Elb.InitialHealthChecking"
ALIVE = frozenset({"pending", "running", "stopping"})


@dataclass(slots=True)
class Page:
    """What an instance answers at the moment of folding."""

    status: int | None
    text: str
    revision: str | None


@dataclass(slots=True)
class Member:
    """One instance while the history is read."""

    id: str
    zone: str = ""
    label: str | None = None
    machine: list[StateRow] = field(default_factory=list)
    target: list[StateRow] = field(default_factory=list)
    health: list[HealthRow] = field(default_factory=list)
    pages: list[tuple[float, Page]] = field(default_factory=list)
    lifecycle: dict[str, LifecycleRow] = field(default_factory=dict)

    def answers_now(self, at_s: float, page: Page) -> None:
        """Notes what the instance answers from ``at_s`` on."""
        if self.pages and self.pages[-1][1] == page:
            return
        self.pages.append((at_s, page))


class Fleet:
    """All instances the history tells of, for one deployment and the target group its instances stand in."""

    def __init__(self, events: list[Event], deployment_id: str) -> None:
        self.members: dict[str, Member] = {}
        self.chosen: tuple[str, ...] = ()
        self._deployment_id = deployment_id
        self.target_group = _target_group(events, deployment_id)
        self._counted = _in_order_of_launch(events)
        for event in events:
            self._fold(event)

    def name(self, instance_id: str) -> str:
        """``web-1``, ``web-2`` …: the same name in every picture of the same lab."""
        return f"web-{self._counted.index(instance_id) + 1}"

    def present(self, from_s: float, to_s: float) -> list[Member]:
        """The instances that belong into a picture of this time, in the order of their names."""
        ids = [i for i in self._counted if i in self.members and self._belongs(self.members[i], from_s, to_s)]
        return [self.members[i] for i in ids]

    def _belongs(self, member: Member, from_s: float, to_s: float) -> bool:
        if member.id in self.chosen:
            return True
        if member.machine and not any(row["state"] in ALIVE for row in within(member.machine, from_s, to_s)):
            return False
        return any(row["state"] != "unused" for row in within(member.health, from_s, to_s))

    def _fold(self, event: Event) -> None:
        match event:
            case MachineChanged():
                member = self._member(event.instance_id)
                member.zone = event.availability_zone
                member.machine.append({"at_s": event.at_s, "state": event.state})
            case PageChanged():
                page = Page(event.status, event.page, event.revision)
                self._member(event.instance_id).answers_now(event.at_s, page)
            case RevisionInstalled():
                self._install(event)
            case TargetHealthChanged() if event.target_group == self.target_group:
                self._member(event.instance_id).health.append(
                    {
                        "at_s": event.at_s,
                        "state": event.state,
                        "reason": event.reason,
                        "description": event.description,
                    }
                )
            case DeploymentStarted() if event.deployment_id == self._deployment_id:
                self.chosen = event.instance_ids
                for instance_id, label in zip_longest(event.instance_ids, event.instance_labels):
                    self._member(instance_id).label = label
                    self._member(instance_id).target.append({"at_s": event.at_s, "state": "Pending"})
            case DeploymentTargetChanged() if event.deployment_id == self._deployment_id:
                self._member(event.instance_id).target.append({"at_s": event.at_s, "state": event.status})
            case LifecycleEventChanged() if event.deployment_id == self._deployment_id:
                self._lifecycle(event)
            case _:
                pass

    def _member(self, instance_id: str) -> Member:
        return self.members.setdefault(instance_id, Member(instance_id))

    def _install(self, event: RevisionInstalled) -> None:
        member = self._member(event.instance_id)
        if member.pages:
            page = member.pages[-1][1]
            member.answers_now(event.at_s, Page(page.status, page.text, event.revision))

    def _lifecycle(self, event: LifecycleEventChanged) -> None:
        rows = self._member(event.instance_id).lifecycle
        began_s = rows[event.lifecycle_event]["from_s"] if event.lifecycle_event in rows else None
        running = event.status == "InProgress"
        rows[event.lifecycle_event] = {
            "event": event.lifecycle_event,
            "phase": phase(event.lifecycle_event),
            "status": event.status,
            "from_s": event.at_s if running else began_s,
            "to_s": None if running or event.status == "Pending" else event.at_s,
            "error_code": event.error_code,
            "script_name": event.script_name,
            "message": event.message,
            "log_tail": event.log_tail,
        }


Row = TypeVar("Row", StateRow, HealthRow, AnswerRow)


def within(rows: list[Row], from_s: float, to_s: float) -> list[Row]:
    """The rows that hold at some moment from ``from_s`` to ``to_s``: the last one before, and those inside."""
    before = [row for row in rows if row["at_s"] <= from_s]
    return before[-1:] + [row for row in rows if from_s < row["at_s"] <= to_s]


def serving_sets(members: list[Member]) -> Iterator[tuple[float, frozenset[str]]]:
    """Each moment at which health changed, and the ids of those who get requests from then on."""
    healthy: set[str] = set()
    checked: set[str] = set()
    changes = sorted(
        (row["at_s"], place, order) for place, member in enumerate(members) for order, row in enumerate(member.health)
    )
    for at_s, together in groupby(changes, key=itemgetter(0)):
        for _, place, order in together:
            member = members[place]
            row = member.health[order]
            _put(healthy, member.id, inside=row["state"] == "healthy")
            _put(checked, member.id, inside=row["state"] == "unhealthy" or row["reason"] == INITIAL_CHECKS)
        yield at_s, frozenset(healthy or checked)


def intervals(sets: Iterable[tuple[float, frozenset[str]]], from_s: float, to_s: float) -> dict[str, list[list[float]]]:
    """For each id, from when to when it was in the set, cut to ``from_s`` … ``to_s``."""
    since: dict[str, float] = {}
    found: dict[str, list[list[float]]] = {}

    def close(name: str, at_s: float) -> None:
        began_s, ended_s = max(since.pop(name), from_s), min(at_s, to_s)
        if began_s < ended_s:
            found.setdefault(name, []).append([began_s, ended_s])

    for at_s, members in sets:
        for name in sorted(set(since) - members):
            close(name, at_s)
        for name in sorted(members - set(since)):
            since[name] = at_s
    for name in sorted(since):
        close(name, to_s)
    return found


def _put(names: set[str], name: str, *, inside: bool) -> None:
    if inside:
        names.add(name)
    else:
        names.discard(name)


def _target_group(events: list[Event], deployment_id: str) -> str | None:
    """The target group the deployment's instances stand in; without instances the first one there is."""
    chosen = {
        instance_id
        for event in events
        if isinstance(event, DeploymentStarted) and event.deployment_id == deployment_id
        for instance_id in event.instance_ids
    }
    health = [event for event in events if isinstance(event, TargetHealthChanged)]
    ours = [event.target_group for event in health if event.instance_id in chosen or not chosen]
    return ours[0] if ours else None


def _in_order_of_launch(events: list[Event]) -> list[str]:
    """Instances that ever served or were deployed to, in the order in which the lab first met them."""
    met: dict[str, None] = {}
    counted: set[str] = set()
    for event in events:
        if isinstance(event, DeploymentStarted):
            met.update(dict.fromkeys(event.instance_ids))
            counted.update(event.instance_ids)
        elif isinstance(event, (MachineChanged, TargetHealthChanged)):
            met[event.instance_id] = None
            if isinstance(event, TargetHealthChanged):
                counted.add(event.instance_id)
    return [instance_id for instance_id in met if instance_id in counted]
