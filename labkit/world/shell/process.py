"""One shell process: who runs it, with what, and the few lines bash is given before its script."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.world.accounts import User
from labkit.world.shell.script import Script

FUNCTIONS = (
    # A signal has to come from bash itself, so that the script's own traps run.
    "__signal() { [ $1 -le 128 ] || { builtin kill -$(( $1 - 128 )) $$; "
    # Only a script that ignores the signal gets here with its trap empty; what it waited for then goes on too.
    """case "$(trap -p TERM)" in "trap -- '' "*) __sleep --rest; return;; esac; }; return $1; }; """
    'sleep() { __sleep "$@"; __signal $?; }; '
    'wait() { __wait "$@"; __signal $?; }; '
    'kill() { __kill "$@"; __signal $?; }; '
    # These two cannot be replaced by a callback, only by a function.
    # These cannot be replaced by a callback, only by a function; what they run is read like the script itself.
    'bash() { __exec bash "$@"; }; sh() { __exec sh "$@"; }; '
    '__run() { case "$1" in */*) __exec "$@";; *) "$@";; esac; }; '
    '__call() { if declare -F "$1" >/dev/null; then "$@"; else __exec "$@"; fi; }; '
    '__replace() { __exec "$@"; exit $?; }; '
    'eval() { builtin eval "$(__prepare text "$*")"; }; '
    'source() { local __text; __text=$(__prepare file "$1") || return; shift; builtin eval "$__text"; }; '
    '.() { source "$@"; }; '
    'trap() { case "$#$1" in 0|1*|?-*|2) builtin trap "$@";; *) local __text; __text=$(__prepare text "$1"); shift; '
    'builtin trap "$__text" "$@";; esac; }; '
    'command() { case "$1" in -v|-V) __which "$@";; */*|bash|sh|eval|source|.) "$@";; '
    '*) builtin command "$@";; esac; }; '
)

LOGIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SHELL_OWN = frozenset({"PWD", "OLDPWD", "_", "SHLVL", "UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS"})
_IN_BASHS_WORDS = (
    (re.compile(r"(: command not found)\..*$", re.MULTILINE), r"\1"),
    (
        re.compile(r"(?:bash: line \d+: )?resource limit exceeded: maximum function depth exceeded \((\d+)\)"),
        r"bash: maximum function nesting level exceeded (\1)",
    ),
    (
        re.compile(r"execution error: budget validation failed: brace range too large: .* produces (\d+) .*"),
        r"bash: brace expansion: failed to allocate memory for \1 elements",
    ),
    (re.compile(r"(?:bash: line \d+: )?parse error at line (\d+), column \d+: (?=syntax)"), r"bash: line \1: "),
    (re.compile(r"^yes: output limit .*$", re.MULTILINE), "yes: standard output: Broken pipe"),
)
_NOT_FOUND = re.compile(r"^bash: line (\d+): (.+): (?:command not found|No such file or directory)$", re.MULTILINE)
_PREFIX = re.compile(r"^bash: line (?=\d+: )", re.MULTILINE)


@dataclass(kw_only=True)
class ShellProcess:
    """``writes``: the paths it may change other than through commands of ours (None: any).

    ``dialect``: the shell whose words it complains in (bash, dash). ``signal``: the last signal it sent itself.
    ``refused``: where it wrote and its user may not.
    """

    pid: int
    parent_pid: int
    user: User
    env: Mapping[str, str]
    cwd: str
    argv0: str
    arguments: tuple[str, ...]
    script: Script
    writes: frozenset[str] | None
    dialect: str = "bash"
    signal: int | None = None
    refused: list[str] = field(default_factory=list)

    def preparation(self, hostname: str) -> str:
        """The shell commands that set the process up."""
        own = {
            "__pid": str(self.pid),
            "__ppid": str(self.parent_pid),
            "__uid": str(self.user.uid),
            "__argv0": self.argv0,
            "HOSTNAME": hostname,
        }
        variables = [f"{name}={shlex.quote(value)}" for name, value in own.items()]
        exported = [
            f"export {name}={shlex.quote(value)}"
            for name, value in self.env.items()
            if _NAME.match(name) and name not in _SHELL_OWN
        ]
        arguments = shlex.join(["set", "--", *self.arguments])
        folder = f"cd {shlex.quote(self.cwd)} 2>/dev/null"
        return FUNCTIONS + "; ".join([*variables, *exported, arguments, folder])

    def refusals(self) -> str:
        """Bash's complaints about what it wrote and may not."""
        return "".join(f"bash: {path}: Permission denied\n" for path in self.refused)

    def error_text(self, text: str) -> str:
        """Bashkit's messages in bash's words, with the script's own name in front."""
        plain = text
        for theirs, bashs in _IN_BASHS_WORDS:
            plain = theirs.sub(bashs, plain)
        if self.dialect == "dash":
            return _NOT_FOUND.sub(lambda found: f"{self.argv0}: {found[1]}: {found[2]}: not found", plain)
        return plain if self.argv0 == "bash" else _PREFIX.sub(lambda _: f"{self.argv0}: line ", plain)


def login_environment(user: User) -> dict[str, str]:
    """The variables a fresh session of ``user`` starts with."""
    return {
        "HOME": user.home,
        "USER": user.name,
        "LOGNAME": user.name,
        "SHELL": user.shell,
        "PATH": LOGIN_PATH,
        "LANG": "en_US.UTF-8",
    }
