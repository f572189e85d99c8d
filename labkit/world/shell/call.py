"""What a command of the lab gets and gives, and the table of them all."""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from labkit.world.accounts import User
from labkit.world.execution import Chunk
from labkit.world.files import FileSystem
from labkit.world.inside import Inside
from labkit.world.shell.process import ShellProcess
from labkit.world.shell.timeline import Timeline
from labkit.world.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Result:
    """What a command wrote and how it ended. ``chunks``: its output in order, where that is known.

    ``signal``: the number of the signal that ended it; ``exit_code`` is then 128 more, as a shell shows it.
    """

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    chunks: tuple[Chunk, ...] | None = None
    signal: int | None = None

    @property
    def in_order(self) -> tuple[Chunk, ...]:
        """The output as chunks."""
        if self.chunks is not None:
            return self.chunks
        both: tuple[Chunk, ...] = (Chunk("stdout", self.stdout), Chunk("stderr", self.stderr))
        return tuple(chunk for chunk in both if chunk.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A program to start: its words, and what it starts with."""

    argv: tuple[str, ...]
    user: User
    env: Mapping[str, str]
    cwd: str
    stdin: str | None = None


class Runner(Protocol):
    """The run that a command is part of (``labkit.world.shell.run``). ``inside``: the copy it works on."""

    surroundings: Surroundings
    inside: Inside

    @property
    def now_s(self) -> float:
        """Lab seconds at this moment of the run."""

    @property
    def line(self) -> Timeline:
        """The timeline of whatever runs now."""

    def spend(self, seconds: float) -> None:
        """Lets lab time pass."""

    def limit(self, seconds: float) -> AbstractContextManager[None]:
        """Within it, time is up after ``seconds`` at the latest."""

    def bring_up_to_date(self) -> None:
        """Brings what the running script changed by itself into ``inside``."""

    def execute(self, invocation: Invocation) -> Result:
        """Runs a program to its end."""

    def shell(
        self, text: str, argv0: str, arguments: tuple[str, ...], invocation: Invocation, dialect: str = "bash"
    ) -> Result:
        """Runs the text of a script in a shell of its own."""

    def child_begins(self, streams: str) -> bool:
        """From here on it is a background child that runs."""

    def child_ends(self, exit_code: int, user: User, command: str) -> None:
        """The background child is through."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One command being run. ``arguments`` come without its name; ``started``: what it was started with."""

    name: str
    arguments: Sequence[str]
    started: Invocation
    process: ShellProcess
    run: Runner

    @property
    def stdin(self) -> str | None:
        """What is piped in, None when nothing is."""
        return self.started.stdin

    @property
    def env(self) -> Mapping[str, str]:
        """The environment variables."""
        return self.started.env

    @property
    def cwd(self) -> str:
        """The current folder."""
        return self.started.cwd

    @property
    def inside(self) -> Inside:
        """The machine's inside as this moment of the run sees it; change it freely."""
        self.run.bring_up_to_date()
        return self.run.inside

    @property
    def files(self) -> FileSystem:
        """The files of ``inside``."""
        return self.inside.files

    @property
    def user(self) -> User:
        """Who runs it."""
        return self.process.user

    @property
    def surroundings(self) -> Surroundings:
        """What is beyond the machine's inside."""
        return self.run.surroundings

    @property
    def now_s(self) -> float:
        """Lab seconds at this moment of the run."""
        return self.run.now_s

    def path(self, text: str) -> str:
        """``text`` as an absolute path, seen from the current folder."""
        return posixpath.join(self.cwd, text)

    def spend(self, seconds: float) -> None:
        """Lets lab time pass; what was changed before it is seen by the world before it."""
        self.run.spend(seconds)

    def execute(
        self,
        argv: Sequence[str],
        *,
        user: User | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        stdin: str | None = None,
    ) -> Result:
        """Runs another program as this one's child; what is not given is inherited."""
        return self.run.execute(
            Invocation(
                argv=tuple(argv),
                user=user or self.user,
                env=self.env if env is None else env,
                cwd=cwd or self.cwd,
                stdin=self.stdin if stdin is None else stdin,
            )
        )

    def fail(self, message: str, exit_code: int = 1) -> Result:
        """The usual complaint: the command's name, a colon, the message."""
        return Result(stderr=f"{self.name}: {message}\n", exit_code=exit_code)


Function = Callable[[Call], Result]


@dataclass(frozen=True, slots=True)
class Command:
    """``program``: the file that must be on the machine for it to work (None: part of every machine)."""

    function: Function
    program: str | None


COMMANDS: dict[str, Command] = {}
"""All commands the lab answers, by name."""


def command(*names: str, program: str | None = None) -> Callable[[Function], Function]:
    """Enters a function in ``COMMANDS`` under ``names``."""

    def enter(function: Function) -> Function:
        COMMANDS.update(dict.fromkeys(names, Command(function, program)))
        return function

    return enter
