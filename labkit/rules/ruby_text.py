"""Values as Ruby sees them: the agent is a Ruby program, and its messages show values in Ruby's text forms.

``to_s`` is what ``"#{value}"`` puts into a message, ``inspect`` what a value looks like inside a list, ``to_i`` how
text becomes a number. YAML keys may be any value; lists and maps used as keys are kept as an ``Opaque``.
"""

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from labkit.rules.agent_errors import refuse

MAX_DIGITS = 4_000
"""Ruby has no limit on integers; this keeps a hostile number from costing quadratic time."""

SMALLEST_PLAIN, LARGEST_PLAIN = 1e-4, 1e16
"""Floats from here to there are shown without an exponent."""

MAX_SHORT_CODE_POINT = 0xFFFF
"""The last one that ``\\uXXXX`` can show."""

MAX_SHOWN_DEPTH = 100

BLANKS = "\0\t\n\v\f\r "
"""What ``String#strip`` removes."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A Ruby symbol such as ``:linux``: looks like text in a message, is never equal to text."""

    name: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A list or map used as a key, known only by how Ruby shows it."""

    shown: str


Key: TypeAlias = "bool | int | float | str | Symbol | Opaque | None"
Value: TypeAlias = "Key | list[Value] | dict[Key, Value]"


def to_s(value: Value) -> str:
    """The value as Ruby interpolates it into text: nothing for null, ``["a"]`` for a list.

    >>> to_s({"a": 0.0, "b": None})
    '{"a"=>0.0, "b"=>nil}'
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Symbol):
        return value.name
    return inspect(value)


def inspect(value: Value, depth: int = 0) -> str:
    """The value as Ruby's ``inspect`` shows it (Ruby 3.1), to a bearable ``depth``.

    >>> inspect([1, "two", None, True, Symbol("s")])
    '[1, "two", nil, true, :s]'
    """
    if isinstance(value, list | dict):
        return "[...]" if depth > MAX_SHOWN_DEPTH else _collection(value, depth + 1)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Symbol):
        return ":" + (value.name if re.fullmatch(r"[^\W\d]\w*[?!=]?", value.name) else _quoted(value.name))
    if isinstance(value, Opaque):
        return value.shown
    return _plain(value)


def _collection(value: list[Value] | dict[Key, Value], depth: int) -> str:
    if isinstance(value, list):
        return "[" + ", ".join([inspect(item, depth) for item in value]) + "]"
    return "{" + ", ".join([f"{inspect(key)}=>{inspect(item, depth)}" for key, item in value.items()]) + "}"


def _plain(value: float | None) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else _float_text(value)


def _float_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 or SMALLEST_PLAIN <= abs(number) < LARGEST_PLAIN:
        return repr(number)
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\f": "\\f",
    "\v": "\\v",
    "\a": "\\a",
    "\b": "\\b",
    "\x1b": "\\e",
    "\x7f": "\\x7F",
}


def _quoted(text: str) -> str:
    pieces = []
    for place, character in enumerate(text):
        if character == "#" and text[place + 1 : place + 2] in ("{", "$", "@"):
            pieces.append("\\#")
        elif character in _ESCAPES:
            pieces.append(_ESCAPES[character])
        elif character.isprintable():
            pieces.append(character)
        else:
            pieces.append(_code_point(ord(character)))
    return '"' + "".join(pieces) + '"'


def _code_point(number: int) -> str:
    return f"\\u{number:04X}" if number <= MAX_SHORT_CODE_POINT else f"\\u{{{number:X}}}"


def strip(text: str) -> str:
    """Ruby's ``String#strip``: spaces, line ends and NULs go, other Unicode spaces stay."""
    return text.strip(BLANKS)


def integer(digits: str, base: int = 10) -> int:
    """``digits`` (already checked) as a number. Raises AgentError for absurdly long ones."""
    if len(digits) > MAX_DIGITS:
        message = f"Expected a number of at most {MAX_DIGITS} digits in the AppSpec file, found one of {len(digits)}."
        refuse("ruby", message)
    return int(digits, base)


def to_i(value: Value) -> int:
    """The value as a whole number, as Ruby's ``to_i``: ``"5m"`` is 5, ``3.7`` is 3, ``"abc"`` is 0.

    Raises TypeError for values that have no ``to_i`` (true, lists, maps, symbols) or no whole part (infinity).
    """
    if isinstance(value, bool | list | dict | Symbol | Opaque):
        raise TypeError(inspect(value))
    if isinstance(value, str):
        found = re.match(r"[\t\n\v\f\r ]*([+-]?\d+(?:_\d+)*)", value, re.ASCII)
        return integer(found[1].replace("_", "")) if found else 0
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(inspect(value))
    return int(value or 0)
