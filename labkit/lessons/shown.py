"""What the cell of a lesson shows: the same words as plain text and as HTML that needs no script.

HTML takes JupyterLab's own colours, light and dark, and says by a word what a colour says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.lessons import markup

GOOD, OPEN = "good", "open"
COLORS = {
    GOOD: "var(--jp-success-color1, #2e7d32)",
    OPEN: "var(--jp-warn-color1, #b35900)",
    "": "var(--jp-border-color1, #8a8f98)",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what is shown. ``label``: a word before it.

    ``folded``: opens on request in HTML, and is left out of plain text; ``plain_only``: the other way round.
    """

    text: str
    label: str = ""
    folded: bool = False
    plain_only: bool = False


class Shown:
    """A small card. ``language``: its words' (``en``); ``tone``: good, open or neither (empty)."""

    def __init__(self, parts: Sequence[Part], language: str, tone: str = "") -> None:
        self.parts = tuple(parts)
        self.language = language
        self.tone = tone

    def __repr__(self) -> str:
        return "\n".join(_line(part) for part in self.parts if not part.folded)

    def _repr_html_(self) -> str:
        style = f"border-left:4px solid {COLORS[self.tone]};padding:1px 0 1px 12px;margin:4px 0;max-width:72ch"
        body = "".join(_html(part) for part in self.parts if not part.plain_only)
        return f'<div lang="{self.language}" style="{style}">{body}</div>'


class CheckResult(Shown):
    """What ``lesson.check`` shows. ``passed``: whether the exercise is solved."""

    def __init__(self, parts: Sequence[Part], language: str, *, passed: bool) -> None:
        super().__init__(parts, language, GOOD if passed else OPEN)
        self.passed = passed


def _line(part: Part) -> str:
    text = markup.plain(part.text)
    if not part.label:
        return text
    return f"{part.label}:\n{text}" if "\n" in text else f"{part.label}: {text}"


def _html(part: Part) -> str:
    if part.folded:
        return f"<details><summary>{markup.inline_html(part.label)}</summary>{markup.html(part.text)}</details>"
    if not part.label:
        return markup.html(part.text)
    label = f"<strong>{markup.inline_html(part.label)}</strong>"
    body = markup.html(part.text)
    return body.replace("<p>", f"<p>{label}: ", 1) if body.startswith("<p>") else f"<p>{label}:</p>{body}"
