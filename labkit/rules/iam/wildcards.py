"""Patterns with ``*`` (any number of characters, also none) and ``?`` (exactly one).

IAM User Guide, "IAM JSON policy elements: Action" and "…: Resource". Everything else in a pattern is literal.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from labkit.rules.iam.variables import Literal

Matcher = Callable[[str], bool]
"""Whether a text matches."""

ARN_FIELDS = 6


def glob(pattern: str) -> Matcher:
    """The matcher of ``pattern``, case counting.

    >>> glob("s3:Get?*")("s3:GetObject")
    True
    """
    wildcards = pattern.count("*") + pattern.count("?")
    if not wildcards:
        return pattern.__eq__
    if pattern == "*":
        return _anything
    if wildcards == 1 and pattern[-1] == "*":
        prefix = pattern[:-1]
        return lambda text: text.startswith(prefix)
    return glob_pieces((pattern,))


def glob_pieces(pieces: Sequence[str | Literal]) -> Matcher:
    """The matcher of text in which ``Literal`` pieces have no wildcards."""
    segments = [""]
    _extend(segments, pieces)
    return _compiled(_joined(segments, "."))


def resource_glob(pattern: str) -> Matcher:
    """The matcher of a resource ARN's pattern.

    A ``*`` at the end of a field may reach beyond the next colon, one inside a field does not; the last field, the
    resource's own name, may itself hold colons. An incomplete ARN is completed with ``*`` ("Identify AWS resources
    with Amazon Resource Names").

    >>> resource_glob("arn:aws:sqs")("arn:aws:sqs:us-east-1:111122223333:jobs")
    True
    """
    if pattern == "*" or not pattern.startswith("arn:"):
        return glob(pattern)
    return resource_glob_pieces((pattern,))


def resource_glob_pieces(pieces: Sequence[str | Literal]) -> Matcher:
    """``resource_glob`` for text in which ``Literal`` pieces have no wildcards (they stand in the last field only)."""
    first = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    fields = first.split(":", ARN_FIELDS - 1)
    if len(pieces) == 1:
        fields += ["*"] * (ARN_FIELDS - len(fields))
    segments = [""]
    for field in fields[:-1]:
        _extend_by_field(segments, field)
        segments[-1] += ":"
    _extend(segments, (fields[-1], *pieces[1:]))
    return _compiled(_joined(segments, "."))


def _anything(_text: str) -> bool:
    return True


def _extend(segments: list[str], pieces: Sequence[str | Literal], character: str = ".") -> None:
    """Adds ``pieces`` to an expression, of which ``segments`` are what stands between its stars."""
    for piece in pieces:
        if isinstance(piece, Literal):
            segments[-1] += re.escape(piece.text)
            continue
        first, *others = (re.escape(part).replace(r"\?", character) for part in piece.split("*"))
        segments[-1] += first
        segments.extend(others)


def _extend_by_field(segments: list[str], field: str) -> None:
    """Adds a field that is not the last: only a star at its end reaches beyond the colon."""
    inside = [""]
    _extend(inside, (field.removesuffix("*"),), "[^:]")
    reaches_on = field.endswith("*")
    segments[-1] += _joined(inside, "[^:]", settled=reaches_on)
    if reaches_on:
        segments.append("")


def _joined(segments: Sequence[str], character: str, *, settled: bool = False) -> str:
    """The expression with stars between ``segments``; ``settled``: one more star follows.

    What stands between two stars is looked for once, at the first place that fits, which leaves the most to what comes
    after (an atomic group). Otherwise a policy with twenty stars would keep a computer busy for years.
    """
    first, *others = segments
    last = [] if settled else others[-1:]
    between = others[: len(others) - len(last)]
    return first + "".join(f"(?>{character}*?{one})" for one in between) + "".join(f"{character}*{one}" for one in last)


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Matcher:
    match = re.compile(expression, re.DOTALL).fullmatch
    return lambda text: match(text) is not None
