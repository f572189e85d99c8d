"""``python -m labkit.authoring``: derive, check, extract, slides, fidelity, pictures, diagrams.

Each ends with 0, or with 1 and sentences that say what is wrong.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit.authoring import diagrams, fidelity
from labkit.authoring.derive import derive
from labkit.authoring.editions import editions
from labkit.authoring.extraction import extract, out_of_date
from labkit.authoring.lessons import NOTEBOOKS, AuthoringError, find_lessons
from labkit.authoring.slides.page import slides
from labkit.authoring.staleness import stale


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        complaints = list(COMMANDS[options.command](options))
    except AuthoringError as error:
        complaints = [str(error)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)  # noqa: T201 -- a command's way to answer
    return 1 if complaints else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labkit.authoring", description="Notebooks from their sources.")
    parser.add_argument("--folder", type=Path, default=NOTEBOOKS, help="where notebooks and source/ are")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, sentence in (
        ("derive", "derive notebooks from notebooks/source/*.py and execute them"),
        ("slides", "write slides/*.html, a page for each lesson that needs no network"),
    ):
        commands.add_parser(name, help=sentence).add_argument(
            "names", nargs="*", metavar="name", help="beginning of a lesson's name; without one: all"
        )
    commands.add_parser("check", help="fail if a notebook or a catalogue is not what the sources say")
    commands.add_parser("extract", help="bring the catalogues of other languages up to date")
    commands.add_parser("fidelity", help="write labkit/FIDELITY.md from the code")
    commands.add_parser("pictures", help="draw resources/pictures anew, with Chromium")
    commands.add_parser("diagrams", help="draw resources/*.svg from data and from deployments that run for it")
    return parser


def _derive(options: argparse.Namespace) -> Iterator[str]:
    lessons = find_lessons(options.folder, options.names)
    for edition in (edition for lesson in lessons for edition in editions(lesson)):
        try:
            print(derive(edition), flush=True)  # noqa: T201
        except AuthoringError as error:  # the others can be derived all the same
            yield str(error)


def _slides(options: argparse.Namespace) -> Iterator[str]:
    folder = options.folder.parent / "slides"
    folder.mkdir(exist_ok=True)
    for lesson in find_lessons(options.folder, options.names):
        path = folder / f"{lesson.name}.html"
        path.write_text(slides(lesson), encoding="utf-8", newline="\n")
        print(path)  # noqa: T201
    return iter(())


def _check(options: argparse.Namespace) -> Iterator[str]:
    yield from stale(options.folder)
    if options.folder == NOTEBOOKS:  # the catalogues translate these lessons, not others
        yield from out_of_date()


def _extract(options: argparse.Namespace) -> Iterator[str]:
    for path in extract(options.folder):
        print(path)  # noqa: T201
    return iter(())


def _fidelity(_options: argparse.Namespace) -> Iterator[str]:
    fidelity.write(fidelity.FIDELITY)
    return iter(())


def _pictures(_options: argparse.Namespace) -> Iterator[str]:
    from labkit.authoring.pictures import draw  # noqa: PLC0415 -- the other commands need no browser

    for path in draw():
        print(path, flush=True)  # noqa: T201
    return iter(())


def _diagrams(_options: argparse.Namespace) -> Iterator[str]:
    for path in diagrams.write():
        print(path)  # noqa: T201
    return iter(())


COMMANDS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "derive": _derive,
    "slides": _slides,
    "check": _check,
    "extract": _extract,
    "fidelity": _fidelity,
    "pictures": _pictures,
    "diagrams": _diagrams,
}

if __name__ == "__main__":
    sys.exit(main())
