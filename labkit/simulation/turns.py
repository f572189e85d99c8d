"""Who moves the world: one thread at a time, and nothing is left half-way.

Whoever changes the world takes a turn. Within it no other thread gets one, and what would break it off in the middle,
an interrupt (Ctrl-C, the notebook's stop button) or the error of somebody who only listens, is put off until the
world is whole again: between two events, or at the end of the outermost turn. It is never lost.

A turn is taken for every event while ``run_until`` waits, so taking one is cheap.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock, get_ident, main_thread
from types import FrameType
from typing import Any

INSISTENT = 3
"""Whoever interrupts so often during one turn gets the kernel back, even out of a listener that never returns."""


class Interrupts:
    """Within ``with INTERRUPTS:`` an interrupt waits; blocks may be nested, the outermost delivers it.

    Python delivers Ctrl-C to the main thread, between any two of its instructions, so in other threads there is nothing
    to hold back; nor where Python has no handler for it.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._came = 0
        self._kept_at_hand = 0
        self._handler: Any = None

    def __enter__(self) -> None:
        if get_ident() == main_thread().ident:
            if self._depth == self._kept_at_hand == 0:
                self._take_over()
            self._depth += 1

    def __exit__(self, *_: object) -> None:
        if get_ident() == main_thread().ident:
            self._depth -= 1
            if self._depth == self._kept_at_hand == 0:
                self._give_back()
            elif self._depth == 0 and self._came:
                self._deliver()

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Within it many such blocks follow each other: Python's handler, slow to change, is changed only once."""
        if get_ident() != main_thread().ident:
            yield
            return
        with self:
            self._kept_at_hand += 1
        try:
            yield
        finally:
            with self:
                self._kept_at_hand -= 1

    def let_through(self) -> None:
        """Delivers an interrupt that came meanwhile, unless a block further out still needs to end."""
        if self._came and self._depth == 1 and get_ident() == main_thread().ident:
            self._deliver()

    def _take_over(self) -> None:
        self._came, self._handler = 0, signal.getsignal(signal.SIGINT)
        if callable(self._handler):
            signal.signal(signal.SIGINT, self._note)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self._came += 1
        if self._depth == 0 or self._came >= INSISTENT:
            self._deliver()

    def _give_back(self) -> None:
        if callable(self._handler):
            signal.signal(signal.SIGINT, self._handler)
        if self._came:
            self._deliver()

    def _deliver(self) -> None:
        self._came = 0
        self._handler(signal.SIGINT, None)


INTERRUPTS = Interrupts()


class Turns:
    """The turns of one world: ``with turns:`` takes one; they may be nested."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._depth = 0
        self._errors: list[Exception] = []

    def __enter__(self) -> None:
        INTERRUPTS.__enter__()
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._depth -= 1
        try:
            if self._depth == 0 and kind is None:
                self._raise_errors()
        finally:
            self._lock.release()
            INTERRUPTS.__exit__()

    def put_off(self, error: Exception) -> None:
        """Has ``error`` raised as soon as the world is whole; at once outside of any turn."""
        if self._depth == 0:
            raise error
        self._errors.append(error)

    def let_through(self) -> None:
        """Raises what was put off, if no turn further out still needs to end. Call it where the world is whole."""
        if self._depth == 1:
            self._raise_errors()
            INTERRUPTS.let_through()

    def _raise_errors(self) -> None:
        if not self._errors:
            return
        errors, self._errors = self._errors, []
        if len(errors) == 1:
            raise errors[0]
        message = "several of those who listen to the lab's history failed"
        raise ExceptionGroup(message, errors)
