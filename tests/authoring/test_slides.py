"""Slides: sections side by side, outputs one below the other, notes for the speaker, and no network."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from labkit.authoring.lessons import AuthoringError, Lesson, find_lessons
from labkit.authoring.slides.arrange import arranged
from labkit.authoring.slides.page import slides


@pytest.fixture(scope="module")
def page():
    return slides(find_lessons(names=["06"])[0])


def said(cells):
    return [(cell.source, cell.metadata["slideshow"]["slide_type"]) for cell in arranged(cells)]


def shows(source: str):
    return new_code_cell(source, outputs=[new_output("stream", text="1")])


def test_a_heading_begins_a_column_and_what_follows_an_output_goes_below():
    cells = [
        new_markdown_cell("# Title"),
        new_markdown_cell("## One"),
        new_code_cell("a"),
        shows("b"),
        new_markdown_cell("words"),
        shows("c"),
        new_markdown_cell("## Two"),
        new_code_cell("theater", outputs=[new_output("display_data", {"text/html": '<iframe class="theater">'})]),
    ]
    assert [kind for _, kind in said(cells)] == ["slide", "slide", "-", "-", "subslide", "-", "slide", "subslide"]


def test_what_is_for_the_instructor_is_a_note_and_does_not_break_a_slide():
    speaker = new_markdown_cell("> **For the instructor.**\n>\n> Ask.", metadata={"tags": ["speaker"]})
    assert [kind for _, kind in said([new_markdown_cell("## One"), speaker, shows("a"), speaker, shows("b")])] == [
        "slide",
        "notes",
        "-",
        "notes",
        "subslide",
    ]


def test_the_minutes_of_a_section_move_into_the_notes():
    [(section, _), (note, kind)] = said([new_markdown_cell("## One\n\n> *Minutes 2 to 5*\n\nText")])
    assert ("Minutes" in section, note.strip(), kind) == (False, "*Minutes 2 to 5*", "notes")


def test_a_page_asks_nobody_for_anything(page):
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)\s*=\s*"(?!data:|#|\.\.?/|[\w-]+\.ipynb)[^"]*"', markup) == []
    assert re.findall(r"<script[^>]*\bsrc", page) == []
    assert not re.findall(r"@import|url\(\s*['\"]?https?:", page)
    assert "default-src 'none'" in page


def test_the_plan_is_a_table_in_the_notes(page):
    assert "<td>Watch it again</td>" in page
    assert "|---|" not in page


def test_a_page_has_the_lesson_its_notes_and_its_answers(page):
    assert "<title>In place, one at a time</title>" in page
    assert page.count('<aside class="notes">') >= 5
    assert page.count("<img") == len(re.findall(r'<img[^>]*\balt="[^"]+', page))
    assert "All 4 machines show version 3" in page


def test_slides_of_a_lesson_that_was_not_derived_are_told_the_command(tmp_path):
    with pytest.raises(AuthoringError, match=r"run python -m labkit\.authoring derive 01-first"):
        slides(Lesson(tmp_path, "01-first"))
