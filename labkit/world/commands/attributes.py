"""chattr and lsattr, as far as the attribute ``i``, immutable, goes (chattr(1), lsattr(1))."""

from dataclasses import replace

from labkit.world.files import File
from labkit.world.shell.call import Call, Result, command

ATTRIBUTES = "----------------------"
IMMUTABLE = "----i-----------------"


@command("chattr", program="/usr/bin/chattr")
def chattr(call: Call) -> Result:
    """``chattr +i|-i FILE …``."""
    if len(call.arguments) < 2 or call.arguments[0] not in {"+i", "-i"}:  # noqa: PLR2004
        return Result(stderr="Usage: chattr [+-]i files...\n", exit_code=1)
    for name in call.arguments[1:]:
        node = call.files.stat(call.path(name))
        if node is None:
            return call.fail(f"No such file or directory while trying to stat {name}")
        if call.user.uid != 0:
            return call.fail(f"Operation not permitted while setting flags on {name}")
        if isinstance(node, File):
            place = call.files.real_path(call.path(name))
            call.files.put(place, replace(node, immutable=call.arguments[0] == "+i"))
    return Result()


@command("lsattr", program="/usr/bin/lsattr")
def lsattr(call: Call) -> Result:
    """``lsattr FILE …``."""
    shown = ""
    for name in call.arguments:
        node = call.files.stat(call.path(name))
        if node is None:
            return call.fail(f"No such file or directory while trying to stat {name}")
        shown += f"{IMMUTABLE if isinstance(node, File) and node.immutable else ATTRIBUTES} {name}\n"
    return Result(shown)
