"""The AppSpec file: what the agent makes of it, and in which words it refuses one.

AWS pages "AppSpec file structure for EC2/On-Premises", "'files'", "'permissions'" and "'hooks'" section; where they are
silent, the behaviour of the CodeDeploy agent 1.8.1. The checks run in the agent's order and the first problem wins:
empty document, version, os, hooks, files, permissions, file_exists_behavior. Unknown keys are ignored everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from labkit.rules import yaml_ruby
from labkit.rules.acl import Acl, AclEntry, parse_entry
from labkit.rules.agent_errors import FAILED, AgentError, refuse
from labkit.rules.ruby_text import Key, Opaque, Symbol, Value, inspect, strip, to_i, to_s
from labkit.rules.selinux_range import parse_range

DEFAULT_TIMEOUT_S = 3600
ANY_DEPTH = "**"
MAX_MODE_LENGTH = 4
FILE_EXISTS_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")

_FILE = "the application specification file"
_AGAIN = "and then try again."
_UPDATE_PERMISSIONS = f"Update the permissions section of the AppSpec file, {_AGAIN}"


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


@dataclass(frozen=True, slots=True)
class Context:
    """An SELinux context: ``user`` is AppSpec's ``name``; ``range`` in its shortest form."""

    user: Value
    type: Value
    range: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One entry of ``permissions``. ``mode``: three or four octal digits; None: leave it as it is."""

    object: str
    pattern: Value = ANY_DEPTH
    exceptions: tuple[Value, ...] = ()
    types: tuple[str, ...] = ("file", "directory")
    owner: Value = None
    group: Value = None
    mode: str | None = None
    acl: Acl | None = None
    context: Context | None = None


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
        _invalid(
            f"{_FILE} was empty. Make sure your AppSpec file defines at minimum the 'version' and 'os' properties."
        )
    return AppSpec(
        version=_version(_get(document, "version", "The AppSpec file")),
        os=_os(_get(document, "os", "The AppSpec file")),
        hooks=_hooks(_get(document, "hooks", "The AppSpec file")),
        files=_files(_get(document, "files", "The AppSpec file")),
        permissions=_permissions(_get(document, "permissions", "The AppSpec file")),
        file_exists_behavior=_file_exists_behavior(_get(document, "file_exists_behavior", "The AppSpec file")),
    )


def _invalid(message: str) -> NoReturn:
    refuse("validation", FAILED + message)


def _crash(where: str, expected: str, found: Value) -> NoReturn:
    """The agent crashes here; a sentence of our own says why."""
    shown = inspect(found)
    refuse("ruby", f"{where} must be {expected}, but it is {shown[:80]}; correct the AppSpec file.")


def _get(value: Value, key: str, where: str) -> Value:
    """``value[key]`` as Ruby has it: text answers with the key if it contains it."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, str | Symbol):
        return key if key in to_s(value) else None
    _crash(where, "a map", value)


def _each(value: Value, where: str) -> list[Value]:
    """What Ruby's ``each`` gives: the items of a list, the pairs of a map; null and false are nothing."""
    if value is None or value is False:
        return []
    if isinstance(value, dict):
        return [[_as_value(key), item] for key, item in value.items()]
    if isinstance(value, list):
        return value
    _crash(where, "a list", value)


def _as_value(key: Key) -> Value:
    return key.shown if isinstance(key, Opaque) else key


def _version(version: Value) -> float:
    if isinstance(version, bool) or not isinstance(version, int | float) or version != 0:
        found = f"an invalid version value ({to_s(version)}) was entered in the application specification file."
        _invalid(f'{found} Make sure your AppSpec file specifies "0.0" as the version, {_AGAIN}')
    return version


def _os(os: Value) -> str:
    if os != "linux" or not isinstance(os, str):
        found = f"{_FILE} specifies an unsupported operating system ({to_s(os)})."
        _invalid(f'{found} Specify either "linux" or "windows" in the os section of the AppSpec file, {_AGAIN}')
    return os


def _hooks(hooks: Value) -> Mapping[Key, tuple[Script, ...]]:
    if hooks is None or hooks is False:
        return {}
    if not isinstance(hooks, dict):
        _crash("The hooks section", "a map of lifecycle events", hooks)
    named = {event: scripts for event, scripts in hooks.items() if scripts is not None and scripts is not False}
    return {
        event: tuple(map(_script, _each(scripts, f"The hook {to_s(_as_value(event))}")))
        for event, scripts in named.items()
    }


