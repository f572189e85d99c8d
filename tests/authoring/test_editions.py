"""One source, several notebooks: who gets which cells, and what differs in another language."""

import pytest

from labkit.authoring.cells import Reader
from labkit.authoring.editions import Edition, editions, messages
from labkit.authoring.lessons import Lesson

SOURCE = """\
# %% [markdown] minutes=2
# # Title
#
# Words.

# %% [markdown] tags=["speaker"]
# Ask first.

# %% [markdown] minutes=3
# ## Your turn
#
# See [the next](02-next.ipynb) and [AWS](https://aws.amazon.com/).

# %% tags=["exercise"]
# Type here.

# %% tags=["wrong-solution"]
wrong = 1

# %% tags=["another-solution"]
other = 1

# %% tags=["solution"]
right = 1

# %%
lesson = labkit.lesson("01")
labkit.progress()
"""


@pytest.fixture
def lesson(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "01-first.py").write_text(SOURCE, encoding="utf-8")
    return Lesson(tmp_path, "01-first")


def sources(edition: Edition) -> list[str]:
    return [cell.source for cell in edition.cells()]


def test_a_student_gets_open_exercises_and_nothing_that_gives_them_away(lesson):
    assert sources(Edition(lesson)) == [
        "# Title\n\nWords.",
        "## Your turn\n\nSee [the next](02-next.ipynb) and [AWS](https://aws.amazon.com/).",
        "# Type here.",
        'lesson = labkit.lesson("01")\nlabkit.progress()',
    ]


def test_an_instructor_gets_solutions_notes_and_the_plan(lesson):
    title, note, turn, solution, _ = sources(Edition(lesson, Reader.INSTRUCTOR))
    assert "> | 0–2 | Title |\n> | 2–5 | Your turn |" in title
    assert note == "> **For the instructor.**\n>\n> Ask first."
    assert turn.startswith("## Your turn\n\n> *Minutes 2 to 5*\n\nSee")
    assert solution == "right = 1"


def test_cells_tell_nothing_but_their_tags(lesson):
    assert [dict(cell.metadata) for cell in Edition(lesson).cells()] == [{}, {}, {"tags": ["exercise"]}, {}]


def test_each_edition_has_a_folder_of_its_own(lesson):
    found = [edition.notebook.relative_to(lesson.folder).as_posix() for edition in editions(lesson)]
    assert found == ["01-first.ipynb", "instructor/01-first.ipynb"]


def test_a_lesson_without_anything_for_the_instructor_has_one_notebook(lesson):
    lesson.source.write_text("# %%\nprint(1)\n", encoding="utf-8")
    assert [edition.name for edition in editions(lesson)] == ["01-first"]


def test_a_translation_that_has_begun_stays_when_sentences_go_stale(lesson):
    korean = Edition(lesson, language="ko")
    korean.notebook.parent.mkdir()
    korean.notebook.write_text("{}", encoding="utf-8")
    assert korean in set(editions(lesson))


def test_in_another_language_words_and_the_language_of_the_lesson_differ(lesson):
    cells = sources(Edition(lesson, language="ko"))
    assert cells[1].splitlines()[0] == "## 직접 해 보기"
    assert "Words." in cells[0], "what nobody has translated stays English"
    assert cells[3] == 'lesson = labkit.lesson("01", language="ko")\nlabkit.progress(language="ko")'


def test_a_link_from_a_folder_of_its_own_leads_up_unless_the_notebook_is_beside(lesson):
    link = "[the next](../02-next.ipynb)"
    assert link in sources(Edition(lesson, language="ko"))[1]
    assert "[the next](02-next.ipynb)" in sources(Edition(lesson, Reader.INSTRUCTOR))[2]
    assert "https://aws.amazon.com/" in sources(Edition(lesson, language="ko"))[1]


def test_what_a_translator_gets_is_what_a_student_meets(lesson):
    assert messages(lesson) == [
        "Title",
        "Words.",
        "Your turn",
        "See [the next](02-next.ipynb) and [AWS](https://aws.amazon.com/).",
    ]


def test_the_digest_changes_with_the_source(lesson):
    before = Edition(lesson).digest()
    lesson.source.write_text(SOURCE + "\nprint(1)\n", encoding="utf-8")
    assert Edition(lesson).digest() != before
