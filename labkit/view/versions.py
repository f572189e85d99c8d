"""What visitors can get: a revision's page, a page no deployment put there, or an error.

Revisions are numbered in the order in which the lab first met them, so that version 1 keeps its number,
colour and shape in every picture of the same lab.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Literal, TypedDict

from labkit.simulation.history import Event
from labkit.view.palette import ERROR, UNMANAGED, Swatch, version_swatch
from labkit.world.events import CommitMade, DeploymentCreated, PageChanged, RequestAnswered, RevisionInstalled

LONGEST_WORD = 10
"""A commit message up to this many characters is short enough to stand on an instance's card."""

ERRORS_FROM = 400


class Version(TypedDict):
    """One kind of answer. ``word`` is what a card says, ``label`` the whole name; the rest is ``palette.Swatch``."""

    kind: Literal["revision", "unmanaged", "error"]
    number: int | None
    word: str
    label: str
    light: str
    dark: str
    ink_light: str
    ink_dark: str
    path: str
    marker: str
    hatch: str


class Versions:
    """Gives each answer its place in ``rows``: the ones that were asked for, in the order of asking."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.rows: list[Version] = []
        self._places: dict[tuple[str, str | int | None], int] = {}
        self._numbers: dict[str, int] = {}
        self._messages: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        for event in events:
            self._meet(event)

    def of(self, status: int | None, revision: str | None) -> int:
        """The place of what answers with this HTTP status (None: nobody listens) and this revision's label."""
        if status is None or status >= ERRORS_FROM:
            return self._place("error", status)
        return self._place("revision" if revision else "unmanaged", revision)

    def revision(self, label: str) -> int:
        """The place of a revision's page, answered or not."""
        return self._place("revision", label)

    def _meet(self, event: Event) -> None:
        if isinstance(event, CommitMade):
            self._messages[event.commit_id[:7]] = event.message.strip()
        elif isinstance(event, (DeploymentCreated, PageChanged, RequestAnswered, RevisionInstalled)):
            self._number(event.revision)

    def _number(self, label: str | None) -> None:
        if label is not None and label not in self._numbers:
            number = self._numbers[label] = len(self._numbers) + 1
            candidates = (self._message(label), f"v{number}", f"#{number}")
            self._taken[next(word for word in candidates if word and word not in self._taken)] = label

    def _message(self, label: str) -> str:
        """The message of the commit that ``label`` names, if it is short enough; otherwise nothing."""
        for short_id, message in self._messages.items():
            if short_id in label and len(message) <= LONGEST_WORD:
                return message
        return ""

    def _place(self, kind: Literal["revision", "unmanaged", "error"], what: str | int | None) -> int:
        if (kind, what) not in self._places:
            self._places[kind, what] = len(self.rows)
            self.rows.append(self._row(kind, what))
        return self._places[kind, what]

    def _row(self, kind: Literal["revision", "unmanaged", "error"], what: str | int | None) -> Version:
        if kind == "revision":
            number = self._numbers[str(what)]
            word = next(word for word, label in self._taken.items() if label == what)
            return _version(kind, number, word, str(what), version_swatch(number))
        if kind == "error":
            word, label = ("down", "nothing listens") if what is None else (str(what), f"HTTP status {what}")
            return _version(kind, None, word, label, ERROR)
        return _version(kind, None, "own page", "a page that no deployment put there", UNMANAGED)


def _version(
    kind: Literal["revision", "unmanaged", "error"], number: int | None, word: str, label: str, swatch: Swatch
) -> Version:
    return {"kind": kind, "number": number, "word": word, "label": label, **asdict(swatch)}  # type: ignore[typeddict-item]
