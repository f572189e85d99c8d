"""nginx's regular expressions: PCRE2's, whose search gives up when it has tried too much.

nginx, "Core functionality" (``pcre_jit``), and PCRE2's pcre2api(3), "match limit": a pattern such as ``^/(a+)+$`` takes
longer with every letter, so PCRE2 ends the search with the error -47, and nginx answers 500.
"""

from functools import lru_cache
from typing import Any

import regex

LONGEST_SEARCH_S = 0.5
"""Seconds of the computer, a last resort as in the shell: what needs as long would never end."""


class PatternError(ValueError):
    """The pattern is none; the message says why and where."""


def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """The expression. Raises ``PatternError``."""
    try:
        return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
    except regex.error as error:
        raise PatternError(str(error)) from error


@lru_cache(maxsize=4096)
def found(pattern: str, text: str, *, ignore_case: bool = False) -> bool | None:
    """Whether ``pattern`` is found in ``text``; None if the search gave up. Raises ``PatternError``.

    >>> found("[.]php$", "/index.php"), found("^/(a|aa)+$", "/" + 60 * "a" + "!")
    (True, None)
    """
    try:
        return compiled(pattern, ignore_case=ignore_case).search(text, timeout=LONGEST_SEARCH_S) is not None
    except TimeoutError:
        return None
