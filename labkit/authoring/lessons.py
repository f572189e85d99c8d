"""A lesson as its author has it: ``notebooks/source/NN-name.py`` (jupytext's percent format) and what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jupytext
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


class AuthoringError(ValueError):
    """Something about a lesson keeps its notebook from being derived; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson. ``name`` is the file name of its source and of its notebooks without the ending."""

    folder: Path
    name: str

    @property
    def source(self) -> Path:
        """What an author edits."""
        return self.folder / "source" / f"{self.name}.py"

    def text(self) -> str:
        """The source, with the same line ends on every system."""
        return self.source.read_text(encoding="utf-8")

    def cells(self) -> list[NotebookNode]:
        """All cells of the source, for whichever reader, without outputs and without ids."""
        cells: list[NotebookNode] = jupytext.reads(self.text(), fmt="py:percent").cells
        for cell in cells:
            cell.metadata.pop("lines_to_next_cell", None)  # only of use on the way back to a script
        return cells


def find_lessons(folder: Path = NOTEBOOKS, names: Sequence[str] = ()) -> list[Lesson]:
    """The lessons of ``folder`` in the order of their names: all, or those whose name begins with one of ``names``.

    Raises ``AuthoringError`` if a name fits no lesson.
    """
    lessons = [Lesson(folder, source.stem) for source in sorted((folder / "source").glob("*.py"))]
    for name in names:
        if not any(lesson.name.startswith(name) for lesson in lessons):
            known = ", ".join(lesson.name for lesson in lessons) or "none yet"
            message = f"Expected the beginning of the name of a lesson ({known}), found {name!r}; check its spelling."
            raise AuthoringError(message)
    return [lesson for lesson in lessons if not names or lesson.name.startswith(tuple(names))]
