"""``labkit/FIDELITY.md``: what is as on AWS, what is simpler and what is missing, told by the code itself.

A new table is a function that gives a ``Section``, added to ``SECTIONS``.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import labkit.aws.codedeploy.api  # noqa: F401 -- registers the operations
from labkit.authoring.fidelity_tables import choices, configurations, error_codes, lifecycle_kinds
from labkit.authoring.section import Section
from labkit.aws.codedeploy.model import service_model
from labkit.aws.codedeploy.service import NOTES, OPERATIONS

FIDELITY = Path(__file__).parents[1] / "FIDELITY.md"
COMMAND = "python -m labkit.authoring fidelity"
API_PAGE = "https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_{}.html"
HEAD = f"""# Fidelity

What labkit does as AWS does it (*modelled*), what it does more simply (*simplified*, and how), and what it does not do
(*absent*). Made from the code by `{COMMAND}`; change it there.
"""


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


SECTIONS: tuple[Callable[[], Section], ...] = (
    codedeploy_operations,
    lifecycle_kinds,
    configurations,
    error_codes,
    choices,
)


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
