"""What makes a notebook the same bytes each time it is derived, on every computer."""

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.authoring.lessons import AuthoringError

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

_PLACE_OF_A_LIBRARY = re.compile(r"(?:~|/|[A-Za-z]:\\)[^\s\x1b]*?(?:site-packages|python3\.\d+)[/\\]")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{7,16}\b")


def cell_ids(cells: Sequence[NotebookNode]) -> Iterator[str]:
    """An id for each cell that comes from its text, so that it stays when other cells come and go."""
    seen: Counter[str] = Counter()
    for cell in cells:
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[digest] += 1
        yield digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def settle(notebook: NotebookNode, name: str) -> str:
    """The text of the executed ``notebook``, without what differs from run to run or from computer to computer.

    Raises ``AuthoringError`` if an output shows an address in memory or a path of this computer.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                output.traceback = [_without_places(line) for line in output.traceback]
    _check_outputs(notebook, name)
    return _with_numbered_widgets(notebook)


def _without_places(line: str) -> str:
    line = _PLACE_OF_A_LIBRARY.sub("", line)
    for place in _places():
        line = line.replace(place, "")
    return line


def _places() -> list[str]:
    """Where the project and its Python are on this computer, as text shows it; the longest first."""
    root, home = Path(__file__).parents[2], Path.home()
    places = [f"{folder}{end}" for folder in (root, Path(sys.prefix)) for end in "/\\"]
    if root.is_relative_to(home):
        places.append(f"~/{root.relative_to(home).as_posix()}/")
    return sorted(places, key=len, reverse=True)


def _check_outputs(notebook: NotebookNode, name: str) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        for text in _texts(cell):
            address = _ADDRESS.search(text)
            found = address.group() if address else next((place for place in _places() if place in text), None)
            if found:
                message = (
                    f"Expected outputs of {name} that are the same on every computer, found {found!r} in those of "
                    f"cell {number}; give what is shown there a repr of its own, or show less of it."
                )
                raise AuthoringError(message)


def _texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        yield output.get("text", "")
        yield from output.get("traceback", ())
        yield from (value for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def _with_numbered_widgets(notebook: NotebookNode) -> str:
    """Widgets are named at random; here they are numbered in the order in which they were made."""
    text: str = nbformat.writes(notebook).rstrip("\n") + "\n"
    for number, model_id in enumerate(notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})):
        text = text.replace(model_id, f"{number:032x}")
    return _sorted_again(text) if "widgets" in notebook.metadata else text


def _sorted_again(text: str) -> str:
    # The order of the widgets' names in the file was that of the random ones.
    result: str = nbformat.writes(nbformat.reads(text, as_version=4)).rstrip("\n") + "\n"
    return result
