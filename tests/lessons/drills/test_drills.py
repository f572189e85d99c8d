"""Drills: every incident is open until its recorded solution, and not closed by what only looks like one."""

import re
from collections.abc import Callable, Iterator

import pytest

import labkit
from labkit.lab import Lab
from labkit.lessons.drills.account_changes import CHANGES
from labkit.lessons.drills.drill import Drill
from labkit.lessons.drills.drills import chosen
from labkit.lessons.drills.judging import judge
from labkit.lessons.drills.table import INCIDENTS, LEVELS, of_level
from labkit.lessons.drills.texts import read_texts
from labkit.lessons.verdicts import NotYet
from labkit.simulation.misuse import MisuseError
from labkit.world.events import FaultInjected
from labkit.world.faults.catalogue import names
from tests.lessons.drills.solutions import SOLUTIONS, WRONG, Wrong
from tests.lessons.drills.student import Student

GAP = re.compile(r"(?<!%)\{[a-z_]+\}")
SEED = 3
AS_ANOTHER_OR_NO_INCIDENT = {
    "break-health-check": "it is wrong-document-root on an instance, with the traces of that",
    "scale-out-during-deployment": "what it leaves, CodeDeploy's own update of outdated instances mends by itself",
}

Begin = Callable[[str], tuple[Lab, Drill]]


@pytest.fixture(scope="module")
def begin() -> Iterator[Begin]:
    """Begins the drill of an incident in a lab that serves one drill after another, or in a new one."""
    labs: list[Lab] = []

    def anew() -> Lab:
        labs.append(labkit.start(stage="v1-deployed", seed=7, fleet_size=4))
        return labs[-1]

    def begun(incident_id: str) -> tuple[Lab, Drill]:
        lab = labs[-1] if labs and "(open)" in repr(labs[-1]) else anew()
        try:
            return lab, lab.drill.begin(INCIDENTS[incident_id], SEED)
        except MisuseError:  # what an earlier test left behind is no good place for a drill
            lab = anew()
            return lab, lab.drill.begin(INCIDENTS[incident_id], SEED)

    yield begun
    for lab in labs:
        lab.stop()


@pytest.mark.parametrize("incident_id", SOLUTIONS)
def test_a_drill_is_open_until_its_recorded_solution_whatever_else_is_tried(begin: Begin, incident_id: str) -> None:
    lab, drill = begin(incident_id)
    student = Student(lab)
    assert not drill.check().passed
    assert drill.debriefing().parts[0].text == read_texts().words["debriefing_later"]
    for wrong in (one for one in WRONG if one.incident == incident_id):
        assert found_after(wrong, drill, student) == wrong.found, wrong.name
    SOLUTIONS[incident_id](student)
    result = drill.check()
    assert result.passed, result
    said = [drill, *(drill.hint() for _ in range(3)), drill.debriefing()]
    assert [found for shown in said for found in GAP.findall(repr(shown))] == []
    assert lab.history.of(FaultInjected) == []


def found_after(wrong: Wrong, drill: Drill, student: Student) -> str:
    """What the drill finds missing after something that only looks like a solution, which is then taken back."""
    wrong.do(student)
    verdict = judge(drill._case)
    assert isinstance(verdict, NotYet), wrong.name
    wrong.take_back(student)
    return verdict.found


def test_every_way_to_leave_something_weaker_is_tried() -> None:
    weaker = {
        "too-much",
        "too-trusting",
        "too-open",
        "check-accepts-errors",
        "hook-missing",
        "lacks-permission",
        "by-hand",
    }
    assert weaker <= {wrong.found for wrong in WRONG}


# --- the table --------------------------------------------------------------------------------------


def test_there_are_more_than_25_incidents_at_three_levels_each_solved() -> None:
    assert set(SOLUTIONS) == set(INCIDENTS)
    assert [len(of_level(level)) for level in LEVELS] == [13, 22, 8]


def test_every_fault_that_makes_an_incident_is_in_some_drill() -> None:
    used = {one.name for incident in INCIDENTS.values() for one in incident.broken}
    assert used - set(CHANGES) | set(AS_ANOTHER_OR_NO_INCIDENT) == set(names())
    assert set(CHANGES) <= used


def test_incidents_of_level_3_are_two_faults_or_one_that_shows_in_many_places() -> None:
    assert {incident.id for incident in of_level(3) if len(incident.broken) == 1} == {"dark-zone"}


def test_every_incident_has_its_words_and_three_hints() -> None:
    texts = read_texts()
    assert set(texts.drills) == set(INCIDENTS)
    assert {len(text.hints) for text in texts.drills.values()} == {3}


@pytest.mark.parametrize("level", LEVELS)
def test_as_many_seeds_in_a_row_as_a_level_has_incidents_are_all_different(level: int) -> None:
    count = len(of_level(level))
    assert {chosen(level, seed).id for seed in range(5, 5 + count)} == {one.id for one in of_level(level)}


# --- what a student sees ----------------------------------------------------------------------------


def test_the_same_seed_is_the_same_drill_to_the_byte_and_keeps_its_secret() -> None:
    def recorded() -> tuple[str, str, str]:
        with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
            drill = lab.drill(level=1, seed=SEED)
            return lab.history.to_json(), repr(drill), drill._repr_html_()

    history, shown, html = recorded()
    assert (history, shown, html) == recorded()
    for one in chosen(1, SEED).broken:
        assert one.name not in history + shown + html


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"level": 4}, "Expected level to be one of 1, 2, 3, found 4."),
        ({"seed": "three"}, "Expected seed to be a whole number, found 'three'; the same one repeats a drill."),
    ],
)
def test_what_is_no_drill_is_said_in_a_sentence(begin: Begin, asked: dict[str, object], words: str) -> None:
    with pytest.raises(MisuseError, match=re.escape(words)):
        chosen(**{"level": 1, "seed": 1, **asked})  # type: ignore[arg-type]


def test_a_drill_needs_the_running_example() -> None:
    with (
        labkit.start(stage="empty", seed=7) as lab,
        pytest.raises(MisuseError, match=r"Expected the running example in good order for a drill, found: .*stage="),
    ):
        lab.drill()


def test_the_debriefing_opens_after_the_last_hint_too(begin: Begin) -> None:
    _, drill = begin("not-here")
    labels = [drill.hint().parts[0].label for _ in range(4)]
    assert labels == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    said = [part.label for part in drill.debriefing().parts]
    assert said[:3] == ["What was broken", "How to find it", "So that it does not happen again"]
