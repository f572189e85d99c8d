"""cp, mv and install, with the owners and permissions bashkit does not know (coreutils)."""

import errno
import os
import posixpath
from dataclasses import replace

from labkit.world.access import READ, allowed, may_change
from labkit.world.commands.options import Parsed, parse
from labkit.world.commands.work import DENIED, MAX_DEPTH, MISSING, TOO_LONG, Work, octal
from labkit.world.files import Directory, File, Node
from labkit.world.shell.call import Call, Result, command


@command("cp")
def cp(call: Call) -> Result:
    """``cp [-raRpfnvdLT] SOURCE … DEST``."""
    given, work = parse(call.arguments, taking="t", long_taking=("--target-directory",)), Work(call)
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


def _copy(work: Work, node: Node, source: str, target: str, *, keep: bool) -> bool:
    """Copies ``node``; with ``keep`` owners and times too. Folders that exist are filled."""
    if not allowed(work.files, work.call.user, node, READ):
        work.complain(f"cannot open '{source}' for reading: {DENIED}")
        return False
    if target.count("/") > MAX_DEPTH:
        work.complain(f"cannot create '{target}': {TOO_LONG}")
        return False
    if target == source or target.startswith(source.rstrip("/") + "/"):
        same = target == source
        work.complain(
            f"'{source}' and '{target}' are the same file"
            if same
            else f"cannot copy a directory, '{source}', into itself"
        )
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


def _place(work: Work, node: Node, target: str, *, keep: bool) -> bool:
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
        work.files.put(
            target, node if keep and work.call.user.uid == 0 else work.own(replace(node, mode=node.mode & 0o1777))
        )
    return True


@command("mv")
def mv(call: Call) -> Result:
    """``mv [-fnvT] SOURCE … DEST``."""
    given, work = parse(call.arguments, taking="t", long_taking=("--target-directory",)), Work(call)
    pairs, problem = _pairs(call, given)
    if problem:
        return problem
    for name, source, target in pairs:
        if given.has("n", "--no-clobber") and work.files.lstat(target) is not None:
            continue
        problem_text = _cannot_move(work, source, target)
        if problem_text == MISSING and work.files.lstat(source) is None:
            work.complain(f"cannot stat '{name}': {MISSING}")
        elif problem_text:
            work.complain(f"cannot move '{name}' to '{target}': {problem_text}")
        elif source != target:
            work.files.rename(source, target)
    return work.result()


def _cannot_move(work: Work, source: str, target: str) -> str | None:
    """Why ``source`` cannot become ``target``."""
    files = work.files
    if files.lstat(source) is None or not files.is_dir(posixpath.dirname(target)):
        return MISSING
    if not (work.may_enter(source) and work.may_enter(target)):
        return DENIED
    if target.startswith(source.rstrip("/") + "/"):
        return os.strerror(errno.EINVAL)
    if target.count("/") + _height(files.lstat(source)) > MAX_DEPTH:
        return TOO_LONG
    full = source != target and files.is_dir(target) and not files.is_link(target) and files.listdir(target)
    return os.strerror(errno.ENOTEMPTY) if full else None


@command("install")
def install(call: Call) -> Result:
    """``install [-d] [-m MODE] [-o OWNER] [-g GROUP] SOURCE … DEST``."""
    given, work = parse(call.arguments, taking="mogt", long_taking=("--mode", "--owner", "--group")), Work(call)
    if given.has("d", "--directory"):
        made = [call.path(name) for name in given.operands]
        for path in made:
            work.files.mkdir(path, parents=True)
    else:
        pairs, problem = _pairs(call, given)
        if problem:
            return problem
        made = [target for name, source, target in pairs if _installed(work, name, source, target)]
    mode = octal(given.value("m", "--mode"))
    for path in made:
        work.files.chmod(path, 0o755 if mode is None else mode)
    owner, group = given.value("o", "--owner"), given.value("g", "--group")
    if owner or group:
        answer = call.execute(["chown", f"{owner or ''}{':' + group if group else ''}", *made])
        work.complaints += [answer.stderr] if answer.stderr else []
    return work.result()


def _installed(work: Work, name: str, source: str, target: str) -> bool:
    node = work.files.stat(source)
    work.files.mkdir(posixpath.dirname(target), parents=True)
    if isinstance(node, File):
        return _place(work, node, target, keep=False)
    work.complain(f"cannot stat '{name}': {MISSING}")
    return False


def _pairs(call: Call, given: Parsed) -> tuple[list[tuple[str, str, str]], Result | None]:
    """(name, source, target) for each source of ``cp`` and ``mv``."""
    folder = given.value("t", "--target-directory")
    names = given.operands if folder is not None else given.operands[:-1]
    if not names:
        text = (
            "missing file operand"
            if not given.operands
            else f"missing destination file operand after '{given.operands[0]}'"
        )
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
