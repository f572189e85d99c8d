"""Programs that start other programs: bash, su, sudo, env, nohup and their like (su(1), sudo(8), env(1))."""

import re
import shlex
from dataclasses import dataclass, field

from labkit.world.accounts import User, users
from labkit.world.files import Directory, File
from labkit.world.shell import programs
from labkit.world.shell.call import Call, Invocation, Result, command
from labkit.world.shell.process import login_environment
from labkit.world.shell.script import prepare

SECURE_PATH = "/sbin:/bin:/usr/sbin:/usr/bin"
"""What sudo's env_reset sets on Amazon Linux."""

NOT_FOUND_CODE = 127
MISSING_USER = "user {} does not exist or the user entry does not contain all the required fields"


@command("bash", "sh")
def bash(call: Call) -> Result:
    """``bash [-exul] FILE …``, ``bash -c TEXT [NAME …]``, or a script from standard input."""
    if "--version" in call.arguments[:1]:
        return Result(stdout="GNU bash, version 5.2.15(1)-release (x86_64-amazon-linux-gnu)\n")
    flags, inline, words = _bash_options(list(call.arguments))
    prefix = f"set{flags}; " if flags else ""
    if inline and not words:
        return Result(stderr="bash: -c: option requires an argument\n", exit_code=2)
    if inline:
        name = words[1] if len(words) > 1 else "bash"
        return call.run.shell(prefix + words[0], name, tuple(words[2:]), _invocation(call))
    if not words or words[0] == "-":
        return call.run.shell(prefix + (call.stdin or ""), "bash", tuple(words[1:]), _invocation(call, stdin=""))
    return _script_file(call, prefix, words)


def _bash_options(words: list[str]) -> tuple[str, bool, list[str]]:
    """The options that ``set`` knows too, whether ``-c`` is among the others, and the rest (``-``: standard input)."""
    flags, inline, piped = "", False, False
    while words and words[0].startswith("-") and words[0] != "-":
        option = words.pop(0)
        if option == "--":
            break
        if option == "-o" and words:
            flags += f" -o {shlex.quote(words.pop(0))}"
        elif not option.startswith("--"):
            inline, piped = inline or "c" in option, piped or "s" in option
            kept = "".join(letter for letter in option[1:] if letter in "exunfv")
            flags += f" -{kept}" if kept else ""
    return flags, inline, ["-", *words] if piped else words


def _script_file(call: Call, prefix: str, words: list[str]) -> Result:
    node = call.files.stat(call.path(words[0]))
    if isinstance(node, Directory):
        return Result(stderr=f"bash: {words[0]}: Is a directory\n", exit_code=126)
    if not isinstance(node, File):
        return Result(stderr=f"bash: {words[0]}: No such file or directory\n", exit_code=127)
    if node.content.startswith(programs.PROGRAM_MAGIC):
        return Result(stderr=f"{words[0]}: {words[0]}: cannot execute binary file\n", exit_code=126)
    script = node.content.decode("utf-8", errors="replace")
    return call.run.shell(prefix + script, words[0], tuple(words[1:]), _invocation(call))


def _invocation(call: Call, stdin: str | None = None) -> Invocation:
    given = call.stdin if stdin is None else stdin
    return Invocation(argv=(call.name,), user=call.user, env=call.env, cwd=call.cwd, stdin=given)


@command("su", program="/usr/bin/su")
def su(call: Call) -> Result:
    """``su [-] [USER] [-c TEXT]``: a shell of another user. Only root needs no password; nobody else has one."""
    words, name, text, login, shell = list(call.arguments), None, None, False, None
    while words:
        word = words.pop(0)
        if word in {"-c", "--command"} and words:
            text = words.pop(0)
        elif word in {"-s", "--shell"} and words:
            shell = words.pop(0)
        elif word in {"-", "-l", "--login"}:
            login = True
        elif not word.startswith("-") and name is None:
            name = word
    target = users(call.files).get(name or "root")
    if target is None:
        return call.fail(MISSING_USER.format(name))
    if call.user.uid != 0:
        return call.fail("Authentication failure")
    if not target.can_log_in and shell is None:
        return Result(stdout="This account is currently not available.\n", exit_code=1)
    return _as(call, target, text, login=login)


def _as(call: Call, target: User, text: str | None, *, login: bool) -> Result:
    own = login_environment(target)
    changed = {key: own[key] for key in ("HOME", "SHELL", "USER", "LOGNAME")}
    if target.uid == 0:
        changed = {key: own[key] for key in ("HOME", "SHELL")}
    env = own if login else {**call.env, **changed}
    cwd = target.home if login and call.files.is_dir(target.home) else call.cwd
    if text is None:
        invocation = Invocation(argv=("bash",), user=target, env=env, cwd=cwd, stdin="")
        return call.run.shell(call.stdin or "", "bash", (), invocation)
    found = programs.words(text)
    invocation = Invocation(argv=tuple(found or ("bash",)), user=target, env=env, cwd=cwd, stdin=call.stdin)
    # bash replaces itself with a single simple command, so nothing stands between su and the script.
    return call.run.execute(invocation) if found else call.run.shell(text, "bash", (), invocation)


