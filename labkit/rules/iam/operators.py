"""The condition operators: how one value of a policy is compared with one value of a request.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

from labkit.rules.iam.variables import Literal, as_text
from labkit.rules.iam.wildcards import ARN_FIELDS, Matcher, glob, glob_pieces

CompileValue = Callable[[str], Matcher]
"""From a value in a policy to what compares it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """``compile`` makes a matcher of a value in a policy; ``variables``: whether policy variables are filled in."""

    compile: CompileValue
    negated: bool = False
    variables: bool = False


def _equals_ignoring_case(expected: str) -> Matcher:
    folded = expected.lower()
    return lambda found: found.lower() == folded


def _never(_found: str) -> bool:
    return False


def _present(expected: str) -> Matcher:
    """``Null``: "false" is met by any value, "true" by none."""
    return _always if expected.lower() == "false" else _never


def _always(_found: str) -> bool:
    return True


def _comparing(convert: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> CompileValue:
    """An operator that compares converted values; a value that can't be converted matches nothing."""

    def compile_value(expected: str) -> Matcher:
        wanted = convert(expected)
        if wanted is None:
            return _never

        def matches(found: str) -> bool:
            value = convert(found)
            return value is not None and compare(value, wanted)

        return matches

    return compile_value


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """An integer or decimal number."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


W3C_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"
    r"(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(\.\d{1,9})?)?)?)?"
    r"(?:Z|([+-])(\d{2}):?(\d{2})?)?",
    re.IGNORECASE,
)
LAST_EPOCH_SECOND = 2**63 - 1


@lru_cache(maxsize=4096)
def moment_s(text: str) -> Decimal | None:
    """A W3C date (``2024-03``, ``2024-03-01``, ``2024-03-01T12:30Z``) or epoch seconds, as epoch seconds.

    A time without a zone is UTC. None if it is neither.
    """
    if "-" not in text and "t" not in text.lower():
        seconds = number(text)
        return seconds if seconds is not None and 0 <= seconds <= LAST_EPOCH_SECOND else None
    found = W3C_DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_h, zone_min = found.groups("0")
    try:
        moment = datetime(int(year), int(month) or 1, int(day) or 1, int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    zone_s = int(zone_h) * 3600 + int(zone_min) * 60
    return int(moment.timestamp()) + Decimal(fraction) - (-zone_s if sign == "-" else zone_s)


@lru_cache(maxsize=4096)
def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _in_network(expected: str) -> Matcher:
    """An address without a prefix length is a network of one."""
    try:
        network = ip_network(expected, strict=False)
    except ValueError:
        return _never

    def matches(found: str) -> bool:
        address = _address(found)
        return address is not None and address in network

    return matches


def _arn(expected: str) -> Matcher:
    """Each of the six fields is checked separately, and each can hold wildcards."""
    return _arn_of(tuple(glob(field) for field in expected.split(":", ARN_FIELDS - 1)))


def _arn_of(fields: tuple[Matcher, ...]) -> Matcher:
    """The matcher of an ARN from those of its six fields; fewer match no ARN."""
    if len(fields) != ARN_FIELDS:
        return _never

    def matches(found: str) -> bool:
        values = found.split(":", ARN_FIELDS - 1)
        return len(values) == ARN_FIELDS and all(map(_applied, fields, values))

    return matches


def _applied(matches: Matcher, value: str) -> bool:
    return matches(value)


def compile_pieces(operator: Operator, pieces: Sequence[str | Literal]) -> Matcher:
    """The matcher of a value whose variables are filled in."""
    if operator.compile is glob:
        return glob_pieces(pieces)
    return _arn_of_pieces(pieces) if operator.compile is _arn else operator.compile(as_text(pieces))


def _arn_of_pieces(pieces: Sequence[str | Literal]) -> Matcher:
    """As in ``Resource``, only the field after the fifth colon may hold variables."""
    first = pieces[0]
    fields = first.split(":", ARN_FIELDS - 1) if isinstance(first, str) else []
    if len(fields) != ARN_FIELDS:
        return _never
    last = glob_pieces((fields[-1], *pieces[1:]))
    return _arn_of((*(glob(field) for field in fields[:-1]), last))


def _text(value: str) -> Matcher:
    return value.__eq__


def _pair(name: str, opposite: str, compile_value: CompileValue, *, variables: bool = False) -> dict[str, Operator]:
    return {
        name: Operator(compile_value, variables=variables),
        opposite: Operator(compile_value, negated=True, variables=variables),
    }


def _ordered(family: str, convert: Callable[[str], Any]) -> dict[str, Operator]:
    comparisons = {"LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge}
    return {
        **_pair(f"{family}Equals", f"{family}NotEquals", _comparing(convert, eq)),
        **{f"{family}{name}": Operator(_comparing(convert, compare)) for name, compare in comparisons.items()},
    }


OPERATORS: dict[str, Operator] = {
    **_pair("StringEquals", "StringNotEquals", _text, variables=True),
    **_pair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _equals_ignoring_case, variables=True),
    **_pair("StringLike", "StringNotLike", glob, variables=True),
    **_ordered("Numeric", number),
    **_ordered("Date", moment_s),
    "Bool": Operator(_equals_ignoring_case, variables=True),
    "BinaryEquals": Operator(_comparing(_bytes, eq)),
    **_pair("IpAddress", "NotIpAddress", _in_network),
    **_pair("ArnEquals", "ArnNotEquals", _arn, variables=True),
    **_pair("ArnLike", "ArnNotLike", _arn, variables=True),
    "Null": Operator(_present),
}
