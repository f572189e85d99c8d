"""A lesson played through in this process, with what students type into its exercises: wrong first, then right.

It proves of each check that it says "Not yet" before anything is done and after a plausible wrong solution, and
"Passed" after a right one that is written otherwise than the worked solution. (The worked solution is run for the
instructor's notebook.)
"""

import re
from collections.abc import Iterator
from contextlib import chdir, suppress
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from labkit.authoring.cells import ANOTHER, EXERCISE, SOLUTION, SPEAKER, WRONG, tags
from labkit.authoring.lessons import Lesson

CHECKED = re.compile(r"lesson\.check\(\"([^\"]+)\"\)")
FAILS = "raises-exception"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check said. ``after``: nothing, wrong-solution or another-solution; ``said``: all of its text."""

    exercise: str
    after: str
    passed: bool
    said: str


@dataclass(slots=True)
class _Attempts:
    """The cells that belong to the next check."""

    cells: dict[str, list[NotebookNode]] = field(default_factory=dict)

    def add(self, kind: str, cell: NotebookNode) -> None:
        self.cells.setdefault(kind, []).append(cell)


def rehearse(lesson: Lesson) -> Iterator[Verdict]:
    """Runs the lesson's cells in order and yields what its checks say, in the order in which they are asked."""
    names: dict[str, Any] = {"__name__": "__main__"}
    attempts = _Attempts()
    with chdir(lesson.folder):
        for cell in lesson.cells():
            kind = next((tag for tag in tags(cell) if tag in {WRONG, ANOTHER, SOLUTION}), None)
            if cell.cell_type != "code" or {SPEAKER, EXERCISE}.intersection(tags(cell)):
                continue
            if kind:
                attempts.add(kind, cell)
                continue
            asked = CHECKED.search(cell.source)
            if asked:
                yield from _attempted(asked.group(1), attempts, names)
                attempts = _Attempts()
            _run(cell, names)


def _attempted(exercise: str, attempts: _Attempts, names: dict[str, Any]) -> Iterator[Verdict]:
    yield _verdict(exercise, "nothing", names)
    for cell in attempts.cells.get(WRONG, []):
        _run(cell, names)
        yield _verdict(exercise, WRONG, names)
    others = attempts.cells.get(ANOTHER, [])
    for cell in others or attempts.cells.get(SOLUTION, []):
        _run(cell, names)
    if others:
        yield _verdict(exercise, ANOTHER, names)


def _verdict(exercise: str, after: str, names: dict[str, Any]) -> Verdict:
    result = names["lesson"].check(exercise)
    return Verdict(exercise, after, result.passed, repr(result))


def _run(cell: NotebookNode, names: dict[str, Any]) -> None:
    expected = (Exception,) if FAILS in tags(cell) else ()
    with suppress(*expected):
        exec(compile(cell.source, "<cell>", "exec"), names)  # noqa: S102 -- the lesson's own cells, as a kernel runs them
