"""Runs a lesson's cells in one process: in order, then each once more, backwards; says who asked for the network.

    python -m tests.sealed.any_order NOTEBOOK

Prints JSON: how many cells ran, which errors surprise (neither AWS's own nor one of the lab's sentences), and every
address beyond this machine that anything in the process asked for, whether or not something refused it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import nbformat

from tests.conftest import stays_here

LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
SPEAKING = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def main(notebook: Path) -> None:
    """Watches, then runs."""
    asked: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in SPEAKING and not stays_here(arguments[1]):
            asked.append(repr(arguments[1]))
        if event in LOOK_UPS and not stays_here((arguments[0],)):
            asked.append(repr(arguments[0]))

    sys.addaudithook(watch)  # before anything else is imported that could open a socket
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415

    shell = InteractiveShell.instance()
    cells = [cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    errors = [shell.run_cell(cell).error_in_exec for cell in [*cells, *reversed(cells)]]
    found = {"cells": len(cells), "surprises": [repr(error) for error in errors if _surprises(error)], "asked": asked}
    sys.__stdout__.write(f"\n{json.dumps(found)}\n")


def _surprises(error: BaseException | None) -> bool:
    from botocore.exceptions import ClientError, WaiterError  # noqa: PLC0415

    from labkit.simulation.misuse import MisuseError  # noqa: PLC0415

    return not (error is None or isinstance(error, ClientError | WaiterError | MisuseError))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
