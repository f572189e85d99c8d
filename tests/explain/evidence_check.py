"""Whether the evidence of an explanation is true: each command is carried out, and has to show what was quoted."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import requests

from labkit.explain.answer import Answer
from labkit.explain.chain import Evidence, Explanation

Run = Callable[[str, str], str]
"""What a command says on an instance: ``run(instance_id, command)``."""


def evidence_of(explanation: Explanation) -> Iterator[Evidence]:
    """Every piece of evidence, of what is also wrong too."""
    for link in explanation.links:
        yield from link.evidence
    for other in explanation.others:
        yield from evidence_of(other)


def roots_of(answer: Answer) -> list[str]:
    """The ids of all root causes, the main one first."""
    return [answer.root_cause.id, *(other.root_cause.id for other in answer.others)]


def untrue_on_machines(answer: Answer, run: Run) -> list[tuple[str, str]]:
    """Shell commands that say nothing, or not what was quoted; with what they said."""
    shell = [one for one in evidence_of(answer.explanation) if one.on is not None]
    said = [(one, run(one.on or "", one.command)) for one in shell]
    return [(one.command, text) for one, text in said if not text or one.shows not in text]


def untrue_in_boto3(answer: Answer, **names: Any) -> list[tuple[str, str]]:
    """Python expressions whose value does not have what was quoted; with the value."""
    expressions = [one for one in evidence_of(answer.explanation) if one.on is None]
    found = [(one, _value(one.command, names)) for one in expressions]
    return [(one.command, value) for one, value in found if not _has(value, one.shows)]


def _value(expression: str, names: dict[str, Any]) -> str:
    value = eval(expression, {"boto3": boto3, "requests": requests, **names})  # noqa: S307 - to be run as written
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _has(value: str, shows: str) -> bool:
    """Whether the text is in the value, or the statement in the policy."""
    if not shows.startswith("{"):
        return shows in value
    return json.loads(shows) in json.loads(value)["Statement"]
