"""The sandbox's own file system, kept equal to a machine's.

bashkit's interpreter works on a file system of its own, in memory. One such file system serves all machines in
turn: before a run only what differs from the machine shown last is written (trees of machines from one image
share almost everything), and after it only what the run changed is read back.
"""

import posixpath
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import bashkit

from labkit.world.files import Directory, Fifo, File, FileSystem, Node, Symlink
from labkit.world.tree_diff import Change, difference

DEVICES = "/dev"
"""bashkit's own: /dev/null and its like work there and are no part of a machine's files."""

MAX_DEPTH = 100
"""Folders deeper than this are left out when reading back, as bashkit's own limit on paths does."""

TOO_LARGE_BYTES = 10_000_000
"""bashkit's limit on one file; a larger one appears empty inside the sandbox and stays whole outside."""

Stamp = tuple[float, int, int, str]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose new files are, and when they were written (lab seconds)."""

    uid: int
    gid: int
    now_s: float


class Mirror:
    """``root`` is the tree that ``fs`` shows now."""

    def __init__(self) -> None:
        self.fs = bashkit.FileSystem()
        for name in ("home", "tmp"):
            self.fs.remove("/" + name, recursive=True)
        self.root = Directory()
        self._stamps: dict[str, Stamp] = {}

    @property
    def size(self) -> int:
        """How many entries it shows."""
        return len(self._stamps)

    def show(self, root: Directory) -> None:
        """Makes ``fs`` show ``root``."""
        if root is self.root:
            return
        shown = FileSystem(self.root)
        for change in difference(self.root, root):
            if change.path == DEVICES or change.path.startswith(DEVICES + "/"):
                continue
            # Machines that did the same have equal files in different nodes.
            if change.path not in self._stamps or not _looks_same(shown.lstat(change.path), change.node):
                self._write(change)
        self.root = root

    def read_back(self, files: FileSystem, owner: Owner, paths: Iterable[str] | None) -> list[str]:
        """Brings what changed in ``fs`` to ``files``, whose root it showed; returns the paths that changed.

        ``paths``: where to look, as absolute paths (None: everywhere).
        """
        seen = self._scan() if paths is None else self._look(files, paths)
        changed = [path for path, stamp in seen.items() if stamp != self._stamps.get(path)]
        if paths is None:
            changed += [path for path in self._stamps if path not in seen]
        by_folder: dict[str, list[str]] = {}
        for path in sorted(changed):
            by_folder.setdefault(posixpath.dirname(path), []).append(path)
        for folder, inside in sorted(by_folder.items()):
            self._bring(files, folder, {path: seen.get(path) for path in inside}, owner)
        self.root = files.root
        return sorted(changed)

    def _write(self, change: Change) -> None:
        try:
            self._place(change.path, change.node)
        except RuntimeError:
            # bashkit's limits on depth, number, length and letters of paths: what does not fit is not shown,
            # and, having no stamp, not taken for removed either.
            self._forget(change.path)

    def _place(self, path: str, node: Node | None) -> None:
        old = self._stamps.get(path)
        if old is not None and not (isinstance(node, Directory) and old[3] == "directory"):
            self.fs.remove(path, recursive=True)
            self._forget(path)
            old = None
        if isinstance(node, Directory):
            if old is None:
                self.fs.mkdir(path)
            if old is not None or node.mode != Directory().mode:
                self.fs.chmod(path, node.mode)
        elif isinstance(node, File):
            self.fs.write_file(path, node.content if len(node.content) <= TOO_LARGE_BYTES else b"")
            if node.mode != File().mode:
                self.fs.chmod(path, node.mode)
        elif isinstance(node, Symlink):
            self.fs.symlink(node.target, path)
        else:
            return  # nothing else can be shown there, and a named pipe carries nothing anyway
        self._stamps[path] = _stamp(self.fs.stat(path))

    def _forget(self, path: str) -> None:
        stamp = self._stamps.pop(path, None)
        if stamp is not None and stamp[3] == "directory":
            for below in [other for other in self._stamps if other.startswith(path + "/")]:
                del self._stamps[below]

    def _scan(self) -> dict[str, Stamp]:
        found: dict[str, Stamp] = {}
        pending = ["/"] if self.fs.exists("/") else []
        while pending:
            folder = pending.pop()
            prefix = "" if folder == "/" else folder
            for entry in self.fs.read_dir(folder):
                path = f"{prefix}/{entry['name']}"
                if path == DEVICES:
                    continue
                found[path] = stamp = _stamp(entry["metadata"])
                if stamp[3] == "directory" and path.count("/") < MAX_DEPTH:
                    pending.append(path)
        return found

    def _look(self, files: FileSystem, paths: Iterable[str]) -> dict[str, Stamp]:
        found: dict[str, Stamp] = {}
        for path in paths:
            place = files.real_path(path)
            if not place.startswith(DEVICES) and self._shows(place):
                found[place] = _stamp(self.fs.stat(place))
        return found

    def _shows(self, place: str) -> bool:
        try:
            return self.fs.exists(place)
        except RuntimeError:  # bashkit refuses some letters in paths
            return False

    def _bring(self, files: FileSystem, folder: str, stamps: dict[str, Stamp | None], owner: Owner) -> None:
        """Brings what changed directly in ``folder``; one new folder node, however much it is."""
        above = files.lstat(folder)
        if not isinstance(above, Directory):
            return  # it went with something above it
        children = dict(above.children)
        for path, stamp in stamps.items():
            name = posixpath.basename(path)
            before = children.pop(name, None)
            if stamp is None or (isinstance(before, Directory) and stamp[3] != "directory"):
                self._forget(path)
            if stamp is not None:
                children[name] = self._node(path, stamp, before, owner)
                self._stamps[path] = stamp
        files.put(folder, replace(above, children=children))

    def _node(self, path: str, stamp: Stamp, before: Node | None, owner: Owner) -> Node:
        _modified, _size, mode, kind = stamp
        new: Node
        if kind == "directory":
            children = before.children if isinstance(before, Directory) else {}
            new = Directory(mode=stat.S_IMODE(mode), children=children)
        elif kind == "symlink":
            new = Symlink(target=self.fs.read_link(path))
        elif kind == "fifo":
            new = Fifo(mode=stat.S_IMODE(mode))
        else:
            new = File(content=self.fs.read_file(path), mode=stat.S_IMODE(mode))
        if type(before) is type(new):
            return replace(new, uid=before.uid, gid=before.gid, acl=before.acl, mtime_s=owner.now_s)
        return replace(new, uid=owner.uid, gid=owner.gid, mtime_s=owner.now_s)


def _stamp(metadata: dict[str, Any]) -> Stamp:
    return (metadata["modified"], metadata["size"], metadata["mode"], metadata["file_type"])


def _looks_same(old: Node | None, new: Node | None) -> bool:
    """Whether the sandbox, which knows no owners and keeps its own times, shows both alike."""
    if isinstance(old, File) and isinstance(new, File):
        return old.mode == new.mode and old.content == new.content
    if isinstance(old, Symlink) and isinstance(new, Symlink):
        return old.target == new.target
    return isinstance(old, Directory) and isinstance(new, Directory) and old.mode == new.mode
