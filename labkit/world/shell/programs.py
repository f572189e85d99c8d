"""What stands behind the name of a program: a command of the lab, one of bashkit's, a script, or nothing.

The rules are those of execve(2) and of bash's search for commands.
"""

import errno
import os
import posixpath
from dataclasses import dataclass, field
from functools import cache

from labkit.world.access import ENTER, READ, allowed, may_reach
from labkit.world.accounts import User
from labkit.world.files import Directory, File, FileSystem
from labkit.world.shell.call import COMMANDS, Invocation
from labkit.world.shell.process import LOGIN_PATH

PROGRAM_MAGIC = b"\x7fELF"
"""How the content of every compiled program begins; in the lab nothing but its name follows."""

SHELLS = frozenset({"bash", "sh", "dash"})

BASHKIT = frozenset(
    """alias arch awk b2sum base32 base64 basename bunzip2 bzcat bzip2 cat cksum clear cmp column comm cut dd
    declare df diff dirname du echo egrep eval expand export expr factor false fgrep file flock fmt fold free
    gawk getconf grep gunzip gzip hash head hexdump hostid iconv join jq less link locale logname make md5sum
    mkfifo mktemp more nice nl nproc numfmt od openssl paste patch pr printenv printf pwd readlink realpath rev
    sed seq sha1sum sha224sum sha256sum sha384sum sha512sum shuf sort split stdbuf strings sum sync tac tail tar
    test time times tr true truncate tsort tty uname unexpand uniq unlink unzip users uuidgen wc xxd
    yes zip [""".split()  # noqa: SIM905
)
"""Programs that bashkit itself answers, as far as Amazon Linux 2023 has them."""

SHELL_BUILTINS = frozenset(
    """. : [ alias break builtin caller cd command compgen complete continue declare dirs echo enable eval exec
    exit export false getopts hash help history kill let local logout mapfile popd printf pushd pwd read
    readarray readonly return set shift shopt source test times trap true type typeset ulimit umask unalias
    unset wait sleep bash sh""".split()  # noqa: SIM905
)
"""What bash answers without a program."""

