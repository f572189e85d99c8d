"""An SVG picture made of boxes, arrows and words: with a title and a description, on a card of its own.

A notebook shows it through ``<img>``, where the page's colours don't reach; so it brings a page, light or dark.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Literal

Tone = Literal["plain", "policy", "who", "role", "aws", "bad", "good", "used-in-place", "used-blue-green"]

Translate = Callable[[str], str]

Box = tuple[float, float, float, float]
"""x, y, width, height."""

LINE_PX = 19
STYLE = """
    svg { color-scheme: light dark; font: 14px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
    .page { fill: #ffffff; stroke: #d5dbe2; }
    text { fill: #1b222b; }
    .soft { fill: #4c5664; font-size: 13px; } .small { font-size: 12px; }
    .head { font-size: 17px; font-weight: 600; }
    .name { font-weight: 600; }
    .code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12.5px; }
    .box { fill: #f5f7f9; stroke: #7b8794; stroke-width: 1.5; }
    .policy { fill: #fdf1d6; stroke: #b07800; } .who { fill: #e3f1fa; stroke: #0072b2; }
    .role { fill: #dff3ec; stroke: #00805d; } .aws { fill: #f6e6f0; stroke: #a94c83; }
    .bad { fill: #fbe6e7; stroke: #b3202c; } .good { fill: #dff3ec; stroke: #00805d; }
    .used-in-place { fill: #0072b2; stroke: #0072b2; } .used-blue-green { fill: #00805d; stroke: #00805d; }
    .arrow { stroke: #4c5664; stroke-width: 1.6; fill: none; } .tip { fill: #4c5664; }
    .dashed { stroke-dasharray: 5 4; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #16191d; stroke: #414a55; } text { fill: #e8ecf1; } .soft { fill: #b4bdc9; }
      .box { fill: #20262d; stroke: #8b97a5; }
      .policy { fill: #3a2f14; stroke: #f0b03a; } .who { fill: #14303f; stroke: #56a8e0; }
      .role { fill: #12352b; stroke: #2fbf94; } .aws { fill: #3b2333; stroke: #dd8fbd; }
      .bad { fill: #40191c; stroke: #ff7a70; } .good { fill: #12352b; stroke: #2fbf94; }
      .used-in-place { fill: #56a8e0; stroke: #56a8e0; } .used-blue-green { fill: #2fbf94; stroke: #2fbf94; }
      .arrow { stroke: #b4bdc9; } .tip { fill: #b4bdc9; }
    }
"""


class Canvas:
    """A picture of ``width`` by ``height`` units; ``title`` and ``description`` are what a screen reader says.

    ``translate``: every line of text goes through it.
    """

    def __init__(self, width: int, height: int, title: str, description: str, translate: Translate = str) -> None:
        self._size = (width, height)
        self._translate = translate
        self._head = f"<title>{escape(translate(title))}</title>\n  <desc>{escape(translate(description))}</desc>"
        self._parts: list[str] = []

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """One line of text whose baseline begins (or is centred: ``middle``) at (x, y)."""
        shown = escape(self._translate(words))
        self._parts.append(f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{shown}</text>')

    def lines(self, x: float, y: float, texts: Sequence[str], kind: str = "", anchor: str = "start") -> None:
        """Lines below each other."""
        for place, words in enumerate(texts):
            self.text(x, y + place * LINE_PX, words, kind, anchor)

    def box(self, x: float, y: float, width: float, height: float, tone: Tone = "plain") -> None:
        """A box with round corners."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="9" class="box {tone}"/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, tone: Tone) -> None:
        """A bar of a chart."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2" class="box {tone}"/>'
        )

    def named(self, place: Box, name: str, about: Sequence[str], tone: Tone) -> None:
        """A box with its name and what it is."""
        x, y, *_ = place
        self.box(*place, tone)
        self.text(x + 14, y + 25, name, "name")
        self.lines(x + 14, y + 25 + LINE_PX, about, "soft")

    def arrow(self, points: Sequence[tuple[float, float]], *, dashed: bool = False) -> None:
        """A line through the points, with a tip at its end."""
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        kind = "arrow dashed" if dashed else "arrow"
        self._parts.append(f'<path d="M{path}" class="{kind}" marker-end="url(#tip)"/>')

    def svg(self) -> str:
        """The file."""
        width, height = self._size
        body = "\n  ".join(self._parts)
        tip = (
            '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            'orient="auto-start-reverse"><path d="M0 0L10 5L0 10Z" class="tip"/></marker>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img">\n  {self._head}\n  <style>{STYLE}  </style>\n  <defs>{tip}</defs>\n'
            f'  <rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="12" class="page"/>\n  {body}\n'
            "</svg>\n"
        )
