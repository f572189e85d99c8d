"""The open cases, a test for each topic."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.iam.cases import Case, Outcome, check, differences, different, read_cases

OPEN = Path(__file__).with_name("open.jsonl")


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[tuple[Case, Outcome]]]:
    topics: dict[str, list[tuple[Case, Outcome]]] = {}
    for case in read_cases(OPEN):
        topics.setdefault(case.topic, []).append((case, check(case)))
    return topics


def failing(outcomes: list[tuple[Case, Outcome]]) -> Iterator[str]:
    for case, outcome in outcomes:
        if outcome.differences:
            yield f"{case.id} ({case.title}): {'; '.join(outcome.differences)}"


TOPICS = sorted({case.topic for case in read_cases(OPEN)})


@pytest.mark.parametrize("topic", TOPICS)
def test_iam_decides_as_the_independent_simulator_does(topic, outcomes):
    assert list(failing(outcomes[topic])) == []


def test_every_statement_is_explained_as_it_explains_it(outcomes):
    every = [outcome for topic in outcomes.values() for _, outcome in topic]
    assert [(sum(one.explained for one in every), sum(one.statements for one in every))] == [(2573, 2573)]


def test_there_are_as_many_cases_as_were_recorded(outcomes):
    assert (len(outcomes), sum(map(len, outcomes.values()))) == (32, 1360)


ALLOWED = {"decision": "allowed", "matched": [{"source": "identity", "policy": "p", "statement": 0}]}


@pytest.mark.parametrize(
    ("found", "differs"),
    [
        pytest.param(ALLOWED, False, id="the same"),
        pytest.param({**ALLOWED, "decision": "implicitDeny"}, True, id="another decision"),
        pytest.param({**ALLOWED, "matched": []}, True, id="a statement that should have matched"),
        pytest.param({**ALLOWED, "matched": ALLOWED["matched"] * 2}, True, id="a statement too many"),
        pytest.param({"decision": None, "error": "invalidPolicy"}, True, id="a refusal"),
    ],
)
def test_the_comparison_sees_what_differs(found, differs):
    assert bool(list(differences(ALLOWED, found))) is differs


@pytest.mark.parametrize(
    ("ours", "differs"),
    [
        pytest.param({"action": True, "principal": True}, False, id="the same"),
        pytest.param({"action": False, "principal": True}, True, id="another part"),
        pytest.param({"action": True, "principal": False}, True, id="another principal"),
        pytest.param({"action": True}, True, id="nothing said of the principal"),
    ],
)
def test_an_explanation_is_compared_part_by_part(ours, differs):
    assert different({"action": True, "principal": "SessionRoleMatch"}, ours) is differs
