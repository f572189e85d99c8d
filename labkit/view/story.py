"""What happens now and why: the narrator's sentences, and the moments worth jumping to.

A row is told from its moment until the next. Where much happens in the same instant the two sentences that
matter most are kept: failures and traffic before scripts that took no time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from labkit.view.replay import NOBODY, Segment, segments
from labkit.view.trace_types import HealthRow, InstanceTrace, LifecycleRow, NamedMoment, Sentence, StoryRow, Trace
from labkit.view.words import ENGLISH

BLUE = "Blue"
GREEN = "Green"
"""InstanceTarget's instanceLabel: the original and the replacement instances of a blue/green deployment."""

SENTENCES = 2
"""How many sentences a row has at most: what a person reads while the picture moves."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell. ``weight``: what matters more has more; ``turn``: what comes first has less."""

    at_s: float
    weight: int
    turn: int
    key: str
    gaps: dict[str, str | list[str]] = field(default_factory=dict)
    instance: str | None = None


def story(trace: Trace) -> list[StoryRow]:
    """The rows of the narrator, oldest first; there is one at the trace's first moment."""
    tellings = [Telling(trace["from_s"], 0, 0, "before"), *_deployment(trace), *_traffic(trace)]
    for instance in trace["instances"]:
        tellings += [*_lifecycle(trace, instance), *_target(trace, instance), *_health(trace, instance)]
        tellings += _machine(trace, instance)
    inside = sorted((t for t in tellings if trace["from_s"] <= t.at_s <= trace["to_s"]), key=lambda t: t.at_s)
    return [
        {"at_s": at_s, "sentences": _chosen(list(together))} for at_s, together in groupby(inside, key=lambda t: t.at_s)
    ]


def _chosen(tellings: list[Telling]) -> list[Sentence]:
    merged: list[tuple[Telling, list[str]]] = []
    mixed = {telling.instance for telling in tellings if telling.key in {"mix", "mix_green"}}
    for telling in tellings:
        if telling.key == "healthy" and telling.instance in mixed:
            continue
        same = next((names for t, names in merged if (t.key, t.gaps) == (telling.key, telling.gaps)), None)
        if same is None:
            same = []
            merged.append((telling, same))
        same += [telling.instance] if telling.instance else []
    best = sorted(merged, key=lambda pair: -pair[0].weight)[:SENTENCES]
    if best[0][0].weight > 1:
        best = [pair for pair in best if pair[0].weight > 1]
    return [_sentence(telling, names) for telling, names in sorted(best, key=lambda pair: pair[0].turn)]


def _sentence(telling: Telling, names: list[str]) -> Sentence:
    gaps = dict(telling.gaps)
    if names:
        gaps["instances"] = names
    alone = f"{telling.key}_one"
    return {"key": alone if len(names) == 1 and alone in ENGLISH else telling.key, "gaps": gaps}


def _new(trace: Trace) -> str:
    return trace["versions"][trace["deployment"]["version"]]["word"]


def _deployment(trace: Trace) -> Iterator[Telling]:
    deployment = trace["deployment"]
    yield Telling(deployment["created_s"], 3, 4, "created", {"version": _new(trace), "group": deployment["group"]})
    taking = [instance for instance in trace["instances"] if instance["target"] or instance["lifecycle"]]
    began = [row["at_s"] for row in deployment["statuses"] if row["status"] == "InProgress"]
    if began and taking:
        yield Telling(began[0], 2, 2, *_started(trace, len(taking)))
    for row in deployment["statuses"]:
        key = f"deployment_{row['status']}"
        if key in ENGLISH:
            yield Telling(row["at_s"], 7, 5, key, {"message": row["message"] or ENGLISH["no_message"]})


