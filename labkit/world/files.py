"""A machine's file system in memory: POSIX enough for AppSpec, and cheap to copy.

The tree is made of immutable nodes. A write makes new nodes along one path and shares all others, so
an image is simply the root of a tree: a thousand machines started from it share every file until
one of them changes it.

Paths are absolute POSIX paths as text; ``normalize`` cleans them. Links are followed where POSIX follows
them. Errors are Python's own ``OSError`` family with ``errno`` set, worded as Linux words them.
"""

import errno
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from labkit.rules.posix_paths import MAX_PATH_BYTES

MAX_LINKS = 40
MAX_NAME_BYTES = 255
"""Linux's NAME_MAX."""
MAX_DEPTH = 200
"""Folders within folders; Linux has no such limit of its own, a path of single letters reaches 2,047 (simplified)."""
UMASK = 0o022
UNCLEAN = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every entry has. ``mode``: permission bits only; ``mtime_s``: lab seconds; ``acl``: extended entries."""

    mode: int
    uid: int = 0
    gid: int = 0
    mtime_s: float = 0.0
    acl: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Node):
    """A regular file. ``immutable``: after ``chattr +i`` not even root may change its mode (chattr(1), simplified)."""

    content: bytes = b""
    mode: int = 0o644
    immutable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Symlink(Node):
    """A symbolic link; ``target`` is kept as written."""

    target: str
    mode: int = 0o777


@dataclass(frozen=True, slots=True, kw_only=True)
class Fifo(Node):
    """A named pipe: it exists, nothing flows through it."""

    mode: int = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory(Node):
    """A directory; never mutate ``children``."""

    children: Mapping[str, Node] = field(default_factory=dict)
    mode: int = 0o755


def normalize(path: str) -> str:
    """``path`` as an absolute path with no ``.``, ``..``, doubled or trailing slashes (relative: from ``/``).

    >>> normalize("var//www/./html/../")
    '/var/www'
    """
    return posixpath.normpath("/" + path).replace("//", "/")


def os_error(number: int, path: str) -> OSError:
    """The ``OSError`` Linux would raise for ``path``."""
    return OSError(number, os.strerror(number), path)


class FileSystem:
    """One machine's files. ``root`` is an immutable snapshot of everything, O(1) to take and to restore."""

    def __init__(self, root: Directory | None = None, now: Callable[[], float] = lambda: 0.0) -> None:
        self.root: Directory = root or Directory()
        self._now = now

    # --- looking -------------------------------------------------------------------------------

    def lstat(self, path: str) -> Node | None:
        """The node at ``path`` itself, a link not followed; None if there is none."""
        return self._node_at(self._resolve(path, follow_last=False))

    def stat(self, path: str) -> Node | None:
        """The node ``path`` leads to, links followed; None if there is none (dangling links too)."""
        return self._node_at(self._resolve(path, follow_last=True))

    def exists(self, path: str) -> bool:
        """Whether ``path`` leads to something (as Ruby's File.exist?: a dangling link does not)."""
        return self.stat(path) is not None

    def is_dir(self, path: str) -> bool:
        """Whether ``path`` leads to a directory."""
        return isinstance(self.stat(path), Directory)

    def is_file(self, path: str) -> bool:
        """Whether ``path`` leads to a regular file."""
        return isinstance(self.stat(path), File)

    def is_link(self, path: str) -> bool:
        """Whether ``path`` itself is a symbolic link."""
        return isinstance(self.lstat(path), Symlink)

    def read(self, path: str) -> bytes:
        """A file's content. Raises ENOENT, EISDIR."""
        node = self.stat(path)
        if node is None:
            raise os_error(errno.ENOENT, path)
        if not isinstance(node, File):
            raise os_error(errno.EISDIR if isinstance(node, Directory) else errno.EINVAL, path)
        return node.content

    def read_text(self, path: str) -> str:
        """A file's content as UTF-8 text, bytes that are not replaced by U+FFFD."""
        return self.read(path).decode("utf-8", errors="replace")

    def listdir(self, path: str) -> list[str]:
        """The sorted names in a directory. Raises ENOENT, ENOTDIR."""
        node = self.stat(path)
        if node is None:
            raise os_error(errno.ENOENT, path)
        if not isinstance(node, Directory):
            raise os_error(errno.ENOTDIR, path)
        return sorted(node.children)

    def walk(self, path: str = "/") -> Iterator[tuple[str, Node]]:
        """Every entry below ``path`` (not itself) as (path, node), parents first, names sorted, links not followed."""
        top = self._resolve(path, follow_last=True)
        node = self._node_at(top)
        if isinstance(node, Directory):
            yield from _walk(top, node)

    # --- changing ------------------------------------------------------------------------------

    def write(self, path: str, content: bytes | str, mode: int | None = None) -> None:
        """Writes a file through links: a new one gets ``mode`` or 0644, an old one keeps its mode and owner.

        Raises ENOENT (no parent), ENOTDIR, EISDIR.
        """
        data = content.encode() if isinstance(content, str) else content
        place = self._resolve(path, follow_last=True)
        old = self._node_at(place)
        if isinstance(old, Directory):
            raise os_error(errno.EISDIR, path)
        if isinstance(old, File):
            new = replace(old, content=data, mtime_s=self._now(), mode=old.mode if mode is None else mode)
        else:
            new = File(content=data, mode=0o666 & ~UMASK if mode is None else mode, mtime_s=self._now())
        self._put(place, new, path)

    def put(self, path: str, node: Node) -> None:
        """Places ``node`` at ``path`` itself (no link followed at the last step), replacing what is there."""
        self._put(self._resolve(path, follow_last=False), node, path)

    def mkdir(self, path: str, mode: int = 0o777 & ~UMASK, *, parents: bool = False) -> None:
        """Makes a directory. With ``parents`` missing ones are made and an existing one is accepted.

        Raises EEXIST, ENOENT, ENOTDIR.
        """
        if parents:
            _check_length(normalize(path), path)
            above = posixpath.dirname(normalize(path))
            if above != "/" and not self.is_dir(above):
                self.mkdir(above, parents=True)
            if self.is_dir(path):
                return
        place = self._resolve(path, follow_last=False)
        if self._node_at(place) is not None:
            raise os_error(errno.EEXIST, path)
        self._put(place, Directory(mode=mode, mtime_s=self._now()), path)

    def symlink(self, target: str, path: str) -> None:
        """Makes a symbolic link at ``path``. Raises EEXIST."""
        place = self._resolve(path, follow_last=False)
        if self._node_at(place) is not None:
            raise os_error(errno.EEXIST, path)
        self._put(place, Symlink(target=target, mtime_s=self._now()), path)

    def remove(self, path: str) -> None:
        """Removes a file, link or *empty* directory. Raises ENOENT, ENOTEMPTY."""
        place = self._resolve(path, follow_last=False)
        node = self._node_at(place)
        if node is None:
            raise os_error(errno.ENOENT, path)
        if isinstance(node, Directory) and node.children:
            raise os_error(errno.ENOTEMPTY, path)
        self._put(place, None, path)

    def remove_tree(self, path: str) -> None:
        """Removes ``path`` and everything below it; nothing there is fine. ``/`` itself is only emptied."""
        place = self._resolve(path, follow_last=False)
        if place == "/":
            self.root = replace(self.root, children={})
        elif self._node_at(place) is not None:
            self._put(place, None, path)

    def rename(self, old: str, new: str) -> None:
        """Moves an entry, replacing a file at ``new``. Raises ENOENT."""
        node = self.lstat(old)
        if node is None:
            raise os_error(errno.ENOENT, old)
        self._put(self._resolve(old, follow_last=False), None, old)
        self.put(new, node)

    def chmod(self, path: str, mode: int) -> None:
        """Sets permission bits (links followed). Raises ENOENT, EPERM (immutable)."""
        node = self.stat(path)
        if isinstance(node, File) and node.immutable:
            raise os_error(errno.EPERM, path)
        self._change(path, mode=mode)

    def chown(self, path: str, uid: int | None = None, gid: int | None = None) -> None:
        """Sets owner and/or group (links followed); as on Linux, a program loses setuid and setgid. Raises ENOENT."""
        node = self.stat(path)
        kept = 0o1777 if node and node.mode & 0o010 else 0o3777  # setgid without group-execute marks no program
        mode = node.mode & kept if isinstance(node, File) else None
        self._change(path, uid=uid, gid=gid, mode=mode)

    def set_acl(self, path: str, acl: tuple[str, ...]) -> None:
        """Replaces the extended ACL entries. Raises ENOENT."""
        self._change(path, acl=acl)

    def touch(self, path: str, mtime_s: float) -> None:
        """Sets the modification time (lab seconds). Raises ENOENT."""
        self._change(path, mtime_s=mtime_s)

    # --- inside --------------------------------------------------------------------------------

    def real_path(self, path: str) -> str:
        """Where ``path`` leads once every link is followed; what does not exist is kept as named."""
        return self._resolve(path, follow_last=True)

    def _change(self, path: str, **changes: object) -> None:
        place = self._resolve(path, follow_last=True)
        node = self._node_at(place)
        if node is None:
            raise os_error(errno.ENOENT, path)
        wanted = {name: value for name, value in changes.items() if value is not None}
        self._put(place, replace(node, **wanted), path)  # type: ignore[arg-type]

    def _node_at(self, place: str) -> Node | None:
        node: Node = self.root
        for name in place.split("/"):
            if not name:
                continue
            if not isinstance(node, Directory) or name not in node.children:
                return None
            node = node.children[name]
        return node

    def _resolve(self, path: str, *, follow_last: bool) -> str:
        """``path`` with its links followed (the last one only if asked); what is missing stays as written."""
        return self._plain(path) or self._follow(path, follow_last=follow_last)

    def _plain(self, path: str) -> str | None:
        """``path`` itself if it is clean and all of it exists without a link, which is nearly always so; else None."""
        if not path.startswith("/") or path == "/":
            return None
        node: Node | None = self.root
        for name in path[1:].split("/"):
            node = node.children.get(name) if isinstance(node, Directory) and name not in UNCLEAN else None
            if node is None or isinstance(node, Symlink):
                return None
        return path

    def _follow(self, path: str, *, follow_last: bool) -> str:
        pending = [name for name in reversed(path.split("/")) if name and name != "."]
        place: list[str] = []
        nodes: list[Node | None] = [self.root]
        links = 0
        while pending:
            name = pending.pop()
            if name == "..":
                if place:
                    place.pop()
                    nodes.pop()
                continue
            parent = nodes[-1]
            node = parent.children.get(name) if isinstance(parent, Directory) else None
            if isinstance(node, Symlink) and (pending or follow_last):
                links += 1
                if links > MAX_LINKS:
                    raise os_error(errno.ELOOP, path)
                if node.target.startswith("/"):
                    place, nodes = [], [self.root]
                pending.extend(part for part in reversed(node.target.split("/")) if part and part != ".")
                continue
            place.append(name)
            nodes.append(node)
        return "/" + "/".join(place)

    def _put(self, place: str, node: Node | None, path: str) -> None:
        names = [name for name in place.split("/") if name]
        if not names:
            if not isinstance(node, Directory):
                raise os_error(errno.EBUSY, path)
            self.root = node
            return
        if node is not None:
            _check_length(place, path)
        self.root = _with_entry(self.root, names, 0, node, path)


