"""What an ordinary user may not write is taken back: bashkit itself knows no users.

The lab's own commands refuse beforehand. A redirection, or one of bashkit's commands, is only noticed afterwards: the
script goes on as if it had worked, then its change is undone and it ends with exit code 1 (simplified). What a user may
not *read* is refused by the lab's own commands only.
"""

from collections.abc import Sequence

from labkit.world.access import may_change, may_change_entry
from labkit.world.accounts import User
from labkit.world.files import Directory, FileSystem


def take_back(files: FileSystem, before: Directory, changed: Sequence[str], user: User) -> list[str]:
    """Undoes those changes since ``before`` that ``user`` was not allowed; their paths."""
    earlier, later = FileSystem(before), FileSystem(files.root)
    refused = [path for path in changed if not _allowed(earlier, later, path, user)]
    for path in refused:
        node = earlier.lstat(path)
        if node is None:
            files.remove_tree(path)
        else:
            files.put(path, node)
    return refused


def _allowed(earlier: FileSystem, later: FileSystem, path: str, user: User) -> bool:
    if earlier.lstat(path) is None:
        return may_change_entry(later, user, path)  # its folder may be new too, and then is the user's own
    if later.lstat(path) is None:
        return may_change_entry(earlier, user, path)
    return may_change(earlier, user, path)
