"""Commands that make, copy, move and remove files, with the owners and permissions bashkit does not know (coreutils)."""

import errno
import os
import posixpath
from dataclasses import replace

from labkit.world.access import READ, allowed, may_change, may_change_entry
from labkit.world.accounts import groups, users
from labkit.world.commands.options import Parsed, parse
from labkit.world.files import Directory, File, FileSystem, Node, Symlink
from labkit.world.shell.call import Call, Result, command

DENIED = os.strerror(errno.EACCES)
TOO_LONG = os.strerror(errno.ENAMETOOLONG)
MAX_DEPTH = 90
"""Folders within folders that the lab's machines allow; Linux allows as many as fit in 4,096 bytes."""

MISSING = os.strerror(errno.ENOENT)


class _Work:
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


@command("mkdir")
def mkdir(call: Call) -> Result:
    """``mkdir [-p] [-m MODE] DIR …``."""
    given, work = parse(call.arguments, taking="m", long_taking=("--mode",)), _Work(call)
    mode = _mode(given.value("m", "--mode"))
    for name in given.operands:
        if call.path(name).count("/") > MAX_DEPTH:
            work.complain(f"cannot create directory ‘{name}’: {TOO_LONG}")
            continue
        for path in _chain(call.path(name)) if given.has("p", "--parents") else [call.path(name)]:
            if given.has("p", "--parents") and work.files.is_dir(path):
                continue
            if not _make_directory(work, name, path, mode if path == call.path(name) else None):
                break
            if given.has("v", "--verbose"):
                work.out.append(f"mkdir: created directory '{name}'\n")
    return work.result() if given.operands else _missing_operand(call)


def _make_directory(work: _Work, name: str, path: str, mode: int | None) -> bool:
    parent = posixpath.dirname(posixpath.normpath(path))
    problem = None
    if work.files.lstat(path) is not None:
        problem = os.strerror(errno.EEXIST)
    elif not work.files.is_dir(parent):
        problem = MISSING if not work.files.exists(parent) else os.strerror(errno.ENOTDIR)
    elif not work.may_enter(path):
        problem = DENIED
    if problem:
        work.complain(f"cannot create directory ‘{name}’: {problem}")
        return False
    work.files.put(path, work.own(Directory(mode=0o755 if mode is None else mode)))
    return True


def _chain(path: str) -> list[str]:
    clean = posixpath.normpath(path)
    above = posixpath.dirname(clean)
    return [clean] if above == clean else [*_chain(above), path]


@command("rmdir")
def rmdir(call: Call) -> Result:
    """``rmdir DIR …``."""
    given, work = parse(call.arguments), _Work(call)
    for name in given.operands:
        path = call.path(name)
        node = work.files.lstat(path)
        if not isinstance(node, Directory) or node.children or not work.may_enter(path):
            number = errno.ENOENT if node is None else errno.ENOTDIR if not isinstance(node, Directory) else errno.ENOTEMPTY
            work.complain(f"failed to remove '{name}': {os.strerror(number)}")
        else:
            work.files.remove(path)
    return work.result()


@command("rm", "unlink")
def rm(call: Call) -> Result:
    """``rm [-rfv] PATH …``."""
    given, work = parse(call.arguments), _Work(call)
    recursive, force = given.has("r", "R", "--recursive"), given.has("f", "--force")
    if not given.operands and not force:
        return _missing_operand(call)
    for name in given.operands:
        path = posixpath.normpath(call.path(name))
        if path == "/" and recursive and not given.has("--no-preserve-root"):
            work.complain("it is dangerous to operate recursively on '/'")
            work.complain("use --no-preserve-root to override this failsafe")
        else:
            _remove(work, name, path, recursive=recursive, force=force)
            if given.has("v", "--verbose") and not work.complaints:
                work.out.append(f"removed '{name}'\n")
    work.remove_together()
    return work.result()


def _remove(work: _Work, name: str, path: str, *, recursive: bool, force: bool) -> None:
    node = work.files.lstat(path)
    if node is None:
        if not force:
            work.complain(f"cannot remove '{name}': {MISSING}")
    elif isinstance(node, Directory) and not recursive:
        work.complain(f"cannot remove '{name}': Is a directory")
    elif not work.may_enter(path) and path != "/":
        work.complain(f"cannot remove '{name}': {DENIED}")
    elif path == "/":
        work.files.remove_tree(path)
    else:
        work.gone.setdefault(posixpath.dirname(work.files.real_path(posixpath.dirname(path)) + "/x"), set()).add(posixpath.basename(path))


@command("touch")
def touch(call: Call) -> Result:
    """``touch [-c] FILE …``."""
    given, work = parse(call.arguments, taking="drt"), _Work(call)
    for name in given.operands:
        path = call.path(name)
        if not work.files.exists(path):
            if given.has("c", "--no-create"):
                continue
            if not work.files.is_dir(posixpath.dirname(path)):
                work.complain(f"cannot touch '{name}': {MISSING}")
            elif not work.may_enter(path):
                work.complain(f"cannot touch '{name}': {DENIED}")
            else:
                work.files.put(path, work.own(File()))
        elif may_change(work.files, call.user, path) or work.files.is_dir(path):
            work.files.touch(path, call.now_s)
        else:
            work.complain(f"cannot touch '{name}': {DENIED}")
    return work.result() if given.operands else _missing_operand(call, "file operand")


