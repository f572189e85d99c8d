"""A theater whose lab still lives: it can let time pass there, and break something on an instance.

The history is all that a picture is drawn from; what acts on the lab comes in as functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from labkit.view.trace_types import Trace


@dataclass(frozen=True, slots=True)
class Live:
    """What a theater may do to its lab.

    ``trace()``: the deployment as far as it has come. ``advance(seconds)``: lets lab time pass.
    ``inject(fault_id, instance_id)``: breaks something now; ``faults`` are the ids that are offered. ``now()``: the
    lab's present moment. ``advance`` and ``inject`` raise ``MisuseError`` where they can't.
    """

    trace: Callable[[], Trace]
    advance: Callable[[float], None]
    inject: Callable[[str, str], object]
    faults: tuple[str, ...]
    now: Callable[[], datetime]


class LiveState(TypedDict, total=False):
    """What the browser knows of the lab; nothing where there is none.

    ``running``: the deployment has not ended, so its picture can go on. ``now``: the lab's time of day.
    ``said``: one sentence about what was asked for last.
    """

    faults: list[str]
    running: bool
    now: str
    said: str


def live_state(live: Live, trace: Trace, said: str = "") -> LiveState:
    """What the browser is told of the lab."""
    running = trace["deployment"]["ended_s"] is None
    return {"faults": list(live.faults), "running": running, "now": f"{live.now():%H:%M:%S}", "said": said}
