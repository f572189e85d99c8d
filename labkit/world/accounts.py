"""Users and groups of a machine, as /etc/passwd and /etc/group on its file system say (see passwd(5), group(5))."""

from dataclasses import dataclass
from functools import lru_cache

from labkit.world.files import FileSystem

NOLOGIN_SHELLS = frozenset({"/sbin/nologin", "/usr/sbin/nologin", "/bin/false", "/usr/bin/false"})


@dataclass(frozen=True, slots=True)
class User:
    """A line of /etc/passwd. ``shell`` may be one that lets nobody in."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def can_log_in(self) -> bool:
        """Whether ``su`` gives this user a shell."""
        return self.shell not in NOLOGIN_SHELLS


ROOT = User("root", 0, 0, "/root", "/bin/bash")
"""The one user that is there even when /etc/passwd is not."""


@dataclass(frozen=True, slots=True)
class Group:
    """A line of /etc/group."""

    name: str
    gid: int
    members: tuple[str, ...]


def users(files: FileSystem) -> dict[str, User]:
    """All users by name, in the order of /etc/passwd; none if the file is gone."""
    return _users(_content(files, "/etc/passwd"))


def groups(files: FileSystem) -> dict[str, Group]:
    """All groups by name, in the order of /etc/group; none if the file is gone."""
    return _groups(_content(files, "/etc/group"))


def group_ids(files: FileSystem, user: User) -> tuple[int, ...]:
    """The gids ``user`` acts with: the primary one first."""
    others = (group.gid for group in groups(files).values() if user.name in group.members and group.gid != user.gid)
    return (user.gid, *others)


def user_name(files: FileSystem, uid: int) -> str:
    """The name of ``uid``, or its number as ``ls`` shows it when nobody has it."""
    return next((user.name for user in users(files).values() if user.uid == uid), str(uid))


def group_name(files: FileSystem, gid: int) -> str:
    """The name of ``gid``, or its number when no group has it."""
    return next((group.name for group in groups(files).values() if group.gid == gid), str(gid))


def _content(files: FileSystem, path: str) -> bytes:
    return files.read(path) if files.is_file(path) else b""


@lru_cache(maxsize=256)
def _users(content: bytes) -> dict[str, User]:
    found: dict[str, User] = {}
    for fields in _lines(content, 7):
        if fields[2].isdigit() and fields[3].isdigit():
            found.setdefault(fields[0], User(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6]))
    return found


@lru_cache(maxsize=256)
def _groups(content: bytes) -> dict[str, Group]:
    found: dict[str, Group] = {}
    for fields in _lines(content, 4):
        if fields[2].isdigit():
            members = tuple(name for name in fields[3].split(",") if name)
            found.setdefault(fields[0], Group(fields[0], int(fields[2]), members))
    return found


def _lines(content: bytes, width: int) -> list[list[str]]:
    rows = (line.split(":") for line in content.decode("utf-8", errors="replace").splitlines())
    return [row for row in rows if len(row) == width]
