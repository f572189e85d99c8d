"""Rules: each looks at facts and, if it holds, finds a link of the chain and what follows from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from labkit.explain.chain import Link
from labkit.explain.sentence import Sentence

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Finding:
    """The rest of a chain: its ``links`` up to the root cause, and what to do about that."""

    links: tuple[Link, ...]
    fix: Sentence
    fix_command: str | None = None
    question: Sentence | None = None

    @property
    def root_id(self) -> str:
        """The stable name of the root cause."""
        return self.links[-1].id

    def after(self, *links: Link) -> "Finding":
        """The same finding with the links that led to it."""
        return replace(self, links=(*links, *self.links))


Rule = Callable[[Facts], Finding | None]
"""A rule holds if it finds something; the order of a table says which is asked first."""


def first(rules: Sequence[Rule[Facts]], facts: Facts) -> Finding | None:
    """What the first rule that holds finds; None if none does."""
    return next((found for rule in rules if (found := rule(facts)) is not None), None)


def root(link: Link, fix: Sentence, fix_command: str | None = None, question: Sentence | None = None) -> Finding:
    """A finding that is the root cause itself."""
    return Finding((link,), fix, fix_command, question)
