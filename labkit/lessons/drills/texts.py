"""The words of the drills: ``texts.yaml``, in English; ``catalogue`` has them in other languages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from labkit.lessons.lesson_text import Translate
from labkit.lessons.markdown_blocks import translated, words

PLACE = Path(__file__).parent / "texts.yaml"


@dataclass(frozen=True, slots=True)
class DrillText:
    """What is said about one incident.

    ``report``: what somebody saw. ``hints``: from a nudge to the answer. ``broken``, ``found``, ``prevented``: what the
    debriefing says was broken, how it could have been found, and what to do so that it does not happen again.
    """

    report: str
    hints: tuple[str, ...]
    broken: str
    found: str
    prevented: str


@dataclass(frozen=True, slots=True)
class DrillTexts:
    """``words``: what all drills say. ``not_yet``: what judging finds, by its name. ``drills``: by incident."""

    words: Mapping[str, str]
    not_yet: Mapping[str, str]
    drills: Mapping[str, DrillText]


def read_texts(translate: Translate = str) -> DrillTexts:
    """The words of all drills. ``translate``: sentence by sentence."""
    data = _translated(_raw(), translate)
    return DrillTexts(
        words=data["words"],
        not_yet=data["not_yet"],
        drills={id_: DrillText(**{**text, "hints": tuple(text["hints"])}) for id_, text in data["drills"].items()},
    )


def strings() -> Iterator[str]:
    """All of them, to be translated."""
    yield from _leaves(_raw())


@lru_cache
def _raw() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
    return data


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from words(value)
    else:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)


def _translated(value: Any, translate: Translate) -> Any:
    if isinstance(value, dict):
        return {key: _translated(inner, translate) for key, inner in value.items()}
    if isinstance(value, list):
        return [_translated(inner, translate) for inner in value]
    return translated(value, translate)
