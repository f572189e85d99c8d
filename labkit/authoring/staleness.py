"""Which notebooks are not what their sources say."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.authoring.editions import Edition, editions
from labkit.authoring.lessons import NOTEBOOKS, find_lessons


def stale(folder: Path = NOTEBOOKS) -> list[str]:
    """One sentence for each notebook of ``folder`` that is missing, stale, changed by hand, or without a source."""
    expected = [edition for lesson in find_lessons(folder) for edition in editions(lesson)]
    there = {path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts}
    orphans = sorted(there - {edition.notebook for edition in expected})
    return [
        *(sentence for edition in expected if (sentence := _complaint(edition))),
        *(
            f"Expected source/{notebook.stem}.py beside {notebook.name}, found none; write the source, or remove the "
            "notebook."
            for notebook in orphans
        ),
    ]


def _complaint(edition: Edition) -> str | None:
    notebook_name, source_name = f"{edition.name}.ipynb", edition.lesson.source.name
    command = f"run python -m labkit.authoring derive {edition.lesson.name}"
    if not edition.notebook.exists():
        return f"Expected {notebook_name} derived from {source_name}, found none; {command}."
    notebook = nbformat.read(edition.notebook, as_version=4)
    if notebook.metadata.get("labkit", {}).get("sha256") != edition.digest():
        return (
            f"Expected {notebook_name} to come from {source_name} as it is, found that it comes from an "
            f"earlier one; {command}."
        )
    if [_essence(cell) for cell in notebook.cells] != [_essence(cell) for cell in edition.cells()]:
        return (
            f"Expected the cells of {notebook_name} to be those of {source_name}, found that they were "
            f"changed in the notebook; change the source and {command}."
        )
    return None


def _essence(cell: NotebookNode) -> tuple[str, str, list[str]]:
    return cell.cell_type, cell.source, cell.metadata.get("tags", [])
