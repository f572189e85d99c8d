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
    return _compiled("".join(re.escape(p.text) if isinstance(p, Literal) else _expression(p) for p in pieces))


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
    head = ":".join(_field_expression(field) for field in fields[:-1])
    rest = (fields[-1], *pieces[1:])
    tail = "".join(re.escape(p.text) if isinstance(p, Literal) else _expression(p) for p in rest)
    return _compiled(f"{head}:{tail}")


def _anything(_text: str) -> bool:
    return True


def _field_expression(field: str) -> str:
    inner, last = (field[:-1], ".*") if field.endswith("*") else (field, "")
    return re.escape(inner).replace(r"\*", "[^:]*").replace(r"\?", "[^:]") + last


def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Matcher:
    match = re.compile(expression, re.DOTALL).fullmatch
    return lambda text: match(text) is not None
