"""What running a command on a machine amounts to, and who can run one.

The sandbox computes a command at once; in lab time it lasts ``duration_s``, and what it changed
happens at its own moment within that span (``Effect.offset_s``). Whoever runs it waits for that.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import simpy

from labkit.world.files import FileSystem

Stream = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of output, in the order it was written; not aligned to lines."""

    stream: Stream
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A change to the machine, ``offset_s`` lab seconds after the command began."""

    offset_s: float
    apply: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A command's whole run.

    ``exit_code``: None if a signal ended it (``signal``: its number). ``start_error``: set when it could
    not be started at all (text of the errno, such as "No such file or directory"). ``timed_out``: it was
    ended at its time-out. ``open_stream``/``open_until_s``: a background child still holds that stream
    until so many lab seconds after the start (None: nothing is held).
    """

    exit_code: int | None
    chunks: tuple[Chunk, ...] = ()
    duration_s: float = 0.0
    signal: int | None = None
    timed_out: bool = False
    start_error: str | None = None
    open_stream: Stream | None = None
    open_until_s: float = 0.0
    effects: tuple[Effect, ...] = ()

    @property
    def stdout(self) -> str:
        """All that was written to standard output."""
        return "".join(chunk.text for chunk in self.chunks if chunk.stream == "stdout")

    @property
    def stderr(self) -> str:
        """All that was written to standard error."""
        return "".join(chunk.text for chunk in self.chunks if chunk.stream == "stderr")


Running = Generator[simpy.Event, Any, Execution]
"""A command in lab time: a process that ends with its ``Execution`` once its effects have happened."""


class Host(Protocol):
    """What the agent needs of the machine it runs on."""

    @property
    def files(self) -> FileSystem:
        """The machine's files."""

    def user_id(self, name: str) -> int | None:
        """The uid of the user called ``name`` in /etc/passwd, None if there is none."""

    def group_id(self, name: str) -> int | None:
        """The gid of the group called ``name`` in /etc/group, None if there is none."""

    def home(self, name: str) -> str | None:
        """The home directory of the user called ``name``, None if there is no such user."""

    def run(
        self,
        command: str,
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        cwd: str = "/",
        timeout_s: float | None = None,
    ) -> Running:
        """Runs ``command`` as ``/bin/sh -c`` would (standard input closed), in lab time."""
