"""Waiting in a lesson moves the lab's clock: ``get_waiter(…).wait()`` and a cell's own ``time.sleep``.

On AWS waiting takes minutes; here it takes lab time. Only calls made by botocore's waiters and by the
notebook itself (module ``__main__``) are meant: every other ``time.sleep`` in the process stays as it is.
"""

import sys
import time
from collections.abc import Callable

from labkit.aws.overrides import Overrides
from labkit.simulation.clock import Clock

IN_LAB_TIME = frozenset({"__main__", "botocore.waiter"})


def wait_in_lab_time(overrides: Overrides, clock: Clock) -> None:
    """Turns such waits into lab time until ``overrides.undo()``."""
    overrides.replace(time, "sleep", _sleep(time.sleep, clock))


def _sleep(real: Callable[[float], None], clock: Clock) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        if sys._getframe(1).f_globals.get("__name__") in IN_LAB_TIME:  # noqa: SLF001
            clock.advance(seconds)
        else:
            real(seconds)

    return sleep
