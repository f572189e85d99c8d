"""What the commands that make, copy, move and remove files have in common (coreutils)."""

import errno
import os
from dataclasses import replace

from labkit.world.access import may_change_entry
from labkit.world.files import Directory, FileSystem, Node
from labkit.world.shell.call import Call, Result

DENIED = os.strerror(errno.EACCES)
TOO_LONG = os.strerror(errno.ENAMETOOLONG)
MAX_DEPTH = 90
"""Folders within folders that the lab's machines allow; Linux allows as many as fit in 4,096 bytes."""

MISSING = os.strerror(errno.ENOENT)


class Work:
    """One command going through its operands: complaints are kept, the rest goes on."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.files: FileSystem = call.files
        self.out: list[str] = []
        self.complaints: list[str] = []
        self.gone: dict[str, set[str]] = {}

    def remove_together(self) -> None:
        """Removes what ``gone`` names (folder -> entries), each folder in one step: a pattern may name thousands."""
        for folder, names in self.gone.items():
            above = self.files.lstat(folder)
            if isinstance(above, Directory):
                left = {name: node for name, node in above.children.items() if name not in names}
                self.files.put(folder, replace(above, children=left))

    def complain(self, text: str) -> None:
        """Keeps a complaint in the usual form."""
        self.complaints.append(f"{self.call.name}: {text}\n")

    def own(self, node: Node) -> Node:
        """``node`` as a new file of the user."""
        user = self.call.user
        return replace(node, uid=user.uid, gid=user.gid, mtime_s=self.call.now_s)

    def may_enter(self, path: str) -> bool:
        """Whether the user may make or remove the entry ``path``."""
        return may_change_entry(self.files, self.call.user, path)

    def result(self) -> Result:
        """What the command wrote, and 1 if it complained."""
        return Result("".join(self.out), "".join(self.complaints), 1 if self.complaints else 0)


def octal(text: str | None) -> int | None:
    """A mode in octal digits; None if there is none."""
    return int(text, 8) if text and all(letter in "01234567" for letter in text) else None


def missing_operand(call: Call, what: str = "operand") -> Result:
    """The complaint of a command that was given nothing to work on."""
    return Result(stderr=f"{call.name}: missing {what}\nTry '{call.name} --help' for more information.\n", exit_code=1)
