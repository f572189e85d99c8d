"""What changed between two moments of a file system.

Trees share every node that did not change, so only what differs is ever looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from labkit.world.files import Directory, FileSystem, Node


@dataclass(frozen=True, slots=True)
class Change:
    """``node`` is what stands at ``path`` now (None: removed). A directory here stands for itself, without children."""

    path: str
    node: Node | None


def difference(before: Directory, after: Directory, path: str = "") -> Iterator[Change]:
    """The changes that lead from ``before`` to ``after``, parents before what is in them."""
    if before is after:
        return
    for name in before.children:
        if name not in after.children:
            yield Change(f"{path}/{name}", None)
    for name, node in after.children.items():
        old = before.children.get(name)
        if old is not node:
            yield from _entry(old, node, f"{path}/{name}")


def apply(changes: tuple[Change, ...], files: FileSystem) -> None:
    """Makes ``changes`` on ``files``, which may have moved on meanwhile; missing parents are made."""
    for change in changes:
        if change.node is None:
            files.remove_tree(change.path)
            continue
        parent = change.path.rpartition("/")[0] or "/"
        if not files.is_dir(parent):
            files.mkdir(parent, parents=True)
        node = change.node
        if isinstance(node, Directory):
            there = files.lstat(change.path)
            node = replace(node, children=there.children if isinstance(there, Directory) else {})
        files.put(change.path, node)


def _entry(old: Node | None, node: Node, path: str) -> Iterator[Change]:
    if not isinstance(node, Directory):
        yield Change(path, node)
        return
    if not isinstance(old, Directory):
        if old is not None:
            yield Change(path, None)
        old = None
    if old is None or _attributes(old) != _attributes(node):
        yield Change(path, replace(node, children={}))
    yield from difference(old or Directory(), node, path)


def _attributes(node: Node) -> tuple[object, ...]:
    return (node.mode, node.uid, node.gid, node.mtime_s, node.acl)
