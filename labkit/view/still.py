"""The whole deployment in one still picture (SVG): for GitHub, nbviewer, print and wherever no script runs.

It is the theater's score: the share of each version over time, and a row of lifecycle events for each instance.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape
from itertools import chain
from unicodedata import east_asian_width

from labkit.view.palette import ERROR, PHASE_COLORS
from labkit.view.replay import ERRORS, Shares, shares
from labkit.view.trace_types import InstanceTrace, LifecycleRow, Trace
from labkit.view.words import ENGLISH, Words, fill

WIDTH = 960
LEFT = 76
RIGHT = 16
SHARE_TOP = 78
SHARE_HEIGHT = 64
ROWS_TOP = SHARE_TOP + SHARE_HEIGHT + 34
PITCH = 27
BAR = 15
CROWD = 30
"""From so many instances on, rows are thin lines that show what each answers, and what failed."""
CROWD_PITCH = 7
HALF_LABEL = 26
LETTER = 5.9
"""About how wide a letter in a bar is; a name that would not fit is left out."""
LABEL_LETTER = 6.9
WIDE_LABEL_LETTER = 12.0
"""About how wide a letter of a label is, and one of Korean."""

STYLE = (
    "text{font:12px system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1b222b}"
    ".title{font-size:17px;font-weight:600}.soft{fill:#566170}.end{text-anchor:end}.mid{text-anchor:middle}"
    ".small{font-size:10px;font-weight:600}.fail{fill:#b3202c;font-weight:700}"
)
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
MOST_TICKS = 11


def still(trace: Trace, words: Words = ENGLISH) -> str:
    """The picture as SVG text, in the language of ``words``; the same trace gives the same text."""
    height = _bottom(trace) + 52
    parts = chain(
        _head(trace, words), _axis(trace), _bands(trace), _rows(trace), _phases(words), _legend(trace, height - 14)
    )
    caption = escape(headline(trace, words))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{caption}"><title>{caption}</title><style>{STYLE}</style>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def headline(trace: Trace, words: Words = ENGLISH) -> str:
    """One sentence: what goes where, and how it ended."""
    deployment = trace["deployment"]
    gaps = {
        "version": trace["versions"][deployment["version"]]["word"],
        "instances": str(len(trace["instances"])),
        "group": deployment["group"],
        "status": deployment["statuses"][-1]["status"] if deployment["statuses"] else "Created",
    }
    return fill(words, "still_one" if len(trace["instances"]) == 1 else "still", gaps)


def clock_text(trace: Trace, at_s: float) -> str:
    """The lab's time of day, such as 09:04:31 (UTC)."""
    moment = datetime.fromisoformat(trace["lab_start"]) + timedelta(seconds=int(at_s))
    return f"{moment:%H:%M:%S}"


def version_order(trace: Trace, cut: Shares) -> list[int]:
    """The places of the versions in these shares, old before new, and the errors as ``ERRORS``, last."""
    seen = {key for _, _, share in cut for key in share}
    return sorted(seen, key=lambda key: (key == ERRORS, 0 if key == ERRORS else trace["versions"][key]["number"] or 0))


