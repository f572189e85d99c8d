"""What a lesson says apart from its cells: questions with their options, what its checks answer, hints.

All of it stands in one place for each lesson, ``texts/NN-name.yaml``, in English; ``catalogue`` has it in other
languages, string by string. A gap (``{minutes}``) is filled from the run.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from labkit.lessons.markdown_blocks import translated, words
from labkit.simulation.misuse import MisuseError

TEXTS = Path(__file__).parent / "texts"
LETTERS = "abcdefgh"
HINTS = 3
"""From a nudge to the answer."""

NO_WORDS = frozenset({"chapter"})
"""What is a number of the book's, not language."""

Translate = Callable[[str], str]
Gaps = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question. ``letter``: a, b, c … in their order; ``reason``: why it is right or not (quiz)."""

    id: str
    letter: str
    text: str
    reason: str = ""
    right: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its options; ``because`` explains what the run showed (predictions)."""

    id: str
    text: str
    options: tuple[Option, ...]
    because: str = ""

    def option(self, answer: str) -> Option:
        """The option with this letter or id. Raises ``MisuseError`` if there is none."""
        for option in self.options:
            if answer.strip().strip("()").lower() in {option.letter, option.id.lower()}:
                return option
        letters = ", ".join(option.letter for option in self.options)
        message = f"Expected one of the letters {letters} as the answer to {self.id!r}, found {answer!r}."
        raise MisuseError(message)


@dataclass(frozen=True, slots=True)
class Exercise:
    """What a check answers: ``passed``, or one of ``not_yet`` (by the name of what was found), and three ``hints``."""

    id: str
    passed: str
    not_yet: Mapping[str, str]
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LessonText:
    """All texts of one lesson, by their ids. ``name``: the name of its notebook, such as ``01-iam-terms``."""

    name: str
    title: str
    chapter: str
    minutes: int
    predictions: Mapping[str, Question]
    exercises: Mapping[str, Exercise]
    quiz: Mapping[str, Question]


def fill(text: str, gaps: Gaps) -> str:
    """The text with its gaps filled; braces that name no gap stay as they are.

    >>> fill('After {minutes} min: {"a": 1}', {"minutes": 4})
    'After 4 min: {"a": 1}'
    """
    for name, value in gaps.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def lesson_names(folder: Path = TEXTS) -> list[str]:
    """The names of all lessons that have texts, in order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def find_lesson(beginning: str, folder: Path = TEXTS) -> str:
    """The whole name of the lesson whose name begins so (``"06"``). Raises ``MisuseError`` if none does, or several."""
    names = lesson_names(folder)
    found = [name for name in names if name.startswith(str(beginning))]
    if len(found) != 1 or not beginning:
        numbers = ", ".join(name.split("-")[0] for name in names)
        message = f"Expected the number of a lesson ({numbers}), found {beginning!r}; its notebook's name begins so."
        raise MisuseError(message)
    return found[0]


def read_lesson(name: str, translate: Translate = str, folder: Path = TEXTS) -> LessonText:
    """The texts of the lesson ``name``, each string as ``translate`` gives it.

    Raises ``MisuseError`` if something in the file is missing or is not what it should be.
    """
    data = _translated(_raw(folder / f"{name}.yaml"), translate)
    where = f"{name}.yaml"
    return LessonText(
        name=name,
        title=_take(data, "title", str, where),
        chapter=_take(data, "chapter", str, where),
        minutes=_take(data, "minutes", int, where),
        predictions={key: _prediction(key, value, where) for key, value in data.get("predictions", {}).items()},
        exercises={key: _exercise(key, value, where) for key, value in data.get("exercises", {}).items()},
        quiz={key: _quiz(key, value, where) for key, value in data.get("quiz", {}).items()},
    )


def strings(name: str, folder: Path = TEXTS) -> Iterator[str]:
    """Every piece of a lesson's texts that has to be translated, in the order of the file."""
    yield from _leaves(_raw(folder / f"{name}.yaml"))


@lru_cache
def _raw(path: Path) -> dict[str, Any]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        message = f"Expected {path.name} to hold a title, minutes, predictions, exercises and a quiz; found {data!r}."
        raise MisuseError(message)
    return data


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in NO_WORDS:
                yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield from words(value)


def _translated(value: Any, translate: Translate) -> Any:
    if isinstance(value, dict):
        return {key: inner if key in NO_WORDS else _translated(inner, translate) for key, inner in value.items()}
    if isinstance(value, list):
        return [_translated(inner, translate) for inner in value]
    return translated(value, translate) if isinstance(value, str) else value


def _take(data: Any, key: str, kind: type, where: str) -> Any:
    found = data.get(key) if isinstance(data, dict) else data
    if not isinstance(found, kind):
        message = f"Expected {key} in {where} to be of type {kind.__name__}, found {found!r}; see CONTRIBUTING.md."
        raise MisuseError(message)
    return found


def _prediction(key: str, data: Any, where: str) -> Question:
    where = f"prediction {key!r} of {where}"
    options = _take(data, "options", dict, where)
    return Question(
        id=key,
        text=_take(data, "question", str, where),
        options=tuple(
            Option(id=option, letter=letter, text=_take(options, option, str, where))
            for letter, option in zip(LETTERS, options, strict=False)
        ),
        because=_take(data, "because", str, where),
    )


def _exercise(key: str, data: Any, where: str) -> Exercise:
    where = f"exercise {key!r} of {where}"
    hints = tuple(_take(data, "hints", list, where))
    if len(hints) != HINTS:
        message = f"Expected three hints for {where}, from a nudge to the answer; found {len(hints)}."
        raise MisuseError(message)
    return Exercise(key, _take(data, "passed", str, where), _take(data, "not_yet", dict, where), hints)


def _quiz(key: str, data: Any, where: str) -> Question:
    where = f"quiz question {key!r} of {where}"
    options = tuple(
        Option(
            id=letter,
            letter=letter,
            text=_take(option, "text", str, where),
            reason=_take(option, "reason", str, where),
            right=bool(option.get("right", False)),
        )
        for letter, option in zip(LETTERS, _take(data, "options", list, where), strict=False)
    )
    if sum(option.right for option in options) != 1:
        message = f"Expected one option of {where} to be right, found {sum(option.right for option in options)}."
        raise MisuseError(message)
    return Question(id=key, text=_take(data, "question", str, where), options=options)
