"""ls and stat, with the owners and lab times that bashkit does not know (ls(1), stat(1))."""

import posixpath
import re
from datetime import datetime

from labkit.world.access import READ, allowed
from labkit.world.accounts import group_name, user_name
from labkit.world.commands.options import Parsed, parse
from labkit.world.files import Directory, Fifo, File, FileSystem, Node, Symlink
from labkit.world.shell.call import Call, Result, command

BLOCK = 4096
HALF_A_YEAR_S = 15_778_476


def kind_letter(node: Node) -> str:
    """The first letter of ``ls -l``."""
    return (
        "d"
        if isinstance(node, Directory)
        else "l"
        if isinstance(node, Symlink)
        else "p"
        if isinstance(node, Fifo)
        else "-"
    )


def mode_text(node: Node) -> str:
    """The ten letters of ``ls -l``, and a plus for an access control list.

    >>> mode_text(File(mode=0o4755))
    '-rwsr-xr-x'
    """
    letters = ""
    for shift, special, sign in ((6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")):
        bits = node.mode >> shift
        execute = "x" if bits & 1 else "-"
        if node.mode & special:
            execute = sign if bits & 1 else sign.upper()
        letters += ("r" if bits & 4 else "-") + ("w" if bits & 2 else "-") + execute
    return kind_letter(node) + letters + ("+" if node.acl else "")


def size(node: Node) -> int:
    """What ``ls -l`` shows as the size in bytes."""
    if isinstance(node, File):
        return len(node.content)
    if isinstance(node, Symlink):
        return len(node.target.encode())
    return min(max(1, len(node.children) // 64), 64) * BLOCK if isinstance(node, Directory) else 0


@command("ls", "dir")
def ls(call: Call) -> Result:
    """``ls [-alhdtrRSF1A] [PATH …]``."""
    given = parse(call.arguments, taking="I", long_taking=("--sort", "--color", "--time-style"))
    names = given.operands or ["."]
    files = call.files
    complaints, singles, folders = [], [], []
    for name in names:
        path = call.path(name)
        follow = not given.has("l", "d") or name.endswith("/")
        node = files.stat(path) or files.lstat(path) if follow else files.lstat(path)
        if node is None:
            complaints.append(f"ls: cannot access '{name}': No such file or directory\n")
        elif (isinstance(node, Directory) or _leads_to_folder(files, path, given)) and not given.has(
            "d", "--directory"
        ):
            folders.append(name)
        else:
            singles.append((name, node))
    parts = [_rows(call, given, sorted(singles, key=lambda row: row[0]))] if singles else []
    titled = len(names) > 1 or given.has("R")
    for name in sorted(folders):
        parts += _folder(call, given, name, complaints, titled=titled)
    return Result("\n".join(parts), "".join(complaints), 2 if complaints else 0)


def _leads_to_folder(files: FileSystem, path: str, given: Parsed) -> bool:
    return not given.has("l") and files.is_dir(path)


def _folder(call: Call, given: Parsed, name: str, complaints: list[str], *, titled: bool) -> list[str]:
    node = call.files.stat(call.path(name))
    if not isinstance(node, Directory):
        return []
    if not allowed(call.files, call.user, node, READ):
        complaints.append(f"ls: cannot open directory '{name}': Permission denied\n")
        return []
    shown = [
        (entry, below) for entry, below in node.children.items() if given.has("a", "A") or not entry.startswith(".")
    ]
    rows = sorted(shown, key=lambda row: row[0])
    text = _rows(call, given, ([(".", node), ("..", node)] if given.has("a") else []) + rows, folder=call.path(name))
    total = f"total {sum(-(-size(below) // 1024) for _, below in rows)}\n" if given.has("l", "n", "g", "s") else ""
    parts = [(f"{name}:\n" if titled else "") + total + text]
    if given.has("R"):
        for entry, below in rows:
            if isinstance(below, Directory):
                parts += _folder(call, given, posixpath.join(name, entry), complaints, titled=True)
    return parts


def _rows(call: Call, given: Parsed, rows: list[tuple[str, Node]], folder: str | None = None) -> str:
    ordered = list(rows)
    if given.has("t"):
        ordered.sort(key=lambda row: -row[1].mtime_s)
    if given.has("S"):
        ordered.sort(key=lambda row: -size(row[1]))
    if given.has("r", "--reverse"):
        ordered.reverse()
    del folder
    if not given.has("l", "n", "g", "o"):
        return "".join(_decorated(given, name, node) + "\n" for name, node in ordered)
    cells = [_cells(call, given, name, node) for name, node in ordered]
    widths = [max((len(cell[at]) for cell in cells), default=0) for at in range(5)]
    return "".join(
        f"{mode} {links:>{widths[1]}} {user:<{widths[2]}} {group:<{widths[3]}} {length:>{widths[4]}} {rest}\n"
        for mode, links, user, group, length, rest in cells
    )


def _decorated(given: Parsed, name: str, node: Node) -> str:
    if not given.has("F", "p"):
        return name
    return name + (
        "/"
        if isinstance(node, Directory)
        else "*"
        if given.has("F") and isinstance(node, File) and node.mode & 0o111
        else ""
    )


def _cells(call: Call, given: Parsed, name: str, node: Node) -> tuple[str, str, str, str, str, str]:
    files = call.files
    links = (
        2 + sum(isinstance(below, Directory) for below in node.children.values()) if isinstance(node, Directory) else 1
    )
    user = str(node.uid) if given.has("n") else user_name(files, node.uid)
    group = str(node.gid) if given.has("n") else group_name(files, node.gid)
    length = _human(size(node)) if given.has("h", "--human-readable") else str(size(node))
    target = f" -> {node.target}" if isinstance(node, Symlink) else ""
    moment = call.surroundings.moment(node.mtime_s)
    return (
        mode_text(node),
        str(links),
        user,
        group,
        length,
        f"{_when(call, moment)} {_decorated(given, name, node)}{target}",
    )


def _when(call: Call, moment: datetime) -> str:
    now = call.surroundings.moment(call.now_s)
    if "--full-time" in call.arguments:
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f000 +0000")
    recent = 0 <= (now - moment).total_seconds() < HALF_A_YEAR_S
    return f"{moment:%b} {moment.day:>2} " + (f"{moment:%H:%M}" if recent else f" {moment:%Y}")


def _human(count: int) -> str:
    if count < 1024:  # noqa: PLR2004
        return str(count)
    number, unit = count / 1024, "K"
    for larger in "MG":
        if number >= 1024:  # noqa: PLR2004
            number, unit = number / 1024, larger
    return f"{number:.1f}{unit}" if number < 10 else f"{-(-number // 1):.0f}{unit}"  # noqa: PLR2004


@command("stat")
def stat(call: Call) -> Result:
    """``stat [-L] [-c FORMAT] FILE …``."""
    given = parse(call.arguments, taking="cf", long_taking=("--format", "--printf"))
    form = given.value("c", "--format", "--printf")
    out, complaints = [], []
    for name in given.operands:
        path = call.path(name)
        node = call.files.stat(path) if given.has("L", "--dereference") else call.files.lstat(path)
        if node is None:
            complaints.append(f"stat: cannot statx '{name}': No such file or directory\n")
        else:
            end = "" if given.value("--printf") else "\n"
            out.append(_formatted(call, form, name, node) + end if form is not None else _whole(call, name, node))
    return Result("".join(out), "".join(complaints), 1 if complaints else 0)


def _facts(call: Call, name: str, node: Node) -> dict[str, str]:
    kinds = {"d": "directory", "l": "symbolic link", "p": "fifo"}
    kind = kinds.get(kind_letter(node), "regular file" if size(node) else "regular empty file")
    moment = call.surroundings.moment(node.mtime_s)
    written = f"{moment:%Y-%m-%d %H:%M:%S.%f}000 +0000"
    return {
        "a": f"{node.mode:o}",
        "A": mode_text(node).rstrip("+"),
        "F": kind,
        "g": str(node.gid),
        "G": group_name(call.files, node.gid),
        "h": "1",
        "n": name,
        "N": f"'{name}' -> '{node.target}'" if isinstance(node, Symlink) else f"'{name}'",
        "s": str(size(node)),
        "u": str(node.uid),
        "U": user_name(call.files, node.uid),
        "X": str(int(moment.timestamp())),
        "Y": str(int(moment.timestamp())),
        "Z": str(int(moment.timestamp())),
        "x": written,
        "y": written,
        "z": written,
        "%": "%",
    }


def _formatted(call: Call, form: str, name: str, node: Node) -> str:
    facts = _facts(call, name, node)
    text = re.sub(r"%([a-zA-Z%])", lambda found: facts.get(found[1], "?"), form)
    return text.replace("\\n", "\n").replace("\\t", "\t") if call.arguments[:1] != ["-c"] else text


def _whole(call: Call, name: str, node: Node) -> str:
    facts = _facts(call, name, node)
    return (
        f"  File: {facts['N'].strip(chr(39)) if not isinstance(node, Symlink) else facts['N'].replace(chr(39), '')}\n"
        f"  Size: {facts['s']:<10}\tBlocks: {-(-size(node) // 512):<10} IO Block: 4096   {facts['F']}\n"
        f"Access: (0{facts['a']}/{facts['A']})  Uid: ({facts['u']:>5}/{facts['U']:>8})   "
        f"Gid: ({facts['g']:>5}/{facts['G']:>8})\n"
        f"Access: {facts['x']}\nModify: {facts['y']}\nChange: {facts['z']}\n Birth: -\n"
    )
