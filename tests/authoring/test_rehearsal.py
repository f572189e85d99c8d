"""The rehearsal plays a lesson as students do: before, after a wrong solution, after another right one."""

import pytest

from labkit.authoring.lessons import Lesson
from labkit.authoring.rehearsal import Verdict, rehearse

SOURCE = """\
# %%
class Check:
    def __init__(self, passed): self.passed = passed
    def __repr__(self): return "Passed" if self.passed else "Not yet"

class Lesson:
    def check(self, name): return Check(done == "right")

lesson, done = Lesson(), None

# %% [markdown] tags=["speaker"]
# A note.

# %% tags=["exercise"]
done = "open cells are the student's"

# %% tags=["wrong-solution"]
done = "wrong"

# %% tags=["another-solution"]
done = "right"

# %% tags=["solution"]
raise AssertionError("not for students")

# %%
lesson.check("do")

# %% tags=["raises-exception"]
1 / 0

# %%
assert done == "right"
"""


@pytest.fixture
def lesson(tmp_path):
    (tmp_path / "source").mkdir()
    return Lesson(tmp_path, "01-first")


def test_a_check_is_asked_before_after_a_wrong_and_after_another_right_solution(lesson):
    lesson.source.write_text(SOURCE, encoding="utf-8")
    assert list(rehearse(lesson)) == [
        Verdict("do", "nothing", passed=False, said="Not yet"),
        Verdict("do", "wrong-solution", passed=False, said="Not yet"),
        Verdict("do", "another-solution", passed=True, said="Passed"),
    ]


def test_a_check_that_lets_a_wrong_solution_pass_is_found(lesson):
    lesson.source.write_text(SOURCE.replace('done == "right")', "done is not None)", 1), encoding="utf-8")
    assert [(verdict.after, verdict.passed) for verdict in rehearse(lesson)][1] == ("wrong-solution", True)


def test_without_another_solution_the_lesson_goes_on_with_the_worked_one(lesson):
    source = SOURCE.replace('# %% tags=["another-solution"]\ndone = "right"\n\n', "")
    source = source.replace('raise AssertionError("not for students")', 'done = "right"')
    lesson.source.write_text(source, encoding="utf-8")
    assert [verdict.after for verdict in rehearse(lesson)] == ["nothing", "wrong-solution"]
