"""Tables for people: aligned text in a terminal, an accessible table in a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import overload

from labkit.view.still import clock_text
from labkit.view.trace_types import LifecycleRow, Trace

NOTHING = "-"
HEADINGS = ("instance", "lifecycle event", "status", "started", "seconds")


@dataclass(frozen=True, slots=True)
class LifecycleTableRow:
    """One lifecycle event. ``started``: lab time HH:MM:SS; ``seconds`` None while it runs; both None if skipped."""

    instance: str
    event: str
    status: str
    started: str | None
    seconds: float | None

    def cells(self) -> tuple[str, ...]:
        """The row as texts; nothing is known where there is a dash."""
        seconds = NOTHING if self.seconds is None else f"{self.seconds:.1f}"
        return self.instance, self.event, self.status, self.started or NOTHING, seconds


class LifecycleTable(Sequence[LifecycleTableRow]):
    """The rows of a deployment, in order of instance and event."""

    def __init__(self, rows: Sequence[LifecycleTableRow], caption: str) -> None:
        self._rows = tuple(rows)
        self.caption = caption

    @overload
    def __getitem__(self, index: int) -> LifecycleTableRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LifecycleTableRow]: ...
    def __getitem__(self, index: int | slice) -> LifecycleTableRow | Sequence[LifecycleTableRow]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        lines = [HEADINGS, *(row.cells() for row in self._rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
        return "\n".join(_line(cells, widths) for cells in lines)

    def _repr_html_(self) -> str:
        style = "text-align:left;padding:2px 14px 2px 0;white-space:nowrap"
        head = "".join(f'<th scope="col" style="{style}">{heading}</th>' for heading in HEADINGS)
        body = "".join(_html_row(row, style) for row in self._rows)
        table = (
            '<table style="font-variant-numeric:tabular-nums">'
            f'<caption style="text-align:left">{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
        return scrollable(self.caption, table)


def scrollable(name: str, content: str) -> str:
    """HTML that may be wider than its place: it can be scrolled, also with the keyboard, and so it has a ``name``."""
    return (
        f'<div style="max-width:100%;overflow-x:auto" tabindex="0" role="region" aria-label="{escape(name)}">'
        f"{content}</div>"
    )


def lifecycle_table(trace: Trace) -> LifecycleTable:
    """Every lifecycle event of a deployment: where, which, how it ended, when it started, how long it took."""
    rows = [_row(trace, instance["name"], event) for instance in trace["instances"] for event in instance["lifecycle"]]
    return LifecycleTable(rows, f"Lifecycle events of deployment {trace['deployment']['id']}")


def _row(trace: Trace, instance: str, event: LifecycleRow) -> LifecycleTableRow:
    from_s, to_s = event["from_s"], event["to_s"]
    return LifecycleTableRow(
        instance=instance,
        event=event["event"],
        status=event["status"],
        started=None if from_s is None else clock_text(trace, from_s),
        seconds=None if from_s is None or to_s is None else round(to_s - from_s, 3),
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    *texts, seconds = cells
    left = "  ".join(cell.ljust(width) for cell, width in zip(texts, widths, strict=False))
    return f"{left}  {seconds.rjust(widths[-1])}"


def _html_row(row: LifecycleTableRow, style: str) -> str:
    instance, *others, seconds = (escape(cell) for cell in row.cells())
    alarm = ";color:#b3202c;font-weight:600" if row.status == "Failed" else ""
    first = f'<th scope="row" style="{style};font-weight:400">{instance}</th>'
    rest = "".join(f'<td style="{style}{alarm}">{cell}</td>' for cell in others)
    return f'<tr>{first}{rest}<td style="{style};text-align:right">{seconds}</td></tr>'
