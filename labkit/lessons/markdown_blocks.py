"""Markdown in pieces that are translated one by one: headings, paragraphs, list items, rows of tables.

Code between fences, lines of HTML and the rules of tables belong to no language.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MARKS = re.compile(r"^(?P<mark>(?:\s*>\s?)*(?:#{1,6}\s+|\s*(?:[-*+]|\d+\.)\s+)?)(?P<text>.*)$")
_FENCE = re.compile(r"^(?:\s*>\s?)*\s*(```|~~~)")
_VERBATIM = re.compile(r"^(?:\s*>\s?)*\s*(?:$|<[^>]*>\s*$|\|[\s|:-]+\|\s*$|\$\$)")
_ITEM = re.compile(r"^(?:\s*>\s?)*(?:#{1,6}\s+|\s*(?:[-*+]|\d+\.)\s+)")
_QUOTE = re.compile(r"^(?:\s*>\s?)*")
_ROW = re.compile(r"^(?:\s*>\s?)*\|")


@dataclass(frozen=True, slots=True)
class Block:
    """``mark`` (``## ``, ``- ``, ``> ``) stays before ``text`` in every language; ``words``: the text is language."""

    mark: str
    text: str
    words: bool


def blocks(source: str) -> Iterator[Block]:
    """The pieces of a Markdown text; a paragraph's lines are joined."""
    fenced, open_mark, open_lines = False, "", list[str]()
    for line in source.splitlines():
        fence = bool(_FENCE.match(line))
        verbatim = fenced or fence or bool(_VERBATIM.match(line))
        if open_lines and (verbatim or _begins_anew(line, open_mark)):
            yield Block(open_mark, " ".join(open_lines), words=True)
            open_lines = []
        if fence:
            fenced = not fenced
        if verbatim:
            yield Block("", line, words=False)
        elif open_lines:
            open_lines.append(line[len(_quote(line)) :].strip())
        else:
            open_mark, text = _split(line)
            open_lines = [text.strip()]
    if open_lines:
        yield Block(open_mark, " ".join(open_lines), words=True)


def words(source: str) -> Iterator[str]:
    """The pieces of a Markdown text that are language."""
    return (block.text for block in blocks(source) if block.words)


def translated(source: str, translate: Callable[[str], str]) -> str:
    """The text with each piece of language as ``translate`` gives it; a piece becomes one line."""
    return "\n".join(f"{block.mark}{translate(block.text) if block.words else block.text}" for block in blocks(source))


def _split(line: str) -> tuple[str, str]:
    found = _MARKS.match(line)
    assert found  # noqa: S101 -- every line matches
    return found["mark"], found["text"]


def _quote(line: str) -> str:
    found = _QUOTE.match(line)
    return found.group() if found else ""


def _begins_anew(line: str, open_mark: str) -> bool:
    """Whether a line begins another piece than the one that is open."""
    heading_open = open_mark.lstrip("> ").startswith("#")
    other_depth = _quote(line).count(">") != open_mark.count(">")
    return bool(_ITEM.match(line) or _ROW.match(line)) or heading_open or other_depth
