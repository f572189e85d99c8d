"""Lab time moves only when asked, and does what was planned on the way."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.simulation.clock import LAB_START, Clock, NothingWillHappenError
from labkit.simulation.misuse import MisuseError


def test_a_lab_begins_at_nine_on_a_monday() -> None:
    assert Clock().now == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_advancing_does_what_falls_due_up_to_and_including_the_last_second() -> None:
    clock, log = Clock(), []
    for at_s in (5, 10, 11):
        clock.call_at(at_s, lambda at_s=at_s: log.append(at_s))
    clock.advance(10)
    assert (log, clock.now_s) == ([5, 10], 10)


def test_a_cancelled_appointment_is_not_kept() -> None:
    clock, log = Clock(), []
    clock.call_at(5, lambda: log.append("kept")).cancel()
    clock.advance(10)
    assert log == []


def test_run_until_stops_at_the_event_that_makes_the_condition_true() -> None:
    clock, log = Clock(), []
    for at_s in (3, 7, 9):
        clock.call_at(at_s, lambda at_s=at_s: log.append(at_s))
    clock.run_until(lambda: 7 in log)
    assert (log, clock.now_s) == ([3, 7], 7)


def test_run_until_gives_up_in_a_sentence_when_nothing_is_left_to_happen() -> None:
    with pytest.raises(NothingWillHappenError, match="nothing is left to happen"):
        Clock().run_until(lambda: False)


def test_run_until_gives_up_at_its_limit_with_the_clock_there() -> None:
    clock = Clock()
    clock.call_at(1_000, lambda: None)
    with pytest.raises(NothingWillHappenError, match="60 lab seconds have passed"):
        clock.run_until(lambda: False, within_s=60)
    assert clock.now_s == 60


def test_an_advanced_clock_has_no_leftovers_in_its_queue() -> None:
    clock = Clock()
    clock.advance(10)
    assert clock.environment.peek() == float("inf")


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan")])
def test_time_never_runs_backwards(seconds: float) -> None:
    clock = Clock()
    with pytest.raises(MisuseError, match="0 or more seconds"):
        clock.advance(seconds)
    assert clock.now == LAB_START


@given(st.lists(st.floats(0, 1e6), max_size=20), st.lists(st.floats(0, 1e5), max_size=20))
def test_appointments_are_kept_in_order_however_time_is_cut(due: list[float], steps: list[float]) -> None:
    clock, log = Clock(), []
    for at_s in due:
        clock.call_at(at_s, lambda at_s=at_s: log.append((at_s, clock.now_s)))
    for step in (*steps, 0):
        clock.advance(step)
    assert log == sorted(log)
    assert all(at_s == now_s for at_s, now_s in log)
    assert len(log) == sum(at_s <= clock.now_s for at_s in due)
