"""A policy that allows a little less than another."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any


def without(document: dict[str, Any], actions: Sequence[str]) -> dict[str, Any]:
    """A policy that allows all that ``document`` allows, but for ``actions``.

    Actions that it names are left out; those that a wildcard of it covers are denied.

    >>> without({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}]},
    ...         ["s3:GetObject"])
    {'Statement': [{'Effect': 'Allow', 'Action': ['s3:ListBucket'], 'Resource': '*'}]}
    """
    named = {action.lower() for action in actions}
    statements: list[dict[str, Any]] = []
    covered = False
    for statement in _listed(document["Statement"]):
        words = _listed(statement.get("Action", []))
        kept = [word for word in words if word.lower() not in named]
        covered |= statement["Effect"] == "Allow" and any(
            fnmatchcase(action, word.lower()) for word in kept for action in named
        )
        if statement["Effect"] != "Allow" or kept == words:
            statements.append(statement)
        elif kept:
            statements.append({**statement, "Action": kept})
    if covered:
        statements.append({"Effect": "Deny", "Action": list(actions), "Resource": "*"})
    return {**document, "Statement": statements}


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]