@command("sudo", program="/usr/bin/sudo")
def sudo(call: Call) -> Result:
    """``sudo [-E] [-u USER] [-i|-s] [NAME=VALUE …] COMMAND …`` with Amazon Linux's rules: env_reset, wheel may all."""
    asked = _sudo_options(list(call.arguments))
    target = users(call.files).get(asked.user.removeprefix("#")) or _by_number(call, asked.user)
    if target is None:
        plugin = "sudo: error initializing audit plugin sudoers_audit\n"
        return Result(stderr=f"sudo: unknown user {asked.user}\n{plugin}", exit_code=1)
    if call.user.uid != 0 and not _may_sudo(call):
        text = f"{call.user.name} is not in the sudoers file.\n"
        return Result(stderr="sudo: a terminal is required to read the password\n" + text, exit_code=1)
    env = {**(call.env if asked.keep else {}), **_sudo_environment(call, target), **asked.variables}
    cwd = target.home if asked.login and call.files.is_dir(target.home) else call.cwd
    words = asked.words or ["bash"]
    answer = call.execute(words, user=target, env=env, cwd=cwd)
    if answer.exit_code == NOT_FOUND_CODE and answer.stderr.endswith(f"{words[0]}: command not found\n"):
        return Result(stderr=f"sudo: {words[0]}: command not found\n", exit_code=1)
    return answer


@dataclass
class _Sudo:
    """What ``sudo`` was asked for."""

    user: str = "root"
    keep: bool = False
    login: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def _sudo_options(words: list[str]) -> _Sudo:
    asked = _Sudo()
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in {"-u", "--user"} and words:
            asked.user = words.pop(0)
        elif option in {"-g", "-h", "-p"} and words:
            words.pop(0)
        asked.login = asked.login or option in {"-i", "--login"}
        asked.keep = asked.keep or option in {"-E", "--preserve-env"}
        if option == "--":
            break
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        key, _, value = words.pop(0).partition("=")
        asked.variables[key] = value
    asked.words = words
    return asked


def _by_number(call: Call, name: str) -> User | None:
    return next((user for user in users(call.files).values() if name == f"#{user.uid}"), None)


def _may_sudo(call: Call) -> bool:
    return call.user.name == "ec2-user" or call.files.exists(f"/etc/sudoers.d/{call.user.name}")


def _sudo_environment(call: Call, target: User) -> dict[str, str]:
    passed = {key: call.env[key] for key in ("LANG", "LC_ALL", "TERM") if key in call.env}
    return {
        **passed,
        **login_environment(target),
        "PATH": SECURE_PATH,
        "SUDO_USER": call.user.name,
        "SUDO_UID": str(call.user.uid),
        "SUDO_GID": str(call.user.gid),
        "SUDO_COMMAND": " ".join(call.arguments),
    }


@command("env")
def env(call: Call) -> Result:
    """``env [-i] [-u NAME] [NAME=VALUE …] [COMMAND …]``."""
    words, variables = list(call.arguments), dict(call.env)
    while words:
        if words[0] in {"-i", "-", "--ignore-environment"}:
            variables = {}
            words.pop(0)
        elif words[0] in {"-u", "--unset"} and len(words) > 1:
            variables.pop(words[1], None)
            del words[:2]
        elif "=" in words[0] and not words[0].startswith("="):
            key, _, value = words.pop(0).partition("=")
            variables[key] = value
        else:
            break
    if not words:
        return Result(stdout="".join(f"{key}={value}\n" for key, value in variables.items()))
    answer = call.execute(words, env=variables)
    if answer.exit_code == NOT_FOUND_CODE and answer.stderr.endswith(f"{words[0]}: command not found\n"):
        return Result(stderr=f"env: '{words[0]}': No such file or directory\n", exit_code=127)
    return answer


@command("nohup", "setsid", "nice", "ionice", "stdbuf", "chrt")
def prefix(call: Call) -> Result:
    """Programs that run another one with something changed that makes no difference here."""
    words = list(call.arguments)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in {"-n", "-c", "-p"} and words:
            words.pop(0)
    if not words:
        return Result(
            stderr=f"{call.name}: missing operand\nTry '{call.name} --help' for more information.\n", exit_code=125
        )
    return call.execute(words)


@command("__exec")
def execute(call: Call) -> Result:
    """A command named by a path or by a variable; see ``labkit.world.shell.script``."""
    return call.execute(call.arguments) if call.arguments else Result()


@command("__prepare")
def prepare_text(call: Call) -> Result:
    """The text of ``eval`` or of a sourced file, made ready; see ``labkit.world.shell.script``."""
    if call.arguments[:1] == ["text"]:
        return Result(stdout=prepare(call.arguments[-1], programs.known()).text)
    text = call.arguments[-1] if len(call.arguments) > 1 else ""
    path = call.path(text)
    if call.files.is_file(path):
        return Result(stdout=prepare(call.files.read_text(path), programs.known()).text)
    reason = "is a directory" if call.files.is_dir(path) else "No such file or directory"
    return Result(stderr=f"bash: line {call.process.script.lines.get('.', 1)}: {text}: {reason}\n", exit_code=1)


@command("watch", "screen", "tmux", "less", "more", "vi", "vim", "nano", "top", "htop", "man", program="/usr/bin/env")
def interactive(call: Call) -> Result:
    """Programs that need a terminal, which neither a script nor Run Command has."""
    return call.fail("standard output is not a terminal; use cat, head, tail or ps instead")
