"""The open cases, a test for each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.agent.cases import Case, check, differences, read_cases

OPEN = Path(__file__).with_name("open.jsonl")


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Case]]:
    kinds: dict[str, list[Case]] = {}
    for case in read_cases(OPEN):
        kinds.setdefault(case.kind, []).append(case)
    return kinds


def failing(cases: list[Case]) -> Iterator[str]:
    for case in cases:
        found = check(case)
        if found:
            yield f"{case.id}: {'; '.join(found)}"


@pytest.mark.parametrize("kind", ["appspec", "install", "hook", "order"])
def test_the_agent_does_what_awss_own_agent_did(kind, cases):
    assert list(failing(cases[kind])) == []


def test_there_are_as_many_cases_as_were_recorded(cases):
    assert {kind: len(found) for kind, found in cases.items()} == {
        "appspec": 277,
        "install": 273,
        "hook": 155,
        "order": 25,
    }


@pytest.mark.parametrize(
    ("expected", "actual", "differs"),
    [
        pytest.param({"ok": True}, {"ok": False}, True, id="another result"),
        pytest.param({"tree": [1, 2]}, {"tree": [1]}, True, id="something missing in a list"),
        pytest.param({"version": 0}, {"version": False}, True, id="false is not zero"),
        pytest.param({"outputs": {}}, {"outputs": {"/out1": ""}}, True, id="an output too many"),
        pytest.param({"log": "a"}, {"log": "b"}, False, id="a loose part"),
        pytest.param({"error": {"category": "os"}}, {"error": {"category": "ruby"}}, False, id="an unworded refusal"),
        pytest.param(
            {"error": {"category": "script", "message": "a"}},
            {"error": {"category": "script", "message": "b"}},
            True,
            id="other words",
        ),
        pytest.param(
            {"error": {"category": "validation"}}, {"error": {"category": "os"}}, True, id="another kind of refusal"
        ),
    ],
)
def test_the_comparison_sees_what_differs(expected, actual, differs):
    assert bool(list(differences(expected, actual, ["log"]))) is differs