_SHELL_SIGNS = frozenset("*?{}[]<>()~&|\\$;'`\"\n#=%")
_SHELL_WORDS = frozenset(
    """! . : break case continue do done elif else esac eval exec exit export fi for function if in read readonly
    return set shift source then times trap ulimit umask unset until wait while alias bg cd command fg getopts
    hash jobs type unalias local declare typeset let shopt time kill""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. ``kind``: command, bashkit, script or missing.

    ``name``: the command's name, or the interpreter of a script; ``path`` and ``text``: the script's;
    ``arguments``: what the shebang puts before the caller's; ``error``: the errno of a missing one.
    """

    kind: str
    name: str
    path: str = ""
    text: str = ""
    arguments: tuple[str, ...] = ()
    error: int = 0
    message: str = ""
    exit_code: int = field(default=0)


@cache
def ours() -> frozenset[str]:
    """The names of the commands of the lab."""
    return frozenset(COMMANDS)


@cache
def known() -> frozenset[str]:
    """The names that need no help when bash meets them."""
    return ours() | BASHKIT | SHELL_BUILTINS


def words(command: str) -> list[str] | None:
    """The words of a command that needs no shell, as Ruby's ``Process.spawn`` decides it; None if it needs one."""
    if not command.strip() or _SHELL_SIGNS & set(command):
        return None
    found = command.split()  # neither quoted nor escaped: both would be signs for a shell
    return None if found[0] in _SHELL_WORDS else found


def find(files: FileSystem, name: str, started: Invocation) -> Program:
    """What ``name`` stands for, for the user, the folder and the PATH that it is ``started`` with."""
    if "/" in name:
        return _at_path(files, name, posixpath.join(started.cwd, name), started)
    if name in SHELLS:
        return Program("command", "bash")
    if works(files, name):
        return Program("command", name)
    if name in BASHKIT and name not in COMMANDS:
        return Program("bashkit", name)
    for folder in started.env.get("PATH", LOGIN_PATH).split(":"):
        path = posixpath.join(folder or started.cwd, name)
        node = files.stat(path)
        if isinstance(node, File) and node.mode & 0o111:
            return _at_path(files, path, path, started)
    return _missing(name, errno.ENOENT, f"{name}: command not found", 127)


def works(files: FileSystem, name: str) -> bool:
    """Whether ``name`` is a command of the lab whose program is on the machine."""
    entry = COMMANDS.get(name)
    return entry is not None and (entry.program is None or files.exists(entry.program))


def _at_path(files: FileSystem, name: str, path: str, started: Invocation) -> Program:
    node = files.stat(path)
    if node is None:
        return _missing(name, errno.ENOENT, f"{name}: No such file or directory", 127)
    if isinstance(node, Directory):
        return _missing(name, errno.EACCES, f"{name}: Is a directory", 126)
    compiled = isinstance(node, File) and node.content.startswith(PROGRAM_MAGIC)
    if not isinstance(node, File) or not _may_start(files, started.user, path, node, read=not compiled):
        return _missing(name, errno.EACCES, f"{name}: Permission denied", 126)
    if compiled:
        return _compiled(files, name, path)
    text = node.content.decode("utf-8", errors="replace")
    return (
        _interpreted(files, name, text, started)
        if text.startswith("#!")
        else Program("script", plain_shell(files), name, text)
    )


def _may_start(files: FileSystem, user: User, path: str, node: File, *, read: bool) -> bool:
    """Whether ``user`` may run the file; ``read``: an interpreter has to read it too."""
    bits = (ENTER, READ) if read else (ENTER,)
    permitted = all(allowed(files, user, node, bit) for bit in bits) and may_reach(files, user, path)
    return bool(node.mode & 0o111) and permitted


def plain_shell(files: FileSystem) -> str:
    """The shell that /bin/sh leads to: bash on Amazon Linux, dash on Debian and Ubuntu."""
    name = posixpath.basename(files.real_path("/bin/sh"))
    return name if name in SHELLS else "bash"


def _compiled(files: FileSystem, name: str, path: str) -> Program:
    program = posixpath.basename(files.real_path(path))
    if program in SHELLS:
        return Program("command", "bash")
    if works(files, program):
        return Program("command", program)
    if program in BASHKIT:
        return Program("bashkit", program)
    message = f"{name}: cannot execute: the machines of this lab have this program's file, but not what it does"
    return _missing(name, errno.ENOEXEC, message, 126)


def _interpreted(files: FileSystem, name: str, text: str, started: Invocation) -> Program:
    line = text[2 : text.find("\n") if "\n" in text else len(text)].strip(" \t")
    interpreter, _, rest = line.partition(" ")
    options = tuple(rest.split())
    if posixpath.basename(interpreter) == "env" and files.exists(interpreter) and options:
        program = next((word for word in options if not word.startswith("-") and "=" not in word), "")
        if program in SHELLS:
            return Program("script", program, name, text)
        message = f"/usr/bin/env: '{program}': No such file or directory"
        known = find(files, program, started) if program else None
        if known is None or known.kind == "missing":
            return _missing(name, 0, message, 127)
        return Program("script", known.name, name, text)
    if not files.exists(interpreter):
        shown = interpreter.replace("\r", "^M")
        message = f"{name}: {shown}: bad interpreter: No such file or directory"
        return _missing(name, errno.ENOENT, message, 126)
    return Program("script", posixpath.basename(files.real_path(interpreter)), name, text, options)


def _missing(name: str, error: int, message: str, exit_code: int) -> Program:
    return Program("missing", name, error=error, message=message, exit_code=exit_code)


def start_error(program: Program) -> str | None:
    """The text of the errno with which execve refused ``program``; None if it did not."""
    return os.strerror(program.error) if program.kind == "missing" and program.error else None
