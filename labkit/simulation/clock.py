"""Lab time: a SimPy environment whose seconds are counted from a fixed moment of the calendar.

Time is virtual. Nothing here looks at the computer's own clock, so the same seed always meets the
same moments. Seconds (``float``) are used inside; ``datetime`` (UTC) is what people and AWS see.

Between two events the world is whole: only there can an interrupt break off what moves time (see ``turns``), and the
next call goes on from there as if it had never come.
"""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import simpy

from labkit.simulation.misuse import MisuseError
from labkit.simulation.turns import INTERRUPTS, Turns

Process = Generator[simpy.Event, Any, Any]
"""What a moving part is: a generator that yields the SimPy events it waits for."""

LAB_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The first moment of every lab: a Monday morning."""

DAY_S = 86_400.0

LAST_S = 100 * 365 * DAY_S
"""No lab lasts longer than about a hundred years: what is planned for later than that never comes."""


class NothingWillHappenError(MisuseError):
    """``run_until`` was given a condition that no future event can make true."""


class Clock:
    """The lab's clock and the queue of what will happen."""

    def __init__(self, start: datetime = LAB_START) -> None:
        self.start = start
        self.environment = simpy.Environment()
        self.turns = Turns()
        self.recorded = 0
        """How many events the histories of this clock have recorded."""
        self._stepping = False
        self._stopped = False

    @property
    def now_s(self) -> float:
        """Seconds since the lab's first moment."""
        return float(self.environment.now)

    @property
    def now(self) -> datetime:
        """The lab's present moment (UTC)."""
        return self.moment(self.now_s)

    def moment(self, at_s: float) -> datetime:
        """The calendar moment of ``at_s`` seconds after the lab's start, to the millisecond."""
        return self.start + timedelta(milliseconds=round(at_s * 1000))

    def seconds_until(self, moment: datetime) -> float:
        """Seconds from now to ``moment``, which needs a time zone; negative if it has passed."""
        return (moment - self.start).total_seconds() - self.now_s

    def process(self, generator: Process) -> simpy.Process:
        """Starts a moving part at the present moment."""
        return self.environment.process(generator)

    def timeout(self, delay_s: float) -> simpy.Timeout:
        """An event ``delay_s`` lab seconds away."""
        return self.environment.timeout(delay_s)

    def event(self) -> simpy.Event:
        """An event that somebody else will trigger."""
        return self.environment.event()

    def call_at(self, at_s: float, action: Callable[[], None]) -> "Appointment":
        """Runs ``action`` at ``at_s`` (not before now) unless the appointment is cancelled."""
        return Appointment(self, max(at_s, self.now_s), action)

    def advance(self, seconds: float) -> None:
        """Lets ``seconds`` of lab time pass, with all that happens in them.

        Raises ``MisuseError`` if ``seconds`` is negative: time never runs backwards.
        """
        seconds = _number_of(seconds)
        if not seconds >= 0:
            message = f"Expected 0 or more seconds to advance, found {seconds!r}; lab time never runs backwards."
            raise MisuseError(message)
        with self.turns:
            self._check_that_time_may_move(seconds)
            self._run_to(self.now_s + seconds)

    def run_until(self, condition: Callable[[], bool], within_s: float = DAY_S) -> None:
        """Lets time pass until ``condition()`` holds. It is asked whenever something was recorded, and once a moment.

        Raises ``NothingWillHappenError`` when nothing is left to happen, or ``within_s`` lab seconds
        have passed, and the condition still does not hold.
        """
        within_s = _number_of(within_s)
        with self.turns:
            self._check_that_time_may_move(0)
        deadline_s = min(self.now_s + within_s, LAST_S)
        # The condition is asked outside of any turn: it may take long, fail, or wait for another thread.
        with INTERRUPTS.at_hand():
            while not condition():
                with self.turns:
                    if not self.environment.peek() <= deadline_s:
                        self._give_up(deadline_s, within_s)
                    self._go_on()

    def run_process(self, generator: Process, within_s: float = DAY_S) -> Any:
        """Lets time pass until ``generator`` has ended; returns its value, raises what it raised.

        Raises ``NothingWillHappenError`` if it has not after ``within_s`` lab seconds; it then goes on by itself.
        """
        with self.turns:
            self._check_that_time_may_move(0)
            process = self.process(generator)
            self._run_through(process, within_s)
        if isinstance(process.value, BaseException) and not process.ok:
            raise process.value
        return process.value

    def stop(self) -> None:
        """From now on time stands still: whoever moves it is told that the lab has been stopped."""
        self._stopped = True

    def _run_through(self, process: simpy.Process, within_s: float) -> None:
        deadline_s = min(self.now_s + within_s, LAST_S)
        process.callbacks.append(_take_over_failure)
        try:
            while not process.processed:
                if not self.environment.peek() <= deadline_s:
                    self._run_to(deadline_s)
                    raise NothingWillHappenError(_STILL_RUNNING.format(hours=within_s / 3600))
                self._step()
        finally:
            if not process.processed:
                process.callbacks.remove(_take_over_failure)

    def _go_on(self) -> None:
        """To the end of the next moment, or to something worth recording in it."""
        moment_s, recorded = self.environment.peek(), self.recorded
        while self.environment.peek() == moment_s and self.recorded == recorded:
            self._step()

    def _step(self) -> None:
        """One event, whole; then whatever waited for that is let through."""
        self._stepping = True
        try:
            self.environment.step()
        finally:
            self._stepping = False
        self.turns.let_through()

    def _check_that_time_may_move(self, seconds: float) -> None:
        if self._stopped:
            message = "Expected an open lab, found one that has been stopped; labkit.start() opens a fresh one."
            raise MisuseError(message)
        if self._stepping:
            message = (
                "Expected lab time to be moved from a cell, found it moved by something that is called while time "
                "passes (a listener of lab.history); note there what happened, and move time from a cell."
            )
            raise MisuseError(message)
        if self.now_s + seconds > LAST_S:
            message = (
                f"Expected a moment within the lab's hundred years, found one {seconds:.0f} seconds from now; "
                "advance by less, or open a fresh lab with labkit.start()."
            )
            raise MisuseError(message)

    def _run_to(self, at_s: float) -> None:
        # SimPy's own run(until=…) stops *before* the events of that moment; a lesson that waits
        # ten seconds for a ten-second thing expects to find it done.
        mark = self.environment.timeout(at_s - self.now_s)
        while not mark.processed or self.environment.peek() <= at_s:
            self._step()

    def _give_up(self, deadline_s: float, within_s: float) -> None:
        ended = self.environment.peek() > LAST_S
        if not ended:
            self._run_to(deadline_s)
        found = "nothing is left to happen" if ended else f"{within_s:.0f} lab seconds have passed"
        message = (
            f"Expected the condition given to run_until to come true, but {found} and it is still false; "
            "start what should make it true first, or look at lab.history for what did happen."
        )
        raise NothingWillHappenError(message)


_STILL_RUNNING = (
    "Expected it to end within {hours:.0f} hours of lab time, found it still running, and it goes on; "
    "give a command that may never end a limit (timeout 60 …), or put it in the background (… &)."
)


def _take_over_failure(process: simpy.Event) -> None:
    # Whoever waits for it raises what it raised: the clock itself needs not.
    process.defused = True


def _number_of(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        message = f"Expected a number of seconds, found {seconds!r}; write lab time in seconds, such as 60."
        raise MisuseError(message)
    return seconds


class Appointment:
    """Something the clock will do at ``at_s``, unless it is called off."""

    def __init__(self, clock: Clock, at_s: float, action: Callable[[], None]) -> None:
        self.at_s = at_s
        self._action: Callable[[], None] | None = action
        clock.timeout(at_s - clock.now_s).callbacks.append(self._keep)

    def cancel(self) -> None:
        """Calls it off; harmless if it has been kept already."""
        self._action = None

    def _keep(self, _event: simpy.Event) -> None:
        if self._action is not None:
            action, self._action = self._action, None
            action()
