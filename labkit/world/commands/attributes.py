"""chattr and lsattr, as far as the attribute ``i``, immutable, goes (chattr(1), lsattr(1))."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from labkit.world.files import File, Node
from labkit.world.shell.call import Call, Result, command

ATTRIBUTES = "----------------------"
IMMUTABLE = "----i-----------------"
USAGE = "Usage: chattr [-R] [+-]i files...\n"


@command("chattr", program="/usr/bin/chattr")
def chattr(call: Call) -> Result:
    """``chattr [-R] +i|-i FILE …``."""
    recursive, (how, *names) = _recursive(call.arguments)
    if how not in {"+i", "-i"} or not names:
        return Result(stderr=USAGE, exit_code=1)
    for name in names:
        if call.files.stat(call.path(name)) is None:
            return call.fail(f"No such file or directory while trying to stat {name}")
        if call.user.uid != 0:
            return call.fail(f"Operation not permitted while setting flags on {name}")
        for place, file in list(_files(call, name, recursive=recursive)):
            call.files.put(place, replace(file, immutable=how == "+i"))
    return Result()


@command("lsattr", program="/usr/bin/lsattr")
def lsattr(call: Call) -> Result:
    """``lsattr [-R] FILE …``: with ``-R`` what is in a folder, and in the folders there."""
    recursive, names = _recursive(call.arguments)
    shown = ""
    for name in names:
        node = call.files.stat(call.path(name))
        if node is None:
            return call.fail(f"No such file or directory while trying to stat {name}")
        shown += _below(call, name) if recursive and call.files.is_dir(call.path(name)) else _line(name, node)
    return Result(shown)


def _recursive(arguments: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether ``-R`` is among the arguments, and the others (an empty word if there are none)."""
    return "-R" in arguments, [one for one in arguments if one != "-R"] or [""]


def _files(call: Call, name: str, *, recursive: bool) -> Iterator[tuple[str, File]]:
    place = call.files.real_path(call.path(name))
    node = call.files.stat(place)
    if isinstance(node, File):
        yield place, node
    elif recursive:
        yield from ((path, one) for path, one in call.files.walk(place) if isinstance(one, File))


def _below(call: Call, name: str) -> str:
    """The lines of what is in a folder, then those of each folder in it below a heading."""
    inside = [f"{name.rstrip('/')}/{one}" for one in call.files.listdir(call.path(name))]
    nodes = {path: call.files.stat(call.path(path)) for path in inside}
    lines = "".join(_line(path, node) for path, node in nodes.items() if node is not None)
    folders = [path for path in inside if call.files.is_dir(call.path(path))]
    return lines + "".join(f"\n{path}:\n{_below(call, path)}" for path in folders)


def _line(name: str, node: Node) -> str:
    return f"{IMMUTABLE if isinstance(node, File) and node.immutable else ATTRIBUTES} {name}\n"