def _script(script: Value) -> Script:
    if not isinstance(script, dict):
        _crash("A script in the hooks section", "a map with a location", script)
    location = script.get("location")
    stripped = strip(to_s(location))
    if location is None or not stripped:
        where = "Specify the location in the hooks section of the AppSpec file,"
        _invalid(f"{_FILE} specifies a script with no location value. {where} {_AGAIN}")
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
        _crash("A script's timeout", "a number of seconds", timeout)
    if seconds <= 0:
        found = f"an invalid timeout value was provided for a script in {_FILE}."
        _invalid(f"{found} Make corrections in the hooks section of the AppSpec file, {_AGAIN}")
    return seconds


def _files(files: Value) -> tuple[FileMapping, ...]:
    return tuple(map(_file, _each(files, "The files section")))


def _file(entry: Value) -> FileMapping:
    source = _get(entry, "source", "An entry of the files section")
    destination = _get(entry, "destination", "An entry of the files section")
    if source is None:
        found = f"{_FILE} specifies a destination file, but no source file."
        _invalid(f"{found} Update the files section of the AppSpec file, {_AGAIN}")
    if destination is None:
        found = f"{_FILE} specifies only a source file ({to_s(source)})."
        _invalid(f"{found} Add the name of the destination file to the files section of the AppSpec file, {_AGAIN}")
    return FileMapping(source, destination)


def _permissions(permissions: Value) -> tuple[Permission, ...]:
    return tuple(map(_permission, _each(permissions, "The permissions section")))


def _permission(entry: Value) -> Permission:
    if not isinstance(entry, dict):
        _crash("An entry of the permissions section", "a map with an object", entry)
    if entry.get("object") is None:
        _no_object()
    pattern = entry.get("pattern")
    permission = Permission(
        object=strip(to_s(entry["object"])),
        pattern=ANY_DEPTH if pattern is None or pattern is False else pattern,
        exceptions=tuple(_each(entry.get("except"), "A permission's except")),
        types=_types(entry.get("type")),
        mode=_mode(entry.get("mode")),
        acl=_acl(entry.get("acls")),
        context=_context(entry.get("context")),
        owner=entry.get("owner"),
        group=entry.get("group"),
    )
    # The agent looks at a blank object last, when everything else of the entry has been read.
    if not permission.object:
        _no_object()
    return permission


def _no_object() -> NoReturn:
    _invalid(f"a permission listed in {_FILE} has no object value. {_UPDATE_PERMISSIONS}")


def _types(types: Value) -> tuple[str, ...]:
    if types is None or types is False:
        return ("file", "directory")
    return tuple(map(_type, _each(types, "A permission's type")))


def _type(name: Value) -> str:
    if name not in ("file", "directory") or not isinstance(name, str):
        found = f"{_FILE}specifies a permission for an object type not supported for permissions ({to_s(name)})."
        _invalid(f"{found} {_UPDATE_PERMISSIONS}")
    return name


def _mode(mode: Value) -> str | None:
    if mode is None:
        return None
    digits = to_s(mode).rjust(3, "0")
    if len(digits) > MAX_MODE_LENGTH:
        found = f"the length of a permissions mode ({digits}) in {_FILE} is invalid."
        _invalid(f"{found} Permissions modes must be between one and four characters long. {_UPDATE_PERMISSIONS}")
    for digit in digits:
        if digit not in "01234567":
            found = f"the permissions mode ({digits}) in {_FILE} contains an invalid character ({digit})."
            _invalid(f"{found} {_UPDATE_PERMISSIONS}")
    return digits


def _acl(entries: Value) -> Acl | None:
    if entries is None:
        return None
    if entries is False:
        _crash("A permission's acls", "a list", entries)
    return tuple(map(_acl_entry, _each(entries, "A permission's acls")))


def _acl_entry(entry: Value) -> AclEntry:
    if not isinstance(entry, str):
        _crash("An entry of acls", "text such as u:appuser:rwx", entry)
    return parse_entry(entry)


def _context(context: Value) -> Context | None:
    if context is None:
        return None
    kind = _get(context, "type", "A permission's context")
    if kind is None:
        found = f"{_FILE} specifies an invalid context type ({inspect(context)})."
        _invalid(f"{found} {_UPDATE_PERMISSIONS}")
    user, span = (_get(context, key, "A permission's context") for key in ("name", "range"))
    if span is not None and not isinstance(span, str):
        _crash("A context's range", "text such as s0:c1.c3", span)
    return Context(user, kind, None if span is None else parse_range(span))


def _file_exists_behavior(behavior: Value) -> str | None:
    if behavior is None:
        return None
    if not isinstance(behavior, str) or behavior not in FILE_EXISTS_BEHAVIORS:
        found = f"an invalid file_exists_behavior value ({to_s(behavior)}) was entered in {_FILE}."
        allowed = ",".join(FILE_EXISTS_BEHAVIORS)
        _invalid(
            f"{found} Make sure your AppSpec file specifies one of {allowed} as the file_exists_behavior, {_AGAIN}"
        )
    return behavior
