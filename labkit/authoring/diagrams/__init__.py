"""The diagrams in ``resources/``, drawn by code: ``python -m labkit.authoring diagrams``.

A diagram that states facts takes them from where they are: a policy's own file, or a deployment that ran.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from labkit.authoring.diagrams.permissions import permissions
from labkit.authoring.diagrams.role import role
from labkit.authoring.diagrams.terms import terms

RESOURCES = Path(__file__).parents[3] / "resources"
DIAGRAMS: Mapping[str, Callable[[], str]] = {"iam.svg": terms, "role.svg": role, "permissions.svg": permissions}


def write(folder: Path = RESOURCES) -> list[Path]:
    """Draws all of them; the paths."""
    paths = []
    for name, draw in DIAGRAMS.items():
        path = folder / name
        path.write_text(draw(), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths
