"""What came of a deployment, and what is different from another one, in one sentence."""

from labkit.view.compare_words import LABELS
from labkit.view.measures import Measures
from labkit.view.words import Words, fill

HOUR_S = 3600
MINUTE_S = 60
SUCCEEDED = "Succeeded"


def outcome(now: Measures, before: Measures | None = None, words: Words = LABELS) -> str:
    """What ``now`` came to, against ``before`` if that is given.

    >>> from labkit.view.measures import Measures
    >>> quick = Measures(status="Succeeded", duration_s=300.0, fleet=4, lowest_capacity=2, mixed_s=60.0, requests=3000,
    ...                  failed_requests=0, rate_per_s=10.0, extra_instance_minutes=0.0)
    >>> outcome(quick)
    '5 min 0 s; capacity never below 2 of 4; both versions live for 1 min 0 s.'
    """
    parts = [_duration(now, before, words)]
    capacity = {"lowest": str(now.lowest_capacity), "fleet": str(now.fleet)}
    parts.append(fill(words, "never_below" if now.lowest_capacity else "nobody_left", capacity))
    if now.mixed_s:
        parts.append(fill(words, "mixed_for", {"mixed": length(now.mixed_s, words)}))
    if now.failed_requests:
        gaps = {"failed": f"{now.failed_requests:,}", "requests": f"{now.requests:,}"}
        parts.append(fill(words, "errors_some", gaps))
    if now.extra_instance_minutes:
        parts.append(fill(words, "extra", {"extra": f"{now.extra_instance_minutes:.1f}"}))
    return "; ".join(parts) + "."


def length(seconds: float, words: Words = LABELS) -> str:
    """A length of time in words, to the second below an hour.

    >>> length(319.4), length(3725), length(9)
    ('5 min 19 s', '1 h 2 min', '9 s')
    """
    whole = round(seconds)
    if whole >= HOUR_S:
        return fill(words, "h_min", {"h": str(whole // HOUR_S), "min": str(whole % HOUR_S // MINUTE_S)})
    if whole >= MINUTE_S:
        return fill(words, "min_s", {"min": str(whole // MINUTE_S), "s": str(whole % MINUTE_S)})
    return fill(words, "s", {"s": str(whole)})


def _duration(now: Measures, before: Measures | None, words: Words) -> str:
    ended = ending(now, words)
    if before is None:
        return ended[:1].upper() + ended[1:]
    known = ending(before, words)
    both = now.status == before.status == SUCCEEDED
    key = "as_before" if ended == known else "instead" if both else "changed"
    said = fill(words, key, {"now": ended, "before": known})
    return said[:1].upper() + said[1:]


def ending(measures: Measures, words: Words = LABELS) -> str:
    """How and after how long a deployment ended: ``5 min 19 s``, ``failed after 2 min 4 s``, ``still running``."""
    if measures.duration_s is None:
        return words["still_running"]
    took = length(measures.duration_s, words)
    return took if measures.status == SUCCEEDED else fill(words, measures.status, {"now": took})