def _started(trace: Trace, count: int) -> tuple[str, dict[str, str | list[str]]]:
    """The sentence, and what fills it, for a deployment that begins with ``count`` instances."""
    deployment = trace["deployment"]
    minimum = deployment["minimum_healthy_hosts"] or 0
    if any(instance["label"] == GREEN for instance in trace["instances"]):
        return "started_blue_green", {"version": _new(trace)}
    gaps: dict[str, str | list[str]] = {"count": str(count), "config": deployment["config"], "minimum": str(minimum)}
    return "started_one" if count == 1 else "started" if minimum else "started_free", gaps


def _machine(trace: Trace, instance: InstanceTrace) -> Iterator[Telling]:
    """What the machine itself does while the picture lasts: it boots, stops or goes."""
    for row in instance["machine"]:
        if row["at_s"] <= trace["from_s"]:
            continue
        if row["state"] == "pending" and instance["label"] == GREEN:
            yield Telling(row["at_s"], 3, 3, "booting", {}, instance["name"])
        elif row["state"] in {"shutting-down", "stopped"}:
            key = "machine_stopped" if row["state"] == "stopped" else "machine_terminating"
            yield Telling(row["at_s"], 5, 1, key, {}, instance["name"])


def _labelled(key: str, instance: InstanceTrace) -> str:
    """The sentence for an instance of this fleet, if blue or green has one of its own."""
    own = f"{key}_{(instance['label'] or '').lower()}"
    return own if own in ENGLISH else key


def _lifecycle(trace: Trace, instance: InstanceTrace) -> Iterator[Telling]:
    for row in instance["lifecycle"]:
        if row["from_s"] is not None:
            lasting = row["to_s"] != row["from_s"]
            key = _labelled(row["event"], instance) if row["event"] in ENGLISH else "other_event"
            gaps: dict[str, str | list[str]] = {"version": _new(trace), "event": row["event"]}
            yield Telling(row["from_s"], 3 if lasting else 1, 3, key, gaps, instance["name"])
        if row["status"] == "Failed" and row["to_s"] is not None:
            yield _failed(row, row["to_s"], instance)


def _failed(row: LifecycleRow, at_s: float, instance: InstanceTrace) -> Telling:
    message = row["message"] or row["error_code"] or ENGLISH["no_message"]
    gaps: dict[str, str | list[str]] = {"event": row["event"], "message": message}
    lines = (row["log_tail"] or "").split("\n")
    last = [line.removeprefix("[stderr]").removeprefix("[stdout]").strip() for line in lines if line.strip()][-1:]
    if not last:
        return Telling(at_s, 6, 0, "event_failed", gaps, instance["name"])
    return Telling(at_s, 6, 0, "event_failed_log", {**gaps, "log": last[0]}, instance["name"])


def _target(trace: Trace, instance: InstanceTrace) -> Iterator[Telling]:
    for row in instance["target"]:
        key = _labelled(f"target_{row['state']}", instance)
        if key in ENGLISH:
            named = row["state"] in {"Succeeded", "Ready"} and instance["label"] != BLUE
            gaps: dict[str, str | list[str]] = {"version": _new(trace)} if named else {}
            yield Telling(row["at_s"], 5 if row["state"] == "Failed" else 2, 1, key, gaps, instance["name"])


def _health(trace: Trace, instance: InstanceTrace) -> Iterator[Telling]:
    for row in instance["health"]:
        if row["at_s"] <= trace["from_s"]:
            continue
        if row["state"] == "healthy":
            yield Telling(row["at_s"], 4, 2, "healthy", {}, instance["name"])
        elif row["state"] == "unhealthy":
            waits = any(_waits(event, row["at_s"]) for event in instance["lifecycle"])
            gaps: dict[str, str | list[str]] = {"description": _description(row)}
            yield Telling(row["at_s"], 4, 2, "waiting" if waits else "unhealthy", gaps, instance["name"])


def _waits(row: LifecycleRow, at_s: float) -> bool:
    began = row["from_s"] is not None and row["from_s"] <= at_s
    return row["event"] == "AllowTraffic" and began and (row["to_s"] is None or at_s < row["to_s"])


