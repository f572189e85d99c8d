"""Each exercise's check: red before, red for a plausible wrong solution, green for a differently written right one.

Green for the worked solution, and "Not yet" without a traceback for the open exercise, stand in the notebooks.
"""

import json
import re

import pytest

from labkit.authoring.cells import Reader
from labkit.authoring.editions import Edition
from labkit.authoring.lessons import find_lessons
from labkit.authoring.rehearsal import CHECKED, rehearse
from labkit.lessons.lesson_text import read_lesson

GAP = re.compile(r"\{[a-z_]+\}")
LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in find_lessons()]


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch):
    monkeypatch.setenv("LABKIT_PROGRESS", "")
    monkeypatch.setenv("LABKIT_LANGUAGE", "en")


def said_by_checks(edition: Edition) -> dict[str, str]:
    """What each check says in a committed notebook, by exercise."""
    notebook = json.loads(edition.notebook.read_text(encoding="utf-8"))
    said = {}
    for cell in notebook["cells"]:
        asked = CHECKED.search("".join(cell["source"]))
        if cell["cell_type"] == "code" and asked:
            [output] = cell["outputs"]
            said[asked.group(1)] = "".join(output["data"]["text/plain"]).split(":")[0]
    return said


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_is_checked_in_the_notebook_with_open_ones_not_yet_and_solved_ones_passed(lesson):
    exercises = list(read_lesson(lesson.name).exercises)
    assert said_by_checks(Edition(lesson)) == dict.fromkeys(exercises, "Not yet")
    if exercises:
        assert said_by_checks(Edition(lesson, Reader.INSTRUCTOR)) == dict.fromkeys(exercises, "Passed")


@pytest.mark.parametrize("lesson", LESSONS)
def test_checks_are_red_before_and_for_wrong_solutions_and_green_for_right_ones_written_otherwise(lesson):
    verdicts = list(rehearse(lesson))
    surprises = [verdict for verdict in verdicts if verdict.passed != (verdict.after == "another-solution")]
    assert surprises == []
    assert [verdict for verdict in verdicts if GAP.search(verdict.said)] == [], "a gap that nothing filled"
    seen = {(verdict.exercise, verdict.after) for verdict in verdicts}
    exercises = read_lesson(lesson.name).exercises
    assert seen == {(each, after) for each in exercises for after in ("nothing", "wrong-solution", "another-solution")}
