"""find, with owners and lab times (find(1)): tests, -exec, -delete, -print, -print0 and -printf."""

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from labkit.world.accounts import group_name, groups, user_name, users
from labkit.world.commands.listing import kind_letter, mode_text, size
from labkit.world.files import Directory, Fifo, File, FileSystem, Node, Symlink
from labkit.world.shell.call import Call, Result, command

UNIT_BYTES = {"c": 1, "k": 1024, "M": 1024**2, "G": 1024**3, "b": 512, "": 512}
ACTIONS = frozenset({"-print", "-print0", "-printf", "-delete", "-exec", "-ls"})


class WrongUsageError(ValueError):
    """The expression cannot be understood; the message is find's."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry on the way. ``shown``: its path as find names it."""

    shown: str
    path: str
    node: Node
    depth: int


Test = Callable[[Found], bool]


@dataclass
class _Search:
    """What one ``find`` is to do, and what it has written so far."""

    call: Call
    files: FileSystem
    words: list[str]
    least: int = 0
    most: int = 1000
    prunes: set[str] = field(default_factory=set)
    out: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    gathered: dict[tuple[str, ...], list[str]] = field(default_factory=dict)


@command("find")
def find(call: Call) -> Result:
    """``find [PATH …] [EXPRESSION]``."""
    words = list(call.arguments)
    places = []
    while words and not words[0].startswith(("-", "(", "!")):
        places.append(words.pop(0))
    search = _Search(call, call.files, words)
    acts = bool(ACTIONS & set(words))
    try:
        test = _either(search)
        if search.words:
            return call.fail(f"paths must precede expression: `{search.words[0]}'")
    except WrongUsageError as error:
        return call.fail(str(error))
    entries = [entry for place in places or ["."] for entry in _entries(search, place)]
    if "-delete" in call.arguments or "-depth" in call.arguments:
        entries.reverse()
    for entry in entries:
        if any(entry.path.startswith(prune + "/") for prune in search.prunes):
            continue
        if search.least <= entry.depth <= search.most and test(entry) and not acts:
            search.out.append(f"{entry.shown}\n")
    for argv, paths in search.gathered.items():
        _run(search, [*argv, *paths])
    return Result("".join(search.out), "".join(search.complaints), 1 if search.complaints else 0)


def _entries(search: _Search, place: str) -> Iterator[Found]:
    path = posixpath.normpath(search.call.path(place))
    node = search.files.stat(path) if place.endswith("/") else search.files.lstat(path)
    if node is None:
        search.complaints.append(f"find: '{place}': No such file or directory\n")
        return
    yield Found(place, path, node, 0)
    for below, entry in search.files.walk(path) if isinstance(node, Directory) else ():
        rest = below[len(search.files.real_path(path)) :].lstrip("/")
        yield Found(posixpath.join(place, rest), below, entry, rest.count("/") + 1)


# --- the expression ----------------------------------------------------------------------------


def _either(search: _Search) -> Test:
    tests = [_both(search)]
    while search.words[:1] in (["-o"], ["-or"]):
        search.words.pop(0)
        tests.append(_both(search))
    return lambda entry: any(test(entry) for test in tests)


def _both(search: _Search) -> Test:
    tests: list[Test] = []
    while search.words and search.words[0] not in {"-o", "-or", ")"}:
        if search.words[0] in {"-a", "-and"}:
            search.words.pop(0)
            continue
        tests.append(_one(search))
    return lambda entry: all(test(entry) for test in tests)


def _one(search: _Search) -> Test:
    word = search.words.pop(0)
    if word in {"!", "-not"}:
        test = _one(search)
        return lambda entry: not test(entry)
    if word == "(":
        test = _either(search)
        if search.words[:1] != [")"]:
            message = "invalid expression; you have used a '(' without a matching ')'"
            raise WrongUsageError(message)
        search.words.pop(0)
        return test
    if word in _PLAIN:
        return _PLAIN[word](search)
    if word in _WITH_VALUE:
        if not search.words:
            message = f"missing argument to `{word}'"
            raise WrongUsageError(message)
        return _WITH_VALUE[word](search, search.words.pop(0))
    message = f"unknown predicate `{word}'"
    raise WrongUsageError(message)


def _always(_search: _Search) -> Test:
    return lambda _entry: True


def _empty(_search: _Search) -> Test:
    return lambda entry: not (entry.node.children if isinstance(entry.node, Directory) else size(entry.node))


def _print(search: _Search, end: str) -> Test:
    def act(entry: Found) -> bool:
        search.out.append(entry.shown + end)
        return True

    return act


def _delete(search: _Search) -> Test:
    def act(entry: Found) -> bool:
        search.files.remove_tree(entry.path)
        return True

    return act


def _prune(search: _Search) -> Test:
    def act(entry: Found) -> bool:
        search.prunes.add(entry.path)
        return True

    return act


def _exec(search: _Search) -> Test:
    argv: list[str] = []
    while search.words and search.words[0] not in {";", "+"}:
        argv.append(search.words.pop(0))
    if not search.words:
        message = "missing argument to `-exec'"
        raise WrongUsageError(message)
    if search.words.pop(0) == "+":
        gathered = search.gathered.setdefault(tuple(word for word in argv if word != "{}"), [])

        def gather(entry: Found) -> bool:
            gathered.append(entry.shown)
            return True

        return gather
    return lambda entry: _run(search, [word.replace("{}", entry.shown) for word in argv])


def _run(search: _Search, argv: list[str]) -> bool:
    answer = search.call.execute(argv)
    search.files = search.call.files
    search.out.append(answer.stdout)
    search.complaints += [answer.stderr] if answer.stderr else []
    return answer.exit_code == 0


