"""``labkit/FIDELITY.md``: what is as on AWS, what is simpler and what is missing, told by the code itself.

A new table is a function that gives a ``Section``, added to ``SECTIONS``.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import labkit.aws.codedeploy.api  # noqa: F401 -- registers the operations
from labkit.aws.codedeploy.model import service_model
from labkit.aws.codedeploy.service import NOTES, OPERATIONS

FIDELITY = Path(__file__).parents[1] / "FIDELITY.md"
COMMAND = "python -m labkit.authoring fidelity"
API_PAGE = "https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_{}.html"
HEAD = f"""# Fidelity

What labkit does as AWS does it (*modelled*), what it does more simply (*simplified*, and how), and what it does not do
(*absent*). Made from the code by `{COMMAND}`; change it there.
"""


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


def codedeploy_operations() -> Section:
    """CodeDeploy's operations, in the order of AWS's service model."""
    names = sorted(service_model().operation_names)
    counts = Counter(_state(name) for name in names)
    return Section(
        title="CodeDeploy's operations",
        sentence=(
            f"Of {len(names)} operations {counts['modelled']} are modelled, {counts['simplified']} simplified and "
            f"{counts['absent']} absent."
        ),
        columns=("Operation", "Here", "What is simpler"),
        rows=tuple((f"[{name}]({API_PAGE.format(name)})", _state(name), NOTES.get(name) or "") for name in names),
    )


SECTIONS: tuple[Callable[[], Section], ...] = (codedeploy_operations,)


def fidelity() -> str:
    """The whole document."""
    return "\n".join((HEAD, *(str(section()) for section in SECTIONS)))


def write(path: Path) -> None:
    """Brings the document up to date."""
    path.write_text(fidelity(), encoding="utf-8", newline="\n")


def _state(operation: str) -> str:
    if operation not in OPERATIONS:
        return "absent"
    return "simplified" if NOTES.get(operation) else "modelled"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
