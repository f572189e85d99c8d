"""Who may read, write and enter what: the permission bits of POSIX (path_resolution(7))."""

import posixpath

from labkit.world.accounts import User, group_ids
from labkit.world.files import Directory, FileSystem, Node

READ, WRITE, ENTER = 4, 2, 1
STICKY = 0o1000


def allowed(files: FileSystem, user: User, node: Node, bit: int) -> bool:
    """Whether ``user`` has ``bit`` (READ, WRITE, ENTER) on ``node``; root has every one of them."""
    if user.uid == 0:
        return True
    if node.uid == user.uid:
        return bool(node.mode >> 6 & bit)
    if node.gid in group_ids(files, user):
        return bool(node.mode >> 3 & bit)
    return bool(node.mode & bit)


def may_read(files: FileSystem, user: User, path: str) -> bool:
    """Whether ``user`` may read what is at ``path`` and enter every folder above it."""
    node = files.stat(path)
    return node is not None and allowed(files, user, node, READ) and may_reach(files, user, path)


def may_reach(files: FileSystem, user: User, path: str) -> bool:
    """Whether ``user`` may enter every folder above ``path``."""
    if user.uid == 0:
        return True
    place = posixpath.dirname(files.real_path(path))
    while True:
        folder = files.stat(place)
        if folder is not None and not allowed(files, user, folder, ENTER):
            return False
        if place == "/":
            return True
        place = posixpath.dirname(place)


def may_change(files: FileSystem, user: User, path: str) -> bool:
    """Whether ``user`` may write the file at ``path``, or make it if it is not there."""
    node = files.stat(path)
    if node is not None and not isinstance(node, Directory):
        return allowed(files, user, node, WRITE) and may_reach(files, user, path)
    return may_change_entry(files, user, path)


def may_change_entry(files: FileSystem, user: User, path: str) -> bool:
    """Whether ``user`` may make, rename or remove the entry ``path`` in its folder."""
    place = posixpath.normpath(path)
    folder = files.stat(posixpath.dirname(place))
    if not isinstance(folder, Directory):
        return False
    if not (allowed(files, user, folder, WRITE) and allowed(files, user, folder, ENTER)):
        return False
    node = files.lstat(place)
    if node is not None and folder.mode & STICKY and user.uid not in {0, node.uid, folder.uid}:
        return False
    return may_reach(files, user, place)
