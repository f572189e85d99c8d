"""Processes: background children, waiting, sleeping, signals (bash's own manual, sleep(1), kill(1), timeout(1))."""

import re
import shlex
import signal as signals
from math import inf

from labkit.world import services as systemd
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.timeline import TerminatedError

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
SIGNALS = {member.name.removeprefix("SIG"): member.value for member in signals.Signals if member.value < 32}  # noqa: PLR2004


def seconds(text: str) -> float | None:
    """``0.5``, ``10``, ``2m`` as seconds; None if it is no time.

    >>> seconds("2m")
    120.0
    """
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+|inf(?:inity)?)([smhd]?)", text)
    if found is None:
        return None
    return float(found[1]) * UNITS[found[2]]


@command("sleep", "__sleep")
def sleep(call: Call) -> Result:
    """Lab time passes; nothing waits in reality. ``--rest``: what a signal that was ignored has cut off."""
    if call.arguments[:1] == ["--rest"]:
        call.spend(call.run.line.cut_s)
        return Result()
    if not call.arguments:
        return Result(stderr="sleep: missing operand\nTry 'sleep --help' for more information.\n", exit_code=1)
    spans = [seconds(text) for text in call.arguments]
    if None in spans:
        wrong = call.arguments[spans.index(None)]
        text = f"sleep: invalid time interval '{wrong}'\nTry 'sleep --help' for more information.\n"
        return Result(stderr=text, exit_code=1)
    call.spend(sum(span for span in spans if span is not None))
    return Result()


@command("__child")
def child(call: Call) -> Result:
    """Around every background child; see ``labkit.world.shell.script``."""
    match list(call.arguments):
        case ["begin", streams]:
            return Result(exit_code=0 if call.run.child_begins(streams) else 254)
        case ["end", exit_code] if exit_code.isdigit():
            call.run.child_ends(int(exit_code), call.user, call.process.argv0)
            return Result()
        case ["last"]:
            children = call.run.line.children
            return Result(stdout=f"{next(reversed(children))}\n" if children else "")
        case _:
            return call.fail("this is how the lab follows children in the background; no script calls it itself")


@command("__wait")
def wait(call: Call) -> Result:
    """Waits in lab time for all background children, or for those named."""
    children = call.run.line.children
    named = [int(text) for text in call.arguments if text.isdigit()]
    strangers = [pid for pid in named if pid not in children]
    if strangers:
        message = f"bash: line 1: wait: pid {strangers[0]} is not a child of this shell\n"
        return Result(stderr=message, exit_code=127)
    waited = [children[pid] for pid in named] if named else list(children.values())
    until_s = max((one.ends_s for one in waited), default=0.0)
    missing_s = until_s - call.run.line.offset_s
    if missing_s == inf and call.run.line.deadline_s == inf:
        raise TerminatedError  # nothing will ever end this wait
    if missing_s > 0:
        call.spend(missing_s)
    return Result(exit_code=waited[-1].exit_code if named else 0)


@command("kill", "__kill")
def kill(call: Call) -> Result:
    """Sends a signal to this shell, to a background child or to the main process of a service."""
    number, targets, problem = _signal_and_targets(call)
    if problem:
        return problem
    answer = Result()
    for target in targets:
        pid = int(target.lstrip("-")) if target.lstrip("-").isdigit() else -1
        if pid in {call.process.pid, 0}:
            if number == 0:
                continue
            call.process.signal = number
            answer = Result(exit_code=128 + number)
        elif not _signal_process(call, pid, number):
            shell = "bash: line 1: " if call.name == "__kill" else ""
            reason = "No such process" if pid >= 0 else "arguments must be process or job IDs"
            answer = Result(stderr=f"{shell}kill: ({target}) - {reason}\n", exit_code=1)
    return answer


def _signal_and_targets(call: Call) -> tuple[int, list[str], Result | None]:
    words = list(call.arguments)
    name = "TERM"
    if words[:1] == ["-l"]:
        listed = "\n".join(f"{number}) SIG{key}" for key, number in sorted(SIGNALS.items(), key=lambda item: item[1]))
        return 0, [], Result(stdout=listed + "\n")
    if words[:1] in (["-s"], ["-n"]) and len(words) > 1:
        name, words = words[1], words[2:]
    elif words and words[0].startswith("-") and words[0] != "--":
        name, words = words[0][1:], words[1:]
    words = [word for word in words if word != "--"]
    number = int(name) if name.isdigit() else SIGNALS.get(name.upper().removeprefix("SIG"), -1)
    if number < 0:
        return 0, [], Result(stderr=f"bash: line 1: kill: {name}: invalid signal specification\n", exit_code=1)
    if not words:
        return (
            0,
            [],
            Result(stderr="kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec\n", exit_code=2),
        )
    return number, words, None


def _signal_process(call: Call, pid: int, number: int) -> bool:
    """Whether there is such a process; if the signal ends processes, it is ended."""
    inside = call.inside
    service = next((one for one in inside.services.values() if one.running and one.pid == pid), None)
    if number == 0:
        return service is not None or any(one.pid == pid for one in inside.alive(call.now_s))
    if service is not None:
        if number != SIGNALS["HUP"]:
            call.run.inside.services[service.name] = systemd.died(service, number, call.now_s)
        return True
    return inside.kill(pid, call.now_s)


