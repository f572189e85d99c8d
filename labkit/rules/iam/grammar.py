"""Whether a document is a policy: the "Grammar of the IAM JSON policy language", with the messages IAM answers.

IAM says little: nearly every break of the grammar is ``Syntax errors in policy.`` The messages for identity-based
policies and their order were recorded from AWS by moto's authors (``tests/test_iam/test_iam_policies.py`` of moto).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from labkit.rules.iam.conditions import IF_EXISTS, NULL, base_of, texts_of
from labkit.rules.iam.operators import OPERATORS, moment_s
from labkit.rules.iam.policy import MalformedPolicyError
from labkit.rules.iam.resource_forms import problem_of, survives_legacy_parsing
from labkit.rules.iam.wildcards import glob

Kind = Literal["identity", "resource", "trust", "boundary", "session", "scp"]
"""Where a document is to stand. ``trust`` is a role's; the others but ``resource`` are written alike."""

VERSIONS = ("2008-10-17", "2012-10-17")
TOP_ELEMENTS = {"Version", "Id", "Statement"}
STATEMENT_ELEMENTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
}
PRINCIPAL_KINDS = {"AWS", "Federated", "Service", "CanonicalUser"}
VENDOR = re.compile(r"[a-zA-Z0-9.-]+")
TRUST_ACTIONS = tuple(
    f"sts:{name}"
    for name in ("assumerole", "assumerolewithsaml", "assumerolewithwebidentity", "tagsession", "setsourceidentity")
)

Statements = Sequence[Mapping[str, Any]]

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
UNIQUE_SIDS = "Statement IDs (SID) in a single policy must be unique."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONE_COLON = "Actions/Condition can contain only one colon."
NO_PRINCIPAL_HERE = "Policy document should not specify a principal."
PRINCIPAL_MISSING = "Missing required field Principal"
TOO_OLD = "Policy document must be version 2012-10-17 or greater."
ASSUME_ROLE_ONLY = "AssumeRole policy may only specify STS AssumeRole actions."
RESOURCE_PROHIBITED = "Has prohibited field Resource"


def check(document: Any, kind: Kind) -> None:
    """Nothing if ``document`` (parsed JSON) is a policy that can be decided with, else ``MalformedPolicyError``."""
    statements = _statements(document)
    _check_legacy(statements)
    _check_sids(statements)
    _check_actions(statements)
    _check_kind(statements, kind)


def check_storable(document: Any, kind: Kind) -> None:
    """Nothing if IAM also keeps the document, else ``MalformedPolicyError``: IAM asks more of it, in its own order."""
    statements = _statements(document)
    if kind == "trust":
        _demand(all(_is_assume_role_action(action) for action in _all(statements, "Action")), ASSUME_ROLE_ONLY)
    else:
        _demand(document.get("Version") == VERSIONS[-1], TOO_OLD)
    _check_legacy(statements)
    resources = _all(statements, "Resource")
    problem = next(filter(None, map(problem_of, resources)), None)
    _demand(problem or all(map(survives_legacy_parsing, resources)), LEGACY)
    _check_sids(statements)
    _demand(all(_texts_of(statement, "Action") for statement in statements), NO_ACTIONS)
    _demand(not problem, problem or "")
    _check_actions(statements)
    _check_kind(statements, kind)


def statements_of(document: Mapping[str, Any]) -> list[Any]:
    """The statements of a document, which may also be a single one without a list."""
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]


def texts(value: Any) -> list[str]:
    """A text or a list of texts, as a list."""
    return value if isinstance(value, list) else [value]


def _statements(document: Any) -> list[dict[str, Any]]:
    _demand(isinstance(document, dict) and document.keys() <= TOP_ELEMENTS and "Statement" in document)
    _demand("Version" not in document or document["Version"] in VERSIONS)
    _demand(isinstance(document.get("Id", ""), str))
    statements = statements_of(document)
    _demand(statements and all(isinstance(statement, dict) for statement in statements))
    for statement in statements:
        _check_syntax(statement)
    return statements


def _check_syntax(statement: Mapping[str, Any]) -> None:
    _demand(statement.keys() <= STATEMENT_ELEMENTS)
    for element in ("Action", "Resource", "Principal"):
        _demand(element not in statement or f"Not{element}" not in statement)
    _demand(isinstance(statement.get("Sid", ""), str))
    effect = statement.get("Effect")
    _demand(isinstance(effect, str) and effect.lower() in ("allow", "deny"))
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        _demand(element not in statement or _is_text_or_texts(statement[element]))
    for element in ("Principal", "NotPrincipal"):
        _demand(element not in statement or _is_principal(statement[element]))
    _demand(_is_condition_block(statement.get("Condition", {})))


def _is_text_or_texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _is_principal(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and value.keys() <= PRINCIPAL_KINDS and all(map(_is_text_or_texts, value.values()))
    return bool(value == "*")


def _is_condition_block(block: Any) -> bool:
    return isinstance(block, dict) and all(_is_condition(operator, keys) for operator, keys in block.items())


def _is_condition(operator: str, keys: Any) -> bool:
    if not isinstance(keys, dict):
        return False
    known = base_of(operator) in OPERATORS and not (base_of(operator) == NULL and operator.endswith(IF_EXISTS))
    return (known or not keys) and all(_is_condition_value(value) for value in keys.values())


def _is_condition_value(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(one, str | bool | int | float) for one in values)


def _check_legacy(statements: Statements) -> None:
    for statement in statements:
        _demand(statement["Effect"] in ("Allow", "Deny"), LEGACY)
        for operator, keys in statement.get("Condition", {}).items():
            if base_of(operator).startswith("Date"):
                dates = [text for value in keys.values() for text in texts_of(value)]
                _demand(all(moment_s(date) is not None for date in dates), LEGACY)


def _check_sids(statements: Statements) -> None:
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    _demand(len(sids) == len(set(sids)), UNIQUE_SIDS)


def _check_actions(statements: Statements) -> None:
    _demand(all(_texts_of(statement, "Action") for statement in statements), NO_ACTIONS)
    for action in _all(statements, "Action"):
        vendor, *names = action.split(":")
        _demand(names or action == "*", NO_VENDOR)
        _demand(len(names) <= 1, ONE_COLON)
        _demand(vendor == "*" or VENDOR.fullmatch(vendor), f"Vendor {vendor} is not valid")


def _check_kind(statements: Statements, kind: Kind) -> None:
    for statement in statements:
        has_principal = "Principal" in statement or "NotPrincipal" in statement
        has_resource = bool(_texts_of(statement, "Resource"))
        if kind == "trust":
            _demand(not has_resource, RESOURCE_PROHIBITED)
        else:
            _demand(has_resource, NO_RESOURCES)
        if kind in ("trust", "resource"):
            _demand(has_principal, PRINCIPAL_MISSING)
        else:
            _demand(not has_principal, NO_PRINCIPAL_HERE)


def _texts_of(statement: Mapping[str, Any], element: str) -> list[str]:
    """What stands under the element or its ``Not…`` form."""
    return texts(statement.get(element, statement.get(f"Not{element}", [])))


def _all(statements: Statements, element: str) -> list[str]:
    return [text for statement in statements for text in _texts_of(statement, element)]


def _is_assume_role_action(action: str) -> bool:
    return any(glob(action.lower())(allowed) for allowed in TRUST_ACTIONS)


def _demand(fulfilled: object, message: str = SYNTAX) -> None:
    if not fulfilled:
        raise MalformedPolicyError(message)
