"""What it means for a script to have met one of the sandbox's limits."""

from enum import Enum
from math import inf

from labkit.world.shell.timeline import Timeline


class Verdict(Enum):
    """How such a script ends."""

    FAILED = "with an ordinary error"
    OUT_OF_TIME = "when its time is up, because it would never end"
    KILLED = "by the kernel, because it takes more than the machine has"


def verdict(error: str, line: Timeline) -> Verdict:
    """What bashkit's ``error`` stands for on a machine; ``line``: the script's time."""
    if any(part in error for part in ("parse error", "function depth", "budget validation")):
        return Verdict.FAILED
    endless = "command count" in error or "loop iteration" in error
    if endless and line.deadline_s < inf and not line.terminated:
        return Verdict.OUT_OF_TIME
    return Verdict.KILLED
