"""Progress: one small file that survives whatever happens to it."""

import json

import pytest

from labkit.lessons.progress import Progress, place
from labkit.lessons.progress_table import progress_table

LESSON = "06-in-place-one-at-a-time"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "progress.json"


def test_what_is_kept_is_there_in_the_next_kernel(path):
    Progress(path).keep(LESSON, "predictions", "mix", "both")
    assert Progress(path).answer(LESSON, "predictions", "mix") == "both"


def test_the_file_can_be_read_by_a_person(path):
    Progress(path).keep(LESSON, "exercises", "all-at-once", "passed")
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["lessons"] == {LESSON: {"exercises": {"all-at-once": "passed"}}}
    assert "Delete this file" in data["about"]


def test_two_notebooks_do_not_lose_each_others_answers(path):
    one, other = Progress(path), Progress(path)
    one.keep(LESSON, "predictions", "mix", "both")
    other.keep("01-iam-terms", "quiz", "policy", "b")
    one.keep(LESSON, "quiz", "longest-event", "c")
    found = Progress(path)
    assert [found.count(LESSON, "predictions"), found.count(LESSON, "quiz"), found.count("01-iam-terms", "quiz")] == [
        1,
        1,
        1,
    ]


def test_deleting_the_file_begins_anew(path):
    progress = Progress(path)
    progress.keep(LESSON, "predictions", "mix", "both")
    path.unlink()
    assert progress.count(LESSON, "predictions") == 0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"lessons": {"06": 3}}', id="a number where names were expected"),
    ],
)
def test_a_file_that_cannot_be_read_is_put_aside_and_not_lost(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    progress = Progress(path)
    progress.keep(LESSON, "predictions", "mix", "both")
    assert path.with_name("progress.json.unreadable").read_bytes() == content
    assert Progress(path).answer(LESSON, "predictions", "mix") == "both"
    assert "it is now progress.json.unreadable" in repr(progress_table(progress))


def test_a_place_that_cannot_be_written_keeps_progress_while_the_notebook_is_open(tmp_path):
    (tmp_path / "file").write_text("")
    progress = Progress(tmp_path / "file" / "progress.json")
    progress.keep(LESSON, "predictions", "mix", "both")
    assert progress.count(LESSON, "predictions") == 1
    assert "LABKIT_PROGRESS" in (progress.problem or "")


def test_the_environment_says_where_or_that_nothing_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "p.json"))
    assert place() == tmp_path / "p.json"
    monkeypatch.setenv("LABKIT_PROGRESS", "")
    assert place() is None
    monkeypatch.delenv("LABKIT_PROGRESS")
    assert place().parts[-2:] == (".labkit", "progress.json")


def test_the_table_counts_what_is_done_of_each_lesson(path):
    progress = Progress(path)
    progress.keep(LESSON, "exercises", "all-at-once", "passed")
    progress.keep(LESSON, "predictions", "mix", "both")
    table = progress_table(progress)
    [row] = [row for row in table.rows if row[0].startswith("06")]
    assert row == ("06 In place, one at a time", "25", "1 of 3", "1 of 2", "0 of 3")
    assert '<th scope="row"' in table._repr_html_()
