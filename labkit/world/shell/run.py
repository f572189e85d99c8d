"""One command on one machine: computed at once in the sandbox, with every effect at its own moment of lab time.

A run works on a copy of the machine's inside. Whenever lab time passes (``sleep``, a service that starts, a package
being installed) what has changed so far becomes an ``Effect`` of that moment. Children in the background are computed
when they start, on a timeline of their own; so a parent sees at once what a child will have done (simplified).
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import inf

import bashkit

from labkit.world.accounts import User
from labkit.world.execution import Chunk, Execution
from labkit.world.files import FileSystem
from labkit.world.inside import Inside, Process
from labkit.world.shell import programs, writes
from labkit.world.shell.call import COMMANDS, Call, Command, Invocation, Result
from labkit.world.shell.durations import COMMAND_S
from labkit.world.shell.limits import Verdict, verdict
from labkit.world.shell.mirror import Owner
from labkit.world.shell.process import ShellProcess
from labkit.world.shell.recorder import Recorder
from labkit.world.shell.refusal import take_back
from labkit.world.shell.sandbox import MAX_NESTED, MAX_PROCESSES, Sandbox
from labkit.world.shell.script import Script, prepare
from labkit.world.shell.timeline import TerminatedError, Timeline, held_stream
from labkit.world.surroundings import Surroundings

NOTICEABLE_S = 0.1
"""Changes are given a moment of their own when at least so much lab time follows them."""

SIGKILL, SIGTERM = 9, 15
INTERRUPTIBLE = frozenset({"sleep", "__sleep", "__wait"})
FOLLOWING = "__child"
"""What follows background children; it costs no time, because even one whose time is up has to be ended by it."""

STDIN = "/dev/stdin-of-script"
OUT_OF_PROCESSES = Result(stderr="bash: fork: retry: Resource temporarily unavailable\n", exit_code=254)


class Run:
    """A command in progress. ``inside``: the copy it works on; ``live``: the machine's own, which effects change."""

    def __init__(self, live: Inside, surroundings: Surroundings, sandbox: Sandbox, timeout_s: float | None) -> None:
        self.surroundings = surroundings
        self.inside = live.copy(lambda: self.now_s)
        self._recorder = Recorder(self.inside, live)
        self._sandbox = sandbox
        self._lines = [Timeline(deadline_s=inf if timeout_s is None else timeout_s)]
        self._shells: list[ShellProcess] = []
        self._interpreters: list[bashkit.Bash] = []
        self._started = 0
        self._stale = False
        self._floor = 0
        self._stopping = False
        self._killed_by: int | None = None
        self._fault: BaseException | None = None

    def outcome(self, result: Result) -> Execution:
        """What the run amounts to, once the command that it is for has given ``result``."""
        if self._fault is not None:
            raise self._fault
        del self._lines[1:]  # of children that a stop cut off
        line = self._lines[0]
        line.offset_s = max(line.offset_s, COMMAND_S)
        self._commit()
        held = [] if line.terminated else line.holding()
        return Execution(
            exit_code=None if result.signal is not None else result.exit_code,
            chunks=result.in_order,
            duration_s=round(line.offset_s, 3),
            signal=result.signal,
            timed_out=line.terminated,
            open_stream=held_stream(held),
            open_until_s=max((child.ends_s for child in held), default=0.0),
            effects=self._recorder.effects(line),
        )

    # --- what commands use ---------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Lab seconds at this moment of the run."""
        return self.surroundings.began_s + self._lines[-1].offset_s

    @property
    def line(self) -> Timeline:
        """The timeline of whatever runs now."""
        return self._lines[-1]

    def spend(self, seconds: float) -> None:
        """Lets lab time pass; raises ``TerminatedError`` when the run's time is up."""
        if seconds >= NOTICEABLE_S:
            self._commit()
        self.line.spend(seconds)

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Within it, time is up after ``seconds`` at the latest (``timeout`` of coreutils)."""
        line, outer, floor = self.line, self.line.deadline_s, self._floor
        line.deadline_s = min(outer, line.offset_s + seconds)
        self._floor = len(self._interpreters)
        try:
            yield
        finally:
            line.deadline_s, self._floor = outer, floor
            if line.terminated and line.offset_s < outer:
                line.terminated = self._stopping = False
                self._killed_by = None
            elif self._stopping:
                self._cancel()

    def execute(self, invocation: Invocation) -> Result:
        """Runs a program to its end, as a child of whatever runs now."""
        name, *arguments = invocation.argv
        program = programs.find(self._current_files(), name, invocation)
        if program.kind == "missing":
            place = f"bash: {self._line_of(name)}" if program.error else ""
            return Result(stderr=f"{place}{program.message}\n", exit_code=program.exit_code)
        if program.kind == "bashkit":
            return self.shell(shlex.join([program.name, *arguments]), "bash", (), invocation)
        if program.kind == "script" and program.name in programs.SHELLS:
            text = _with_options(program.text, program.arguments)
            return self.shell(text, program.path, tuple(arguments), invocation, program.name)
        if program.kind == "script":
            argv = (program.name, *program.arguments, program.path, *arguments)
            return self.execute(replace(invocation, argv=argv))
        return self._guarded(self._call(program.name, arguments, invocation, self._program(invocation)))

    def shell(
        self, text: str, argv0: str, arguments: tuple[str, ...], invocation: Invocation, dialect: str = "bash"
    ) -> Result:
        """Runs the text of a script in a shell of its own, of the kind ``dialect``."""
        if not self.count_process() or len(self._shells) >= MAX_NESTED:
            return OUT_OF_PROCESSES
        self.bring_up_to_date()
        self._show()
        if not self._shells:
            return self._interpret(text, argv0, arguments, invocation, dialect)
        # bashkit runs one interpreter a thread; the one that waits for this child has this thread.
        return _in_thread(lambda: self._interpret(text, argv0, arguments, invocation, dialect))

    def count_process(self) -> bool:
        """Counts one more process of this run; False, and the run is stopped, when there are too many."""
        self._started += 1
        if self._started > MAX_PROCESSES:
            self._stop(SIGKILL)
        return self._started <= MAX_PROCESSES

    def bring_up_to_date(self) -> None:
        """Brings what the running script changed by itself into ``inside``."""
        if not self._stale:
            return
        self._stale = False
        process, files = self._shells[-1], self.inside.files
        before = files.root
        owner = Owner(process.user.uid, process.user.gid, self.now_s)
        changed = self._sandbox.mirror.read_back(files, owner, process.writes)
        if changed and process.user.uid != 0:
            process.refused += take_back(files, before, changed, process.user)
            self._show()

    # --- background children -------------------------------------------------------------------

    def child_begins(self, streams: str) -> bool:
        """From here on it is a background child that runs; False if no more can be started."""
        if not self.count_process():
            return False
        self._commit()
        self._lines.append(self.line.branch(self.inside.new_pid(), streams))
        return True

    def child_ends(self, exit_code: int, user: User, command: str) -> None:
        """The background child is through; its parent goes on where it left it."""
        if len(self._lines) == 1:
            return  # the run is being stopped: it never began
        self._commit()
        ended = self._lines.pop().end(exit_code)
        self.line.children[ended.pid] = ended
        began, started_s = self.surroundings.began_s, self.now_s
        process = Process(ended.pid, user.name, command, started_s, began + ended.ends_s)
        self.inside.processes[ended.pid] = process

    # --- one interpreter -----------------------------------------------------------------------

    def _new_shell(self, text: str, argv0: str, arguments: tuple[str, ...], invocation: Invocation) -> ShellProcess:
        script = prepare(text, programs.known())
        targets = writes.targets(script.text, programs.ours())
        return ShellProcess(
            pid=self.inside.new_pid(),
            parent_pid=self._shells[-1].pid if self._shells else 1,
            user=invocation.user,
            env=invocation.env,
            cwd=invocation.cwd,
            argv0=argv0,
            arguments=arguments,
            script=script,
            writes=writes.absolute(targets, invocation.cwd),
        )

    def _interpret(
        self, text: str, argv0: str, arguments: tuple[str, ...], invocation: Invocation, dialect: str
    ) -> Result:
        process = self._new_shell(text, argv0, arguments, invocation)
        process.dialect = dialect
        bash = self._sandbox.interpreter(len(self._shells))
        self._shells.append(process)
        self._interpreters.append(bash)
        outermost = len(self._shells) == 1
        chunks: list[Chunk] = []
        try:
            bash.execute_sync(process.preparation(self.surroundings.identity.hostname))
            prepared = process.script.text
            if invocation.stdin:
                self._sandbox.mirror.fs.write_file(STDIN, invocation.stdin.encode())
                prepared = f"{{ {prepared}\n}} < {STDIN}"
            result = bash.execute_sync(prepared, partial(self._collect, chunks, process) if outermost else None)
            self._stale = True
            if self._fault is None:
                self.bring_up_to_date()
        finally:
            self._stale = False
            self._shells.pop()
            self._interpreters.pop()
        return self._result(process, result, tuple(chunks) if outermost else None)

    def _collect(self, chunks: list[Chunk], process: ShellProcess, stdout: str, stderr: str) -> None:
        """Keeps what is written until time is up; whoever set the time listens no longer."""
        if self.line.terminated:
            return
        if stdout:
            chunks.append(Chunk("stdout", stdout))
        if stderr:
            chunks.append(Chunk("stderr", process.error_text(stderr)))

    def _result(self, process: ShellProcess, result: bashkit.ExecResult, chunks: tuple[Chunk, ...] | None) -> Result:
        exit_code, complaints = result.exit_code, process.refusals()
        if result.error and not self._stopping:
            exit_code, complaint = self._limit_met(process, result.error)
            complaints += complaint
        if process.refused:
            exit_code = exit_code or 1
        if self._killed_by is not None:
            exit_code = 128 + self._killed_by
        stderr = complaints if result.error else process.error_text(result.stderr) + complaints
        if chunks is not None and complaints:
            chunks = (*chunks, Chunk("stderr", complaints))
        return Result(result.stdout, stderr, exit_code, chunks, self._signal(process, exit_code))

    def _signal(self, process: ShellProcess, exit_code: int) -> int | None:
        """The signal that ended ``process``, if one did."""
        if self._killed_by is not None:
            return self._killed_by
        if process.signal is not None and exit_code == 128 + process.signal:
            return process.signal
        return SIGTERM if self.line.terminated and exit_code == 128 + SIGTERM else None

    def _limit_met(self, process: ShellProcess, error: str) -> tuple[int, str]:
        """Exit code and message for a script that met one of the sandbox's limits."""
        match verdict(error, self.line):
            case Verdict.FAILED:
                return 2 if "parse error" in error else 1, process.error_text(error) + "\n"
            case Verdict.OUT_OF_TIME:
                self.line.offset_s, self.line.terminated = self.line.deadline_s, True
                self._stop(SIGTERM)
                return 128 + SIGTERM, ""
            case Verdict.KILLED:
                self._stop(SIGKILL)
                return 128 + SIGKILL, "Killed\n"

    # --- commands of the lab -------------------------------------------------------------------

    def called(self, context: bashkit.BuiltinContext) -> bashkit.BuiltinResult:
        """Bashkit asks for one of our commands."""
        if self._stopping:
            self._cancel()
            return bashkit.BuiltinResult(exit_code=128 + SIGTERM)
        self._stale = True
        process = self._shells[-1]
        invocation = Invocation(
            argv=(context.name, *context.argv),
            user=process.user,
            env={**process.env, **context.env},
            cwd=context.cwd,
            stdin=context.stdin,
        )
        try:
            result = self._guarded(self._call(context.name, context.argv, invocation, process))
            self._show()
        except BaseException as fault:  # noqa: BLE001 - outcome() raises it again
            self._fault = fault
            self._cancel()
            return bashkit.BuiltinResult(exit_code=1)
        if self._stopping:
            self._cancel()
        return bashkit.BuiltinResult(result.stdout, result.stderr, result.exit_code)

    def _guarded(self, call: Call) -> Result:
        """Runs one command of the lab; what the file system refuses becomes the command's complaint."""
        entry = COMMANDS[call.name]
        try:
            if call.name != FOLLOWING:
                self.line.spend(COMMAND_S)
            if entry.program is not None and not self._current_files().exists(entry.program):
                return self._elsewhere(call, entry)
            return entry.function(call)
        except OSError as error:
            return call.fail(f"{error.filename}: {error.strerror}")
        except TerminatedError:
            if call.name not in INTERRUPTIBLE and not self.line.endless:
                self._stop(SIGTERM)
            return Result(exit_code=128 + SIGTERM)

    def _elsewhere(self, call: Call, entry: Command) -> Result:
        """The program of that name is not installed; perhaps a script of that name is."""
        program = programs.find(self._current_files(), call.name, call.started)
        if program.kind == "script" and program.path != entry.program:
            return call.execute((program.path, *call.arguments))
        return Result(stderr=f"bash: {self._line_of(call.name)}{call.name}: command not found\n", exit_code=127)

    def _line_of(self, name: str) -> str:
        script = self._shells[-1].script if self._shells else None
        return f"line {script.lines.get(name, 1) if script else 1}: "

    def _call(self, name: str, arguments: Sequence[str], invocation: Invocation, process: ShellProcess) -> Call:
        return Call(name=name, arguments=arguments, started=invocation, process=process, run=self)

    def _program(self, invocation: Invocation) -> ShellProcess:
        """A process for a program that is started without a shell around it."""
        return ShellProcess(
            pid=self.inside.new_pid(),
            parent_pid=self._shells[-1].pid if self._shells else 1,
            user=invocation.user,
            env=invocation.env,
            cwd=invocation.cwd,
            argv0=invocation.argv[0],
            arguments=tuple(invocation.argv[1:]),
            script=Script(""),
            writes=frozenset(),
        )

    # --- stopping ------------------------------------------------------------------------------

    def _stop(self, signal: int) -> None:
        """Ends the whole run with ``signal``."""
        self._stopping = True
        self._killed_by = signal
        self._cancel()

    def _cancel(self) -> None:
        for bash in self._interpreters[self._floor :]:
            bash.cancel()

    # --- effects -------------------------------------------------------------------------------

    def _commit(self) -> None:
        """Makes what has changed since last time an effect of the present moment."""
        self.bring_up_to_date()
        self._recorder.note(self.line)

    def _current_files(self) -> FileSystem:
        self.bring_up_to_date()
        return self.inside.files

    def _show(self) -> None:
        self._sandbox.mirror.show(self.inside.files.root)


def _in_thread(work: Callable[[], Result]) -> Result:
    """What ``work`` gives or raises, done in a thread of its own."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(work).result()


def _with_options(text: str, options: tuple[str, ...]) -> str:
    """A script whose shebang gives the shell options (``#!/bin/bash -e``), which it then sets itself."""
    flags = [option for option in options if option.startswith("-") and option != "-"]
    return f"set {' '.join(flags)}; {text}" if flags else text
