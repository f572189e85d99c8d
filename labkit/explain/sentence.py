"""Sentences that can be said in another language later: each remembers its template and what fills the gaps.

A ``Sentence`` is its English text, a ``str`` like any other. ``in_words`` says it in the language of ``translate``, gap
by gap; what nobody has translated stays English.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from string import Formatter
from typing import Any, Self

Translate = Callable[[str], str]
"""Gives a template in another language, or the template itself."""


def untranslated(template: str) -> str:
    """English."""
    return template


class _Filling(Formatter):
    """Python's own format strings, and ``{who:capital}``: what fills the gap begins the sentence."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec != "capital":
            return str(super().format_field(value, format_spec))
        words = str(value)
        return words[:1].upper() + words[1:]


_FILLING = _Filling()


class Sentence(str):
    """``template`` with its ``gaps`` filled; a gap may hold a sentence of its own."""

    __slots__ = ("gaps", "template")
    gaps: Mapping[str, object]
    template: str

    def __new__(cls, template: str, gaps: Mapping[str, object]) -> Self:
        """The English text."""
        sentence = super().__new__(cls, _FILLING.vformat(template, (), gaps))
        sentence.template, sentence.gaps = template, gaps
        return sentence

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        """What ``copy`` and ``pickle`` make it from again."""
        return self.template, self.gaps


def said(template: str, /, **gaps: object) -> Sentence:
    """A sentence. ``template`` is a literal, so that ``labkit.authoring extract`` finds it for the translators.

    >>> sentence = said("{who:capital} may {action}.", who=said("the user {name}", name="ann"), action="s3:GetObject")
    >>> sentence
    'The user ann may s3:GetObject.'
    >>> in_words(sentence, lambda template: {"the user {name}": "{name} 사용자"}.get(template, template))
    'Ann 사용자 may s3:GetObject.'
    """
    return Sentence(template, gaps)


def chained(template: str, /, parts: Iterable[str]) -> str:
    """Several names as one, two at a time; ``template`` is a literal with ``first`` and ``second``.

    >>> chained("{first} or {second}", ["a", "b", "c"])
    'a or b or c'
    """
    return reduce(lambda first, second: Sentence(template, {"first": first, "second": second}), parts)


def verbatim(words: str) -> Sentence:
    """Words that are the same in every language, such as a name."""
    return Sentence("{words}", {"words": words})


def in_turn(first: Sentence, second: Sentence) -> Sentence:
    """One sentence after the other."""
    return Sentence("{first} {second}", {"first": first, "second": second})


def in_words(words: str, translate: Translate) -> str:
    """The sentence in another language; words that are no sentence, such as AWS's own, stay as they are."""
    if not isinstance(words, Sentence):
        return words
    gaps = {name: in_words(gap, translate) if isinstance(gap, str) else gap for name, gap in words.gaps.items()}
    return _FILLING.vformat(translate(words.template), (), gaps)
