"""Deployments one above the other on one time axis (SVG): who answered, and how many could.

Each has two bands: the share of each version among the answers, and below it how many instances answered without an
error, with the promised minimum as a line. Time begins for all of them with CreateDeployment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain

from labkit.view.compare_words import LABELS
from labkit.view.measures import capacity, minutes_and_seconds
from labkit.view.palette import ERROR, SQUARE
from labkit.view.replay import ERRORS, shares
from labkit.view.still import version_order
from labkit.view.trace_types import Trace
from labkit.view.words import Words

WIDTH = 960
LEFT = 16
RIGHT = 70
TOP = 46
SHARE_HEIGHT = 34
CAPACITY_HEIGHT = 26
PITCH = 18 + SHARE_HEIGHT + 4 + CAPACITY_HEIGHT + 16
MARK = 12
"""A mark needs so much room."""
ABLE = "#566273"
PROMISE = ERROR.light
# In JupyterLab the paper and what is written on it follow the theme; elsewhere they are as on paper.
PAGE = "var(--jp-layout-color0,#fff)"
INK = "var(--jp-ui-font-color0,#1b222b)"
SOFT = "var(--jp-ui-font-color2,#566170)"
GRID = "var(--jp-border-color2,#e3e7ec)"
FONT = "12px system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
STEPS_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
MOST_TICKS = 9

NAME_LETTER = 8.2
"""Pixels that a letter of a run's bold name takes, a little too many rather than too few."""

Named = Sequence[tuple[str, Trace]]


def picture(named: Named, words: Words = LABELS) -> str:
    """The picture as SVG text; the same traces give the same text. ``named``: names and their traces."""
    frame = _Frame(max(trace["to_s"] - _zero_s(trace) for _, trace in named), TOP + len(named) * PITCH)
    most = max((row[2] for _, trace in named for row in capacity(trace)), default=0) or 1
    parts = chain(
        _axis(frame, words),
        *(_run(name, trace, TOP + place * PITCH, frame, most) for place, (name, trace) in enumerate(named)),
        _legend(named, frame.bottom + 14, words),
    )
    title, height = escape(", ".join(name for name, _ in named)), frame.bottom + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'style="max-width:100%;height:auto;font:{FONT}" role="img" aria-label="{title}"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{height}" fill="{PAGE}"/>{"".join(parts)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """The common time axis, ``span_s`` seconds from CreateDeployment; ``bottom``: where the last run ends."""

    span_s: float
    bottom: int

    def x(self, since_s: float) -> float:
        """The place of a moment so many seconds after CreateDeployment; not left of it."""
        return round(LEFT + max(since_s, 0.0) / self.span_s * (WIDTH - LEFT - RIGHT), 1)


def _zero_s(trace: Trace) -> float:
    return trace["deployment"]["created_s"]


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{INK}"{more}>{escape(text)}</text>'


