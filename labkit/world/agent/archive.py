"""Unpacking a bundle into the machine's files, as the agent does it with tar and unzip.

AWS page "Working with application revisions for CodeDeploy". Nothing is ever written to the computer the lab runs on,
and a bundle that unpacks to more than ``MAX_UNPACKED_BYTES`` fails like one that fills the disk.
"""

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from labkit.rules.agent_errors import refuse
from labkit.rules.posix_paths import basename, join
from labkit.world.agent.archive_members import ArchiveError, Member, read_members, spoilt
from labkit.world.execution import Host
from labkit.world.files import UMASK, Directory, File, FileSystem, Node, Symlink, os_error

APPSPEC = "appspec"
"""A lone top folder is stripped if something in it is called like this, in any case."""


@dataclass(slots=True)
class _Folder:
    """A folder in the making; ``node`` gives its mode, owner and time."""

    node: Directory
    entries: dict[str, "_Folder | Node"] = field(default_factory=dict)

    def finished(self) -> Directory:
        children = {name: e.finished() if isinstance(e, _Folder) else e for name, e in self.entries.items()}
        return replace(self.node, children=children)


def unpack(host: Host, archive: str, bundle: bytes, bundle_type: str, epoch_s: float) -> None:
    """Unpacks ``bundle`` (tar, tgz or zip) to the folder ``archive``, replacing it.

    ``epoch_s``: Unix time of the lab's start, for the files' times. Raises AgentError in the agent's words.
    """
    host.files.remove_tree(archive)
    host.files.mkdir(archive, parents=True)
    try:
        members = _members(bundle, bundle_type)
        tree = _stripped(_Unpacking(host, host.files.stat(archive), epoch_s).tree(members))
    except ArchiveError as error:
        if bundle_type != "zip":
            refuse("deployment", "Error extracting tar archive: 2")
        if error.too_large:
            refuse("deployment", "The disk is (or was) full during extraction.")
        refuse("ruby", f"Expected the bundle to be a zip archive, but {error}; pack it again with zip -r.")
    host.files.put(archive, tree.finished())


@lru_cache(maxsize=16)
def _members(bundle: bytes, bundle_type: str) -> tuple[Member, ...]:
    # A whole fleet unpacks the same bundle: it is read once, and all machines share the files' contents.
    return read_members(bundle, bundle_type)


@dataclass(slots=True)
class _Unpacking:
    host: Host
    top: Node | None
    epoch_s: float

    def tree(self, members: tuple[Member, ...]) -> _Folder:
        root = _Folder(self.top if isinstance(self.top, Directory) else Directory())
        # Links come last, as with tar: nothing of the archive is written through a link of the archive.
        for member in sorted(members, key=lambda member: member.kind == "symlink"):
            self._add(root, member)
        return root

    def _add(self, root: _Folder, member: Member) -> None:
        if not member.names:
            root.node = replace(self._directory(member), children={})
            return
        folder = root
        for name in member.names[:-1]:
            inner = folder.entries.setdefault(name, _Folder(Directory(mtime_s=root.node.mtime_s)))
            folder = self._folder(inner, member)
        name = member.names[-1]
        old = folder.entries.get(name)
        if member.kind == "directory":
            if old is None:
                folder.entries[name] = _Folder(self._directory(member))
            else:
                self._folder(old, member).node = self._directory(member)
        elif isinstance(old, _Folder):
            spoilt(f"{member.path} is both a folder and a file")
        else:
            folder.entries[name] = self._leaf(root, member)

    @staticmethod
    def _folder(entry: "_Folder | Node", member: Member) -> _Folder:
        if not isinstance(entry, _Folder):
            spoilt(f"a part of {member.path} is no folder")
        return entry

    def _attributes(self, member: Member) -> Mapping[str, float]:
        uid = self.host.user_id(member.user) if member.user else None
        gid = self.host.group_id(member.group) if member.group else None
        return {
            "mtime_s": member.changed_at_epoch_s - self.epoch_s,
            "uid": member.uid if uid is None else uid,
            "gid": member.gid if gid is None else gid,
        }

    def _directory(self, member: Member) -> Directory:
        return replace(Directory(mode=member.mode), **self._attributes(member))  # type: ignore[arg-type]

    def _leaf(self, root: _Folder, member: Member) -> Node:
        if member.kind == "symlink":
            return replace(Symlink(target=member.target), **self._attributes(member))  # type: ignore[arg-type]
        if member.kind == "hardlink":
            return _linked(root, member)
        file = File(content=member.content, mode=member.mode)
        return replace(file, **self._attributes(member))  # type: ignore[arg-type]


def _linked(root: _Folder, member: Member) -> Node:
    entry: _Folder | Node | None = root
    for name in member.target.split("/"):
        entry = entry.entries.get(name) if isinstance(entry, _Folder) else None
    if not isinstance(entry, File):
        spoilt(f"{member.path} is a link to {member.target}, which is not in the archive")
    return entry


def _stripped(root: _Folder) -> _Folder:
    """Without the one folder that everything lies in, as GitHub packs commits, if the AppSpec file lies in it too."""
    only = list(root.entries.values())
    if len(only) == 1 and isinstance(only[0], _Folder) and any(APPSPEC in name.lower() for name in only[0].entries):
        return only[0]
    return root


def copy_directory(files: FileSystem, source: str, archive: str, now_s: float) -> None:
    """Copies a folder of the machine as the bundle (``cp -r``: owners and times are not kept).

    If ``archive`` is there already, the copy lands inside it. Raises OSError.
    """
    node = files.stat(source)
    if node is None:
        raise os_error(errno.ENOENT, source)
    place = join(archive, basename(source)) if files.is_dir(archive) else archive
    files.put(place, _copied(node, now_s))


def _copied(node: Node, now_s: float) -> Node:
    if isinstance(node, Directory):
        children = {name: _copied(child, now_s) for name, child in node.children.items()}
        return Directory(children=children, mtime_s=now_s)
    fresh: Callable[..., Node] = replace
    return fresh(node, uid=0, gid=0, mtime_s=now_s, mode=node.mode & ~UMASK & 0o777, acl=())
