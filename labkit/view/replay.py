"""What a trace says about a moment: who serves, what the visitors get, what each instance is at.

This is the reference; ``js/replay.js`` does the same in the browser and must agree exactly, so both use the
same arithmetic in the same order. Visitors come at an even rate from the trace's first moment on; request
number ``n`` goes to the ``n``-th of those in service, counted round and round.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf
from typing import TypedDict

from labkit.view.trace_types import AnswerRow, InstanceTrace, LifecycleRow, StateRow, Trace

NOBODY = -1
"""Stands for the load balancer where an instance is meant, and for a version that is not known yet."""

ERRORS = -1
"""Stands for all errors together among the shares."""

UNAVAILABLE = 503
BAD_GATEWAY = 502


class Server(TypedDict):
    """Who answers a request, and with what; ``instance`` may be ``NOBODY``."""

    instance: int
    version: int
    status: int


class Answer(TypedDict):
    """One request of the evenly spaced visitors. ``number`` counts them from the trace's first moment."""

    number: int
    at_s: float
    instance: int
    version: int
    status: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which the same servers give the same answers."""

    from_s: float
    to_s: float
    servers: list[Server]


class InstanceState(TypedDict):
    """One instance at a moment; ``event`` is the lifecycle event that runs, or the one that failed."""

    machine: str | None
    target: str | None
    health: str | None
    reason: str | None
    version: int
    status: int | None
    page: int | None
    in_service: bool
    event: str | None
    since_s: float | None
    events: str


class State(TypedDict):
    """A whole trace at a moment; ``story`` is the place of the row that is being told."""

    at_s: float
    status: str
    healthy: int
    in_service: int
    story: int
    instances: list[InstanceState]


def place_at(moments: Sequence[float], at_s: float) -> int:
    """The place of the last moment that is not after ``at_s``; -1 before the first."""
    return bisect_right(moments, at_s) - 1


def segments(trace: Trace) -> list[Segment]:
    """The trace's time cut wherever somebody's answer, or who is asked, changes."""
    found = {trace["from_s"], trace["to_s"]}
    for instance in trace["instances"]:
        found.update(edge for pair in instance["in_service"] for edge in pair)
        found.update(row["at_s"] for row in instance["answers"])
    edges = sorted(edge for edge in found if trace["from_s"] <= edge <= trace["to_s"])
    serving: list[list[Server]] = [[] for _ in edges]
    for place in range(len(trace["instances"])):
        _serve(trace, place, edges, serving)
    nobody: Server = {"instance": NOBODY, "version": trace["unavailable"], "status": UNAVAILABLE}
    return [Segment(a, b, servers or [nobody]) for (a, b), servers in zip(pairwise(edges), serving, strict=False)]


def _serve(trace: Trace, place: int, edges: list[float], serving: list[list[Server]]) -> None:
    """Adds an instance to the servers of each edge at which it is in service, with its answer from there on."""
    instance = trace["instances"][place]
    starts = [-inf, *(row["at_s"] for row in instance["answers"])]
    rows = [None, *instance["answers"]]
    for row, (start_s, end_s) in zip(rows, pairwise([*starts, inf]), strict=True):
        server = _server(trace, place, row)
        for from_s, to_s in instance["in_service"]:
            for edge in range(bisect_left(edges, max(from_s, start_s)), bisect_left(edges, min(to_s, end_s))):
                serving[edge].append(server)


def _server(trace: Trace, place: int, row: AnswerRow | None) -> Server:
    if row is None or row["status"] is None:
        refused = 0 if trace["target_group"] is None else BAD_GATEWAY
        return {"instance": place, "version": row["version"] if row else trace["refused"], "status": refused}
    return {"instance": place, "version": row["version"], "status": row["status"]}


def serves(trace: Trace, instance: InstanceTrace, at_s: float) -> bool:
    """Whether the instance gets requests at this moment; at the trace's very end, whether it did until then."""
    last_s = trace["to_s"]
    return any(from_s <= at_s < to_s or at_s == to_s == last_s for from_s, to_s in instance["in_service"])


def answer_at(instance: InstanceTrace, at_s: float) -> AnswerRow | None:
    """What the instance answers at this moment, None before anything is known."""
    return next((row for row in reversed(instance["answers"]) if row["at_s"] <= at_s), None)


