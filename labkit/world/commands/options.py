"""How most programs read their arguments: short options may be joined, ``--`` ends them (getopt(3))."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parsed:
    """``flags``: options given, long ones by their whole word; ``values``: those with one; ``operands``: the rest."""

    flags: frozenset[str]
    operands: list[str]
    values: dict[str, str] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(name in self.flags or name in self.values for name in names)

    def value(self, *names: str) -> str | None:
        """The value of the first of these options that was given."""
        return next((self.values[name] for name in names if name in self.values), None)


def parse(arguments: Sequence[str], *, taking: str = "", long_taking: Sequence[str] = ()) -> Parsed:
    """Splits arguments; ``taking``: the letters whose option takes a value, ``long_taking``: the long words that do.

    >>> parse(["-rf", "-m", "755", "a", "--", "-b"], taking="m").operands
    ['a', '-b']
    """
    words, flags, operands = list(arguments), set[str](), []
    values: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word == "--":
            operands += words
            break
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if equals:
                values[name] = value
            elif name in long_taking and words:
                values[name] = words.pop(0)
            else:
                flags.add(name)
        elif word.startswith("-") and word != "-":
            _letters(word[1:], words, taking, flags, values)
        else:
            operands.append(word)
    return Parsed(frozenset(flags), operands, values)


def _letters(letters: str, words: list[str], taking: str, flags: set[str], values: dict[str, str]) -> None:
    for at, letter in enumerate(letters):
        if letter not in taking:
            flags.add(letter)
        else:
            rest = letters[at + 1 :]
            values[letter] = rest or (words.pop(0) if words else "")
            return