def _x(trace: Trace, at_s: float) -> float:
    share = (at_s - trace["from_s"]) / (trace["to_s"] - trace["from_s"])
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _text(x: float, y: float, text: str, name: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{name}">{escape(text)}</text>'


def _rect(x: float, y: float, size: tuple[float, float], color: str, more: str = "") -> str:
    box = f'x="{x:g}" y="{y:g}" width="{max(size[0], 0):.1f}" height="{size[1]:g}"'
    return f'<rect {box} fill="{color}" shape-rendering="crispEdges"{more}/>'


def _head(trace: Trace, words: Words) -> Iterator[str]:
    deployment = trace["deployment"]
    yield _text(LEFT, 26, headline(trace, words), "title")
    yield _text(LEFT, 45, f"{deployment['id']} · {deployment['config']}", "soft")
    yield _text(LEFT, SHARE_TOP - 8, words["share"], "soft")
    yield _text(LEFT - 8, SHARE_TOP + 10, "100 %", "soft end")
    yield _text(LEFT - 8, SHARE_TOP + SHARE_HEIGHT, "0", "soft end")
    yield _text(LEFT, ROWS_TOP - 10, words["events"], "soft")


def _axis(trace: Trace) -> Iterator[str]:
    span_s = trace["to_s"] - trace["from_s"]
    step_s = next((step for step in STEPS_S if span_s / step <= MOST_TICKS), STEPS_S[-1])
    bottom = _bottom(trace)
    at_s = -(-trace["from_s"] // step_s) * step_s
    while at_s <= trace["to_s"]:
        x = _x(trace, at_s)
        yield f'<path d="M{x:g} {SHARE_TOP}V{bottom}" stroke="#e3e7ec"/>'
        # A label at the edge stays inside the picture.
        yield _text(min(x, WIDTH - HALF_LABEL), bottom + 16, clock_text(trace, at_s), "soft mid")
        at_s += step_s


def _bands(trace: Trace) -> Iterator[str]:
    cut = shares(trace)
    order = version_order(trace, cut)
    for from_s, to_s, share in cut:
        top = float(SHARE_TOP + SHARE_HEIGHT)
        x, width = _x(trace, from_s), _x(trace, to_s) - _x(trace, from_s)
        for key in order:
            height = share.get(key, 0.0) * SHARE_HEIGHT
            top -= height
            if height:
                color = ERROR.light if key == ERRORS else trace["versions"][key]["light"]
                yield _rect(x, round(top, 2), (width, round(height, 2)), color)


def _rows(trace: Trace) -> Iterator[str]:
    if len(trace["instances"]) >= CROWD:
        yield from _crowd(trace)
        return
    for place, instance in enumerate(trace["instances"]):
        y = ROWS_TOP + place * PITCH
        yield _text(LEFT - 8, y + 12, instance["name"], "end")
        yield from _strips(trace, instance, y + BAR + 1)
        for row in instance["lifecycle"]:
            if row["from_s"] is not None:
                yield from _bar(trace, row, y)


def _crowd(trace: Trace) -> Iterator[str]:
    for place, instance in enumerate(trace["instances"]):
        y = ROWS_TOP + place * CROWD_PITCH
        if place % 5 == 0:
            yield _text(LEFT - 8, y + 7, instance["name"], "end")
        yield from _strips(trace, instance, y)
        for row in instance["lifecycle"]:
            if row["status"] == "Failed" and row["to_s"] is not None:
                yield _text(_x(trace, row["to_s"]) + 4, y + 7, "✕", "fail")


def _bottom(trace: Trace) -> int:
    count = len(trace["instances"])
    return ROWS_TOP + count * (CROWD_PITCH if count >= CROWD else PITCH)


def _strips(trace: Trace, instance: InstanceTrace, y: float) -> Iterator[str]:
    """What the instance answers: pale, and solid while visitors are sent there."""
    ends = [row["at_s"] for row in instance["answers"][1:]] + [trace["to_s"]]
    for row, end_s in zip(instance["answers"], ends, strict=True):
        from_s = max(row["at_s"], trace["from_s"])
        color = trace["versions"][row["version"]]["light"]
        x = _x(trace, from_s)
        yield _rect(x, y, (_x(trace, end_s) - x, 4), color, ' opacity="0.28"')
        for start_s, stop_s in instance["in_service"]:
            a, b = max(start_s, from_s), min(stop_s, end_s)
            if a < b:
                yield _rect(_x(trace, a), y, (_x(trace, b) - _x(trace, a), 4), color)


def _bar(trace: Trace, row: LifecycleRow, y: float) -> Iterator[str]:
    x = _x(trace, row["from_s"] or 0.0)
    end_x = _x(trace, trace["to_s"] if row["to_s"] is None else row["to_s"])
    width = max(end_x - x, 1.5)
    failed = row["status"] == "Failed"
    color = ERROR.light if failed else PHASE_COLORS[row["phase"]]
    yield _rect(x, y, (width, BAR), color, ' stroke="#fff" stroke-width="0.75"')
    if failed:
        yield _text(end_x + 4, y + 12, "✕", "fail")
    if width > len(row["event"]) * LETTER + 6:
        ink = ' style="fill:#fff"' if row["phase"] == "install" or failed else ""
        yield f'<text x="{x + width / 2:g}" y="{y + 11:g}" class="small mid"{ink}>{escape(row["event"])}</text>'


def _legend(trace: Trace, y: float) -> Iterator[str]:
    x = float(LEFT)
    used = {row["version"] for instance in trace["instances"] for row in instance["answers"]}
    for place in sorted(used, key=lambda p: (trace["versions"][p]["number"] or len(used) + 1, p)):
        version = trace["versions"][place]
        spot = f"translate({x + 6:g} {y - 4:g}) scale(.6)"
        yield f'<path transform="{spot}" d="{version["path"]}" fill="{version["light"]}"/>'
        label = f"{version['word']} {version['label']}"
        yield _text(x + 17, y, label)
        x += 17 + _long(label) + 14


def _long(label: str) -> float:
    """About how much room a label takes."""
    return sum(WIDE_LABEL_LETTER if east_asian_width(letter) == "W" else LABEL_LETTER for letter in label)


def _phases(words: Words) -> Iterator[str]:
    """What the shades of the lifecycle events mean, beside their heading."""
    x = LEFT + 130.0
    for name, color in PHASE_COLORS.items():
        yield _rect(x, ROWS_TOP - 19, (13, 9), color)
        yield _text(x + 18, ROWS_TOP - 10, words[name], "soft")
        x += 18 + _long(words[name]) + 12