def _description(row: HealthRow) -> str:
    return row["description"] or row["reason"] or row["state"]


def _traffic(trace: Trace) -> Iterator[Telling]:
    """What changes for visitors: the first mix, the last of the old, nobody left, fail open."""
    cut = segments(trace)
    if cut and (standing := _trouble(trace, cut[0])):
        yield standing
    told = {"mix": False, "last_old": False}
    for before, after in pairwise(cut):
        was, now = _revisions(trace, before), _revisions(trace, after)
        known, trouble = _trouble(trace, before), _trouble(trace, after)
        if trouble and (known is None or known.key != trouble.key):
            yield trouble
        if len(now) > 1 >= len(was) and not told["mix"]:
            told["mix"] = True
            yield _mix(trace, before, after)
        if told["mix"] and len(was) > 1 and now == {trace["deployment"]["version"]} and not told["last_old"]:
            told["last_old"] = True
            old = [trace["versions"][place]["word"] for place in sorted(was - now)]
            yield Telling(after.from_s, 4, 4, "last_old", {"old": old, "version": _new(trace)})


def _mix(trace: Trace, before: Segment, after: Segment) -> Telling:
    met = {server["instance"] for server in before.servers}
    known = [server for server in after.servers if server["instance"] not in met] or after.servers
    words = [trace["versions"][place]["word"] for place in sorted(_revisions(trace, after), reverse=True)]
    back = known[0]
    gaps: dict[str, str | list[str]] = {"version": trace["versions"][back["version"]]["word"], "versions": words}
    instance = trace["instances"][back["instance"]]
    return Telling(after.from_s, 4, 2, _labelled("mix", instance), gaps, instance["name"])


def _trouble(trace: Trace, segment: Segment) -> Telling | None:
    """Nobody serves, or only unhealthy targets do; None when all is well."""
    if trace["target_group"] is None:
        return None
    if segment.servers[0]["instance"] == NOBODY:
        return Telling(segment.from_s, 5, 4, "none")
    # Requests go to healthy targets or, if there is none, to others: the first server speaks for all.
    row = _health_at(trace["instances"][segment.servers[0]["instance"]], segment.from_s)
    if row is None or row["state"] == "healthy":
        return None
    return Telling(segment.from_s, 5, 2, "fail_open", {"description": _description(row)})


def _health_at(instance: InstanceTrace, at_s: float) -> HealthRow | None:
    before = [row for row in instance["health"] if row["at_s"] <= at_s]
    return before[-1] if before else None


def _revisions(trace: Trace, segment: Segment) -> set[int]:
    """The versions visitors meet in a segment, errors left out."""
    places = {server["version"] for server in segment.servers}
    return {place for place in places if trace["versions"][place]["kind"] != "error"}


def moments(trace: Trace) -> list[NamedMoment]:
    """The moments worth jumping to: the first mix, what goes wrong first, the end of the old version."""
    found: list[NamedMoment] = []
    for row in trace["story"]:
        for sentence in row["sentences"]:
            named = _named(sentence)
            if named and named[0] not in {moment["key"] for moment in found}:
                found.append({"at_s": row["at_s"], "key": named[0], "gaps": named[1]})
    return found


NAMED = {
    "mix": "first_mix",
    "mix_green": "reroute",
    "last_old": "last_old_moment",
    "waiting": "first_refusal",
    "none": "first_outage",
    "event_failed": "first_failure",
    "event_failed_log": "first_failure",
    "deployment_Failed": "first_failure",
}
"""The sentences whose first telling is a moment to jump to, and the name of that moment in the words table."""


def _named(sentence: Sentence) -> tuple[str, dict[str, str | list[str]]] | None:
    name = NAMED.get(sentence["key"])
    if name is None:
        return None
    return name, {"version": sentence["gaps"]["old"]} if name == "last_old_moment" else {}
