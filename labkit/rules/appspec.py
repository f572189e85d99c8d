"""The AppSpec file: what the agent makes of it, and in which words it refuses one.

AWS pages "AppSpec file structure for EC2/On-Premises", "'files'", "'permissions'" and "'hooks'" section; where they are
silent, the behaviour of the CodeDeploy agent 1.8.1. The checks run in the agent's order and the first problem wins:
empty document, version, os, hooks, files, permissions, file_exists_behavior. Unknown keys are ignored everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from labkit.rules import yaml_ruby
from labkit.rules.agent_errors import AgentError
from labkit.rules.appspec_permissions import Permission, parse_permissions
from labkit.rules.appspec_values import AGAIN, FILE, as_value, crash, each, get, invalid
from labkit.rules.ruby_text import Key, Value, strip, to_i, to_s

DEFAULT_TIMEOUT_S = 3600
FILE_EXISTS_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")


class AppSpecError(AgentError):
    """The AppSpec file is refused."""


@dataclass(frozen=True, slots=True)
class Script:
    """One script of a hook; ``sudo`` is kept as written: anything but false and null means yes."""

    location: str
    runas: str | None
    sudo: Value
    timeout_s: int


@dataclass(frozen=True, slots=True)
class FileMapping:
    """One entry of ``files``. Both are kept as written; only what is no path at all fails, and that in Install."""

    source: Value
    destination: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSpec:
    """A readable AppSpec file. ``hooks`` keeps the keys as YAML gave them: only text can name a lifecycle event."""

    version: float
    os: str
    hooks: Mapping[Key, tuple[Script, ...]]
    files: tuple[FileMapping, ...]
    permissions: tuple[Permission, ...]
    file_exists_behavior: str | None

    def scripts(self, lifecycle_event: str) -> tuple[Script, ...]:
        """The scripts to run at ``lifecycle_event``, in order; none if the file does not name it."""
        return self.hooks.get(lifecycle_event, ())


@lru_cache(maxsize=64)
def parse_appspec(text: str | bytes) -> AppSpec:
    """The AppSpec that ``text`` writes down. Raises AppSpecError.

    Hundreds of machines read the same file at each lifecycle event, so the last few results are remembered.
    """
    try:
        return _appspec(yaml_ruby.load(text))
    except AgentError as error:
        raise AppSpecError(error.category, error.message) from None


def _appspec(document: Value) -> AppSpec:
    if document is None or document is False:
        invalid(f"{FILE} was empty. Make sure your AppSpec file defines at minimum the 'version' and 'os' properties.")
    return AppSpec(
        version=_version(get(document, "version", "The AppSpec file")),
        os=_os(get(document, "os", "The AppSpec file")),
        hooks=_hooks(get(document, "hooks", "The AppSpec file")),
        files=_files(get(document, "files", "The AppSpec file")),
        permissions=parse_permissions(get(document, "permissions", "The AppSpec file")),
        file_exists_behavior=_file_exists_behavior(get(document, "file_exists_behavior", "The AppSpec file")),
    )


def _version(version: Value) -> float:
    if isinstance(version, bool) or not isinstance(version, int | float) or version != 0:
        found = f"an invalid version value ({to_s(version)}) was entered in the application specification file."
        invalid(f'{found} Make sure your AppSpec file specifies "0.0" as the version, {AGAIN}')
    return version


def _os(os: Value) -> str:
    if os != "linux" or not isinstance(os, str):
        found = f"{FILE} specifies an unsupported operating system ({to_s(os)})."
        invalid(f'{found} Specify either "linux" or "windows" in the os section of the AppSpec file, {AGAIN}')
    return os


def _hooks(hooks: Value) -> Mapping[Key, tuple[Script, ...]]:
    if hooks is None or hooks is False:
        return {}
    if not isinstance(hooks, dict):
        crash("The hooks section", "a map of lifecycle events", hooks)
    named = {event: scripts for event, scripts in hooks.items() if scripts is not None and scripts is not False}
    return {
        event: tuple(map(_script, each(scripts, f"The hook {to_s(as_value(event))}")))
        for event, scripts in named.items()
    }


def _script(script: Value) -> Script:
    if not isinstance(script, dict):
        crash("A script in the hooks section", "a map with a location", script)
    location = script.get("location")
    stripped = strip(to_s(location))
    if location is None or not stripped:
        where = "Specify the location in the hooks section of the AppSpec file,"
        invalid(f"{FILE} specifies a script with no location value. {where} {AGAIN}")
    runas = script.get("runas")
    return Script(
        stripped, None if runas is None else strip(to_s(runas)), script.get("sudo"), _timeout(script.get("timeout"))
    )


def _timeout(timeout: Value) -> int:
    if timeout is None or timeout is False:
        return DEFAULT_TIMEOUT_S
    try:
        seconds = to_i(timeout)
    except TypeError:
        crash("A script's timeout", "a number of seconds", timeout)
    if seconds <= 0:
        found = f"an invalid timeout value was provided for a script in {FILE}."
        invalid(f"{found} Make corrections in the hooks section of the AppSpec file, {AGAIN}")
    return seconds


def _files(files: Value) -> tuple[FileMapping, ...]:
    return tuple(map(_file, each(files, "The files section")))


def _file(entry: Value) -> FileMapping:
    source = get(entry, "source", "An entry of the files section")
    destination = get(entry, "destination", "An entry of the files section")
    if source is None:
        found = f"{FILE} specifies a destination file, but no source file."
        invalid(f"{found} Update the files section of the AppSpec file, {AGAIN}")
    if destination is None:
        found = f"{FILE} specifies only a source file ({to_s(source)})."
        invalid(f"{found} Add the name of the destination file to the files section of the AppSpec file, {AGAIN}")
    return FileMapping(source, destination)


def _file_exists_behavior(behavior: Value) -> str | None:
    if behavior is None:
        return None
    if not isinstance(behavior, str) or behavior not in FILE_EXISTS_BEHAVIORS:
        found = f"an invalid file_exists_behavior value ({to_s(behavior)}) was entered in {FILE}."
        allowed = ",".join(FILE_EXISTS_BEHAVIORS)
        invalid(f"{found} Make sure your AppSpec file specifies one of {allowed} as the file_exists_behavior, {AGAIN}")
    return behavior
