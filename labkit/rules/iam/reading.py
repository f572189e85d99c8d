"""From the text of a policy to a ``Policy``; the same text is read once."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from labkit.rules.iam.caller import compile_principals
from labkit.rules.iam.conditions import compile_conditions
from labkit.rules.iam.grammar import SYNTAX, Kind, check, statements_of, texts
from labkit.rules.iam.patterns import Patterns, compile_actions, compile_resources
from labkit.rules.iam.policy import MalformedPolicyError, Policy, Statement

VERSION_WITH_VARIABLES = "2012-10-17"
DEFAULT_VERSION = "2008-10-17"


def read_policy(document: str | Mapping[str, Any], kind: Kind = "identity") -> Policy:
    """The policy in ``document`` (JSON text, or what it holds).

    ``MalformedPolicyError`` with AWS's words if it is none, or none of this ``kind``.
    """
    if isinstance(document, str):
        return _read(document, kind)
    try:
        return _read(json.dumps(document), kind)
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, MalformedPolicyError) else MalformedPolicyError(SYNTAX) from error


@lru_cache(maxsize=2048)
def _read(text: str, kind: Kind) -> Policy:
    try:
        return _read_all(text, kind)
    except RecursionError as error:  # a thousand brackets
        raise MalformedPolicyError(SYNTAX) from error


def _read_all(text: str, kind: Kind) -> Policy:
    try:
        document = json.loads(text, object_pairs_hook=_without_repetition)
    except ValueError as error:  # no JSON, a key twice, a number of thousands of digits
        raise MalformedPolicyError(SYNTAX) from error
    check(document, kind)
    version = document.get("Version", DEFAULT_VERSION)
    variables = version == VERSION_WITH_VARIABLES
    statements = tuple(_statement(one, variables=variables) for one in statements_of(document))
    return Policy(version, document.get("Id"), statements, document, text)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Grammar: "Individual elements must not contain multiple instances of the same key."."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedPolicyError(SYNTAX)
    return found


def _statement(written: Mapping[str, Any], *, variables: bool) -> Statement:
    principal = _either(written, "Principal")
    action = _either(written, "Action") or "Action"
    return Statement(
        effect=written["Effect"],
        sid=written.get("Sid"),
        text=json.dumps(written, indent=2, ensure_ascii=False),
        actions=compile_actions(action, texts(written[action])),
        resources=_resources(written, variables=variables),
        principals=compile_principals(principal, written[principal]) if principal else None,
        conditions=compile_conditions(written.get("Condition", {}), variables=variables),
    )


def _resources(written: Mapping[str, Any], *, variables: bool) -> Patterns | None:
    element = _either(written, "Resource")
    return compile_resources(element, texts(written[element]), variables=variables) if element else None


def _either(written: Mapping[str, Any], element: str) -> str | None:
    return next((name for name in (element, f"Not{element}") if name in written), None)