def _soft(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{SOFT}" text-anchor="{anchor}">{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, color: str) -> str:
    return (
        f'<rect x="{x:g}" y="{y:.2f}" width="{max(width, 0):.1f}" height="{height:.2f}" fill="{color}" '
        'shape-rendering="crispEdges"/>'
    )


def _axis(frame: _Frame, words: Words) -> Iterator[str]:
    step_s = next((step for step in STEPS_S if frame.span_s / step <= MOST_TICKS), STEPS_S[-1])
    yield _soft(LEFT, 14, words["time"])
    for number in range(int(frame.span_s // step_s) + 1):
        x = frame.x(number * step_s)
        yield f'<path d="M{x:g} {TOP - 8}V{frame.bottom - 8}" stroke="{GRID}"/>'
        yield _soft(x, TOP - 14, minutes_and_seconds(number * step_s), "middle" if number else "start")


def _run(name: str, trace: Trace, y: float, frame: _Frame, most: int) -> Iterator[str]:
    yield _text(LEFT, y + 11, name, ' font-weight="600"')
    yield from _shares(trace, y + 18, frame)
    yield from _capacity(trace, y + 18 + SHARE_HEIGHT + 4, frame, most)
    ended_s = trace["deployment"]["ended_s"]
    if ended_s is not None:
        x = frame.x(ended_s - _zero_s(trace))
        yield f'<path d="M{x:g} {y + 14:g}V{y + PITCH - 14:g}" stroke="{INK}" stroke-width="1.5"/>'
        failed = trace["deployment"]["statuses"][-1]["status"] != "Succeeded"
        beside_name = LEFT + len(name) * NAME_LETTER + 10
        yield _text(
            max(x + 5, beside_name), y + 11, minutes_and_seconds(ended_s - _zero_s(trace)) + (" ✕" if failed else "")
        )


@dataclass(frozen=True, slots=True)
class _Box:
    """A piece of a band: the share of one version for as long as it does not change."""

    key: int
    x: float
    y: float
    width: float
    height: float


def _shares(trace: Trace, y: float, frame: _Frame) -> Iterator[str]:
    boxes = list(_boxes(trace, y, frame))
    yield from (_rect(box.x, box.y, box.width, box.height, _look(trace, box.key)[0]) for box in boxes)
    for key in dict.fromkeys(box.key for box in boxes):
        # Color never stands alone: the widest piece of each version has its mark on it.
        widest = max((box for box in boxes if box.key == key), key=lambda box: (box.width, -box.x))
        if widest.width >= MARK and widest.height >= MARK:
            yield _mark(widest, *_look(trace, key)[1:])


def _boxes(trace: Trace, y: float, frame: _Frame) -> Iterator[_Box]:
    zero_s, cut = _zero_s(trace), shares(trace)
    order = version_order(trace, cut)
    for from_s, to_s, share in cut:
        top, x = y + SHARE_HEIGHT, frame.x(from_s - zero_s)
        for key in order if to_s > zero_s else ():
            height = share.get(key, 0.0) * SHARE_HEIGHT
            top -= height
            if height:
                yield _Box(key, x, top, frame.x(to_s - zero_s) - x, height)


def _look(trace: Trace, key: int) -> tuple[str, str, str]:
    """Color, ink and shape of a version, or of all errors."""
    if key == ERRORS:
        return ERROR.light, ERROR.ink_light, ERROR.path
    version = trace["versions"][key]
    return version["light"], version["ink_light"], version["path"]


def _mark(box: _Box, ink: str, path: str) -> str:
    at = f"translate({box.x + box.width / 2:.1f} {box.y + box.height / 2:.2f}) scale(.5)"
    return f'<path transform="{at}" d="{path}" fill="{ink}"/>'


def _capacity(trace: Trace, y: float, frame: _Frame, most: int) -> Iterator[str]:
    zero_s = _zero_s(trace)
    for from_s, to_s, able in capacity(trace):
        if to_s > zero_s:
            x, height = frame.x(from_s - zero_s), CAPACITY_HEIGHT * able / most
            yield _rect(x, y + CAPACITY_HEIGHT - height, frame.x(to_s - zero_s) - x, height, ABLE)
    minimum = trace["deployment"]["minimum_healthy_hosts"]
    if minimum:
        at, end = y + CAPACITY_HEIGHT * (1 - minimum / most), frame.x(trace["to_s"] - zero_s)
        yield f'<path d="M{LEFT} {at:.1f}H{end:g}" stroke="{PROMISE}" stroke-width="1.5" stroke-dasharray="5 3"/>'
        yield _text(end + 5, at + 4, f"≥ {minimum}")


def _legend(named: Named, y: float, words: Words) -> Iterator[str]:
    x = float(LEFT)
    for word, color, path in (*_versions(named, words), (words["capacity"], ABLE, SQUARE)):
        yield f'<path transform="translate({x + 6:g} {y - 4:g}) scale(.6)" d="{path}" fill="{color}"/>'
        yield _text(x + 17, y, word)
        x += 17 + len(word) * 6.6 + 16
    yield f'<path d="M{x:g} {y - 4:g}h16" stroke="{PROMISE}" stroke-width="1.5" stroke-dasharray="5 3"/>'
    yield _text(x + 22, y, words["promise"])


def _versions(named: Named, words: Words) -> Iterator[tuple[str, str, str]]:
    """Word, color and shape of each kind of answer in any of the traces, once."""
    seen: dict[tuple[str, str, str], None] = {}
    for _, trace in named:
        for key in version_order(trace, shares(trace)):
            color, _, path = _look(trace, key)
            word = words["errors"] if key == ERRORS else trace["versions"][key]["word"]
            seen[word, color, path] = None
    yield from sorted(seen, key=lambda look: look[0] == words["errors"])
