"""One table of ``labkit/FIDELITY.md``."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading and a sentence before it; cells are Markdown."""

    title: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        lines = [_line(self.columns), _line("---" for _ in self.columns), *(_line(row) for row in self.rows)]
        return f"## {self.title}\n\n{self.sentence}\n\n" + "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
