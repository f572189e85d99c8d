"""One deployment as a trace: what a picture needs, as plain JSON-ready values.

Python decides, the browser replays: a trace goes over once, and every moment between ``from_s`` and ``to_s``
follows from it (``labkit/view/replay.py``, and its twin ``js/replay.js``). It grows with what happened, not
with requests or time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from labkit.simulation.clock import LAB_START
from labkit.simulation.history import Event
from labkit.simulation.misuse import MisuseError
from labkit.view.fleet import Fleet, Member, Page, intervals, serving_sets, within
from labkit.view.story import moments, story
from labkit.view.trace_types import AnswerRow, DeploymentTrace, InstanceTrace, RequestRow, Trace
from labkit.view.versions import Versions
from labkit.world.events import (
    DeploymentChanged,
    DeploymentCreated,
    DeploymentStarted,
    RequestAnswered,
    TargetGroupForwarded,
)

FORMAT = 2
"""Counts the shapes a trace has had, so that a page saved earlier can say that it is another one."""

BEFORE_S = 20.0
AFTER_S = 20.0
"""How much of the time before and after the deployment belongs into its picture."""

SHORTEST_S = 1.0
"""A picture covers some time, even of a deployment created in the lab's first moment."""

MOST_REQUESTS = 300
"""The newest requests that are kept one by one; older ones are only counted."""

TERMINAL = frozenset({"Succeeded", "Failed", "Stopped"})


@dataclass(slots=True)
class Looks:
    """Gives the answers of a stretch of time their places among the versions and the pages."""

    from_s: float
    to_s: float
    versions: Versions
    pages: dict[str, int] = field(default_factory=dict)

    def answers(self, member: Member) -> list[AnswerRow]:
        """What the instance answers; only what falls into the time may claim a version or a page."""
        later = [*(at_s for at_s, _ in member.pages[1:]), float("inf")]
        rows: list[AnswerRow] = []
        for (at_s, page), until_s in zip(member.pages, later, strict=False):
            if at_s <= self.to_s and until_s > self.from_s:
                row = self._row(at_s, page)
                if not rows or {**row, "at_s": rows[-1]["at_s"]} != rows[-1]:
                    rows.append(row)
        return rows

    def _row(self, at_s: float, page: Page) -> AnswerRow:
        return {
            "at_s": at_s,
            "version": self.versions.of(page.status, page.revision),
            "status": page.status,
            "page": None if page.status is None else self.pages.setdefault(page.text, len(self.pages)),
        }


class UnknownDeploymentError(MisuseError):
    """A deployment id that the history does not know."""


def trace(
    events: Iterable[Event], deployment_id: str, *, start: datetime = LAB_START, now_s: float | None = None
) -> Trace:
    """The trace of one deployment: from a little before it was created to a little after it ended.

    ``events``: a whole ``History``. ``start``: the lab's first moment. ``now_s``: the lab's present, up to which the
    picture of a running deployment goes; without it, that is the last event. Raises ``UnknownDeploymentError``.
    """
    record = list(events)
    versions = Versions(record)
    deployment = _deployment(record, deployment_id, versions)
    from_s, to_s = _window(record, deployment, now_s)
    fleet = Fleet(record, deployment_id)
    members = fleet.present(from_s, to_s)
    looks = Looks(from_s, to_s, versions)
    serving = intervals(_serving(members, balanced=fleet.target_group is not None), from_s, to_s)
    requests = _requests(record, from_s, to_s)
    forwarded = _forwarded(record, fleet.target_group)
    found: Trace = {
        "format": FORMAT,
        "lab_start": start.isoformat(),
        "from_s": from_s,
        "to_s": to_s,
        "deployment": deployment,
        "load_balancer": _name(forwarded.load_balancer) if forwarded else None,
        "address": forwarded.dns_name if forwarded else None,
        "target_group": fleet.target_group,
        "zones": sorted({member.zone for member in members}),
        "versions": versions.rows,
        "unavailable": versions.of(503, None),
        "refused": versions.of(None, None),
        "pages": [],
        "instances": [
            _instance(fleet.name(member.id), member, serving.get(member.id, []), looks) for member in members
        ],
        "story": [],
        "moments": [],
        "requests": _request_rows(requests[-MOST_REQUESTS:], [member.id for member in members], versions),
        "requests_made": len(requests),
    }
    found["pages"] = list(looks.pages)
    found["story"] = story(found)
    found["moments"] = moments(found)
    return found


