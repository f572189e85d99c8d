"""What a script has to be told before bashkit runs it: where its background children are, and who it is.

bashkit runs ``command &`` at once and in the foreground, numbers every process 1 and every user 1000. So a script is
read once, command by command, and only these places are changed, all within their line:

- ``list &`` is put between two calls of ``__child``, which give the child a timeline of its own;
- ``$$``, ``$!``, ``$0``, ``$PPID``, ``$UID`` and ``$EUID`` become variables that hold the lab's values;
- a command named by a path goes through ``__exec``, which knows what stands there; one named by a variable through
  ``__run``, which does the same when it turns out to be a path; ``exec program`` through ``__replace``; a name that
  bash does not know through ``__call``, because it may be a function and bashkit's complaint is not bash's;
- ``exec > >(tee FILE)``, the usual way to keep a log of user data, becomes ``exec > FILE``.

The texts of ``eval``, of traps and of sourced files are read in the same way when they are met. Left as they are, and
therefore simplified: command substitutions in here-documents and in backquotes; within a background child ``set -e``
does not end it. A script that does not follow bash's grammar is left alone: bash itself says what is wrong.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.world.shell.reader import Reader
from labkit.world.shell.words import NotUnderstoodError

_TEE = re.compile(r"""^(\s*exec\s+)(1?>)\s*>\(\s*(?:sudo\s+)?tee\s+(-a\s+)?([^\s|;&)]+)[^)]*\)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """A script made ready. ``lines``: the first line on which each literal command stands."""

    text: str
    lines: dict[str, int] = field(default_factory=dict)


@lru_cache(maxsize=512)
def prepare(text: str, known: frozenset[str]) -> Script:
    """``text`` with the places above changed; the text itself where it cannot be understood.

    ``known``: the names that bash itself answers as it should; every other one goes through ``__call``.
    """
    plain = _TEE.sub(lambda found: f"{found[1]}{'>>' if found[3] else '>'} {found[4]}", text)
    reader = Reader(plain, known)
    try:
        return Script(reader.read(), reader.lines)
    except NotUnderstoodError:
        return Script(plain)
