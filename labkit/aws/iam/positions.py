"""Where each statement stands in the text of its policy: line and column, as the policy simulator tells it.

IAM API Reference, Statement and Position: "the location of a character", both counted from 1. AWS doesn't say which
character; here the start is a statement's opening brace, the end its closing one.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

BLANK = " \t\r\n"
DECODER = json.JSONDecoder()


class Position(NamedTuple):
    """A character's place."""

    line: int
    column: int


@lru_cache(maxsize=512)
def statement_positions(text: str) -> tuple[tuple[Position, Position], ...]:
    """Start and end of every statement of a valid policy.

    >>> statement_positions('{"Statement": {"Effect": "Allow"}}')
    ((Position(line=1, column=15), Position(line=1, column=33)),)
    """
    return tuple((_position(text, begin), _position(text, end - 1)) for begin, end in _spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # past the colon
        if key == "Statement":
            yield from _elements(text, at)
        _, at = DECODER.raw_decode(text, at)
        at = _past_comma(text, at)


def _elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    if text[at] != "[":
        yield at, DECODER.raw_decode(text, at)[1]
        return
    at = _skip(text, at + 1)
    while text[at] != "]":
        begin = at
        _, at = DECODER.raw_decode(text, at)
        yield begin, at
        at = _past_comma(text, at)


def _skip(text: str, at: int) -> int:
    while text[at] in BLANK:
        at += 1
    return at


def _past_comma(text: str, at: int) -> int:
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _position(text: str, at: int) -> Position:
    return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
