"""Policy variables: text with ``${aws:username}`` in it, and what stands there for one request.

IAM User Guide, "IAM policy elements: Variables and tags". Only version 2012-10-17 knows variables. A variable may have
a default (``${aws:username, 'anonymous'}``); ``${*}``, ``${?}`` and ``${$}`` stand for the character itself. A key with
several values can't be a variable, so it counts as missing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

VARIABLE = re.compile(r"\$\{\s*(?:([*?$])|([^},']+?)\s*(?:,\s*'([^']*)')?)\s*\}")

ContextValues = Mapping[str, tuple[str, ...]]
"""A request's condition keys in lower case, each with its values."""


class Literal(NamedTuple):
    """Text that means itself, wildcards included: ``${*}``, or a value that was filled in."""

    text: str


class Variable(NamedTuple):
    """``key`` in lower case; ``default`` is None if the policy gives none."""

    key: str
    default: str | None


Piece = str | Literal | Variable
"""A str may hold wildcards."""


def parse(text: str) -> tuple[Piece, ...]:
    """The pieces of ``text``; anything that is no variable stays as it is.

    >>> parse("home/${aws:username}/*")
    ('home/', Variable(key='aws:username', default=None), '/*')
    """
    pieces: list[Piece] = []
    end = 0
    for found in VARIABLE.finditer(text):
        pieces.append(text[end : found.start()])
        special, key, default = found.groups()
        pieces.append(Literal(special) if special else Variable(key.lower(), default))
        end = found.end()
    pieces.append(text[end:])
    return tuple(piece for piece in pieces if piece != "")


class Template(NamedTuple):
    """A text with special pieces in it, and the variables among them in their order."""

    text: str
    pieces: tuple[Piece, ...]
    variables: tuple[Variable, ...]

    def values(self, context: ContextValues) -> tuple[str, ...] | None:
        """What the variables stand for in a request; None if one has neither a value nor a default."""
        found = []
        for key, default in self.variables:
            values = context.get(key, ())
            value = values[0] if len(values) == 1 else default
            if value is None:
                return None
            found.append(value)
        return tuple(found)

    def resolved(self, context: ContextValues) -> str | None:
        """The text with its variables replaced; None if one can't be."""
        values = self.values(context)
        return None if values is None else as_text(fill_in(self.pieces, values))


def template(text: str) -> Template | None:
    """The template in ``text``; None if there is nothing special in it."""
    pieces = parse(text)
    if all(isinstance(piece, str) for piece in pieces):
        return None
    return Template(text, pieces, tuple(piece for piece in pieces if isinstance(piece, Variable)))


def fill_in(pieces: Sequence[Piece], values: Sequence[str]) -> tuple[str | Literal, ...]:
    """The pieces with each variable replaced by its value (there are as many)."""
    following = iter(values)
    return tuple(Literal(next(following)) if isinstance(piece, Variable) else piece for piece in pieces)


def as_text(pieces: Sequence[str | Literal]) -> str:
    """Filled-in pieces as one text."""
    return "".join(piece.text if isinstance(piece, Literal) else piece for piece in pieces)
