"""Every notebook is what its source says."""

import json

import pytest

from labkit.authoring.__main__ import main
from labkit.authoring.derive import unexecuted
from labkit.authoring.editions import Edition
from labkit.authoring.lessons import Lesson
from labkit.authoring.stable import settle
from labkit.authoring.staleness import stale

SOURCE = '# %% [markdown]\n# # Title\n\n# %% tags=["hint"]\nprint("한")\n'


@pytest.fixture
def edition(tmp_path):
    """A student's notebook that is fresh; it has no outputs, which staleness does not look at."""
    (tmp_path / "source").mkdir()
    edition = Edition(Lesson(tmp_path, "01-first"))
    edition.lesson.source.write_text(SOURCE, encoding="utf-8")
    edition.notebook.write_text(settle(unexecuted(edition), edition.name), encoding="utf-8")
    return edition


def change(edition: Edition, edit) -> None:
    notebook = json.loads(edition.notebook.read_text(encoding="utf-8"))
    edit(notebook["cells"])
    edition.notebook.write_text(json.dumps(notebook), encoding="utf-8")


def test_the_committed_notebooks_are_fresh():
    assert stale() == []


def test_a_fresh_notebook_is_no_complaint(edition):
    assert stale(edition.lesson.folder) == []


def test_a_source_with_the_line_ends_of_windows_is_the_same_source(edition):
    edition.lesson.source.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    assert stale(edition.lesson.folder) == []


def test_a_source_that_changed_is_found_and_told_with_the_command(edition, capsys):
    edition.lesson.source.write_text(SOURCE + "print(2)\n", encoding="utf-8")
    assert main(["--folder", str(edition.lesson.folder), "check"]) == 1
    assert capsys.readouterr().err == (
        "Expected 01-first.ipynb to come from 01-first.py as it is, found that it comes from an earlier one; "
        "run python -m labkit.authoring derive 01-first.\n"
    )


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda cells: cells[1].update(source="print(3)"), id="another text"),
        pytest.param(lambda cells: cells[1]["metadata"].clear(), id="a tag less"),
        pytest.param(lambda cells: cells.pop(), id="a cell less"),
    ],
)
def test_a_notebook_changed_by_hand_is_found(edition, edit):
    change(edition, edit)
    [sentence] = stale(edition.lesson.folder)
    assert "found that they were changed in the notebook; change the source" in sentence


def test_a_source_without_a_notebook_is_found(edition):
    edition.notebook.unlink()
    [sentence] = stale(edition.lesson.folder)
    assert sentence.startswith("Expected 01-first.ipynb derived from 01-first.py, found none;")


def test_a_notebook_without_a_source_is_found(edition):
    edition.lesson.source.unlink()
    [sentence] = stale(edition.lesson.folder)
    assert sentence.startswith("Expected source/01-first.py beside 01-first.ipynb, found none;")
