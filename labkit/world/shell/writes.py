"""Where a script may write: found by reading it, so that its run need not be followed by a search of all files."""

import posixpath
from functools import lru_cache

import bashkit

HARMLESS = frozenset(
    """: [ [[ alias arch basename break caller cat cd cksum cmp column comm continue cut declare df diff dirname
    dirs du echo egrep enable exit expand export expr factor false fgrep fmt fold free getconf getopts grep hash
    head help hexdump history iconv join jq let local locale logname mapfile md5sum nl nproc numfmt od paste
    popd pr printenv printf pushd pwd read readarray readlink readonly realpath return rev seq set sha1sum
    sha224sum sha256sum sha384sum sha512sum shift shopt strings sum tac tail test times tr true tsort tty type
    typeset ulimit umask unalias uname unexpand unset wc wait kill sleep bash sh __call __replace""".split()  # noqa: SIM905
)
"""bash's and bashkit's own commands that change no file; those of the lab report their changes themselves.

Not among them, because their arguments are run: ``eval``, ``.``, ``source``, ``trap``, ``builtin``, ``awk``.
"""


@lru_cache(maxsize=512)
def targets(text: str, ours: frozenset[str]) -> frozenset[str] | None:
    """The literal paths ``text`` redirects to, as written; None if it may write elsewhere too.

    ``ours``: names of the commands that the lab answers.
    """
    try:
        analysis = bashkit.Bash().analyze(text)
    except bashkit.BashError:
        return None  # what runs before the mistake is found cannot be told
    if analysis.truncated:
        return None
    known = HARMLESS | ours | frozenset(analysis.functions)
    for command in analysis.commands:
        if command.is_assignment_only:
            continue
        if command.name is None or not (command.name in known or _only_reads(command)):
            return None
    written = [redirect.path for redirect in analysis.redirects if redirect.is_write]
    if any(path is None or path.startswith("~") for path in written):
        return None
    paths = frozenset(path for path in written if path is not None and not path.startswith("/dev/"))
    moves = any(command.name in {"cd", "pushd", "popd"} for command in analysis.commands)
    return None if moves and any(not path.startswith("/") for path in paths) else paths


def absolute(paths: frozenset[str] | None, cwd: str) -> frozenset[str] | None:
    """``paths`` as seen from ``cwd``."""
    return None if paths is None else frozenset(posixpath.join(cwd, path) for path in paths)


def _only_reads(command: bashkit.AnalyzedCommand) -> bool:
    """Whether a command that can write does not, as it is called here."""
    if None in command.args:
        return False
    arguments = [text for text in command.args if text is not None]
    if command.name == "exec":
        return not arguments
    if command.name == "command":
        return arguments[:1] in (["-v"], ["-V"])
    if command.name == "sed":
        return not any(text.startswith("-i") or "w" in text for text in arguments)
    if command.name == "sort":
        return not any(text.startswith(("-o", "--o")) for text in arguments)
    return command.name == "uniq" and sum(not text.startswith("-") for text in arguments) <= 1
