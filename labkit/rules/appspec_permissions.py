"""The ``permissions`` section of an AppSpec file.

AWS page "AppSpec 'permissions' section"; the order of the checks and the words of the refusals are the agent's.
"""

from dataclasses import dataclass
from typing import NoReturn

from labkit.rules.acl import Acl, AclEntry, parse_entry
from labkit.rules.appspec_values import FILE, crash, each, get, invalid
from labkit.rules.ruby_text import Value, inspect, strip, to_s
from labkit.rules.selinux_range import parse_range

ANY_DEPTH = "**"
MAX_MODE_LENGTH = 4

_UPDATE_PERMISSIONS = "Update the permissions section of the AppSpec file, and then try again."


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


def parse_permissions(permissions: Value) -> tuple[Permission, ...]:
    """The entries of the ``permissions`` section. Raises AgentError."""
    return tuple(map(_permission, each(permissions, "The permissions section")))


def _permission(entry: Value) -> Permission:
    if not isinstance(entry, dict):
        crash("An entry of the permissions section", "a map with an object", entry)
    if entry.get("object") is None:
        _no_object()
    pattern = entry.get("pattern")
    permission = Permission(
        object=strip(to_s(entry["object"])),
        pattern=ANY_DEPTH if pattern is None or pattern is False else pattern,
        exceptions=tuple(each(entry.get("except"), "A permission's except")),
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
    invalid(f"a permission listed in {FILE} has no object value. {_UPDATE_PERMISSIONS}")


def _types(types: Value) -> tuple[str, ...]:
    if types is None or types is False:
        return ("file", "directory")
    return tuple(map(_type, each(types, "A permission's type")))


def _type(name: Value) -> str:
    if name not in ("file", "directory") or not isinstance(name, str):
        found = f"{FILE}specifies a permission for an object type not supported for permissions ({to_s(name)})."
        invalid(f"{found} {_UPDATE_PERMISSIONS}")
    return name


def _mode(mode: Value) -> str | None:
    if mode is None:
        return None
    digits = to_s(mode).rjust(3, "0")
    if len(digits) > MAX_MODE_LENGTH:
        found = f"the length of a permissions mode ({digits}) in {FILE} is invalid."
        invalid(f"{found} Permissions modes must be between one and four characters long. {_UPDATE_PERMISSIONS}")
    for digit in digits:
        if digit not in "01234567":
            found = f"the permissions mode ({digits}) in {FILE} contains an invalid character ({digit})."
            invalid(f"{found} {_UPDATE_PERMISSIONS}")
    return digits


def _acl(entries: Value) -> Acl | None:
    if entries is None:
        return None
    if entries is False:
        crash("A permission's acls", "a list", entries)
    return tuple(map(_acl_entry, each(entries, "A permission's acls")))


def _acl_entry(entry: Value) -> AclEntry:
    if not isinstance(entry, str):
        crash("An entry of acls", "text such as u:appuser:rwx", entry)
    return parse_entry(entry)


def _context(context: Value) -> Context | None:
    if context is None:
        return None
    kind = get(context, "type", "A permission's context")
    if kind is None:
        found = f"{FILE} specifies an invalid context type ({inspect(context)})."
        invalid(f"{found} {_UPDATE_PERMISSIONS}")
    user, span = (get(context, key, "A permission's context") for key in ("name", "range"))
    if span is not None and not isinstance(span, str):
        crash("A context's range", "text such as s0:c1.c3", span)
    return Context(user, kind, None if span is None else parse_range(span))
