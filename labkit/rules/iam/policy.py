"""A policy document as Python values: read once (``reading.py``), asked often (``decision.py``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from labkit.rules.iam.caller import Principals
from labkit.rules.iam.conditions import Condition
from labkit.rules.iam.patterns import Patterns


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it was written. ``text`` is its JSON, for quoting; ``sid`` may be missing.

    ``resources`` is None in a trust policy (which is about its own role), ``principals`` in an identity-based policy.
    """

    effect: Literal["Allow", "Deny"]
    sid: str | None
    text: str
    actions: Patterns = field(repr=False, compare=False)
    resources: Patterns | None = field(repr=False, compare=False, default=None)
    principals: Principals | None = field(repr=False, compare=False, default=None)
    conditions: tuple[Condition, ...] = field(repr=False, compare=False, default=())


@dataclass(frozen=True, slots=True)
class Policy:
    """A valid policy. ``version``: 2012-10-17 or 2008-10-17 (which is also what a missing one means).

    ``text``: the JSON it was read from.
    """

    version: str
    id: str | None
    statements: tuple[Statement, ...]
    document: Mapping[str, Any]
    text: str = field(repr=False, compare=False, default="")


class MalformedPolicyError(ValueError):
    """The document is no policy; the text is AWS's ``MalformedPolicyDocument`` message."""
