"""``python -m labkit.authoring derive [name…]``, ``check`` and ``fidelity``: 0, or 1 and sentences."""

import argparse
import sys
from pathlib import Path

from labkit.authoring import fidelity
from labkit.authoring.derive import derive
from labkit.authoring.lessons import NOTEBOOKS, AuthoringError, find_lessons
from labkit.authoring.staleness import stale


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m labkit.authoring", description="Notebooks from their sources.")
    parser.add_argument("--folder", type=Path, default=NOTEBOOKS, help="where notebooks and source/ are")
    commands = parser.add_subparsers(dest="command", required=True)
    deriving = commands.add_parser("derive", help="derive notebooks from notebooks/source/*.py and execute them")
    deriving.add_argument("names", nargs="*", metavar="name", help="beginning of a lesson's name; without one: all")
    commands.add_parser("check", help="fail if a notebook is not what its source says")
    commands.add_parser("fidelity", help="write labkit/FIDELITY.md from the code")
    options = parser.parse_args(arguments)
    if options.command == "fidelity":
        fidelity.write(fidelity.FIDELITY)
        return 0
    complaints = stale(options.folder) if options.command == "check" else _derive(options.folder, options.names)
    for complaint in complaints:
        print(complaint, file=sys.stderr)  # noqa: T201 -- a command's way to answer
    return 1 if complaints else 0


def _derive(folder: Path, names: list[str]) -> list[str]:
    complaints = []
    try:
        for lesson in find_lessons(folder, names):
            print(derive(lesson))  # noqa: T201
    except AuthoringError as error:
        complaints.append(str(error))
    return complaints


if __name__ == "__main__":
    sys.exit(main())
