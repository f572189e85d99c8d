"""mkdir, rmdir, rm, touch, tee and ln, with the owners and permissions bashkit does not know (coreutils)."""

import errno
import os
import posixpath

from labkit.world.access import may_change
from labkit.world.commands.options import Parsed, parse
from labkit.world.commands.work import DENIED, MAX_DEPTH, MISSING, TOO_LONG, Work, missing_operand, octal
from labkit.world.files import Directory, File, Symlink
from labkit.world.shell.call import Call, Result, command


@command("mkdir")
def mkdir(call: Call) -> Result:
    """``mkdir [-p] [-m MODE] DIR …``."""
    given, work = parse(call.arguments, taking="m", long_taking=("--mode",)), Work(call)
    mode = octal(given.value("m", "--mode"))
    for name in given.operands:
        if call.path(name).count("/") > MAX_DEPTH:
            work.complain(f"cannot create directory '{name}': {TOO_LONG}")
            continue
        for path in _chain(call.path(name)) if given.has("p", "--parents") else [call.path(name)]:
            if given.has("p", "--parents") and work.files.is_dir(path):
                continue
            if not _make_directory(work, name, path, mode if path == call.path(name) else None):
                break
            if given.has("v", "--verbose"):
                work.out.append(f"mkdir: created directory '{name}'\n")
    return work.result() if given.operands else missing_operand(call)


def _make_directory(work: Work, name: str, path: str, mode: int | None) -> bool:
    parent = posixpath.dirname(posixpath.normpath(path))
    problem = None
    if work.files.lstat(path) is not None:
        problem = os.strerror(errno.EEXIST)
    elif not work.files.is_dir(parent):
        problem = MISSING if not work.files.exists(parent) else os.strerror(errno.ENOTDIR)
    elif not work.may_enter(path):
        problem = DENIED
    if problem:
        work.complain(f"cannot create directory '{name}': {problem}")
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
    given, work = parse(call.arguments), Work(call)
    for name in given.operands:
        path = call.path(name)
        node = work.files.lstat(path)
        if not isinstance(node, Directory) or node.children or not work.may_enter(path):
            number = (
                errno.ENOENT if node is None else errno.ENOTDIR if not isinstance(node, Directory) else errno.ENOTEMPTY
            )
            work.complain(f"failed to remove '{name}': {os.strerror(number)}")
        else:
            work.files.remove(path)
    return work.result()


@command("rm", "unlink")
def rm(call: Call) -> Result:
    """``rm [-rfv] PATH …``."""
    given, work = parse(call.arguments), Work(call)
    recursive, force = given.has("r", "R", "--recursive"), given.has("f", "--force")
    if not given.operands and not force:
        return missing_operand(call)
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


def _remove(work: Work, name: str, path: str, *, recursive: bool, force: bool) -> None:
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
        work.gone.setdefault(posixpath.dirname(work.files.real_path(posixpath.dirname(path)) + "/x"), set()).add(
            posixpath.basename(path)
        )


@command("touch")
def touch(call: Call) -> Result:
    """``touch [-c] FILE …``."""
    given, work = parse(call.arguments, taking="drt"), Work(call)
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
    return work.result() if given.operands else missing_operand(call, "file operand")


@command("tee")
def tee(call: Call) -> Result:
    """``tee [-a] FILE …``: standard input to files and to standard output."""
    given, work = parse(call.arguments), Work(call)
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
    given, work = parse(call.arguments), Work(call)
    if not given.operands:
        return missing_operand(call, "file operand")
    *targets, last = given.operands if len(given.operands) > 1 else [*given.operands, "."]
    into = work.files.is_dir(call.path(last)) and not (given.has("n", "T") and work.files.is_link(call.path(last)))
    for target in targets:
        link = posixpath.join(call.path(last), posixpath.basename(target.rstrip("/"))) if into else call.path(last)
        _link(work, given, target, link)
    return work.result()


def _link(work: Work, given: Parsed, target: str, link: str) -> None:
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
        work.complain(
            f"failed to access '{target}': {MISSING}"
            if source is None
            else f"{target}: hard link not allowed for directory"
        )
    else:
        work.files.put(link, source)