@command("tee")
def tee(call: Call) -> Result:
    """``tee [-a] FILE …``: standard input to files and to standard output."""
    given, work = parse(call.arguments), _Work(call)
    text = call.stdin or ""
    for name in given.operands:
        path = call.path(name)
        if path.startswith("/dev/"):
            continue
        if work.files.is_dir(path):
            work.complain(f"{name}: Is a directory")
        elif not work.files.is_dir(posixpath.dirname(path)):
            work.complain(f"{name}: {MISSING}")
        elif not may_change(work.files, call.user, path):
            work.complain(f"{name}: {DENIED}")
        else:
            old = work.files.read(path) if given.has("a", "--append") and work.files.is_file(path) else b""
            if not work.files.exists(path):
                work.files.put(path, work.own(File()))
            work.files.write(path, old + text.encode())
    return Result(text, "".join(work.complaints), 1 if work.complaints else 0)


@command("ln")
def ln(call: Call) -> Result:
    """``ln [-sfn] TARGET … LINK``; a hard link becomes a copy (simplified)."""
    given, work = parse(call.arguments), _Work(call)
    if not given.operands:
        return _missing_operand(call, "file operand")
    *targets, last = given.operands if len(given.operands) > 1 else [*given.operands, "."]
    into = work.files.is_dir(call.path(last)) and not (given.has("n", "T") and work.files.is_link(call.path(last)))
    for target in targets:
        link = posixpath.join(call.path(last), posixpath.basename(target.rstrip("/"))) if into else call.path(last)
        _link(work, given, target, link)
    return work.result()


def _link(work: _Work, given: Parsed, target: str, link: str) -> None:
    symbolic = given.has("s", "--symbolic")
    kind = "symbolic" if symbolic else "hard"
    source = work.files.stat(work.call.path(target))
    if work.files.lstat(link) is not None and not given.has("f", "--force"):
        work.complain(f"failed to create {kind} link '{link}': File exists")
    elif not work.files.is_dir(posixpath.dirname(link)):
        work.complain(f"failed to create {kind} link '{link}': {MISSING}")
    elif not work.may_enter(link):
        work.complain(f"failed to create {kind} link '{link}': {DENIED}")
    elif symbolic:
        work.files.put(link, work.own(Symlink(target=target)))
    elif not isinstance(source, File):
        work.complain(f"failed to access '{target}': {MISSING}" if source is None else f"{target}: hard link not allowed for directory")
    else:
        work.files.put(link, source)


@command("cp")
def cp(call: Call) -> Result:
    """``cp [-raRpfnvdLT] SOURCE … DEST``."""
    given, work = parse(call.arguments, taking="t", long_taking=("--target-directory",)), _Work(call)
    pairs, problem = _pairs(call, given)
    if problem:
        return problem
    recursive = given.has("r", "R", "a", "--recursive", "--archive")
    for name, source, target in pairs:
        node = work.files.lstat(source) if given.has("a", "d", "P") or recursive else work.files.stat(source)
        if node is None:
            work.complain(f"cannot stat '{name}': {MISSING}")
        elif isinstance(node, Directory) and not recursive:
            work.complain(f"-r not specified; omitting directory '{name}'")
        elif given.has("n", "--no-clobber") and work.files.lstat(target) is not None:
            continue
        elif _copy(work, node, source, target, keep=given.has("p", "a", "--preserve", "--archive")) and given.has("v"):
            work.out.append(f"'{name}' -> '{target}'\n")
    return work.result()


def _copy(work: _Work, node: Node, source: str, target: str, *, keep: bool) -> bool:
    """Copies ``node``; with ``keep`` owners and times too. Folders that exist are filled."""
    if not allowed(work.files, work.call.user, node, READ):
        work.complain(f"cannot open '{source}' for reading: {DENIED}")
        return False
    if target.count("/") > MAX_DEPTH:
        work.complain(f"cannot create '{target}': {TOO_LONG}")
        return False
    if target == source or target.startswith(source.rstrip("/") + "/"):
        same = target == source
        work.complain(f"'{source}' and '{target}' are the same file" if same else f"cannot copy a directory, '{source}', into itself")
        return False
    if isinstance(node, Directory):
        if not work.files.is_dir(target) and not _place(work, replace(node, children={}), target, keep=keep):
            return False
        copied = [
            _copy(work, below, f"{source}/{name}", f"{target}/{name}", keep=keep)
            for name, below in sorted(node.children.items())
        ]
        return all(copied)
    return _place(work, node, target, keep=keep)


