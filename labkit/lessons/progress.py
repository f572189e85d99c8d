"""Which predictions, exercises and questions a student has done: one small JSON file, to be read and deleted at will.

``LABKIT_PROGRESS`` says where it is; empty, nothing is kept. Without it: ``~/.labkit/progress.json``. Two notebooks
may be open at once, so every change is read, changed and written again in one go.
"""

import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

VARIABLE = "LABKIT_PROGRESS"
FORMAT = 1

Kind = Literal["predictions", "exercises", "quiz"]
KINDS: tuple[Kind, ...] = ("predictions", "exercises", "quiz")


def place() -> Path | None:
    """Where progress is kept, or None if it is not."""
    named = os.environ.get(VARIABLE)
    if named is None:
        return Path.home() / ".labkit" / "progress.json"
    return Path(named) if named else None


@cache
def progress_at(path: Path | None) -> "Progress":
    """The progress of this process kept at ``path``: the same for every lesson."""
    return Progress(path)


class Progress:
    """What is done, by lesson, kind and id. ``problem``: a sentence if the file could not be read or written."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problem: str | None = None
        self._done: dict[str, dict[str, dict[str, str]]] = {}
        self._read()

    def answer(self, lesson: str, kind: Kind, item: str) -> str | None:
        """What was kept for this item: an option's id, or ``passed``; None if nothing was."""
        return self._done.get(lesson, {}).get(kind, {}).get(item)

    def count(self, lesson: str, kind: Kind) -> int:
        """How many items of this kind are done in this lesson."""
        self._read()
        return len(self._done.get(lesson, {}).get(kind, {}))

    def keep(self, lesson: str, kind: Kind, item: str, answer: str) -> None:
        """Keeps an answer, in the file if there is one; what other notebooks kept meanwhile stays."""
        self._read()
        if self.answer(lesson, kind, item) == answer:
            return
        self._done.setdefault(lesson, {}).setdefault(kind, {})[item] = answer
        self._write()

    def _read(self) -> None:
        if self.path is None:
            return
        try:
            self._done = _checked(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            if self.problem is None:  # deleted, or never there; not one that could not be written
                self._done = {}
            return
        except OSError as error:
            self._cannot("read", error)
        except ValueError as error:  # no UTF-8, no JSON, or no progress
            self._set_aside(str(error))

    def _set_aside(self, found: str) -> None:
        """An unreadable file is not overwritten: it gets another name, and a new one begins."""
        assert self.path is not None  # noqa: S101 -- only called when there is a file
        aside = self.path.with_name(f"{self.path.name}.unreadable")
        with suppress(OSError):
            self.path.replace(aside)
        self.problem = (
            f"Expected {self.path} to hold the progress that labkit wrote, found: {found}; it is now {aside.name}, "
            "and a new file begins."
        )

    def _write(self) -> None:
        if self.path is None:
            return
        content = {"about": "Progress in labkit's lessons. Delete this file to begin anew.", "format": FORMAT}
        text = json.dumps({**content, "lessons": self._done}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        try:
            _replace(self.path, text)
        except OSError as error:
            self._cannot("write", error)

    def _cannot(self, what: str, error: OSError) -> None:
        self.problem = (
            f"Expected to {what} progress in {self.path}, found: {error}; it is kept until this notebook closes. "
            f"Name another file in the environment variable {VARIABLE}."
        )


def _replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


def _checked(data: Any) -> dict[str, dict[str, dict[str, str]]]:
    """The lessons of the file. Raises ``ValueError`` if it has another form."""
    lessons = data.get("lessons") if isinstance(data, dict) else None
    if not isinstance(lessons, dict):
        message = "no lessons in it"
        raise ValueError(message)  # noqa: TRY004 -- what is wrong is the file's content
    found: dict[str, dict[str, dict[str, str]]] = {}
    for lesson, kinds in lessons.items():
        for kind, items in _pairs(kinds):
            for item, answer in _pairs(items):
                found.setdefault(lesson, {}).setdefault(kind, {})[item] = str(answer)
    return found


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        message = f"{value!r} where names were expected"
        raise ValueError(message)  # noqa: TRY004 -- see above
    return list(value.items())