def first_request(trace: Trace, rate_per_s: float, at_s: float) -> int:
    """The number of the first request at or after ``at_s``."""
    number = max(0, floor((at_s - trace["from_s"]) * rate_per_s))
    # Rounding may miss by one either way; the moment itself decides, in both languages alike.
    while request_moment_s(trace, rate_per_s, number) < at_s:
        number += 1
    while number > 0 and request_moment_s(trace, rate_per_s, number - 1) >= at_s:
        number -= 1
    return number


def request_moment_s(trace: Trace, rate_per_s: float, number: int) -> float:
    """When request ``number`` is made."""
    return trace["from_s"] + number / rate_per_s


def answers(trace: Trace, rate_per_s: float, from_s: float, to_s: float) -> list[Answer]:
    """Every answer to the visitors from ``from_s`` until just before ``to_s``, oldest first."""
    found: list[Answer] = []
    for segment in segments(trace):
        first, end = _numbers(trace, rate_per_s, segment, from_s, to_s)
        for number in range(first, end):
            server = segment.servers[number % len(segment.servers)]
            found.append({"number": number, "at_s": request_moment_s(trace, rate_per_s, number), **server})
    return found


def last_answers(trace: Trace, rate_per_s: float, at_s: float, most: int) -> list[Answer]:
    """The newest answers given before ``at_s``, at most ``most`` of them, oldest first."""
    end = first_request(trace, rate_per_s, at_s)
    first = max(0, end - most)
    found = answers(trace, rate_per_s, request_moment_s(trace, rate_per_s, first), trace["to_s"])
    return [answer for answer in found if first <= answer["number"] < end]


def refreshed(trace: Trace, rate_per_s: float, at_s: float, times: int) -> list[Answer]:
    """What a visitor gets who refreshes the page ``times`` times while time stands still at ``at_s``.

    The load balancer goes on in turn from the last of the evenly spaced visitors. Nothing at the trace's end or
    outside its time.
    """
    segment = next((found for found in segments(trace) if found.from_s <= at_s < found.to_s), None)
    if segment is None:
        return []
    first = first_request(trace, rate_per_s, at_s)
    size = len(segment.servers)
    return [{"number": n, "at_s": at_s, **segment.servers[n % size]} for n in range(first, first + times)]


def counts(trace: Trace, rate_per_s: float, from_s: float, to_s: float) -> dict[int, int]:
    """How many answers of each version the visitors got, by arithmetic: its cost does not depend on the rate."""
    found: dict[int, int] = {}
    for segment in segments(trace):
        first, end = _numbers(trace, rate_per_s, segment, from_s, to_s)
        size = len(segment.servers)
        for place, server in enumerate(segment.servers):
            count = (end - 1 - place) // size - (first - 1 - place) // size
            if count > 0:
                found[server["version"]] = found.get(server["version"], 0) + count
    return dict(sorted(found.items()))


def _numbers(trace: Trace, rate_per_s: float, segment: Segment, from_s: float, to_s: float) -> tuple[int, int]:
    start_s, end_s = max(segment.from_s, from_s), min(segment.to_s, to_s)
    if start_s >= end_s:
        return 0, 0
    return first_request(trace, rate_per_s, start_s), first_request(trace, rate_per_s, end_s)


Shares = list[tuple[float, float, dict[int, float]]]
"""Rows of from when to when (lab seconds), and which share each version had."""


def shares(trace: Trace) -> Shares:
    """From when to when, which share (0 to 1) of the answers each version had; errors count under ``ERRORS``."""
    found: Shares = []
    for segment in segments(trace):
        share = _share(trace, segment)
        if found and found[-1][2] == share:
            found[-1] = (found[-1][0], segment.to_s, share)
        else:
            found.append((segment.from_s, segment.to_s, share))
    return found


def _share(trace: Trace, segment: Segment) -> dict[int, float]:
    count: dict[int, int] = {}
    for server in segment.servers:
        version = server["version"]
        place = ERRORS if trace["versions"][version]["kind"] == "error" else version
        count[place] = count.get(place, 0) + 1
    return {key: count[key] / len(segment.servers) for key in sorted(count)}


