"""Which permissions somebody used, beside those their policies grant: a table for people, a policy for boto3."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from labkit.rules.iam.request import NamedPolicy
from labkit.rules.iam.usage import ServiceUsage, Use, minimal_policy, usage
from labkit.view.tables import scrollable
from labkit.view.words import Words, fill

WIDTH = 96
"""Characters a line, in a terminal."""
CELL = "text-align:left;vertical-align:top;padding:3px 14px 3px 0;min-width:9em"
NAMES = f"{CELL};min-width:15em;overflow-wrap:anywhere"
"""Names of actions are long; a narrow window may break them."""

LABELS: Final[Words] = {
    "caption": "Permissions of {who} from {since} to {until}: {used} used, {unused} granted and not used, "
    "{denied} denied",
    "service": "service",
    "used": "used",
    "unused": "granted, not used",
    "denied": "denied",
    "times": "{action} ({count}×)",
    "nothing": "-",
}


class PermissionsUsed(Sequence[ServiceUsage]):
    """One entry a service. ``policy``: the smallest policy document that allows all that was used, ``{}`` for nothing.

    ``caption``: whose, and from when to when.
    """

    def __init__(
        self, uses: Sequence[Use], policies: Sequence[NamedPolicy], gaps: Mapping[str, str], words: Words = LABELS
    ) -> None:
        self._services = tuple(usage(uses, policies))
        self._words = words
        self.policy: dict[str, Any] = minimal_policy(uses)
        counts = {key: str(len(getattr(self, key))) for key in ("used", "unused", "denied")}
        self.caption = fill(words, "caption", {**gaps, **counts})

    @property
    def used(self) -> list[str]:
        """The actions that were used."""
        return [action for service in self._services for action in service.used]

    @property
    def unused(self) -> list[str]:
        """What policies grant, as they have it, and nobody used."""
        return [pattern for service in self._services for pattern in service.unused]

    @property
    def denied(self) -> list[str]:
        """The actions that were refused."""
        return [action for service in self._services for action in service.denied]

    def __getitem__(self, index: Any) -> Any:
        return self._services[index]

    def __len__(self) -> int:
        return len(self._services)

    def __repr__(self) -> str:
        return "\n".join([f"{self.caption}.", *self._lines()])

    def _repr_html_(self) -> str:
        columns = ("service", *self._columns())
        head = "".join(f'<th scope="col" style="{CELL}">{escape(self._words[key])}</th>' for key in columns)
        body = "".join(self._row(service) for service in self._services)
        caption = f'<caption style="text-align:left">{escape(self.caption)}.</caption>'
        return scrollable(self.caption, f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def _columns(self) -> tuple[str, ...]:
        """Where nothing was refused, no column says so: the table must fit a narrow window."""
        return ("used", "unused", "denied") if self.denied else ("used", "unused")

    def _cells(self, service: ServiceUsage) -> dict[str, list[str]]:
        """What stands in each column, without the service's name."""
        return {
            "used": [self._times(action, count) for action, count in service.used.items()],
            "unused": [_name(pattern) for pattern in service.unused],
            "denied": [self._times(action, count) for action, count in service.denied.items()],
        }

    def _times(self, action: str, count: int) -> str:
        return fill(self._words, "times", {"action": _name(action), "count": str(count)})

    def _lines(self) -> Iterator[str]:
        width = max(len(self._words[key]) for key in ("used", "unused", "denied"))
        for service in self._services:
            yield f"\n{service.service}"
            for key, names in self._cells(service).items():
                first = f"  {self._words[key].ljust(width)}  "
                if names:
                    yield textwrap.fill(
                        ", ".join(names), WIDTH, initial_indent=first, subsequent_indent=" " * len(first)
                    )

    def _row(self, service: ServiceUsage) -> str:
        found = self._cells(service)
        cells = "".join(
            f'<td style="{NAMES}">{escape(", ".join(found[key])) or self._words["nothing"]}</td>'
            for key in self._columns()
        )
        return f'<tr><th scope="row" style="{CELL}">{escape(service.service)}</th>{cells}</tr>'


def _name(action: str) -> str:
    """Without its service, which stands beside it."""
    return action.partition(":")[2] or action
