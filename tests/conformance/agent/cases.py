"""A case, and how its outcome here is compared with the recorded one."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.agent.appspec import observe_appspec
from tests.conformance.agent.hook import observe_hook
from tests.conformance.agent.install import observe_install
from tests.conformance.agent.order import observe_order

Outcome = dict[str, Any]
OBSERVERS: dict[str, Callable[[Outcome], Outcome]] = {
    "appspec": observe_appspec,
    "install": observe_install,
    "hook": observe_hook,
    "order": observe_order,
}
WORDED = ("validation", "deployment", "script")
"""Categories whose messages are the agent's own; of the others it only counts that there is a refusal."""

CLOSED = re.compile(r"\.(outputs|hooks|state\b.*|final_state\b.*)$")
"""Where something that was not recorded must not be."""

MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a file."""

    id: str
    kind: str
    input: Outcome
    expected: Outcome
    loose: tuple[str, ...]


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file in its order."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            yield Case(data["id"], data["kind"], data["input"], data["expected"], tuple(data.get("loose", ())))


def check(case: Case) -> list[str]:
    """What differs from the recorded outcome, nothing if the case passes."""
    actual = OBSERVERS[case.kind](case.input)
    return list(differences(case.expected, actual, case.loose))


def differences(expected: Any, actual: Any, loose: Iterable[str] = (), path: str = "") -> Iterator[str]:
    """Where ``actual`` is not what was recorded; only what was recorded is compared."""
    if isinstance(expected, dict) and isinstance(actual, dict) and "category" in expected:
        yield from _error_differences(expected, actual, path)
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            if key not in loose:
                yield from differences(value, actual.get(key), loose, f"{path}.{key}")
        if CLOSED.search(path):
            yield from (f"{path}: unexpected {key}" for key in sorted(actual.keys() - expected.keys()))
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for place, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(left, right, loose, f"{path}[{place}]")
    elif expected != actual or isinstance(expected, bool) is not isinstance(actual, bool):
        yield f"{path}: expected {shortened(expected)}, found {shortened(actual)}"


def _error_differences(expected: Outcome, actual: Outcome, path: str) -> Iterator[str]:
    worded = expected["category"] in WORDED
    if worded is not (actual.get("category") in WORDED):
        yield f"{path}: expected {shortened(expected)}, found {shortened(actual)}"
        return
    for key in ("category", "message", "error_code", "script_name") if worded else ():
        if key in expected and expected[key] != actual.get(key):
            yield f"{path}.{key}: expected {shortened(expected[key])}, found {shortened(actual.get(key))}"
    if "message_any" in expected and actual.get("message") not in expected["message_any"]:
        yield f"{path}.message: expected one of {shortened(expected['message_any'])}, found {actual.get('message')!r}"


def shortened(value: Any) -> str:
    """The value as text of a bearable length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
