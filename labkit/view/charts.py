"""Still charts of one deployment, drawn by matplotlib in the theater's colors and marks.

A chart is a ``Figure`` made without pyplot: it needs no display, keeps no global state, and the same trace gives
the same picture. Its caption is in ``caption(figure)``, for a reader who cannot see it, and in the language of
``translate``. What is drawn is English: matplotlib brings no font with the letters of every language, and a picture
that takes them from the computer would not be the same on another.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from labkit.view import replay
from labkit.view.compare import Comparison
from labkit.view.compare_words import LABELS
from labkit.view.measures import MINUTE_S
from labkit.view.palette import ERROR, INSTALL, PHASE_COLORS, RETURN
from labkit.view.replay import ERRORS, shares
from labkit.view.still import clock_text, headline, version_order
from labkit.view.trace_types import InstanceTrace, LifecycleRow, Trace
from labkit.view.words import ENGLISH, Gaps, fill, words

WIDTH_IN = 9.0
DOTS_PER_INCH = 110
SOFT = "#566170"
GRID = "#e3e7ec"
INK = "#1b222b"
ABLE = PHASE_COLORS[INSTALL]
"""Instances that can serve, whatever their version."""
PREDEFINED = "CodeDeployDefault."
"""Left out where a name has little room."""
LETTER_SHARE = 0.0085
"""About how much of the chart's width a letter inside a bar takes."""

TICKS = 7

Translate = Callable[[str], str]
CAPTION = "{title}, {first} to {last}: {headline}"


