"""systemctl, service and journalctl (systemctl(1), journalctl(1)), worded as systemd 252 words them."""

from datetime import datetime

from labkit.world import services
from labkit.world.commands.options import parse
from labkit.world.files import Symlink
from labkit.world.inside import ServiceState
from labkit.world.services import AGENT_PROGRAM, WANTS, Unit
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.durations import SERVICE_RELOAD_S, SERVICE_START_S, SERVICE_STOP_S

NOT_FOUND_CODE = 4
INACTIVE_CODE = 3
DETAILS = 'See "systemctl status {name}.service" and "journalctl -xeu {name}.service" for details.\n'
NOTHING_TO_ENABLE = (
    "The unit files have no installation config (WantedBy=, RequiredBy=, Also=, Alias= settings in the "
    "[Install] section).\n"
)
NOTHING_TO_DO = frozenset({"daemon-reload", "daemon-reexec", "reset-failed", "preset"})
LOOKING = frozenset({"status", "is-active", "is-enabled", "is-failed", "show", "cat"})
ENABLING = frozenset({"enable", "disable"})
LISTING = frozenset({"list-units", "list-unit-files"})
CHANGING = frozenset(
    {"start", "stop", "restart", "reload", "try-restart", "reload-or-restart", "condrestart", "force-reload"}
)


@command("systemctl")
def systemctl(call: Call) -> Result:
    """``systemctl VERB [UNIT …]``."""
    given = parse(call.arguments, taking="pnto", long_taking=("--property", "--type", "--state", "--lines", "--output"))
    verb, *names = given.operands or ["list-units"]
    names = [name.removesuffix(".service") for name in names]
    if verb in NOTHING_TO_DO:
        return Result()
    if verb in LISTING:
        return _list_units(call) if verb == "list-units" else _list_files(call)
    if verb in LOOKING:
        return _look(call, verb, names)
    if verb in ENABLING:
        return _wanted(call, verb, names, now=given.has("--now"))
    if verb in CHANGING:
        return _change(call, verb, names)
    return Result(stderr=f"Unknown command verb {verb}.\n", exit_code=1)


@command("service")
def service(call: Call) -> Result:
    """``service NAME VERB``: for the agent its own words, otherwise systemctl's."""
    if len(call.arguments) < 2:  # noqa: PLR2004
        return Result(
            stderr="Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n",
            exit_code=1,
        )
    name, verb = call.arguments[0], call.arguments[1]
    if name == "codedeploy-agent" and call.files.exists("/etc/init.d/codedeploy-agent"):
        return agent_script(call, verb)
    redirected = f"Redirecting to /bin/systemctl {verb} {name}.service\n"
    answer = call.execute(("systemctl", verb, name))
    return Result(answer.stdout, redirected + answer.stderr, answer.exit_code)


def agent_script(call: Call, verb: str) -> Result:
    """The agent's own control script: start, stop, restart, status."""
    state = call.inside.service("codedeploy-agent")
    if verb == "status":
        if state.running:
            return Result(f"The AWS CodeDeploy agent is running as PID {state.pid}\n")
        return Result(stderr="error: No AWS CodeDeploy agent running\n", exit_code=INACTIVE_CODE)
    if verb == "stop" and not state.running:
        return Result(stderr="error: No AWS CodeDeploy agent running\n")
    if verb not in {"start", "stop", "restart"}:
        return Result(stderr="Usage: codedeploy-agent {start|stop|restart|status}\n", exit_code=1)
    return _change(call, verb, ["codedeploy-agent"])


# --- changing ----------------------------------------------------------------------------------


def _change(call: Call, verb: str, names: list[str]) -> Result:
    if not names:
        return Result(stderr="Too few arguments.\n", exit_code=1)
    complaints, code = [], 0
    for name in names:
        unit = services.find(call.files, name)
        if unit is None:
            text = f"Failed to {verb} {name}.service: Unit {name}.service not found.\n"
            if verb == "stop":
                text = f"Failed to stop {name}.service: Unit {name}.service not loaded.\n"
            complaints.append(text)
            code = 5
        elif call.user.uid != 0:
            complaints.append(f"Failed to {verb} {name}.service: Interactive authentication required.\n")
            code = 1
        else:
            problem = _do(call, verb, unit)
            complaints += [problem] if problem else []
            code = 1 if problem else code
    return Result(stderr="".join(complaints), exit_code=code)


