"""systemd on a machine: units are files, what runs is the machine's state (systemd.unit(5), systemd.service(5)).

Simplified: a service that is none of those in ``DAEMONS`` runs as long as its program is there; what the program
would do is not carried out. ``Restart=`` is not followed: what dies stays down until somebody starts it.
"""

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from labkit.world.files import File, FileSystem
from labkit.world.httpd_config import httpd
from labkit.world.inside import Inside, ServiceState
from labkit.world.nginx_config import ConfigError
from labkit.world.nginx_sites import nginx
from labkit.world.web_server import WebServer

UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system")
WANTS = "/etc/systemd/system/multi-user.target.wants"
JOURNAL = "/var/log/journal"
SIGNAL_NAMES = {1: "HUP", 2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 11: "SEGV", 15: "TERM"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A service's unit file. ``settings``: the last value of each key of its sections, keys as written."""

    name: str
    path: str
    settings: Mapping[str, str]

    @property
    def description(self) -> str:
        """What ``systemctl status`` calls it."""
        return self.settings.get("Description", f"{self.name}.service")

    @property
    def kind(self) -> str:
        """``Type=``: simple, forking, oneshot, notify."""
        return self.settings.get("Type", "simple")

    @property
    def program(self) -> str:
        """The file that is started; for ``/bin/sh -c`` the last one that its text names."""
        words = _words(self.settings.get("ExecStart", ""))
        first = words[0].lstrip("-@:+!") if words else ""
        if posixpath.basename(first) in {"bash", "sh"} and "-c" in words:
            named = re.findall(r"/[\w./-]+", words[-1])
            return named[-1] if named else first
        return first

    @property
    def can_be_enabled(self) -> bool:
        """Whether it has an [Install] section that says who wants it."""
        return "WantedBy" in self.settings


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program that the lab knows. ``needs``: other files it cannot run without; ``load``: what it serves."""

    needs: tuple[str, ...] = ()
    load: Callable[[FileSystem], WebServer] | None = None
    pid_file: str = ""
    children: tuple[str, ...] = ()


AGENT_PROGRAM = "/opt/codedeploy-agent/bin/codedeploy-agent"

DAEMONS = {
    "/usr/sbin/nginx": Daemon(
        load=nginx,
        pid_file="/run/nginx.pid",
        children=("nginx: master process /usr/sbin/nginx", "nginx: worker process", "nginx: worker process"),
    ),
    "/usr/sbin/httpd": Daemon(
        load=httpd,
        pid_file="/run/httpd/httpd.pid",
        children=("/usr/sbin/httpd -DFOREGROUND", "/usr/sbin/httpd -DFOREGROUND"),
    ),
    AGENT_PROGRAM: Daemon(
        needs=("/usr/bin/ruby", "/opt/codedeploy-agent/lib/codedeploy-agent.rb"),
        pid_file="/opt/codedeploy-agent/state/.pid/codedeploy-agent.pid",
        children=(
            "codedeploy-agent: master {pid}",
            "codedeploy-agent: InstanceAgent::Plugins::CodeDeployPlugin::CommandPoller of master {pid}",
        ),
    ),
    "/usr/bin/amazon-ssm-agent": Daemon(children=("/usr/bin/amazon-ssm-agent", "/usr/bin/ssm-agent-worker")),
}


def find(files: FileSystem, name: str) -> Unit | None:
    """The unit called ``name`` (with or without ``.service``), None if no folder of units has it."""
    short = name.removesuffix(".service")
    for folder in UNIT_FOLDERS:
        path = f"{folder}/{short}.service"
        node = files.stat(path)
        if isinstance(node, File):
            return Unit(short, path, _settings(node.content))
    return None


def names(files: FileSystem) -> list[str]:
    """The names of all units on the machine, sorted."""
    found = {
        entry.removesuffix(".service")
        for folder in UNIT_FOLDERS
        if files.is_dir(folder)
        for entry in files.listdir(folder)
        if entry.endswith(".service")
    }
    return sorted(found)


def enabled(files: FileSystem) -> list[str]:
    """The names of the units that start when the machine boots, sorted; dangling links are left out."""
    if not files.is_dir(WANTS):
        return []
    return [name.removesuffix(".service") for name in files.listdir(WANTS) if files.exists(f"{WANTS}/{name}")]


def start(inside: Inside, unit: Unit, at_s: float) -> ServiceState:
    """Starts ``unit`` at ``at_s`` lab seconds; what comes of it is in the state, failed starts included."""
    old = inside.service(unit.name)
    if old.running:
        return old
    problem, web = _try(inside, unit)
    if problem is not None:
        state = ServiceState(unit.name, "failed", "failed", None, at_s, "exit-code", problem.exit_status)
        journal(inside.files, unit.name, at_s, *problem.lines)
        journal(inside.files, unit.name, at_s, f"systemd[1]: {unit.name}.service: Failed with result 'exit-code'.")
        journal(inside.files, unit.name, at_s, f"systemd[1]: Failed to start {unit.name}.service - {unit.description}.")
    else:
        sub = "exited" if unit.kind == "oneshot" else "running"
        pid = None if unit.kind == "oneshot" else inside.new_pid()
        state = ServiceState(unit.name, "active", sub, pid, at_s, web=web)
        _write_pid(inside.files, unit, pid)
        journal(inside.files, unit.name, at_s, f"systemd[1]: Started {unit.name}.service - {unit.description}.")
    inside.services[unit.name] = state
    return state


def stop(inside: Inside, name: str, at_s: float) -> ServiceState:
    """Stops the service called ``name`` if it runs."""
    old = inside.service(name)
    if not old.running:
        return old
    unit = find(inside.files, name)
    state = ServiceState(name, since_s=at_s)
    inside.services[name] = state
    if unit is not None:
        _remove_pid(inside.files, unit)
        journal(inside.files, name, at_s, f"systemd[1]: Stopped {name}.service - {unit.description}.")
    return state


def reload(inside: Inside, unit: Unit, at_s: float) -> str | None:
    """Lets a running service read its configuration again; the complaint if it keeps the old one."""
    state = inside.service(unit.name)
    daemon = DAEMONS.get(unit.program)
    if daemon is None or daemon.load is None:
        return None
    try:
        web = daemon.load(inside.files)
    except ConfigError as error:
        journal(inside.files, unit.name, at_s, f"{unit.name}[{state.pid}]: {unit.name}: {error}")
        return str(error)
    inside.services[unit.name] = replace(state, web=web)
    journal(inside.files, unit.name, at_s, f"systemd[1]: Reloaded {unit.name}.service - {unit.description}.")
    return None


def died(state: ServiceState, number: int, at_s: float) -> ServiceState:
    """The state of a service whose main process a signal has ended."""
    name = SIGNAL_NAMES.get(number, str(number))
    if name in {"TERM", "HUP", "INT"}:
        return ServiceState(state.name, since_s=at_s)
    return ServiceState(state.name, "failed", "failed", None, at_s, "signal", f"killed, signal={name}")


def journal(files: FileSystem, name: str, at_s: float, *lines: str) -> None:
    """Adds lines to what ``journalctl -u`` shows of a unit; each line is kept after its lab second."""
    files.mkdir(JOURNAL, parents=True)
    path = f"{JOURNAL}/{name}"
    old = files.read(path) if files.is_file(path) else b""
    files.write(path, old + "".join(f"{at_s:.3f} {line}\n" for line in lines).encode(), mode=0o640)


def journal_lines(files: FileSystem, name: str) -> list[tuple[float, str]]:
    """The journal of a unit: (lab second, text), oldest first."""
    path = f"{JOURNAL}/{name}"
    if not files.is_file(path):
        return []
    rows = (line.partition(" ") for line in files.read_text(path).splitlines())
    return [(float(at), text) for at, _, text in rows if re.fullmatch(r"-?\d+\.\d+", at)]


def processes(files: FileSystem, state: ServiceState) -> list[tuple[int, str, str]]:
    """The processes of a running service: (pid, user, command)."""
    unit = find(files, state.name)
    pid = state.pid or 0
    daemon = DAEMONS.get(unit.program) if unit else None
    if daemon is None or not daemon.children:
        text = unit.settings.get("ExecStart", state.name) if unit else state.name
        return [(pid, unit.settings.get("User", "root") if unit else "root", text)]
    worker = state.web.user if state.web else "root"
    texts = [text.format(pid=pid) for text in daemon.children]
    return [(pid + at, "root" if at == 0 else worker, text) for at, text in enumerate(texts)]


@dataclass(frozen=True, slots=True)
class _Problem:
    exit_status: str
    lines: tuple[str, ...]


def _try(inside: Inside, unit: Unit) -> tuple[_Problem | None, WebServer | None]:
    """Why the unit cannot be started, or what it serves once it is."""
    files, program = inside.files, unit.program
    node = files.stat(program) if program else None
    daemon = DAEMONS.get(program, Daemon())
    if not isinstance(node, File) or not node.mode & 0o111:
        reason = "Permission denied" if isinstance(node, File) else "No such file or directory"
        line = f"systemd[1]: {unit.name}.service: Failed to locate executable {program or '(no ExecStart)'}: {reason}"
        return _Problem("status=203/EXEC", (line,)), None
    missing = next((path for path in daemon.needs if not files.exists(path)), None)
    if missing is not None:
        return _Problem("status=127/n/a", (f"{unit.name}: {missing}: No such file or directory",)), None
    if daemon.load is None:
        return None, None
    try:
        web = daemon.load(files)
    except ConfigError as error:
        return _Problem("status=1/FAILURE", tuple(f"{unit.name}: {line}" for line in str(error).splitlines())), None
    taken = next((port for port in web.ports if listener(inside, port) is not None), None)
    if taken is not None:
        line = f"{unit.name}: [emerg] bind() to 0.0.0.0:{taken} failed (98: Address already in use)"
        if unit.program.endswith("httpd"):
            line = f"httpd: (98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:{taken}"
        return _Problem("status=1/FAILURE", (line,)), None
    return None, web


def listener(inside: Inside, port: int) -> WebServer | None:
    """The web server that listens on ``port``."""
    servers = (one.web for one in inside.services.values() if one.running and one.web)
    return next((server for server in servers if port in server.ports), None)


def _write_pid(files: FileSystem, unit: Unit, pid: int | None) -> None:
    path = _pid_file(unit)
    if path and pid is not None:
        files.mkdir(posixpath.dirname(path), parents=True)
        files.write(path, f"{pid}\n")


def _remove_pid(files: FileSystem, unit: Unit) -> None:
    path = _pid_file(unit)
    if path:
        files.remove_tree(path)


def _pid_file(unit: Unit) -> str:
    daemon = DAEMONS.get(unit.program)
    return unit.settings.get("PIDFile", daemon.pid_file if daemon else "")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


@lru_cache(maxsize=256)
def _settings(content: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    text = content.decode("utf-8", errors="replace").replace("\\\n", " ")
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith(("#", ";", "[")):
            found[key.strip()] = value.strip()
    return found