def _deployment(record: list[Event], deployment_id: str, versions: Versions) -> DeploymentTrace:
    created = next((e for e in record if isinstance(e, DeploymentCreated) and e.deployment_id == deployment_id), None)
    if created is None:
        known = [event.deployment_id for event in record if isinstance(event, DeploymentCreated)]
        found = f"the lab knows {', '.join(known)}" if known else "the lab has seen no deployment yet"
        message = f"Expected the id of a deployment of this lab, found {deployment_id!r}; {found}."
        raise UnknownDeploymentError(message)
    changes = [e for e in record if isinstance(e, DeploymentChanged) and e.deployment_id == deployment_id]
    promises = [
        event.minimum_healthy_hosts
        for event in record
        if isinstance(event, DeploymentStarted) and event.deployment_id == deployment_id
    ]
    return {
        "id": deployment_id,
        "application": created.application,
        "group": created.deployment_group,
        "config": created.deployment_config,
        "creator": created.creator,
        "version": versions.revision(created.revision),
        "created_s": created.at_s,
        "ended_s": next((event.at_s for event in changes if event.status in TERMINAL), None),
        "minimum_healthy_hosts": promises[-1] if promises else None,
        "statuses": [
            {"at_s": e.at_s, "status": e.status, "error_code": e.error_code, "message": e.message} for e in changes
        ],
    }


def _window(record: list[Event], deployment: DeploymentTrace, now_s: float | None) -> tuple[float, float]:
    from_s = max(0.0, deployment["created_s"] - BEFORE_S)
    if deployment["ended_s"] is not None:
        return from_s, deployment["ended_s"] + AFTER_S
    return from_s, max(record[-1].at_s if now_s is None else now_s, from_s + SHORTEST_S)


def _serving(members: list[Member], *, balanced: bool) -> list[tuple[float, frozenset[str]]]:
    if balanced:
        return list(serving_sets(members))
    return _running_sets(members)


def _running_sets(members: list[Member]) -> list[tuple[float, frozenset[str]]]:
    """Without a load balancer every running machine is asked directly."""
    changes = sorted((row["at_s"], m.id, row["state"] == "running") for m in members for row in m.machine)
    running: frozenset[str] = frozenset()
    sets = []
    for at_s, instance_id, up in changes:
        running = running | {instance_id} if up else running - {instance_id}
        sets.append((at_s, running))
    return sets


def _instance(name: str, member: Member, in_service: list[list[float]], looks: Looks) -> InstanceTrace:
    window = (looks.from_s, looks.to_s)
    return {
        "id": member.id,
        "name": name,
        "zone": member.zone,
        "label": member.label,
        "machine": within(member.machine, *window),
        "target": [row for row in member.target if row["at_s"] <= looks.to_s],
        "health": within(member.health, *window),
        "answers": looks.answers(member),
        "in_service": in_service,
        "lifecycle": list(member.lifecycle.values()),
    }


def _forwarded(record: list[Event], target_group: str | None) -> TargetGroupForwarded | None:
    """The load balancer that last began to send requests to the target group."""
    found = [e for e in record if isinstance(e, TargetGroupForwarded) and e.target_group == target_group]
    return found[-1] if found else None


def _name(load_balancer_arn: str) -> str:
    """The load balancer's name; ARNs end in ``/app/name/id``."""
    _, *parts = load_balancer_arn.split("/")
    return parts[1] if parts else load_balancer_arn


def _requests(record: list[Event], from_s: float, to_s: float) -> list[RequestAnswered]:
    return [event for event in record if isinstance(event, RequestAnswered) and from_s <= event.at_s <= to_s]


def _request_rows(requests: list[RequestAnswered], ids: list[str], versions: Versions) -> list[RequestRow]:
    return [
        {
            "at_s": event.at_s,
            "instance": ids.index(event.instance_id) if event.instance_id in ids else None,
            "version": versions.of(event.status, event.revision),
            "status": event.status,
        }
        for event in requests
    ]
