"""Which paths the files of a repository may have."""

from collections.abc import Collection
from pathlib import PurePosixPath

from labkit.simulation.misuse import MisuseError

MOST_BYTES = 4096
MOST_FOLDERS = 200
"""As deep as anything can be deployed here; git itself knows no limit."""
_FORBIDDEN_PARTS = frozenset({"", ".", "..", ".git"})


def check_path(path: str) -> None:
    """Raises ``MisuseError`` unless a repository can hold a file of this path."""
    inside = (
        isinstance(path, str)
        and not {"\\", "\0"} & set(path)
        and not _FORBIDDEN_PARTS & {part.lower() for part in path.split("/")}
    )
    if not inside:
        message = (
            f"Expected a path inside the repository such as 'scripts/start_server.sh', found {path!r}; "
            "leave out a leading or trailing '/', '.', '..', '.git' and backslashes."
        )
        raise MisuseError(message)
    check_length(path)


def check_length(path: str) -> None:
    """Raises ``MisuseError`` if a machine could not hold the file anyway."""
    bytes_, folders = len(check_text(path).encode()), path.count("/")
    if bytes_ > MOST_BYTES or folders > MOST_FOLDERS:
        message = (
            f"Expected a path of at most {MOST_BYTES:,} bytes and {MOST_FOLDERS} folders, "
            f"found {bytes_:,} bytes and {folders:,} folders; shorten it."
        )
        raise MisuseError(message)


def check_text(text: str) -> str:
    """``text``. Raises ``MisuseError`` if it cannot be stored as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"Expected text that UTF-8 can hold, found {text[error.start]!r}; leave that character out."
        raise MisuseError(message) from None
    return text


def check_folders(tree: Collection[str]) -> None:
    """Raises ``MisuseError`` if one of these paths would be a file and a folder."""
    for path in sorted(tree):
        for parent in PurePosixPath(path).parents:
            if str(parent) in tree:
                message = (
                    f"Expected {str(parent)!r} to be a file or a folder, found both (it would hold {path!r}); "
                    "remove one of them in the same commit by giving it as None."
                )
                raise MisuseError(message)
