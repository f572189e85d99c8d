"""An explanation as text for a terminal: AWS's words, the numbered chain with its evidence, the fix."""

from collections.abc import Iterator
from textwrap import indent, wrap
from unicodedata import east_asian_width

from labkit.explain import headings
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.sentence import Translate, in_words
from labkit.explain.translated import translated

WIDTH = 100
"""Sentences are wrapped at so many columns; commands and quotations never are."""
WIDE = ("W", "F")
"""Letters that take two columns, by Unicode's East Asian width; Hangul is among them."""


def text(explanation: Explanation, translate: Translate) -> str:
    """All of ``explanation`` in the language of ``translate``; what else is wrong follows in the same form."""
    return "\n".join(_lines(translated(explanation, translate), translate))


def prompt(evidence: Evidence) -> str:
    """What stands before a command: Python's prompt, or the instance's (``i-0abc$``)."""
    return ">>> " if evidence.on is None else f"{evidence.on}$ "


def _lines(explanation: Explanation, translate: Translate) -> Iterator[str]:
    yield from wrap(explanation.title, _width(explanation.title))
    if explanation.aws_says:
        yield ""
        yield f"{in_words(headings.AWS_SAYS, translate)}:"
        yield indent(explanation.aws_says, "    ")
    yield ""
    yield f"{in_words(headings.CHAIN, translate)}:"
    for number, link in enumerate(explanation.links, start=1):
        yield from _link(number, link)
    yield ""
    yield from _wrapped(f"{in_words(headings.FIX, translate)}: ", explanation.fix)
    if explanation.fix_command is not None:
        yield indent(explanation.fix_command, "    ")
    if explanation.question is not None:
        yield ""
        yield from _wrapped(f"{in_words(headings.QUESTION, translate)}: ", explanation.question)
    for other in explanation.others:
        yield ""
        yield f"{in_words(headings.ALSO_WRONG, translate)}:"
        yield indent("\n".join(_lines(other, translate)), "  ")


def _link(number: int, link: Link) -> Iterator[str]:
    yield from _wrapped(f"{number}. ", link.says)
    for evidence in link.evidence:
        yield from _quoted(evidence)
        if evidence.note:
            yield from wrap(evidence.note, _width(evidence.note), initial_indent=" " * 7, subsequent_indent=" " * 7)
        yield indent(f"{prompt(evidence)}{evidence.command}", "       ")


def _wrapped(before: str, sentence: str) -> list[str]:
    width, after = _width(sentence), " " * _columns(before)
    return wrap(sentence, width, initial_indent=before, subsequent_indent=after, break_on_hyphens=False)


def _width(sentence: str) -> int:
    """How many of its letters a line takes."""
    return WIDTH * len(sentence) // _columns(sentence)


def _columns(words: str) -> int:
    return sum(2 if east_asian_width(letter) in WIDE else 1 for letter in words)


def _quoted(evidence: Evidence) -> Iterator[str]:
    """Where it was found and what stands there, which a statement of a policy does in lines of its own."""
    if "\n" in evidence.shows:
        yield f"     {evidence.where}:"
        yield indent(evidence.shows, " " * 9)
    else:
        yield f"     {evidence.where}" + (f": {evidence.shows}" if evidence.shows else "")
