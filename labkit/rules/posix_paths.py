"""Paths as the agent (a Ruby program running as root in ``/``) joins, splits and looks at them.

``File.join``, ``File.basename``, ``File.dirname`` and ``File.expand_path`` of Ruby, and questions to a file system that
are as strict as POSIX: ``a/../b`` needs a folder ``a``, ``file/`` is not there if ``file`` is a file.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from labkit.rules.agent_errors import refuse

MAX_PATH_BYTES = 4096
"""Linux's PATH_MAX."""


class Tree(Protocol):
    """What planning needs to see of a machine's files; ``world.files.FileSystem`` is one. Links are followed."""

    def exists(self, path: str) -> bool:
        """Whether ``path`` leads to something; a dangling link does not."""

    def is_dir(self, path: str) -> bool:
        """Whether ``path`` leads to a directory."""

    def listdir(self, path: str) -> list[str]:
        """The sorted names in a directory."""


Homes = Callable[[str], str | None]
"""The home directory of a user; None if there is no such user."""


def join(first: str, *others: str) -> str:
    """``File.join``: one slash at each joint, other slashes stay as they are.

    >>> join("/srv/", "/web"), join("", "web"), join("/srv//web", "a")
    ('/srv/web', '/web', '/srv//web/a')
    """
    path = first
    for other in others:
        if other.startswith("/"):
            path = path.rstrip("/") + other
        else:
            path = path + other if path.endswith("/") else f"{path}/{other}"
    return path


def basename(path: str) -> str:
    """``File.basename``: the last name, trailing slashes ignored."""
    return path.rstrip("/").rpartition("/")[2] or ("/" if path else "")


def dirname(path: str) -> str:
    """``File.dirname``: all but the last name; ``.`` if there is no slash.

    >>> dirname("/srv/web/"), dirname("web"), dirname("/web")
    ('/srv', '.', '/')
    """
    stripped = path.rstrip("/")
    if "/" not in stripped:
        return "/" if path.startswith("/") else "."
    return stripped.rpartition("/")[0].rstrip("/") or "/"


def expand(path: str, homes: Homes) -> str:
    """``File.expand_path``: absolute, without ``.``, ``..`` and doubled slashes, ``~`` and ``~user`` replaced.

    Links are not looked at. Raises AgentError (``ruby``) for the home of a user who does not exist.
    """
    if path.startswith("~"):
        tilde, _, rest = path.partition("/")
        path = join(_home(tilde[1:] or "root", homes), rest)
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)


def _home(user: str, homes: Homes) -> str:
    home = homes(user)
    if home is None:
        refuse("ruby", f"user {user} doesn't exist")
    return home


def exists(tree: Tree, path: str) -> bool:
    """``File.exist?`` for a path relative to ``/``."""
    return (
        not too_long(path)
        and _reachable(tree, path)
        and _quietly(tree.exists, path)
        and (not path.endswith("/") or is_dir(tree, path))
    )


def is_dir(tree: Tree, path: str) -> bool:
    """``File.directory?`` for a path relative to ``/``."""
    return not too_long(path) and _reachable(tree, path) and _quietly(tree.is_dir, path)


def too_long(path: str) -> bool:
    """Whether Linux answers ENAMETOOLONG to ``path`` whatever is there; Ruby's questions about it are answered no."""
    return len(path) > MAX_PATH_BYTES


def _reachable(tree: Tree, path: str) -> bool:
    """Whether every ``..`` of ``path`` comes after a folder that is there; an empty path leads nowhere."""
    return bool(path) and all(_quietly(tree.is_dir, folder) for folder in _left_again(path))


def _left_again(path: str) -> Iterable[str]:
    names = path.split("/")
    return ["/".join(names[:place]) for place, name in enumerate(names) if name == ".." and place > 0]


def _quietly(question: Callable[[str], bool], path: str) -> bool:
    try:
        return question(path)
    except OSError:  # too many links: Ruby answers no
        return False
