"""chown, chgrp, chmod, umask's absence, setfacl and getfacl (chown(1), chmod(1), setfacl(1))."""

import re
from collections.abc import Callable, Iterator

from labkit.world.accounts import group_ids, groups, users
from labkit.world.commands.options import parse
from labkit.world.files import Directory, File, FileSystem, Node
from labkit.world.shell.call import Call, Result, command

NOT_PERMITTED = "Operation not permitted"
CLAUSE = re.compile(r"([ugoa]*)([-+=][rwxXst]*)+")
WHO_BITS = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
BITS = {"r": 0o444, "w": 0o222, "x": 0o111}


@command("chown", "chgrp")
def chown(call: Call) -> Result:
    """``chown [-R] [OWNER][:[GROUP]] PATH …`` and ``chgrp [-R] GROUP PATH …``."""
    given = parse(call.arguments, long_taking=("--reference",))
    if len(given.operands) < 2:  # noqa: PLR2004
        return Result(
            stderr=f"{call.name}: missing operand\nTry '{call.name} --help' for more information.\n", exit_code=1
        )
    owner, *names = given.operands
    uid, gid, problem = _owner(call, owner if call.name == "chown" else f":{owner}")
    if problem:
        return call.fail(problem)

    def change(files: FileSystem, path: str, node: Node) -> str | None:
        mine = call.user.uid == node.uid and uid in {None, node.uid} and gid in {None, *group_ids(files, call.user)}
        if call.user.uid != 0 and not mine:
            return f"changing {'ownership' if call.name == 'chown' else 'group'} of '{path}': {NOT_PERMITTED}"
        files.chown(path, uid, gid)
        return None

    return _each(call, names, change, recursive=given.has("R", "--recursive"))


def _owner(call: Call, text: str) -> tuple[int | None, int | None, str | None]:
    """uid, gid (None: left alone) and what is wrong with ``OWNER:GROUP``."""
    name, colon, team = text.partition(":") if ":" in text else text.partition(".")
    user = users(call.files).get(name)
    uid = user.uid if user else int(name) if name.isdigit() else None
    if name and uid is None:
        return None, None, f"invalid user: '{text}'"
    if colon and not team and user:
        return uid, user.gid, None
    group = groups(call.files).get(team)
    gid = group.gid if group else int(team) if team.isdigit() else None
    if team and gid is None:
        return None, None, f"invalid group: '{team if not name else text}'"
    return uid, gid, None


@command("chmod")
def chmod(call: Call) -> Result:
    """``chmod [-R] MODE PATH …``, the mode in octal or in letters."""
    words = [word if not re.fullmatch(r"-[rwxXst]+", word) else "a" + word for word in call.arguments]
    given = parse(words, long_taking=("--reference",))
    if len(given.operands) < 2:  # noqa: PLR2004
        return Result(stderr="chmod: missing operand\nTry 'chmod --help' for more information.\n", exit_code=1)
    text, *names = given.operands
    if new_mode(text, 0, directory=False) is None:
        return call.fail(f"invalid mode: '{text}'\nTry 'chmod --help' for more information.")

    def change(files: FileSystem, path: str, node: Node) -> str | None:
        if call.user.uid not in {0, node.uid}:
            return f"changing permissions of '{path}': {NOT_PERMITTED}"
        if isinstance(node, File) and node.immutable:
            return f"changing permissions of '{path}': {NOT_PERMITTED}"
        mode = new_mode(text, node.mode, directory=isinstance(node, Directory))
        if mode is not None:
            files.chmod(path, mode)
        return None

    return _each(call, names, change, recursive=given.has("R", "--recursive"))


def new_mode(text: str, old: int, *, directory: bool) -> int | None:
    """The permission bits that ``chmod TEXT`` makes of ``old``; None if ``text`` is no mode.

    >>> oct(new_mode("u+x,go-r", 0o644, directory=False))
    '0o700'
    """
    if re.fullmatch(r"[0-7]{1,4}", text):
        return int(text, 8)
    mode = old
    for clause in text.split(","):
        if not CLAUSE.fullmatch(clause):
            return None
        who = re.match(r"[ugoa]*", clause)
        reach = 0
        for letter in (who[0] if who else "") or "a":
            reach |= WHO_BITS[letter]
        for sign, letters in re.findall(r"([-+=])([rwxXst]*)", clause):
            bits = _bits(letters, mode, directory=directory) & reach
            mode = mode | bits if sign == "+" else mode & ~bits if sign == "-" else mode & ~(reach & 0o777) | bits
    return mode


def _bits(letters: str, mode: int, *, directory: bool) -> int:
    bits = 0
    for letter in letters:
        if letter == "X":
            bits |= 0o111 if directory or mode & 0o111 else 0
        elif letter == "s":
            bits |= 0o6000
        elif letter == "t":
            bits |= 0o1000
        else:
            bits |= BITS[letter]
    return bits


Change = Callable[[FileSystem, str, Node], str | None]


def _each(call: Call, names: list[str], change: Change, *, recursive: bool) -> Result:
    files, complaints = call.files, []
    for name in names:
        top = files.stat(call.path(name))
        if top is None:
            complaints.append(f"{call.name}: cannot access '{name}': No such file or directory\n")
            continue
        for path, node in [(call.path(name), top), *(_below(files, call.path(name)) if recursive else ())]:
            problem = change(files, path, node)
            if problem:
                complaints.append(f"{call.name}: {problem}\n")
    return Result(stderr="".join(complaints), exit_code=1 if complaints else 0)


def _below(files: FileSystem, path: str) -> Iterator[tuple[str, Node]]:
    return (found for found in files.walk(path) if not files.is_link(found[0]))


@command("setfacl")
def setfacl(call: Call) -> Result:
    """``setfacl -m ENTRIES PATH …``, ``-x``, ``-b``, ``--set``: entries are kept, ``access`` does not look at them."""
    given = parse(call.arguments, taking="mx", long_taking=("--set", "--modify", "--remove"))
    entries = given.value("m", "--modify", "--set", "x", "--remove")
    for name in given.operands:
        path = call.path(name)
        node = call.files.stat(path)
        if node is None:
            return call.fail(f"{name}: No such file or directory")
        kept = [] if given.has("b", "--set", "--remove-all") else list(node.acl)
        wanted = entries.split(",") if entries else []
        if given.has("x", "--remove"):
            kept = [entry for entry in kept if not any(entry.startswith(gone) for gone in wanted)]
            wanted = []
        call.run.inside.files.set_acl(path, tuple(dict.fromkeys([*kept, *wanted])))
    return Result()
