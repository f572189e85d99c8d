"""The condition keys that policies speak of: in conditions, and as variables.

IAM API Reference, GetContextKeysForCustomPolicy.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labkit.aws.errors import AwsError
from labkit.rules.iam.policy import MalformedPolicyError, Policy
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.variables import VARIABLE


def context_keys(documents: Iterable[str | Mapping[str, Any]]) -> list[str]:
    """The keys in the order of their first appearance, each once, letter case aside."""
    found: dict[str, str] = {}
    for number, document in enumerate(documents, 1):
        for key in _keys(read_input(document, f"PolicyInputList.{number}").document):
            found.setdefault(key.lower(), key)
    return list(found.values())


def read_input(document: str | Mapping[str, Any], name: str) -> Policy:
    """A policy of a simulation's input. Raises IAM's ``InvalidInput`` naming it."""
    try:
        return read_policy(document, "identity")
    except MalformedPolicyError as error:
        code = "InvalidInput"
        message = f"Invalid policy in {name}: {error}"
        raise AwsError(code, message) from error


def keys_of_statement(written: Mapping[str, Any]) -> Iterator[str]:
    """The keys of one statement: of its conditions, then the variables anywhere in it."""
    for keys in written.get("Condition", {}).values():
        yield from keys
    yield from _variables(written)


def _keys(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for written in statements if isinstance(statements, list) else [statements]:
        yield from keys_of_statement(written)


def _variables(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (key.strip() for _, key, _ in VARIABLE.findall(value) if key)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _variables(one)
    elif isinstance(value, list):
        for one in value:
            yield from _variables(one)