def _do(call: Call, verb: str, unit: Unit) -> str | None:
    state = call.inside.service(unit.name)
    if verb in {"try-restart", "condrestart"} and not state.running:
        return None
    if verb == "reload" or (
        verb in {"reload-or-restart", "force-reload"} and state.running and "ExecReload" in unit.settings
    ):
        return _reload(call, unit, state)
    if verb != "start" and state.running:
        call.spend(SERVICE_STOP_S)
        services.stop(call.inside, unit.name, call.now_s)
    if verb == "stop":
        return None
    return _start(call, unit)


def _start(call: Call, unit: Unit) -> str | None:
    if call.inside.service(unit.name).running:
        return None
    call.spend(SERVICE_START_S)
    state = services.start(call.inside, unit, call.now_s)
    if state.running:
        return None
    head = f"Job for {unit.name}.service failed because the control process exited with error code.\n"
    return head + DETAILS.format(name=unit.name)


def _reload(call: Call, unit: Unit, state: ServiceState) -> str | None:
    if "ExecReload" not in unit.settings:
        return (
            f"Failed to reload {unit.name}.service: Job type reload is not applicable for unit {unit.name}.service.\n"
        )
    if not state.running:
        return f"{unit.name}.service is not active, cannot reload.\n"
    call.spend(SERVICE_RELOAD_S)
    if services.reload(call.inside, unit, call.now_s) is None:
        return None
    return f"Job for {unit.name}.service failed.\n" + DETAILS.format(name=unit.name)


def _wanted(call: Call, verb: str, names: list[str], *, now: bool) -> Result:
    if call.user.uid != 0:
        return Result(stderr=f"Failed to {verb} unit: Interactive authentication required.\n", exit_code=1)
    out = []
    for name in names:
        unit = services.find(call.files, name)
        link = f"{WANTS}/{name}.service"
        if unit is None:
            return Result(stderr=f"Failed to {verb} unit: Unit file {name}.service does not exist.\n", exit_code=1)
        if verb == "enable" and not unit.can_be_enabled:
            out.append(NOTHING_TO_ENABLE)
        elif verb == "enable" and call.files.lstat(link) is None:
            call.files.mkdir(WANTS, parents=True)
            call.files.put(link, Symlink(target=unit.path, mtime_s=call.now_s))
            out.append(f"Created symlink {link} → {unit.path}.\n")
        elif verb == "disable" and call.files.lstat(link) is not None:
            call.files.remove(link)
            out.append(f'Removed "{link}".\n')
    if now and verb in {"enable", "disable"}:
        answer = _change(call, "start" if verb == "enable" else "stop", names)
        return Result(stderr="".join(out) + answer.stderr, exit_code=answer.exit_code)
    return Result(stderr="".join(out))


# --- looking -----------------------------------------------------------------------------------


def _look(call: Call, verb: str, names: list[str]) -> Result:
    out, complaints, code = [], [], 0
    inside = call.inside
    for name in names:
        state, unit = inside.service(name), services.find(inside.files, name)
        if verb == "is-active":
            out.append(f"{state.active}\n")
            code = code if state.running else INACTIVE_CODE
        elif verb == "is-failed":
            out.append(f"{state.active}\n")
            code = 0 if state.active == "failed" else 1
        elif verb == "is-enabled":
            if unit is None:
                complaints.append(f"Failed to get unit file state for {name}.service: No such file or directory\n")
            else:
                out.append(_enabled(call, unit) + "\n")
            code = 0 if unit is not None and _enabled(call, unit) == "enabled" else 1
        elif unit is None:
            complaints.append(f"Unit {name}.service could not be found.\n")
            code = NOT_FOUND_CODE
        elif verb == "status":
            out.append(_status(call, unit, state))
            code = code if state.running else INACTIVE_CODE
        else:
            out.append(_shown(call, verb, unit, state))
    return Result("\n".join(out) if verb == "status" else "".join(out), "".join(complaints), code)


def _enabled(call: Call, unit: Unit) -> str:
    if unit.name in services.enabled(call.files):
        return "enabled"
    return "disabled" if unit.can_be_enabled else "static"


def _shown(call: Call, verb: str, unit: Unit, state: ServiceState) -> str:
    if verb == "cat":
        return f"# {unit.path}\n{call.files.read_text(unit.path)}"
    facts = {
        "Id": f"{unit.name}.service",
        "Description": unit.description,
        "LoadState": "loaded",
        "ActiveState": state.active,
        "SubState": state.sub,
        "MainPID": str(state.pid or 0),
        "Result": state.result,
        "UnitFileState": _enabled(call, unit),
        "FragmentPath": unit.path,
    }
    given = parse(call.arguments, taking="p", long_taking=("--property",))
    asked = (given.value("p", "--property") or ",".join(facts)).split(",")
    value_only = given.has("--value")
    return "".join(f"{facts[key]}\n" if value_only else f"{key}={facts[key]}\n" for key in asked if key in facts)


