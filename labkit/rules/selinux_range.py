"""The ``range`` of AppSpec's SELinux ``context``: ``s#[-s#][:c#[.c#](,c#[.c#])*]``.

AWS page "AppSpec 'permissions' section"; the bare texts of the refusals are the agent's.
"""

from labkit.rules.agent_errors import FAILED, refuse
from labkit.rules.ruby_text import integer

MAX_CATEGORY = 1023


def parse_range(text: str) -> str:
    """The range in its shortest form. Raises AgentError (``validation``).

    >>> parse_range("s0-s0:c3,c1,c2")
    's0:c1.c3'
    """
    levels, _, categories = _halves(text, ":")
    low_text, dash, high_text = _halves(levels, "-")
    low = _number(low_text, "s", "sensitivity")
    high = _number(high_text, "s", "sensitivity") if dash else low
    if high < low:
        refuse(
            "validation",
            f"{FAILED}of a problem with the SELinux range specified ({text}) for the context parameter in the "
            "permissions section of the application specification file. Make corrections in the permissions section of "
            "the AppSpec file, and then try again.",
        )
    shortest = f"s{low}" if low == high else f"s{low}-s{high}"
    return f"{shortest}:{_spans(_categories(categories))}" if categories else shortest


def _halves(text: str, separator: str) -> tuple[str, str, str]:
    left, found, right = text.partition(separator)
    if not left or (found and not right):
        refuse("validation", f"invalid range part {text}")
    return left, found, right


def _number(text: str, letter: str, what: str) -> int:
    digits = text[1:]
    if not text.startswith(letter) or not (digits.isascii() and digits.isdigit()):
        refuse("validation", f"invalid {what} {text}")
    return integer(digits)


def _categories(text: str) -> list[int]:
    numbers: set[int] = set()
    duplicated = False
    for part in text.rstrip(",").split(",") if text.strip(",") else []:
        span = _span(part)
        duplicated = duplicated or not numbers.isdisjoint(span)
        numbers.update(span)
    if duplicated:
        refuse("validation", "duplicate categories")
    return sorted(numbers)


def _span(part: str) -> range:
    if "." not in part:
        number = _category(part)
        return range(number, number + 1)
    low_text, _, high_text = _halves(part, ".")
    low, high = _category(low_text), _category(high_text)
    if high < low:
        refuse("validation", f"invalid category range {low_text}.{high_text}")
    return range(low, high + 1)


def _category(text: str) -> int:
    number = _number(text, "c", "category")
    if number > MAX_CATEGORY:
        refuse("validation", f"invalid category {text}")
    return number


def _spans(numbers: list[int]) -> str:
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return ",".join(f"c{low}" if low == high else f"c{low}.c{high}" for low, high in spans)