def _check_length(place: str, path: str) -> None:
    names = place.split("/")
    size = max(len(name.encode(errors="surrogatepass")) for name in names)
    if len(place) > MAX_PATH_BYTES or size > MAX_NAME_BYTES or len(names) > MAX_DEPTH:
        raise os_error(errno.ENAMETOOLONG, path)


def _with_entry(directory: Directory, names: list[str], depth: int, node: Node | None, path: str) -> Directory:
    """``directory`` with ``node`` (None: nothing) at ``names[depth:]``; every other subtree is shared."""
    name = names[depth]
    children = dict(directory.children)
    if depth < len(names) - 1:
        below = children.get(name)
        if below is None:
            raise os_error(errno.ENOENT, path)
        if not isinstance(below, Directory):
            raise os_error(errno.ENOTDIR, path)
        children[name] = _with_entry(below, names, depth + 1, node, path)
    elif node is None:
        children.pop(name, None)
    else:
        children[name] = node
    return Directory(
        mode=directory.mode,
        uid=directory.uid,
        gid=directory.gid,
        mtime_s=directory.mtime_s,
        acl=directory.acl,
        children=children,
    )


def _walk(path: str, directory: Directory) -> Iterator[tuple[str, Node]]:
    prefix = "" if path == "/" else path
    for name in sorted(directory.children):
        node = directory.children[name]
        yield f"{prefix}/{name}", node
        if isinstance(node, Directory):
            yield from _walk(f"{prefix}/{name}", node)