@command("pkill", "killall", "pgrep")
def by_name(call: Call) -> Result:
    """Finds processes by name and, except for ``pgrep``, ends them."""
    names = [word for word in call.arguments if not word.startswith("-")]
    found = [(pid, text) for pid, _user, text in running(call) if any(name in text for name in names)]
    if not found:
        missing = f"{names[-1] if names else ''}: no process found\n" if call.name == "killall" else ""
        return Result(stderr=missing, exit_code=1)
    if call.name == "pgrep":
        return Result(stdout="".join(f"{pid}\n" for pid, _text in found))
    number = next((_number(word) for word in call.arguments if word.startswith("-") and _number(word)), 15)
    for pid, _text in found:
        _signal_process(call, pid, number)
    return Result()


def _number(option: str) -> int:
    name = option.lstrip("-")
    return int(name) if name.isdigit() else SIGNALS.get(name.upper().removeprefix("SIG"), 0)


def running(call: Call) -> list[tuple[int, str, str]]:
    """The processes a user would care about: (pid, user, command), lowest pid first."""
    inside = call.inside
    rows = [(1, "root", "/usr/lib/systemd/systemd --switched-root --system --deserialize=32")]
    for state in inside.services.values():
        if state.running and state.pid is not None:
            rows += systemd.processes(inside.files, state)
    rows += [(one.pid, one.user, one.command) for one in inside.alive(call.now_s)]
    rows.append((call.process.pid, call.user.name, call.process.argv0))
    return sorted(set(rows))


@command("ps")
def ps(call: Call) -> Result:
    """``ps``, ``ps aux``, ``ps -ef``: the processes of services, background children and this shell."""
    options = "".join(call.arguments)
    start = call.surroundings.moment(call.surroundings.booted_s).strftime("%H:%M")
    rows = running(call)
    if "f" in options and "-" in options:
        lines = ["UID          PID    PPID  C STIME TTY          TIME CMD"]
        lines += [
            f"{user:<8} {pid:>7} {1 if pid > 1 else 0:>7}  0 {start} ?        00:00:00 {text}"
            for pid, user, text in rows
        ]
    elif "u" in options:
        lines = ["USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND"]
        lines += [
            f"{user:<8} {pid:>7}  0.0  0.5  20000  5000 ?        Ss   {start}   0:00 {text}" for pid, user, text in rows
        ]
    else:
        own = [row for row in rows if row[0] == call.process.pid] if "e" not in options and "A" not in options else rows
        lines = ["    PID TTY          TIME CMD"]
        lines += [f"{pid:>7} ?        00:00:00 {text.split()[0].rpartition('/')[2][:15]}" for pid, _user, text in own]
    return Result(stdout="\n".join(lines) + "\n")


@command("timeout")
def timeout(call: Call) -> Result:
    """Runs a command and ends it when its time is up (exit code 124)."""
    words = list(call.arguments)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in {"-s", "-k", "--signal", "--kill-after"} and words:
            words.pop(0)
    limit = seconds(words[0]) if words else None
    if limit is None or len(words) < 2:  # noqa: PLR2004
        return Result(stderr="timeout: missing operand\nTry 'timeout --help' for more information.\n", exit_code=125)
    began_s = call.run.line.offset_s
    with call.run.limit(limit or inf):
        answer = call.execute(words[1:])
        over = call.run.line.terminated or call.run.line.offset_s - began_s >= (limit or inf)
    return Result(answer.stdout, answer.stderr, 124) if over else answer


@command("xargs")
def xargs(call: Call) -> Result:
    """``xargs [-0] [-r] [-n COUNT] [-I TEXT] [COMMAND …]``; one command after another."""
    given, words = _xargs_options(list(call.arguments))
    text = call.stdin or ""
    items = (
        [item for item in text.split("\0") if item]
        if "0" in given
        else text.splitlines()
        if "I" in given
        else shlex.split(text)
    )
    argv = words or ["echo"]
    if not items:
        return Result() if "r" in given or "I" in given else call.execute(argv, stdin="")
    size = int(given["n"]) if given.get("n", "").isdigit() else len(items)
    groups = [items[at : at + size] for at in range(0, len(items), max(1, size))]
    place = given.get("I")
    lines = (
        [[word.replace(place, item) for word in argv] for item in items]
        if place
        else [[*argv, *group] for group in groups]
    )
    answers = [call.execute(line, stdin="") for line in lines]
    failed = any(answer.exit_code for answer in answers)
    return Result("".join(one.stdout for one in answers), "".join(one.stderr for one in answers), 123 if failed else 0)


def _xargs_options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    given: dict[str, str] = {}
    while words and words[0].startswith("-") and len(words[0]) > 1:
        option = words.pop(0)
        name, rest = option[1], option[2:]
        given[name] = rest or (words.pop(0) if name in "nIPdLs" and words else "")
    return given, words


@command("disown", "jobs", "bg", "fg")
def job_control(_call: Call) -> Result:
    """A script has no job control; background children need none."""
    return Result()
