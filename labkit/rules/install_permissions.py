"""Which of the files and folders of an install plan a ``permissions`` entry means.

AWS page "AppSpec 'permissions' section": only what this deployment copies or makes is touched; ``**`` matches at any
depth, any other pattern only direct children, with ``*`` as its one wildcard.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from labkit.rules.acl import first_default
from labkit.rules.agent_errors import FAILED, refuse
from labkit.rules.appspec_permissions import ANY_DEPTH, Permission
from labkit.rules.posix_paths import Homes, Tree, expand, is_dir
from labkit.rules.ruby_text import Value, inspect, to_s


def matches(
    permission: Permission, copies: Mapping[str, str], directories: Collection[str], tree: Tree, homes: Homes
) -> Iterator[str]:
    """The places that ``permission`` applies to: files in the order of their copies, then folders.

    ``copies``: keyed by destination; ``directories``: folders that will be made. Raises AgentError.
    """
    place = expand(permission.object, homes)
    if place in copies:
        if "file" in permission.types:
            _check_single_file(permission)
            yield place
    elif place in directories or is_dir(tree, permission.object):
        yield from _below(permission, place, copies, directories)


def _below(permission: Permission, place: str, copies: Iterable[str], directories: Iterable[str]) -> Iterator[str]:
    prefix = place.rstrip("/") + "/"
    for kind, paths in (("file", copies), ("directory", directories)):
        for path in paths if kind in permission.types else ():
            if path.startswith(prefix) and _selected(permission, path[len(prefix) :]):
                if kind == "file":
                    _check_no_default_acl(permission)
                yield path


def _check_single_file(permission: Permission) -> None:
    if permission.pattern != ANY_DEPTH:
        refuse(
            "validation",
            f"{FAILED}the application specification file includes an object ({permission.object}) with an invalid "
            f"pattern ({to_s(permission.pattern)}), such as a pattern for a file applied to a directory. Correct the "
            "permissions section of the AppSpec file, and then try again.",
        )
    if permission.exceptions:
        refuse(
            "validation",
            f"{FAILED}the except parameter for a pattern in the permissions section "
            f"({inspect(list(permission.exceptions))}) for the object named {permission.object} contains an invalid "
            "format. Update the AppSpec file, and then try again.",
        )
    _check_no_default_acl(permission)


def _check_no_default_acl(permission: Permission) -> None:
    if permission.acl is not None and first_default(permission.acl):
        refuse(
            "deployment",
            f"{FAILED}the -d parameter has been specified to apply an acl setting to a file. This parameter is "
            "supported for directories only. Update the AppSpec file, and then try again.",
        )


def _selected(permission: Permission, relative: str) -> bool:
    wanted = permission.pattern == ANY_DEPTH or _matches_glob(relative, permission.pattern)
    return wanted and not any(_matches_glob(relative, exception) for exception in permission.exceptions)


def _matches_glob(name: str, pattern: Value) -> bool:
    if "/" in name:
        return False
    if not isinstance(pattern, str):
        refuse("ruby", f"Expected a pattern in the permissions section to be text, found {inspect(pattern)}; quote it.")
    return matches_star(name, pattern)


def matches_star(name: str, pattern: str) -> bool:
    """Whether ``name`` is ``pattern`` with something (or nothing) in place of each ``*``; nothing else is special.

    >>> matches_star("site.css", "s*.css"), matches_star("site.css", "?ite.css")
    (True, False)
    """
    first, *others = pattern.split("*")
    if not others:
        return name == pattern
    *middle, last = others
    if not name.startswith(first) or not name[len(first) :].endswith(last):
        return False
    rest = name[len(first) : len(name) - len(last)]
    for piece in middle:
        found = rest.find(piece)
        if found < 0:
            return False
        rest = rest[found + len(piece) :]
    return True
