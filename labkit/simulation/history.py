"""The one record of what happened.

Pictures, charts, checks, tests and explanations all read it, so they cannot disagree. It is only
ever appended to. What kinds of event there are is not its business (see ``labkit/world/events.py``).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, overload

from labkit.simulation.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses add what it was; ``History.record`` fills in when.

    ``at_s``: lab seconds since the lab's start.
    """

    at_s: float = field(default=-1.0)

    @property
    def kind(self) -> str:
        """The event's name, the same in Python and in JSON: its class name."""
        return type(self).__name__

    def to_dict(self) -> dict[str, Any]:
        """The event as plain JSON-ready values, ``kind`` and ``at_s`` first."""
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "at_s"}
        return {"kind": self.kind, "at_s": self.at_s, **rest}


E = TypeVar("E", bound=Event)
Listener = Callable[[Event], None]


class History:
    """All events of a lab, oldest first; times never decrease."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self._listeners: list[Listener] = []

    def record(self, event: E) -> E:
        """Appends ``event``, stamped with the present moment; returns the stamped event.

        A listener that fails does not disturb what happens: it is not called again, and its error is raised as soon
        as the world is whole.
        """
        stamped = replace(event, at_s=round(self._clock.now_s, 3))
        self._events.append(stamped)
        self._clock.recorded += 1
        for listener in tuple(self._listeners):
            try:
                listener(stamped)
            except Exception as error:  # noqa: BLE001 - put off, not swallowed
                self._forget(listener)
                self._clock.turns.put_off(error)
        return stamped

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` with every event from now on; the returned function ends that, twice does no harm."""
        self._listeners.append(listener)
        return lambda: self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def of(self, *kinds: type[E]) -> list[E]:
        """The events of these classes, oldest first."""
        return [event for event in self._events if isinstance(event, kinds)]

    def to_json(self, indent: int | None = None) -> str:
        """The whole record as a JSON list; the same seed gives the same text."""
        return json.dumps([event.to_dict() for event in self._events], indent=indent, ensure_ascii=False)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        return self._events[index]

    def __repr__(self) -> str:
        return f"<History of {len(self._events)} events up to {self._clock.now:%Y-%m-%d %H:%M:%S} UTC>"
