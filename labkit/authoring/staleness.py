"""Which notebooks are not what their sources say."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.authoring.lessons import NOTEBOOKS, Lesson, find_lessons


def stale(folder: Path = NOTEBOOKS) -> list[str]:
    """One sentence for each notebook of ``folder`` that is missing, stale, changed by hand, or without a source."""
    lessons = find_lessons(folder)
    orphans = sorted(set(folder.glob("*.ipynb")) - {lesson.notebook for lesson in lessons})
    return [
        *(sentence for lesson in lessons if (sentence := _complaint(lesson))),
        *(
            f"Expected source/{notebook.stem}.py beside {notebook.name}, found none; write the source, or remove the "
            "notebook."
            for notebook in orphans
        ),
    ]


def _complaint(lesson: Lesson) -> str | None:
    command = f"run python -m labkit.authoring derive {lesson.name}"
    if not lesson.notebook.exists():
        return f"Expected {lesson.notebook.name} derived from {lesson.source.name}, found none; {command}."
    notebook = nbformat.read(lesson.notebook, as_version=4)
    if notebook.metadata.get("labkit", {}).get("sha256") != lesson.digest():
        return (
            f"Expected {lesson.notebook.name} to come from {lesson.source.name} as it is, found that it comes from an "
            f"earlier one; {command}."
        )
    if [_essence(cell) for cell in notebook.cells] != [_essence(cell) for cell in lesson.cells()]:
        return (
            f"Expected the cells of {lesson.notebook.name} to be those of {lesson.source.name}, found that they were "
            f"changed in the notebook; change the source and {command}."
        )
    return None


def _essence(cell: NotebookNode) -> tuple[str, str, list[str]]:
    return cell.cell_type, cell.source, cell.metadata.get("tags", [])
