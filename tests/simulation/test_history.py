"""The record is only appended to, stamped with lab time, and always the same text for the same events."""

import json
from dataclasses import dataclass

from labkit.simulation.clock import Clock
from labkit.simulation.history import Event, History


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    """A bell rang."""

    bell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke(Event):
    """Something broke."""


def test_an_event_is_stamped_with_the_lab_second_at_which_it_is_recorded() -> None:
    clock = Clock()
    history = History(clock)
    clock.advance(12.3456)
    assert history.record(Rang(bell="a")) == Rang(at_s=12.346, bell="a")


def test_of_gives_the_events_of_the_kinds_asked_for_in_their_order() -> None:
    history = History(Clock())
    for event in (Rang(bell="a"), Broke(), Rang(bell="b")):
        history.record(event)
    assert [event.bell for event in history.of(Rang)] == ["a", "b"]


def test_listeners_hear_every_event_until_they_stop_listening() -> None:
    history, heard = History(Clock()), []
    stop = history.listen(heard.append)
    first = history.record(Rang(bell="a"))
    stop()
    history.record(Rang(bell="b"))
    assert heard == [first]


def test_json_holds_the_kind_the_moment_and_every_field() -> None:
    history = History(Clock())
    history.record(Rang(bell="종"))
    assert json.loads(history.to_json()) == [{"kind": "Rang", "at_s": 0.0, "bell": "종"}]


def test_the_repr_is_short_and_holds_no_address() -> None:
    assert repr(History(Clock())) == "<History of 0 events up to 2026-03-02 09:00:00 UTC>"
