"""The inside of a machine: its files, its services and its processes, and what changed between two moments of it.

A command does not act on the machine itself but on a copy that costs nothing; what it changed comes to the
machine later, at the moment of lab time at which the command did it (``Delta``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from labkit.world import tree_diff
from labkit.world.files import Directory, FileSystem
from labkit.world.web_server import WebServer

FIRST_PID = 2000
"""Roughly the first number a process of ours gets after Amazon Linux has booted."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What systemd knows of a unit. ``active``: active, inactive, failed; ``sub``: running, exited, dead, failed.

    ``since_s``: lab seconds. ``result``: systemd's word (success, exit-code). ``web``: the web server it runs,
    with the configuration it read when it started or was reloaded (None: it serves nothing).
    """

    name: str
    active: str = "inactive"
    sub: str = "dead"
    pid: int | None = None
    since_s: float = 0.0
    result: str = "success"
    exit_status: str = ""
    web: WebServer | None = None

    @property
    def running(self) -> bool:
        """Whether systemd calls it active."""
        return self.active == "active"


@dataclass(frozen=True, slots=True)
class Process:
    """A child that a script left in the background. It lives from ``started_s`` to ``ends_s`` (lab seconds)."""

    pid: int
    user: str
    command: str
    started_s: float
    ends_s: float
    killed: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of a machine's inside; equal parts are shared with every other moment."""

    root: Directory
    services: Mapping[str, ServiceState]
    processes: Mapping[int, Process]
    last_pid: int


class Inside:
    """Files, services and processes, as commands read and change them."""

    def __init__(self, files: FileSystem) -> None:
        self.files = files
        self.services: dict[str, ServiceState] = {}
        self.processes: dict[int, Process] = {}
        self.last_pid = FIRST_PID

    def copy(self, now: Callable[[], float]) -> "Inside":
        """The same inside to try changes on; ``now`` gives its lab seconds."""
        twin = Inside(FileSystem(self.files.root, now))
        twin.services = dict(self.services)
        twin.processes = dict(self.processes)
        twin.last_pid = self.last_pid
        return twin

    def snapshot(self) -> Snapshot:
        """The present moment."""
        return Snapshot(self.files.root, dict(self.services), dict(self.processes), self.last_pid)

    def new_pid(self) -> int:
        """The next process number; like Linux under little load, numbers are dealt in order."""
        self.last_pid += 3
        return self.last_pid

    def service(self, name: str) -> ServiceState:
        """The state of the unit called ``name`` (inactive if it never ran)."""
        return self.services.get(name) or ServiceState(name)

    def alive(self, at_s: float) -> list[Process]:
        """The background children that live at ``at_s``, oldest first."""
        return [child for child in self.processes.values() if child.started_s <= at_s < child.ends_s]

    def kill(self, pid: int, at_s: float) -> bool:
        """Ends a background child; False if there is none with this number."""
        child = self.processes.get(pid)
        if child is None or not at_s < child.ends_s:
            return False
        self.processes[pid] = replace(child, ends_s=at_s, killed=True)
        return True


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed between two snapshots."""

    files: tuple[tree_diff.Change, ...]
    services: Mapping[str, ServiceState]
    processes: Mapping[int, Process]
    last_pid: int

    def apply(self, inside: Inside) -> None:
        """Makes the same changes on ``inside``, which may have moved on meanwhile."""
        tree_diff.apply(self.files, inside.files)
        inside.services.update(self.services)
        inside.processes.update(self.processes)
        inside.last_pid = max(inside.last_pid, self.last_pid)


def between(before: Snapshot, after: Snapshot) -> Delta | None:
    """What leads from ``before`` to ``after``; None if nothing does."""
    files = tuple(tree_diff.difference(before.root, after.root))
    services = {name: now for name, now in after.services.items() if before.services.get(name) != now}
    processes = {pid: now for pid, now in after.processes.items() if before.processes.get(pid) != now}
    if not (files or services or processes or before.last_pid != after.last_pid):
        return None
    return Delta(files, services, processes, after.last_pid)
