"""What a deployment cost, in five numbers: one place for charts, tables and sentences alike.

All of them are about the time from CreateDeployment to the end of the deployment (or of the trace, while it runs).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from labkit.view.replay import NOBODY, Segment, counts, segments
from labkit.view.trace_types import Trace

MINUTE_S = 60.0
ALIVE = frozenset({"pending", "running", "stopping"})
RATE_PER_S = 10.0
"""Visitors a second, where nobody says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a deployment cost.

    ``duration_s``: None while it runs. ``fleet``: how many instances visitors were sent to before it.
    ``lowest_capacity``: the fewest instances that visitors were sent to and got no error from, at any moment.
    ``mixed_s``: how long visitors met more than one version.
    ``failed_requests`` of ``requests``: answers with an error at ``rate_per_s`` visitors a second.
    ``extra_instance_minutes``: machines beyond the fleet, times the minutes that they ran.
    """

    status: str
    duration_s: float | None
    fleet: int
    lowest_capacity: int
    mixed_s: float
    requests: int
    failed_requests: int
    rate_per_s: float
    extra_instance_minutes: float


def measure(trace: Trace, rate_per_s: float = RATE_PER_S) -> Measures:
    """The measures of one deployment, with so many visitors a second."""
    deployment = trace["deployment"]
    from_s, ended_s = deployment["created_s"], deployment["ended_s"]
    to_s = trace["to_s"] if ended_s is None else ended_s
    cut = [segment for segment in segments(trace) if segment.to_s > from_s and segment.from_s < to_s]
    answered = counts(trace, rate_per_s, from_s, to_s)
    able = [_able(trace, segment) for segment in cut]
    return Measures(
        status=deployment["statuses"][-1]["status"] if deployment["statuses"] else "Created",
        duration_s=None if ended_s is None else round(ended_s - from_s, 3),
        fleet=_asked(cut[0]) if cut else 0,
        lowest_capacity=min(able, default=0),
        mixed_s=_seconds(cut, from_s, to_s, lambda segment: len(_versions(trace, segment)) > 1),
        requests=sum(answered.values()),
        failed_requests=sum(count for place, count in answered.items() if _is_error(trace, place)),
        rate_per_s=rate_per_s,
        extra_instance_minutes=_extra_instance_s(trace, from_s, to_s) / MINUTE_S,
    )


Capacity = list[tuple[float, float, int]]
"""Rows of from when to when (lab seconds), and how many instances visitors were sent to and got no error from."""


def capacity(trace: Trace) -> Capacity:
    """From when to when how many instances answered visitors without an error."""
    found: Capacity = []
    for segment in segments(trace):
        able = _able(trace, segment)
        if found and found[-1][2] == able:
            found[-1] = (found[-1][0], segment.to_s, able)
        else:
            found.append((segment.from_s, segment.to_s, able))
    return found


def _asked(segment: Segment) -> int:
    return sum(server["instance"] != NOBODY for server in segment.servers)


def _able(trace: Trace, segment: Segment) -> int:
    return sum(not _is_error(trace, server["version"]) for server in segment.servers)


def _versions(trace: Trace, segment: Segment) -> set[int]:
    return {server["version"] for server in segment.servers if not _is_error(trace, server["version"])}


def _is_error(trace: Trace, version: int) -> bool:
    return trace["versions"][version]["kind"] == "error"


def _seconds(cut: list[Segment], from_s: float, to_s: float, holds: Callable[[Segment], bool]) -> float:
    return round(sum(min(s.to_s, to_s) - max(s.from_s, from_s) for s in cut if holds(s)), 3)


def _extra_instance_s(trace: Trace, from_s: float, to_s: float) -> float:
    """Seconds of machines that live beyond as many as lived when the deployment was created."""
    changes: dict[float, int] = {from_s: 0, to_s: 0}
    for instance in trace["instances"]:
        lived = False
        for row in instance["machine"]:
            alive = row["state"] in ALIVE
            at_s = max(row["at_s"], from_s)
            if alive != lived and at_s <= to_s:
                changes[at_s] = changes.get(at_s, 0) + (1 if alive else -1)
            lived = alive
    moments = sorted(changes)
    before = changes[from_s]
    present, extra_s = 0, 0.0
    for at_s, next_s in pairwise(moments):
        present += changes[at_s]
        extra_s += max(0, present - before) * (next_s - at_s)
    return round(extra_s, 3)


def minutes_and_seconds(seconds: float) -> str:
    """A length of time as a table shows it.

    >>> minutes_and_seconds(319.4), minutes_and_seconds(3725)
    ('5:19', '1:02:05')
    """
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes = f"{rest // 60}:{rest % 60:02}"
    return f"{hours}:{minutes:0>5}" if hours else minutes
