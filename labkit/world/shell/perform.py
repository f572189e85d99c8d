"""One command on one machine from its text to its ``Execution``: the way into this package."""

from dataclasses import replace

from labkit.world.execution import Chunk, Execution
from labkit.world.inside import Inside
from labkit.world.shell import programs
from labkit.world.shell.call import Invocation, Result
from labkit.world.shell.durations import COMMAND_S
from labkit.world.shell.run import Run
from labkit.world.shell.sandbox import Sandbox
from labkit.world.surroundings import Surroundings


def perform(
    command: str,
    invocation: Invocation,
    timeout_s: float | None,
    live: Inside,
    surroundings: Surroundings,
    sandbox: Sandbox,
) -> Execution:
    """The whole run of ``command``, as ``/bin/sh -c`` would on the machine whose inside is ``live``.

    ``invocation``: who runs it, where and with which variables. Nothing has happened to ``live`` yet when this returns:
    the effects do that.
    """
    argv = programs.words(command)
    refused = _refusal(argv[0], live, invocation) if argv else None
    if refused is not None:
        return refused
    run = Run(live, surroundings, sandbox, timeout_s)
    with sandbox.lend(run.called):
        return run.outcome(_first(run, command, argv, invocation))


def _refusal(name: str, live: Inside, invocation: Invocation) -> Execution | None:
    """What comes of a command that cannot be started at all."""
    program = programs.find(live.files, name, invocation)
    if program.kind != "missing":
        return None
    place = "bash: line 1: " if program.error else ""
    return Execution(
        exit_code=program.exit_code,
        chunks=(Chunk("stderr", f"{place}{program.message}\n"),),
        duration_s=COMMAND_S,
        start_error=programs.start_error(program),
    )


def _first(run: Run, command: str, argv: list[str] | None, invocation: Invocation) -> Result:
    if argv:
        return run.execute(replace(invocation, argv=tuple(argv)))
    dialect = programs.plain_shell(run.inside.files)
    return run.shell(command, "sh" if dialect == "dash" else "bash", (), invocation, dialect)
