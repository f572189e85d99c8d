"""What every lesson's source has to be: plain boto3, complete, readable aloud, with links that lead somewhere."""

import re
import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from labkit.authoring.cells import Reader, tags, total_minutes
from labkit.authoring.editions import Edition, editions
from labkit.authoring.lessons import NOTEBOOKS, find_lessons
from labkit.authoring.plain import not_plain
from labkit.authoring.rehearsal import CHECKED
from labkit.lessons.checks import checks_of
from labkit.lessons.lesson_text import TEXTS, lesson_names, read_lesson

SOURCES = find_lessons()
LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in SOURCES]
TAUGHT = [pytest.param(lesson, id=lesson.name) for lesson in SOURCES if not lesson.name.startswith("00")]
EDITIONS = [pytest.param(edition, id=edition.name) for lesson in SOURCES for edition in editions(lesson)]

HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)
LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
IMG = re.compile(r"<img\b[^>]*>", re.DOTALL)
KNOWN_TAGS = {"exercise", "solution", "wrong-solution", "another-solution", "speaker", "raises-exception"}


def code(lesson) -> str:
    return "\n".join(cell.source for cell in lesson.cells() if cell.cell_type == "code")


def markdown(edition: Edition) -> str:
    fence = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    return "\n\n".join(fence.sub("", cell.source) for cell in edition.cells() if cell.cell_type == "markdown")


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_plain_boto3_and_few_names_of_labkit(lesson):
    cells = [cell for cell in lesson.cells() if cell.cell_type == "code"]
    assert [sentence for cell in cells for sentence in not_plain(cell.source)] == []


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        pytest.param("from labkit.aws import account", "labkit.aws", id="a part of labkit"),
        pytest.param("from labkit import lab", "labkit.lab", id="a module of labkit"),
        pytest.param("import moto", "moto", id="moto"),
        pytest.param("lab.region", "region", id="a name that is no lesson's"),
        pytest.param("lab.history._events", "_events", id="a private name"),
        pytest.param("!pip install x", "pip install", id="a command of the notebook"),
    ],
)
def test_what_is_not_plain_is_found(cell, found):
    assert any(found in sentence for sentence in not_plain(cell))


@pytest.mark.parametrize("lesson", LESSONS)
def test_tags_are_known_and_no_cell_is_written_for_nobody(lesson):
    assert {tag for cell in lesson.cells() for tag in tags(cell)} <= KNOWN_TAGS


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_sections_minutes_are_those_that_title_and_texts_promise(lesson):
    text = read_lesson(lesson.name)
    first = lesson.cells()[0].source.splitlines()
    assert (first[0], total_minutes(lesson.cells())) == (f"# {text.title}", text.minutes)
    assert f"*{text.minutes} minutes" in first[2]
    assert text.chapter in first[2]


@pytest.mark.parametrize("lesson", LESSONS)
def test_everything_that_the_texts_hold_is_asked_answered_and_checked(lesson):
    text, source = read_lesson(lesson.name), code(lesson)
    assert set(re.findall(r'lesson\.predict\("([^"]+)"', source)) == set(text.predictions)
    assert set(re.findall(r'lesson\.reveal\("([^"]+)"', source)) == set(text.predictions)
    assert set(CHECKED.findall(source)) == set(text.exercises)
    assert not text.quiz or "lesson.quiz(" in source


@pytest.mark.parametrize("lesson", LESSONS)
def test_checks_and_texts_have_the_same_names(lesson):
    text, checks = read_lesson(lesson.name), checks_of(lesson.name)
    assert (set(checks.exercises), set(checks.predictions)) == (set(text.exercises), set(text.predictions))
    if not checks.exercises:
        return
    spec = find_spec(next(iter(checks.exercises.values())).__module__)
    said = set(re.findall(r'NotYet\(\s*"([^"]+)"', Path(spec.origin).read_text(encoding="utf-8")))
    assert said == {key for exercise in text.exercises.values() for key in exercise.not_yet}


@pytest.mark.parametrize("lesson", TAUGHT)
def test_a_lesson_asks_before_it_shows_lets_practise_and_looks_back(lesson):
    text = read_lesson(lesson.name)
    assert text.predictions
    assert 2 <= len(text.exercises) <= 4
    assert len(text.quiz) >= 2
    assert "lesson.on_aws()" in code(lesson)
    student = markdown(Edition(lesson))
    assert "After this lesson you can" in student
    assert "## In short" in student
    assert any("speaker" in tags(cell) for cell in lesson.cells())


def test_there_are_texts_for_every_source_and_a_source_for_all_texts():
    assert lesson_names() == [lesson.name for lesson in SOURCES]


def test_the_map_on_the_start_page_leads_to_every_lesson_in_order():
    start, *others = SOURCES
    mapped = [link["target"] for link in LINK.finditer(markdown(Edition(start))) if link["target"].endswith(".ipynb")]
    assert mapped == [f"{lesson.name}.ipynb" for lesson in others]


@pytest.mark.parametrize("edition", EDITIONS)
def test_headings_begin_with_one_title_and_skip_no_level(edition):
    levels = [len(marks) for marks in HEADING.findall(markdown(edition))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("edition", EDITIONS)
def test_links_lead_to_files_that_are_there_and_pictures_are_described(edition):
    text = markdown(edition)
    lost, silent = [], [tag for tag in IMG.findall(text) if not re.search(r'alt="[^"]+"', tag)]
    targets = re.findall(r'<img\b[^>]*\bsrc="([^"]+)"', text)
    for link in LINK.finditer(text):
        targets.append(link["target"])
        if link["image"] and not link["text"].strip():
            silent.append(link.group())
    for target in targets:
        path = edition.notebook.parent / target.partition("#")[0]
        if not target.startswith(("https://", "#")) and not path.exists():
            lost.append(target)
    assert (lost, silent) == ([], [])


def test_an_edition_in_a_folder_of_its_own_sees_pictures_and_resources_one_folder_up(tmp_path):
    source = (
        '# %% [markdown]\n# ![A map](../resources/map.svg) and [next](02-next.ipynb)\n\n# %%\nopen("../resources/a")\n'
    )
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "01-first.py").write_text(source, encoding="utf-8")
    [lesson] = find_lessons(tmp_path)
    picture, opened = (cell.source for cell in Edition(lesson, Reader.INSTRUCTOR).cells())
    assert picture == "![A map](../../resources/map.svg) and [next](02-next.ipynb)"
    assert opened == 'open("../../resources/a")'


def test_nothing_is_misspelt():
    paths = [NOTEBOOKS / "source", NOTEBOOKS / "TEACHING.md", TEXTS]
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *paths], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "")
