"""An explanation as text for a terminal: AWS's words, the numbered chain with its evidence, the fix."""

from collections.abc import Iterator
from textwrap import indent, wrap

from labkit.explain.chain import Evidence, Explanation, Link

WIDTH = 100
"""Sentences are wrapped at so many characters; commands and quotations never are."""


def text(explanation: Explanation) -> str:
    """All of ``explanation``; what else is wrong follows in the same form."""
    return "\n".join(_lines(explanation))


def prompt(evidence: Evidence) -> str:
    """What stands before a command: Python's prompt, or the instance's (``i-0abc$``)."""
    return ">>> " if evidence.on is None else f"{evidence.on}$ "


def _lines(explanation: Explanation) -> Iterator[str]:
    yield from wrap(explanation.title, WIDTH)
    if explanation.aws_says:
        yield ""
        yield "AWS says:"
        yield indent(explanation.aws_says, "    ")
    yield ""
    yield "From what one sees to the cause:"
    for number, link in enumerate(explanation.links, start=1):
        yield from _link(number, link)
    yield ""
    yield from _wrapped("Fix: ", explanation.fix)
    if explanation.fix_command is not None:
        yield indent(explanation.fix_command, "    ")
    if explanation.question is not None:
        yield ""
        yield from _wrapped("To be sure, ask: ", explanation.question)
    for other in explanation.others:
        yield ""
        yield "Also wrong:"
        yield indent(text(other), "  ")


def _link(number: int, link: Link) -> Iterator[str]:
    yield from _wrapped(f"{number}. ", link.says)
    for evidence in link.evidence:
        yield from _quoted(evidence)
        if evidence.note:
            yield from wrap(evidence.note, WIDTH, initial_indent=" " * 7, subsequent_indent=" " * 7)
        yield indent(f"{prompt(evidence)}{evidence.command}", "       ")


def _wrapped(before: str, sentence: str) -> list[str]:
    return wrap(sentence, WIDTH, initial_indent=before, subsequent_indent=" " * len(before), break_on_hyphens=False)


def _quoted(evidence: Evidence) -> Iterator[str]:
    """Where it was found and what stands there, which a statement of a policy does in lines of its own."""
    if "\n" in evidence.shows:
        yield f"     {evidence.where}:"
        yield indent(evidence.shows, " " * 9)
    else:
        yield f"     {evidence.where}" + (f": {evidence.shows}" if evidence.shows else "")
