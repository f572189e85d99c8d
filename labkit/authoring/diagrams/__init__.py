"""The diagrams in ``resources/``, drawn by code: ``python -m labkit.authoring diagrams``.

A diagram that states facts takes them from where they are: a policy's own file, or a deployment that ran. What a
translated lesson shows is also drawn in its language, in a folder of that name.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from labkit.authoring.diagrams.canvas import Translate
from labkit.authoring.diagrams.permissions import permissions
from labkit.authoring.diagrams.role import role
from labkit.authoring.diagrams.terms import terms
from labkit.lessons.catalogue import languages, translation

RESOURCES = Path(__file__).parents[3] / "resources"
DIAGRAMS: Mapping[str, Callable[[], str]] = {"iam.svg": terms, "role.svg": role, "permissions.svg": permissions}
TRANSLATED: Mapping[str, Callable[[Translate], str]] = {"iam.svg": terms}
"""Those that lessons in other languages show."""


def write(folder: Path = RESOURCES) -> list[Path]:
    """Draws all of them; the paths."""
    drawn = {name: draw() for name, draw in DIAGRAMS.items()} | in_other_languages()
    paths = []
    for name, picture in drawn.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(picture, encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def in_other_languages() -> dict[str, str]:
    """The translated diagrams, by their path in ``resources/``."""
    return {
        f"{language}/{name}": draw(translation(language))
        for language in languages()[1:]
        for name, draw in TRANSLATED.items()
    }


def strings() -> list[str]:
    """Every text of the translated diagrams."""
    found: list[str] = []

    def keep(words: str) -> str:
        found.append(words)
        return words

    for draw in TRANSLATED.values():
        draw(keep)
    return found