def _place(work: _Work, node: Node, target: str, *, keep: bool) -> bool:
    there = work.files.stat(target)
    if isinstance(there, Directory):
        work.complain(f"cannot overwrite directory '{target}' with non-directory")
        return False
    if not work.files.is_dir(posixpath.dirname(target)):
        work.complain(f"cannot create regular file '{target}': {MISSING}")
        return False
    if not may_change(work.files, work.call.user, target):
        work.complain(f"cannot create regular file '{target}': {DENIED}")
        return False
    if isinstance(node, File) and isinstance(there, File) and not keep:
        work.files.write(target, node.content)
    else:
        work.files.put(target, node if keep and work.call.user.uid == 0 else work.own(replace(node, mode=node.mode & 0o1777)))
    return True


@command("mv")
def mv(call: Call) -> Result:
    """``mv [-fnvT] SOURCE … DEST``."""
    given, work = parse(call.arguments, taking="t", long_taking=("--target-directory",)), _Work(call)
    pairs, problem = _pairs(call, given)
    if problem:
        return problem
    for name, source, target in pairs:
        if work.files.lstat(source) is None:
            work.complain(f"cannot stat '{name}': {MISSING}")
        elif given.has("n", "--no-clobber") and work.files.lstat(target) is not None:
            continue
        elif not work.files.is_dir(posixpath.dirname(target)):
            work.complain(f"cannot move '{name}' to '{target}': {MISSING}")
        elif not (work.may_enter(source) and work.may_enter(target)):
            work.complain(f"cannot move '{name}' to '{target}': {DENIED}")
        elif target.count("/") + _height(work.files.lstat(source)) > MAX_DEPTH:
            work.complain(f"cannot move '{name}' to '{target}': {TOO_LONG}")
        elif target.startswith(source.rstrip("/") + "/"):
            work.complain(f"cannot move '{name}' to a subdirectory of itself, '{target}'")
        elif work.files.is_dir(target) and not work.files.is_link(target) and work.files.listdir(target):
            work.complain(f"cannot move '{name}' to '{target}': {os.strerror(errno.ENOTEMPTY)}")
        elif source != target:
            work.files.rename(source, target)
    return work.result()


@command("install")
def install(call: Call) -> Result:
    """``install [-d] [-m MODE] [-o OWNER] [-g GROUP] SOURCE … DEST``."""
    given, work = parse(call.arguments, taking="mogt", long_taking=("--mode", "--owner", "--group")), _Work(call)
    mode = _mode(given.value("m", "--mode"))
    made: list[str] = []
    if given.has("d", "--directory"):
        for name in given.operands:
            work.files.mkdir(call.path(name), parents=True)
            made.append(call.path(name))
    else:
        pairs, problem = _pairs(call, given)
        if problem:
            return problem
        for name, source, target in pairs:
            node = work.files.stat(source)
            if given.has("D"):
                work.files.mkdir(posixpath.dirname(target), parents=True)
            if not isinstance(node, File):
                work.complain(f"cannot stat '{name}': {MISSING}")
            elif _place(work, node, target, keep=False):
                made.append(target)
    owner, group = given.value("o", "--owner"), given.value("g", "--group")
    for path in made:
        work.files.chmod(path, 0o755 if mode is None else mode)
        if owner in users(work.files) or group in groups(work.files):
            user = users(work.files).get(owner or "")
            team = groups(work.files).get(group or "")
            work.files.chown(path, user.uid if user else None, team.gid if team else None)
        elif owner or group:
            work.complain(f"invalid user ‘{owner}’" if owner else f"invalid group ‘{group}’")
    return work.result()


def _pairs(call: Call, given: Parsed) -> tuple[list[tuple[str, str, str]], Result | None]:
    """(name, source, target) for each source of ``cp`` and ``mv``."""
    folder = given.value("t", "--target-directory")
    names = given.operands if folder is not None else given.operands[:-1]
    if not names:
        text = "missing file operand" if not given.operands else f"missing destination file operand after '{given.operands[0]}'"
        return [], Result(stderr=f"{call.name}: {text}\nTry '{call.name} --help' for more information.\n", exit_code=1)
    last = folder if folder is not None else given.operands[-1]
    into = call.files.is_dir(call.path(last)) and not given.has("T", "--no-target-directory")
    if len(names) > 1 and not into:
        return [], call.fail(f"target '{last}' is not a directory")
    pairs = []
    for name in names:
        source = posixpath.normpath(call.path(name))
        target = call.path(last)
        if into and not (name.rstrip("/").endswith("/.") or name == "."):
            target = posixpath.join(target, posixpath.basename(source))
        pairs.append((name, source, posixpath.normpath(target)))
    return pairs, None


def _height(node: Node | None) -> int:
    """How many folders stand in each other at most, from ``node`` downwards."""
    level, height = [node], 0
    while level := [below for one in level if isinstance(one, Directory) for below in one.children.values()]:
        height += 1
    return height


def _mode(text: str | None) -> int | None:
    return int(text, 8) if text and all(letter in "01234567" for letter in text) else None


def _missing_operand(call: Call, what: str = "operand") -> Result:
    return Result(stderr=f"{call.name}: missing {what}\nTry '{call.name} --help' for more information.\n", exit_code=1)