def _named(_search: _Search, pattern: str) -> Test:
    return lambda entry: fnmatch.fnmatchcase(posixpath.basename(entry.shown), pattern)


def _named_loosely(_search: _Search, pattern: str) -> Test:
    return lambda entry: fnmatch.fnmatchcase(posixpath.basename(entry.shown).lower(), pattern.lower())


def _at_path(_search: _Search, pattern: str) -> Test:
    return lambda entry: fnmatch.fnmatchcase(entry.shown, pattern)


def _kind(_search: _Search, letters: str) -> Test:
    kinds = {"f": File, "d": Directory, "l": Symlink, "p": Fifo}
    return lambda entry: any(isinstance(entry.node, kinds[letter]) for letter in letters.split(",") if letter in kinds)


def _of_user(search: _Search, name: str) -> Test:
    user = users(search.files).get(name)
    if user is None and not name.isdigit():
        message = f"'{name}' is not the name of a known user"
        raise WrongUsageError(message)
    uid = user.uid if user else int(name)
    return lambda entry: entry.node.uid == uid


def _of_group(search: _Search, name: str) -> Test:
    group = groups(search.files).get(name)
    if group is None and not name.isdigit():
        message = f"'{name}' is not the name of an existing group"
        raise WrongUsageError(message)
    gid = group.gid if group else int(name)
    return lambda entry: entry.node.gid == gid


def _with_mode(_search: _Search, text: str) -> Test:
    wanted = int(re.sub(r"\D", "", text) or "0", 8)
    if text.startswith("-"):
        return lambda entry: entry.node.mode & wanted == wanted
    if text.startswith("/"):
        return lambda entry: bool(entry.node.mode & wanted)
    return lambda entry: entry.node.mode == wanted


def _compared(text: str, number: float) -> bool:
    wanted = float(text.lstrip("+-") or 0)
    return number > wanted if text.startswith("+") else number < wanted if text.startswith("-") else number == wanted


def _aged(seconds: float) -> Callable[[_Search, str], Test]:
    def test(search: _Search, text: str) -> Test:
        now_s = search.call.now_s
        return lambda entry: _compared(text, (now_s - entry.node.mtime_s) // seconds)

    return test


def _newer(search: _Search, name: str) -> Test:
    other = search.files.stat(search.call.path(name))
    if other is None:
        message = f"'{name}': No such file or directory"
        raise WrongUsageError(message)
    moment_s = other.mtime_s
    return lambda entry: entry.node.mtime_s > moment_s


def _sized(_search: _Search, text: str) -> Test:
    found = re.fullmatch(r"([+-]?\d+)([ckMGb]?)", text)
    if found is None:
        message = f"Invalid argument `{text}' to -size"
        raise WrongUsageError(message)
    unit = UNIT_BYTES[found[2]]
    return lambda entry: _compared(found[1], -(-size(entry.node) // unit))


def _depth(search: _Search, text: str, *, most: bool) -> Test:
    if not text.isdigit():
        message = f"Expected a positive decimal integer argument, but got '{text}'"
        raise WrongUsageError(message)
    if most:
        search.most = int(text)
    else:
        search.least = int(text)
    return lambda _entry: True


def _printf(search: _Search, form: str) -> Test:
    def act(entry: Found) -> bool:
        moment = search.call.surroundings.moment(entry.node.mtime_s)
        facts = {
            "p": entry.shown,
            "f": posixpath.basename(entry.shown) or entry.shown,
            "h": posixpath.dirname(entry.shown) or ".",
            "P": entry.shown,
            "s": str(size(entry.node)),
            "m": f"{entry.node.mode:o}",
            "M": mode_text(entry.node),
            "u": user_name(search.files, entry.node.uid),
            "g": group_name(search.files, entry.node.gid),
            "U": str(entry.node.uid),
            "G": str(entry.node.gid),
            "y": kind_letter(entry.node).replace("-", "f"),
            "l": entry.node.target if isinstance(entry.node, Symlink) else "",
            "t": f"{moment:%a %b %e %H:%M:%S %Y}",
            "%": "%",
        }
        text = re.sub(r"%T@", f"{moment.timestamp():.10f}", form)
        text = re.sub(r"%([a-zA-Z%])", lambda found: facts.get(found[1], ""), text)
        search.out.append(text.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0"))
        return True

    return act


_PLAIN: dict[str, Callable[[_Search], Test]] = {
    "-print": lambda search: _print(search, "\n"),
    "-print0": lambda search: _print(search, "\0"),
    "-ls": lambda search: _print(search, "\n"),
    "-delete": _delete,
    "-prune": _prune,
    "-exec": _exec,
    "-empty": _empty,
    "-depth": _always,
    "-xdev": _always,
    "-mount": _always,
    "-follow": _always,
    "-true": _always,
    "-false": lambda _search: lambda _entry: False,
}

_WITH_VALUE: dict[str, Callable[[_Search, str], Test]] = {
    "-name": _named,
    "-iname": _named_loosely,
    "-path": _at_path,
    "-wholename": _at_path,
    "-type": _kind,
    "-user": _of_user,
    "-group": _of_group,
    "-uid": _of_user,
    "-gid": _of_group,
    "-perm": _with_mode,
    "-mtime": _aged(86_400.0),
    "-mmin": _aged(60.0),
    "-newer": _newer,
    "-size": _sized,
    "-maxdepth": lambda search, text: _depth(search, text, most=True),
    "-mindepth": lambda search, text: _depth(search, text, most=False),
    "-printf": _printf,
}
