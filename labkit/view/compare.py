"""Two or more deployments side by side: one time axis, one table, the same numbers in both.

In a terminal it is a table of text, in a notebook a picture with an accessible table below it; ``chart`` gives the
table as bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import overload

from labkit.view.compare_picture import picture
from labkit.view.compare_words import LABELS
from labkit.view.measures import RATE_PER_S, Measures, measure, minutes_and_seconds
from labkit.view.tables import scrollable
from labkit.view.trace_types import Trace
from labkit.view.words import Words, fill

COLUMNS = ("status", "duration", "lowest_capacity", "mixed", "failed_requests", "extra_instance_minutes")
NOTHING = "-"
CELL = "text-align:{side};padding:2px 10px 2px 0;white-space:{wrap}"


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One deployment of a comparison, under the name it was asked for by."""

    name: str
    trace: Trace
    measures: Measures

    def cells(self, words: Words = LABELS) -> tuple[str, ...]:
        """Its measures as texts, in the order of ``COLUMNS``."""
        found = self.measures
        return (
            found.status,
            words["still_running"] if found.duration_s is None else minutes_and_seconds(found.duration_s),
            fill(words, "of", {"part": str(found.lowest_capacity), "whole": str(found.fleet)}),
            minutes_and_seconds(found.mixed_s),
            fill(words, "of", {"part": str(found.failed_requests), "whole": str(found.requests)}),
            f"{found.extra_instance_minutes:.1f}",
        )


class Comparison(Sequence[ComparedRun]):
    """Deployments beside each other, in the order they were asked for."""

    def __init__(self, runs: Sequence[ComparedRun], words: Words = LABELS) -> None:
        self._runs = tuple(runs)
        self._words = words

    @overload
    def __getitem__(self, index: int) -> ComparedRun: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ComparedRun]: ...
    def __getitem__(self, index: int | slice) -> ComparedRun | Sequence[ComparedRun]:
        return self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def caption(self) -> str:
        """What is compared, and for how many visitors requests were counted."""
        names = ", ".join(run.name for run in self._runs)
        return fill(self._words, "compared", {"runs": names, "rate": f"{self._runs[0].measures.rate_per_s:g}"})

    def __repr__(self) -> str:
        lines = [self._headings(), *((run.name, *run.cells(self._words)) for run in self._runs)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        return "\n".join(_line(line, widths) for line in lines)

    def _repr_html_(self) -> str:
        return scrollable(self.caption, picture(self._named(), self._words) + self._table())

    def _named(self) -> list[tuple[str, Trace]]:
        return [(run.name, run.trace) for run in self._runs]

    def _headings(self) -> tuple[str, ...]:
        return (self._words["run"], *(self._words[column] for column in COLUMNS))

    def _table(self) -> str:
        head = "".join(
            f'<th scope="col" style="{_style(place, "normal")};vertical-align:bottom">{escape(text)}</th>'
            for place, text in enumerate(self._headings())
        )
        body = "".join(self._row(run) for run in self._runs)
        return (
            '<table style="font-variant-numeric:tabular-nums">'
            f'<caption style="text-align:left">{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _row(self, run: ComparedRun) -> str:
        cells = "".join(
            f'<td style="{_style(place)}">{escape(cell)}</td>'
            for place, cell in enumerate(run.cells(self._words), start=1)
        )
        name = escape(run.name).replace(".", ".<wbr>")  # where a narrow page may break a configuration's name
        return f'<tr><th scope="row" style="{_style(0, "normal")};font-weight:400">{name}</th>{cells}</tr>'


def compared(traces: Sequence[tuple[str, Trace]], rate_per_s: float = RATE_PER_S) -> Comparison:
    """The comparison of these traces, each under its name; ``rate_per_s``: visitors a second whose answers count."""
    return Comparison([ComparedRun(name, trace, measure(trace, rate_per_s)) for name, trace in traces])


LEFT_COLUMNS = 2
"""The name and the status are words; what follows is numbers."""


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [cell.ljust(width) for cell, width in zip(cells[:LEFT_COLUMNS], widths, strict=False)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[LEFT_COLUMNS:], widths[LEFT_COLUMNS:], strict=True)]
    return "  ".join([*texts, *numbers])


def _style(place: int, wrap: str = "nowrap") -> str:
    return CELL.format(side="left" if place < LEFT_COLUMNS else "right", wrap=wrap)