class Chart(Figure):
    """A figure that shows itself in a notebook, whether pyplot has been imported or not."""

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        # Without the name of the program that wrote it, the same chart is the same file.
        self.savefig(picture, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
        return picture.getvalue()

    def __repr__(self) -> str:
        return caption(self)


def version_share(trace: Trace, translate: Translate = str) -> Chart:
    """The share of the answers each version had over lab time, as stacked steps; errors are hatched, on top."""
    figure, axes = _figure(2.9)
    cut = shares(trace)
    order = version_order(trace, cut)
    edges = [from_s for from_s, _, _ in cut] + [trace["to_s"]]
    below = [0.0] * len(cut)
    for key in order:
        above = [base + 100 * share.get(key, 0.0) for base, (_, _, share) in zip(below, cut, strict=True)]
        axes.stairs(above, edges, baseline=below, fill=True, edgecolor="white", linewidth=0.8, **_look(trace, key))
        below = above
    axes.set_ylim(0, 100)
    axes.set_ylabel("answers, %", color=SOFT)
    axes.set_yticks([0, 25, 50, 75, 100])
    _time_axis(axes, trace)
    _legend(axes, [_mark(trace, key) for key in order])
    return _titled(figure, axes, trace, ENGLISH["share"], translate)


def lifecycle_gantt(trace: Trace, translate: Translate = str) -> Chart:
    """When each lifecycle event ran on each instance; the strip under a row is what the instance answers."""
    figure, axes = _figure(1.5 + 0.42 * max(len(trace["instances"]), 1))
    span_s = trace["to_s"] - trace["from_s"]
    for place, instance in enumerate(trace["instances"]):
        for row in instance["lifecycle"]:
            if row["from_s"] is not None:
                _bar(axes, trace, row, place, span_s)
        _strips(axes, trace, instance, place + 0.36)
    axes.set_ylim(len(trace["instances"]) - 0.4, -0.5)
    axes.set_yticks(range(len(trace["instances"])), [instance["name"] for instance in trace["instances"]])
    _time_axis(axes, trace)
    phases = [Patch(color=color, label=ENGLISH[name]) for name, color in PHASE_COLORS.items()]
    _legend(axes, [*(_mark(trace, key) for key in _answered(trace)), *phases])
    return _titled(figure, axes, trace, ENGLISH["events"], translate)


def healthy_hosts(trace: Trace, translate: Translate = str) -> Chart:
    """How many instances were healthy over lab time, and the minimum that the configuration promised."""
    figure, axes = _figure(2.6)
    cut = replay.healthy_hosts(trace)
    counts, edges = [count for _, _, count in cut], [*(from_s for from_s, _, _ in cut), trace["to_s"]]
    axes.stairs(counts, edges, fill=True, facecolor=PHASE_COLORS[RETURN], label=LABELS["healthy"])
    axes.stairs(counts, edges, baseline=None, color=ABLE, linewidth=1.5)
    minimum = trace["deployment"]["minimum_healthy_hosts"]
    if minimum:
        missing = [max(minimum, count) for count in counts]
        look: dict[str, Any] = {"facecolor": "white", "edgecolor": ERROR.light, "hatch": ERROR.hatch, "linewidth": 0}
        if min(counts) < minimum:
            axes.stairs(missing, edges, baseline=counts, fill=True, label=LABELS["broken_promise"], **look)
        axes.axhline(minimum, color=ERROR.light, linestyle="--", linewidth=1.5, label=LABELS["promise"])
    axes.set_ylim(0, max([*counts, 1]) * 1.3)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    _time_axis(axes, trace)
    _legend(axes, axes.get_legend_handles_labels()[0])
    return _titled(figure, axes, trace, LABELS["healthy_hosts"], translate)


def comparison(compared: Comparison) -> Chart:
    """The measures of several deployments as bars: a panel for each measure, a row for each deployment."""
    panels = [
        ("duration_bar", [(run.measures.duration_s or 0.0) / MINUTE_S for run in compared], "{:.1f}"),
        ("lowest_capacity_bar", [float(run.measures.lowest_capacity) for run in compared], "{:.0f}"),
        ("mixed_bar", [run.measures.mixed_s / MINUTE_S for run in compared], "{:.1f}"),
        ("failed_requests_bar", [float(run.measures.failed_requests) for run in compared], "{:,.0f}"),
        ("extra_instance_minutes_bar", [run.measures.extra_instance_minutes for run in compared], "{:.1f}"),
    ]
    names = [run.name.removeprefix(PREDEFINED) for run in compared]
    figure = Chart(figsize=(WIDTH_IN + 1.5, 1.1 + 0.38 * len(names)), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    for axes, (key, values, form) in zip(figure.subplots(1, len(panels), sharey=True), panels, strict=True):
        _bars(axes, values, LABELS[key], form, ERROR.light if key == "failed_requests_bar" else ABLE)
        axes.set_yticks(range(len(names)), names)
    figure.set_label(f"{LABELS['comparison']}. {compared.caption}.\n{compared!r}")
    return figure


def _bars(axes: Axes, values: Sequence[float], title: str, form: str, color: str) -> None:
    axes.barh(range(len(values)), values, height=0.6, color=color)
    most = max([*values, 0.001])
    for place, value in enumerate(values):
        axes.text(value + 0.03 * most, place, form.format(value), va="center", fontsize=9, color=INK)
    axes.set_xlim(0, most * 1.35)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_title(title, loc="left", fontsize=9, color=SOFT)
    axes.tick_params(length=0, labelsize=9, labelcolor=INK)
    axes.spines[:].set_visible(False)


def caption(figure: Figure) -> str:
    """What a chart shows, in one sentence: its alternative text."""
    return str(figure.get_label())


def _figure(height_in: float) -> tuple[Chart, Axes]:
    figure = Chart(figsize=(WIDTH_IN, height_in), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, labelsize=9, labelcolor=SOFT)
    # The first moment stands below the lowest number, not upon it.
    axes.tick_params(axis="x", pad=8)
    return figure, axes


def _time_axis(axes: Axes, trace: Trace) -> None:
    axes.set_xlim(trace["from_s"], trace["to_s"])
    start = datetime.fromisoformat(trace["lab_start"])
    axes.locator_params(axis="x", nbins=TICKS, steps=[1, 1.5, 2, 3, 6, 10])
    axes.xaxis.set_major_formatter(lambda at_s, _: f"{start + timedelta(seconds=round(at_s)):%H:%M:%S}")
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _titled(figure: Chart, axes: Axes, trace: Trace, title: str, translate: Translate) -> Chart:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color="#1b222b")
    gaps: Gaps = {
        "title": translate(title),
        "first": clock_text(trace, trace["from_s"]),
        "last": clock_text(trace, trace["to_s"]),
        "headline": headline(trace, words(ENGLISH["language"], translate)),
    }
    figure.set_label(fill({"caption": translate(CAPTION)}, "caption", gaps))
    return figure


def _answered(trace: Trace) -> list[int]:
    """The versions that instances answered with: old before new, errors last."""
    used = {row["version"] for instance in trace["instances"] for row in instance["answers"]}
    return sorted(used, key=lambda place: (trace["versions"][place]["number"] or len(used) + 1, place))


def _mark(trace: Trace, key: int) -> Line2D:
    """A version in the legend: its color, its mark and its word."""
    if key == ERRORS:
        marker, color, word = ERROR.marker, ERROR.light, LABELS["errors"]
    else:
        version = trace["versions"][key]
        marker, color, word = version["marker"], version["light"], version["word"]
    return Line2D([], [], linestyle="none", marker=marker, markersize=8, color=color, label=word)


def _legend(axes: Axes, handles: Sequence[Artist]) -> None:
    axes.legend(
        handles=handles,
        ncols=len(handles),
        loc="lower right",
        bbox_to_anchor=(1, 1),
        borderaxespad=0.3,
        frameon=False,
        fontsize=9,
        handlelength=1.2,
        handletextpad=0.5,
    )


def _look(trace: Trace, key: int) -> dict[str, Any]:
    if key == ERRORS:
        return {"facecolor": ERROR.light, "hatch": ERROR.hatch}
    return {"facecolor": trace["versions"][key]["light"]}


def _bar(axes: Axes, trace: Trace, row: LifecycleRow, place: int, span_s: float) -> None:
    from_s = row["from_s"] or 0.0
    to_s = trace["to_s"] if row["to_s"] is None else row["to_s"]
    failed = row["status"] == "Failed"
    color = ERROR.light if failed else PHASE_COLORS[row["phase"]]
    axes.barh(place, to_s - from_s, left=from_s, height=0.52, color=color, edgecolor="white", linewidth=0.6)
    if failed:
        axes.text(to_s, place, " ✕ failed", va="center", fontsize=9, color=ERROR.light, fontweight="bold")
    if (to_s - from_s) / span_s > len(row["event"]) * LETTER_SHARE:
        ink = "white" if row["phase"] == INSTALL or failed else "#1b222b"
        axes.text((from_s + to_s) / 2, place, row["event"], ha="center", va="center", fontsize=7.5, color=ink)


def _strips(axes: Axes, trace: Trace, instance: InstanceTrace, y: float) -> None:
    ends = [row["at_s"] for row in instance["answers"][1:]] + [trace["to_s"]]
    for row, end_s in zip(instance["answers"], ends, strict=True):
        from_s = max(row["at_s"], trace["from_s"])
        color = trace["versions"][row["version"]]["light"]
        axes.barh(y, end_s - from_s, left=from_s, height=0.13, color=color, alpha=0.28)
        for start_s, stop_s in instance["in_service"]:
            a, b = max(start_s, from_s), min(stop_s, end_s)
            if a < b:
                axes.barh(y, b - a, left=a, height=0.13, color=color)