def _status(call: Call, unit: Unit, state: ServiceState) -> str:
    moment = call.surroundings.moment(state.since_s)
    ago = _ago(call.now_s - state.since_s)
    dot = {"active": "●", "failed": "×"}.get(state.active, "○")
    result = f" (Result: {state.result})" if state.active == "failed" else ""
    since = f" since {moment:%a %Y-%m-%d %H:%M:%S} UTC; {ago} ago" if state.since_s or state.running else ""
    lines = [
        f"{dot} {unit.name}.service - {unit.description}",
        f"     Loaded: loaded ({unit.path}; {_enabled(call, unit)}; preset: disabled)",
        f"     Active: {state.active} ({state.sub}){result}{since}",
    ]
    if state.active == "failed":
        lines.append(f"    Process: ExecStart={unit.settings.get('ExecStart', '')} (code=exited, {state.exit_status})")
    if state.pid is not None:
        rows = services.processes(call.files, state)
        lines.append(f"   Main PID: {state.pid} ({_short(unit)})")
        lines.append(f"      Tasks: {len(rows)} (limit: 1111)")
        lines.append(f"     CGroup: /system.slice/{unit.name}.service")
        marks = ["├─"] * (len(rows) - 1) + ["└─"]
        lines += [
            f"             {mark}{pid} {text!r}".replace("'", '"')
            for mark, (pid, _user, text) in zip(marks, rows, strict=True)
        ]
    journal = services.journal_lines(call.files, unit.name)[-10:]
    lines += ["", *(_journal_line(call, row) for row in journal)] if journal else []
    return "\n".join(lines) + "\n"


def _short(unit: Unit) -> str:
    return "ruby" if unit.program == AGENT_PROGRAM else unit.program.rpartition("/")[2][:15]


def _ago(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole}s"
    if whole < 3600:  # noqa: PLR2004
        return f"{whole // 60}min {whole % 60}s"
    if whole < 86_400:  # noqa: PLR2004
        return f"{whole // 3600}h {whole % 3600 // 60}min"
    return f"{whole // 86_400} day{'s' if whole >= 172_800 else ''}"  # noqa: PLR2004


def _journal_line(call: Call, row: tuple[float, str]) -> str:
    moment: datetime = call.surroundings.moment(row[0])
    return f"{moment:%b %d %H:%M:%S} {call.surroundings.identity.hostname} {row[1]}"


def _list_units(call: Call) -> Result:
    inside = call.inside
    rows = [(name, inside.service(name)) for name in services.names(inside.files)]
    shown = [(name, state) for name, state in rows if state.running or state.active == "failed"]
    lines = [f"  {'UNIT':<32} LOAD   {'ACTIVE':<6} {'SUB':<7} DESCRIPTION"]
    for name, state in shown:
        unit = services.find(inside.files, name)
        lines.append(
            f"  {name + '.service':<32} loaded {state.active:<6} {state.sub:<7} {unit.description if unit else ''}"
        )
    return Result("\n".join(lines) + f"\n\n{len(shown)} loaded units listed.\n")


def _list_files(call: Call) -> Result:
    lines = [f"{'UNIT FILE':<32} STATE    PRESET"]
    for name in services.names(call.files):
        unit = services.find(call.files, name)
        lines.append(f"{name + '.service':<32} {_enabled(call, unit) if unit else '':<8} disabled")
    return Result("\n".join(lines) + "\n")


@command("journalctl")
def journalctl(call: Call) -> Result:
    """``journalctl [-u UNIT …] [-n LINES] [-r]``."""
    given = parse(
        call.arguments,
        taking="unpSUot",
        long_taking=("--unit", "--lines", "--since", "--until", "--priority", "--output"),
    )
    name = given.value("u", "--unit")
    if name is None and "-xeu" in call.arguments and given.operands:
        name = given.operands[0]
    units = [name.removesuffix(".service")] if name else services.names(call.files)
    rows = sorted(row for unit in units for row in services.journal_lines(call.files, unit))
    count = given.value("n", "--lines")
    if count and count.isdigit():
        rows = rows[-int(count) :]
    if given.has("r", "--reverse"):
        rows.reverse()
    return Result("".join(_journal_line(call, row) + "\n" for row in rows) or "-- No entries --\n")


@command("reboot", "shutdown", "poweroff", "halt", "init")
def power(call: Call) -> Result:
    """Power is EC2's to switch: a script that reboots its own machine is not followed."""
    return call.fail("switch this machine with EC2's RebootInstances, StopInstances or TerminateInstances instead")
