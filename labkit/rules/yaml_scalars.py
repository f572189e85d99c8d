"""What a plain YAML word means to Psych 4, the YAML reader of the Ruby the agent runs on (YAML 1.1 rules).

``no`` is false, ``0644`` is 420, ``1:30`` is 5400 (Psych's own arithmetic), ``1,000`` is 1000, ``:a`` a symbol; a
date is refused, because the agent reads AppSpec files in Psych's safe mode.
"""

import re
from typing import NoReturn

from labkit.rules.agent_errors import refuse
from labkit.rules.ruby_text import Symbol, Value, integer

_WORD = re.compile(r"[^\d.:-]?(?:[^\W\d_]|[_ \t\f\v\r!@#$%^&*(){}<>|/~;=])")
_TIME = re.compile(
    r"-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?", re.ASCII
)
_DATE = re.compile(r"\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)", re.ASCII)
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}")
_BASE_60_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][+-][0-9]+)?")
_INTEGER = re.compile(
    r"(?P<two>[-+]?0b[0-1_,]+)|(?P<eight>[-+]?0[0-7_,]+)|(?P<ten>[-+]?(?:0|[1-9](?:[0-9]|,[0-9]|_[0-9])*))"
    r"|(?P<sixteen>[-+]?0x[0-9a-fA-F_,]+)"
)
_BASES = {"two": 2, "eight": 8, "ten": 10, "sixteen": 16}
_WORDS: dict[str, bool | None] = {
    "~": None,
    "null": None,
    "yes": True,
    "true": True,
    "on": True,
    "no": False,
    "false": False,
    "off": False,
}
LONGEST_WORD = len("false")
_SPECIAL_FLOATS = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}


def plain_scalar(text: str) -> Value:
    """The value of an unquoted scalar.

    Raises AgentError: ``yaml_disallowed`` for dates and times, ``ruby`` for digits that make no number.

    >>> [plain_scalar(word) for word in ("0644", "5m", "off", "", "1.50")]
    [420, '5m', False, None, 1.5]
    """
    if not text:
        return None
    if _WORD.match(text) or "\n" in text:
        return _WORDS.get(text.lower(), text) if len(text) <= LONGEST_WORD else text
    if _TIME.fullmatch(text) or _DATE.fullmatch(text):
        message = f"The AppSpec file holds a date or time ({text}), which the agent refuses; put it in quotes."
        refuse("yaml_disallowed", message)
    if text.lower() in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[text.lower()]
    if text.startswith(":") and len(text) > 1:
        return Symbol(_unquoted(text[1:]))
    return _number(text)


def _unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "\"'"
    return name[1:-1] if quoted else name


def _number(text: str) -> Value:
    if _BASE_60.fullmatch(text):
        return sum(integer(part) * weight for part, weight in _base_60_parts(text))
    if _BASE_60_FLOAT.fullmatch(text):
        return sum(float(part) * weight for part, weight in _base_60_parts(text))
    if _FLOAT.fullmatch(text):
        return text if text.strip("+-") == "." else _float(text)
    found = _INTEGER.fullmatch(text)
    if found is None:
        return text
    base = next(_BASES[name] for name, part in found.groupdict().items() if part is not None)
    try:
        return integer(re.sub("[,_]", "", text), base)
    except ValueError:
        _no_number(text)


def _base_60_parts(text: str) -> list[tuple[str, int]]:
    # Psych weighs the parts from the left, whatever their number, so 1:30 is 5400 like 1:30:00, not 90.
    return list(zip(text.replace("_", "").split(":"), (3600, 60, 1), strict=False))


def _float(text: str) -> float:
    try:
        return float(re.sub("[,_]", "", text))
    except ValueError:
        _no_number(text)


def _no_number(text: str) -> NoReturn:
    refuse("ruby", f"The AppSpec file holds {text}, which looks like a number but is none; put it in quotes.")


def float_scalar(text: str) -> float:
    """The value of a scalar tagged ``!!float``. Raises AgentError (``ruby``) when it is no number."""
    value = plain_scalar(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        _no_number(text)
    return float(value)
