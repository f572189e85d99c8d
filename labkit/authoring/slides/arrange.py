"""Which cells make one slide: a section begins a column, an output ends a slide, notes go to the speaker."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from labkit.authoring.cells import NOTE, SPEAKER, tags

SLIDE, BELOW, SAME, NOTES = "slide", "subslide", "-", "notes"
"""nbconvert's words: a slide to the right, one below, the same slide, the speaker's notes."""

THEATER = 'class="theater"'
QUIZ = 'class="labkit-questions"'
ONE_QUESTION = 2
"""Lists in the HTML of one question with its answers; more of them get a slide to themselves, as a theater does."""

_HEADING = re.compile(r"#{1,2} ")
_QUOTED = re.compile(r"(?:^>.*\n?)+", re.MULTILINE)
_MARK = re.compile(r"^> ?", re.MULTILINE)


def arranged(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """The cells of an instructor's notebook, each told where it goes; the given ones stay as they are."""
    placed: list[NotebookNode] = []
    full = False
    for cell in _with_notes_apart(cells):
        kind = _kind(cell, full=full)
        if kind != NOTES:
            full = cell.cell_type == "code" and bool(cell.outputs)
        cell.metadata["slideshow"] = {"slide_type": kind}
        placed.append(cell)
    return placed


def _kind(cell: NotebookNode, *, full: bool) -> str:
    """``full``: the slide so far ends with an output."""
    if SPEAKER in tags(cell):
        return NOTES
    if cell.cell_type == "markdown" and _HEADING.match(cell.source):
        return SLIDE
    return BELOW if full or _fills_a_slide(cell) else SAME


def _fills_a_slide(cell: NotebookNode) -> bool:
    shown = "".join(output.get("data", {}).get("text/html", "") for output in cell.get("outputs", ()))
    questions = shown.count("<ol") > ONE_QUESTION and QUIZ in shown
    return THEATER in shown or questions


def _with_notes_apart(cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    """What is said to the instructor inside a cell (minutes, the plan) becomes a note after it."""
    for original in cells:
        cell = deepcopy(original)
        quoted = [] if cell.cell_type != "markdown" else _QUOTED.findall(cell.source)
        own = [part for part in quoted if part.startswith(("> *Minutes", f"> {NOTE}"))]
        if SPEAKER not in tags(cell) and own:
            for part in own:
                cell.source = cell.source.replace(part, "")
            yield cell
            # Without the marks of a quotation, in which nbconvert would leave the plan's table as it is typed.
            said = "\n\n".join(_MARK.sub("", part) for part in own)
            yield new_markdown_cell(said, metadata={"tags": [SPEAKER]})
        else:
            yield cell
