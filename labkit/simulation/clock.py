"""Lab time: a SimPy environment whose seconds are counted from a fixed moment of the calendar.

Time is virtual. Nothing here looks at the computer's own clock, so the same seed always meets the
same moments. Seconds (``float``) are used inside; ``datetime`` (UTC) is what people and AWS see.
"""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import simpy

from labkit.simulation.misuse import MisuseError

Process = Generator[simpy.Event, Any, Any]
"""What a moving part is: a generator that yields the SimPy events it waits for."""

LAB_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The first moment of every lab: a Monday morning."""

DAY_S = 86_400.0


class NothingWillHappenError(MisuseError):
    """``run_until`` was given a condition that no future event can make true."""


class Clock:
    """The lab's clock and the queue of what will happen."""

    def __init__(self, start: datetime = LAB_START) -> None:
        self.start = start
        self.environment = simpy.Environment()

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
        if not seconds >= 0:
            message = f"Expected 0 or more seconds to advance, found {seconds!r}; lab time never runs backwards."
            raise MisuseError(message)
        self._run_to(self.now_s + seconds)

    def run_until(self, condition: Callable[[], bool], within_s: float = DAY_S) -> None:
        """Lets time pass, event by event, until ``condition()`` holds.

        Raises ``NothingWillHappenError`` when nothing is left to happen, or ``within_s`` lab seconds
        have passed, and the condition still does not hold.
        """
        deadline_s = self.now_s + within_s
        while not condition():
            if self.environment.peek() > deadline_s:
                self._give_up(deadline_s, within_s)
            self.environment.step()

    def run_process(self, generator: Process) -> Any:
        """Lets time pass until ``generator`` has ended; returns its value, raises what it raised."""
        return self.environment.run(until=self.process(generator))

    def _run_to(self, at_s: float) -> None:
        # SimPy's own run(until=…) stops *before* the events of that moment; a lesson that waits
        # ten seconds for a ten-second thing expects to find it done.
        mark = self.environment.timeout(at_s - self.now_s)
        while not mark.processed or self.environment.peek() <= at_s:
            self.environment.step()

    def _give_up(self, deadline_s: float, within_s: float) -> None:
        ended = self.environment.peek() == float("inf")
        if not ended:
            self._run_to(deadline_s)
        found = "nothing is left to happen" if ended else f"{within_s:.0f} lab seconds have passed"
        message = (
            f"Expected the condition given to run_until to come true, but {found} and it is still false; "
            "start what should make it true first, or look at lab.history for what did happen."
        )
        raise NothingWillHappenError(message)


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
