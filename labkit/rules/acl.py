"""Access control list entries as AppSpec's ``acls`` write them: ``[default:][user|group|mask|other]:[name]:perms``.

AWS page "AppSpec 'permissions' section"; how short forms are read, completed and refused is the agent's behaviour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from labkit.rules.agent_errors import FAILED, refuse

_PROBLEM = FAILED + "of a problem with the acls permission settings in the application specification file. "
MIN_PARTS, MAX_PARTS = 2, 4
_DEFAULT = ("d", "default")
_TYPES = {"u": "user", "g": "group", "m": "mask", "o": "other"}
_TYPE_NAMES = {**_TYPES, **{name: name for name in _TYPES.values()}}
_NAMELESS = {short: name for short, name in _TYPE_NAMES.items() if name in ("mask", "other")}


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One entry. ``kind``: user, group, mask, other; ``name`` "" for the file's own; ``bits``: rwx as 0-7."""

    kind: str
    name: str
    bits: int
    default: bool = False

    @property
    def text(self) -> str:
        """As setfacl takes it, such as ``default:user:appuser:r-x``."""
        letters = "".join(letter if self.bits & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
        return f"{'default:' if self.default else ''}{self.kind}:{self.name}:{letters}"


Acl = tuple[AclEntry, ...]


def parse_entry(entry: str) -> AclEntry:
    """One ``acls`` entry. Raises AgentError (``validation``) in the agent's words.

    >>> parse_entry("d:u:appuser:rwx").text
    'default:user:appuser:rwx'
    """
    *leading, word, permissions = _parts(entry)
    default, kind = _default_and_kind(leading, entry)
    kind, name = _kind_and_name(kind, word)
    if kind in ("mask", "other") and name:
        _invalid(entry)
    if not default and kind != "mask" and not name:
        update = "Update the permissions section of the AppSpec file, and then try again."
        refuse("validation", f"{_PROBLEM}Use mode to set the base acl entry ({entry}). {update}")
    return AclEntry(kind, name, _bits(permissions, entry), default)


def _invalid(entry: str) -> NoReturn:
    refuse("validation", f"{_PROBLEM}Invalid acl entry ({entry}).")


def _parts(entry: str) -> list[str]:
    parts = entry.split(":")
    if not MIN_PARTS <= len(parts) <= MAX_PARTS:
        _invalid(entry)
    return parts


def _default_and_kind(words: list[str], entry: str) -> tuple[bool, str]:
    """What stands before the name: nothing, a kind, ``default``, or ``default`` and a kind."""
    match words:
        case []:
            return False, ""
        case [word] if word in _DEFAULT:
            return True, ""
        case [word] if word in _TYPE_NAMES:
            return False, _TYPE_NAMES[word]
        case [default, word] if default in _DEFAULT and word in _TYPE_NAMES:
            return True, _TYPE_NAMES[word]
        case _:
            return _invalid(entry)


def _kind_and_name(kind: str, word: str) -> tuple[str, str]:
    # "g:o:r" names a group called "other": the agent reads the short words for mask and other even there.
    if word in _NAMELESS:
        return (kind, _NAMELESS[word]) if kind else (_NAMELESS[word], "")
    return kind or "user", word


def _bits(permissions: str, entry: str) -> int:
    if len(permissions) == 1 and permissions in "01234567":
        return int(permissions)
    bits = 0
    for character in permissions:
        if character not in "rwx-":
            message = (
                f"{FAILED}the access control list (ACL) named {entry} in the application specification file contains "
                f"an invalid character ({character}). Correct the ACL in the hooks section of the AppSpec file, "
                "and then try again."
            )
            refuse("validation", message)
        bits |= {"r": 4, "w": 2, "x": 1, "-": 0}[character]
    return bits


def first_default(acl: Iterable[AclEntry]) -> AclEntry | None:
    """The first default entry, None if there is none: a file cannot take one."""
    return next((entry for entry in acl if entry.default), None)


def completed(acl: Acl, mode: int) -> Acl:
    """``acl`` with what ``setfacl --set`` needs besides: ``mode``'s base entries, and masks where names ask for one.

    The agent never forgets what it added for one object when it comes to the next one of the same permission, so
    feed the result back in for the next object to do as it does.
    """
    owner, group, other = mode >> 6 & 7, mode >> 3 & 7, mode & 7
    entries = [*acl, AclEntry("user", "", owner), AclEntry("group", "", group), AclEntry("other", "", other)]
    if _named(entries, default=False) and not _has(entries, "mask", default=False):
        entries.append(AclEntry("mask", "", group))
    if first_default(entries):
        for kind, bits in (("user", owner), ("group", group), ("other", other)):
            if not _has(entries, kind, default=True):
                entries.append(AclEntry(kind, "", bits, default=True))
        if _named(entries, default=True) and not _has(entries, "mask", default=True):
            group_entry = next(e for e in entries if e.default and e.kind == "group" and not e.name)
            entries.append(AclEntry("mask", "", group_entry.bits, default=True))
    return tuple(entries)


def _named(entries: Iterable[AclEntry], *, default: bool) -> bool:
    return any(entry.name and entry.default is default for entry in entries)


def _has(entries: Iterable[AclEntry], kind: str, *, default: bool) -> bool:
    return any(entry.kind == kind and not entry.name and entry.default is default for entry in entries)


def mode_of(acl: Acl, mode: int) -> int:
    """The permission bits a file shows once ``acl`` is set on it: the mask, if there is one, stands for the group."""
    bits = {entry.kind: entry.bits for entry in acl if not entry.default and not entry.name}
    return mode & 0o7000 | bits["user"] << 6 | bits.get("mask", bits["group"]) << 3 | bits["other"]
