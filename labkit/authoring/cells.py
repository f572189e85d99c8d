"""Which cells of a source a reader gets, and what is said to the instructor alone.

Tags of a cell: ``exercise`` is an open cell for the student; ``solution`` takes its place for the instructor;
``wrong-solution`` and ``another-solution`` are for the tests of the exercise's check and reach nobody; ``speaker`` is
a note to the instructor. A heading's ``minutes=5`` is how long its section takes.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from enum import StrEnum

from nbformat import NotebookNode

EXERCISE, SOLUTION, SPEAKER = "exercise", "solution", "speaker"
WRONG, ANOTHER = "wrong-solution", "another-solution"
FOR_TESTS = frozenset({WRONG, ANOTHER})
MINUTES = "minutes"
NOTE = "**For the instructor.**"


class Reader(StrEnum):
    """Who reads a notebook."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"


NOT_FOR = {
    Reader.STUDENT: FOR_TESTS | {SOLUTION, SPEAKER},
    Reader.INSTRUCTOR: FOR_TESTS | {EXERCISE},
}


def tags(cell: NotebookNode) -> list[str]:
    """The cell's tags."""
    found: list[str] = cell.metadata.get("tags", [])
    return found


def cells_for(reader: Reader, cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """The cells of a source that ``reader`` gets, as they are to be shown; the given ones stay as they are."""
    own = [deepcopy(cell) for cell in cells if not NOT_FOR[reader].intersection(tags(cell))]
    if reader is Reader.INSTRUCTOR:
        _add_notes(own)
    for cell in own:
        cell.metadata.pop(MINUTES, None)
    return own


def has_something_for_the_instructor(cells: Sequence[NotebookNode]) -> bool:
    """Whether the instructor's notebook would differ from the student's."""
    return any({SOLUTION, SPEAKER}.intersection(tags(cell)) or MINUTES in cell.metadata for cell in cells)


def total_minutes(cells: Sequence[NotebookNode]) -> int:
    """How long all sections take together."""
    return sum(minutes for _, minutes in _sections(cells))


def _sections(cells: Sequence[NotebookNode]) -> Iterator[tuple[NotebookNode, int]]:
    return ((cell, int(cell.metadata[MINUTES])) for cell in cells if MINUTES in cell.metadata)


def _add_notes(cells: list[NotebookNode]) -> None:
    for cell in cells:
        if SPEAKER in tags(cell):
            lines = [NOTE, "", *cell.source.splitlines()]
            cell.source = "\n".join(f"> {line}".rstrip() for line in lines)
    begins, rows = 0, []
    for cell, minutes in list(_sections(cells)):
        heading, _, rest = cell.source.partition("\n")
        rows.append(f"| {begins}–{begins + minutes} | {heading.lstrip('# ')} |")
        cell.source = f"{heading}\n\n> *Minutes {begins} to {begins + minutes}*\n{rest}"
        begins += minutes
    if rows:
        table = ["| Minutes | Section |", "|---|---|", *rows]
        cells[0].source += "\n\n" + "\n".join([f"> {NOTE} The plan:", ">", *(f"> {line}" for line in table)])
