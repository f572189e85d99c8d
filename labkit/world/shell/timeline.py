"""Lab time within one run: the main line, and one for each child left in the background."""

from dataclasses import dataclass, field
from math import inf

from labkit.world.execution import Stream

CHILD_LIMIT_S = 86_400.0
CHILD_WAITS = 200
"""A background child is followed for so many lab seconds or waits; it then stays alive and does nothing more."""


class TerminatedError(Exception):
    """The present process has to end: its time is up. Never leaves the shell."""


@dataclass(frozen=True, slots=True)
class EndedChild:
    """A background child whose run is known. ``ends_s``: seconds after the run began (inf: it never ends)."""

    pid: int
    ends_s: float
    exit_code: int
    streams: str


@dataclass(kw_only=True)
class Timeline:
    """``offset_s``: lab seconds since the run began; at ``deadline_s`` SIGTERM comes, once.

    ``pid``: whose line it is (None: the run's own). ``cut_s``: how much of the wait that met the deadline was left.
    ``streams``: which of stdout (1) and stderr (2) it holds.
    """

    offset_s: float = 0.0
    deadline_s: float = inf
    pid: int | None = None
    streams: str = ""
    started_s: float = 0.0
    waits: int = 0
    terminated: bool = False
    cut_s: float = 0.0
    endless: bool = False
    children: dict[int, EndedChild] = field(default_factory=dict)

    def spend(self, seconds: float) -> None:
        """Moves on; raises ``TerminatedError`` when that meets the deadline, or a child is not followed further."""
        self.offset_s += seconds
        if self.offset_s >= self.deadline_s and not self.terminated:
            self.cut_s = self.offset_s - self.deadline_s
            self.offset_s = self.deadline_s
            self.terminated = True
            raise TerminatedError
        if self.pid is not None and seconds:
            self.waits += 1
            if self.waits > CHILD_WAITS or self.offset_s - self.started_s > CHILD_LIMIT_S:
                self.endless = True
                raise TerminatedError

    def holding(self) -> list[EndedChild]:
        """The children that outlive this moment and hold an output stream."""
        return [child for child in self.children.values() if child.streams != "-" and child.ends_s > self.offset_s]

    def branch(self, pid: int, streams: str) -> "Timeline":
        """The line of a child that starts now."""
        return Timeline(offset_s=self.offset_s, pid=pid, streams=streams, started_s=self.offset_s)

    def end(self, exit_code: int) -> EndedChild:
        """What the parent will find of this child."""
        return EndedChild(self.pid or 0, inf if self.endless else self.offset_s, exit_code, self.streams)


def held_stream(children: list[EndedChild]) -> Stream | None:
    """The stream that ``children`` keep open, stdout before stderr as the agent looks for them."""
    if not children:
        return None
    return "stdout" if any("1" in child.streams for child in children) else "stderr"
