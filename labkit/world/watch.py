"""Waiting for a machine to become something."""

from collections.abc import Callable

from labkit.simulation.clock import Clock
from labkit.world.machine import Machine


class Watch:
    """``event`` comes with the first change of ``machine`` that makes ``condition`` true, at once if it is.

    Who no longer waits for it has to ``end`` the watch: a machine keeps everybody who wants to hear of it.
    """

    def __init__(self, clock: Clock, machine: Machine, condition: Callable[[], bool]) -> None:
        self.event = clock.event()
        self._condition = condition
        self._stop: Callable[[], None] | None = None
        if condition():
            self.event.succeed()
        else:
            self._stop = machine.on_change(self._look)

    @property
    def came(self) -> bool:
        """Whether the event has come."""
        return bool(self.event.triggered)

    def end(self) -> None:
        """Stops looking; twice does no harm."""
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def _look(self) -> None:
        if self._stop is not None and self._condition():
            self.end()
            self.event.succeed()