HealthyHosts = list[tuple[float, float, int]]
"""Rows of from when to when (lab seconds), and how many instances were healthy."""


def healthy_hosts(trace: Trace) -> HealthyHosts:
    """From when to when how many instances were healthy, from ``from_s`` to ``to_s`` without a gap.

    Behind a load balancer those whose target is healthy; without one those that run and that the deployment is not
    at work on, or has not failed on (CodeDeploy user guide, "Instance health").
    """
    steps: Counter[float] = Counter()
    for instance in trace["instances"]:
        for at_s, step in _health_steps(trace, instance):
            steps[at_s] += step
    found: HealthyHosts = []
    count = 0
    for from_s, to_s in pairwise(sorted({trace["from_s"], trace["to_s"], *steps})):
        count += steps[from_s]
        if found and found[-1][2] == count:
            found[-1] = (found[-1][0], to_s, count)
        else:
            found.append((from_s, to_s, count))
    return found


def _health_steps(trace: Trace, instance: InstanceTrace) -> Iterator[tuple[float, int]]:
    """When the count of healthy instances goes up (1) or down (-1) because of this one."""
    rows = [*instance["health"], *instance["machine"], *instance["target"]]
    inside = {row["at_s"] for row in rows if trace["from_s"] < row["at_s"] < trace["to_s"]}
    before = False
    for at_s in sorted({trace["from_s"], *inside}):
        now = healthy(trace, _instance_at(trace, instance, at_s))
        if now != before:
            yield at_s, 1 if now else -1
        before = now


def healthy(trace: Trace, state: InstanceState) -> bool:
    """Whether an instance in this state counts as healthy (see ``healthy_hosts``)."""
    if trace["target_group"] is not None:
        return state["health"] == "healthy"
    return state["machine"] == "running" and state["target"] not in {"InProgress", "Failed"}


def state_at(trace: Trace, at_s: float) -> State:
    """The whole trace at a moment."""
    instances = [_instance_at(trace, instance, at_s) for instance in trace["instances"]]
    statuses = trace["deployment"]["statuses"]
    place = place_at([row["at_s"] for row in statuses], at_s)
    return {
        "at_s": at_s,
        "status": statuses[place]["status"] if place >= 0 else "",
        "healthy": sum(healthy(trace, state) for state in instances),
        "in_service": sum(state["in_service"] for state in instances),
        "story": place_at([row["at_s"] for row in trace["story"]], at_s),
        "instances": instances,
    }


def _instance_at(trace: Trace, instance: InstanceTrace, at_s: float) -> InstanceState:
    health_place = place_at([row["at_s"] for row in instance["health"]], at_s)
    health = instance["health"][health_place] if health_place >= 0 else None
    answer = answer_at(instance, at_s)
    states = [event_status(row, at_s) for row in instance["lifecycle"]]
    shown = next(
        (row for row, state in zip(instance["lifecycle"], states, strict=True) if state in {"InProgress", "Failed"}),
        None,
    )
    return {
        "machine": _state(instance["machine"], at_s),
        "target": _state(instance["target"], at_s),
        "health": health["state"] if health else None,
        "reason": (health["description"] or health["reason"]) if health else None,
        "version": answer["version"] if answer else NOBODY,
        "status": answer["status"] if answer else None,
        "page": answer["page"] if answer else None,
        "in_service": serves(trace, instance, at_s),
        "event": shown["event"] if shown else None,
        "since_s": shown["from_s"] if shown else None,
        "events": "".join(_LETTERS[state] for state in states),
    }


_LETTERS = {"Pending": ".", "InProgress": ">", "Succeeded": "+", "Failed": "!", "Skipped": "-", "Unknown": "?"}


def event_status(row: LifecycleRow, at_s: float) -> str:
    """The status of a lifecycle event at a moment."""
    if row["to_s"] is not None and at_s >= row["to_s"]:
        return row["status"]
    if row["from_s"] is not None and at_s >= row["from_s"]:
        return "InProgress"
    return "Pending"


def _state(rows: list[StateRow], at_s: float) -> str | None:
    place = place_at([row["at_s"] for row in rows], at_s)
    return rows[place]["state"] if place >= 0 else None
