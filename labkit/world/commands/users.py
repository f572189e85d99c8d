"""useradd, groupadd, usermod, userdel, groupdel and passwd's absence (shadow-utils)."""

from labkit.world.accounts import groups, users
from labkit.world.commands.options import parse
from labkit.world.files import Directory
from labkit.world.shell.call import Call, Result, command

FIRST_UID, FIRST_SYSTEM_UID = 1001, 989
PASSWD, GROUP = "/etc/passwd", "/etc/group"


def _lines(call: Call, path: str) -> list[str]:
    return call.files.read_text(path).splitlines() if call.files.exists(path) else []


def _store(call: Call, path: str, lines: list[str]) -> None:
    call.files.write(path, "".join(f"{line}\n" for line in lines))


def _locked(call: Call) -> Result | None:
    if call.user.uid == 0:
        return None
    return Result(
        stderr=f"{call.name}: Permission denied.\n{call.name}: cannot lock {PASSWD}; try again later.\n", exit_code=1
    )


def _free(taken: set[int], *, system: bool) -> int:
    if system:
        return next(number for number in range(FIRST_SYSTEM_UID, 0, -1) if number not in taken)
    return next(number for number in range(FIRST_UID, FIRST_UID + len(taken) + 1) if number not in taken)


@command("groupadd", "addgroup")
def groupadd(call: Call) -> Result:
    """``groupadd [-r] [-g GID] [-f] NAME``."""
    given = parse(call.arguments, taking="gK", long_taking=("--gid",))
    refused = _locked(call)
    if refused or not given.operands:
        return refused or Result(stderr="Usage: groupadd [options] GROUP\n", exit_code=2)
    name, known = given.operands[0], groups(call.files)
    if name in known:
        return Result() if given.has("f", "--force") else call.fail(f"group '{name}' already exists", 9)
    wanted = given.value("g", "--gid")
    taken = {group.gid for group in known.values()}
    gid = int(wanted) if wanted and wanted.isdigit() else _free(taken, system=given.has("r", "--system"))
    if gid in taken:
        return call.fail(f"GID '{gid}' already exists", 4)
    _store(call, GROUP, [*_lines(call, GROUP), f"{name}:x:{gid}:"])
    return Result()


@command("useradd", "adduser")
def useradd(call: Call) -> Result:
    """``useradd [-m|-M] [-r] [-u UID] [-g GROUP] [-G GROUPS] [-d HOME] [-s SHELL] NAME``."""
    given = parse(
        call.arguments,
        taking="ugGdscepkK",
        long_taking=("--uid", "--gid", "--groups", "--home-dir", "--home", "--shell", "--comment"),
    )
    refused = _locked(call)
    if refused or not given.operands:
        return refused or Result(stderr="Usage: useradd [options] LOGIN\n", exit_code=2)
    name, known = given.operands[0], users(call.files)
    if name in known:
        return call.fail(f"user '{name}' already exists", 9)
    system = given.has("r", "--system")
    uid_text = given.value("u", "--uid")
    taken = {user.uid for user in known.values()} | {group.gid for group in groups(call.files).values()}
    uid = int(uid_text) if uid_text and uid_text.isdigit() else _free(taken, system=system)
    gid, problem = _primary_group(call, given.value("g", "--gid"), name, uid)
    if problem:
        return call.fail(problem, 6)
    home = given.value("d", "--home-dir", "--home") or f"/home/{name}"
    shell = given.value("s", "--shell") or "/bin/bash"
    _store(
        call,
        PASSWD,
        [*_lines(call, PASSWD), f"{name}:x:{uid}:{gid}:{given.value('c', '--comment') or ''}:{home}:{shell}"],
    )
    missing = _join(call, name, (given.value("G", "--groups") or "").split(","))
    if missing:
        return call.fail(f"group '{missing}' does not exist", 6)
    if not given.has("M", "--no-create-home") and not (system and not given.has("m")) and not call.files.exists(home):
        call.files.mkdir(home.rpartition("/")[0] or "/", parents=True)
        call.files.put(home, Directory(mode=0o700, uid=uid, gid=gid, mtime_s=call.now_s))
    return Result()


def _primary_group(call: Call, wanted: str | None, name: str, uid: int) -> tuple[int, str | None]:
    known = groups(call.files)
    if wanted is None:
        if name in known:
            return 0, f"group {name} exists - if you want to add this user to that group, use -g."
        _store(call, GROUP, [*_lines(call, GROUP), f"{name}:x:{uid}:"])
        return uid, None
    group = known.get(wanted) or next((one for one in known.values() if str(one.gid) == wanted), None)
    return (group.gid, None) if group else (0, f"group '{wanted}' does not exist")


def _join(call: Call, name: str, teams: list[str]) -> str | None:
    """Makes ``name`` a member of ``teams``; the first that does not exist, if any."""
    for team in (team for team in teams if team):
        if team not in groups(call.files):
            return team
        lines = _lines(call, GROUP)
        for at, line in enumerate(lines):
            fields = line.split(":")
            if fields[0] == team:
                members = [member for member in fields[3].split(",") if member]
                lines[at] = ":".join([*fields[:3], ",".join(dict.fromkeys([*members, name]))])
        _store(call, GROUP, lines)
    return None


@command("usermod")
def usermod(call: Call) -> Result:
    """``usermod [-aG GROUPS] [-s SHELL] [-d HOME] NAME``."""
    given = parse(call.arguments, taking="Ggsduc", long_taking=("--groups", "--shell", "--home", "--gid"))
    refused = _locked(call)
    if refused or not given.operands:
        return refused or Result(stderr="Usage: usermod [options] LOGIN\n", exit_code=2)
    name = given.operands[0]
    if name not in users(call.files):
        return call.fail(f"user '{name}' does not exist", 6)
    missing = _join(call, name, (given.value("G", "--groups") or "").split(","))
    if missing:
        return call.fail(f"group '{missing}' does not exist", 6)
    lines = _lines(call, PASSWD)
    for at, line in enumerate(lines):
        fields = line.split(":")
        if fields[0] == name:
            fields[5] = given.value("d", "--home") or fields[5]
            fields[6] = given.value("s", "--shell") or fields[6]
            lines[at] = ":".join(fields)
    _store(call, PASSWD, lines)
    return Result()


@command("userdel", "groupdel")
def delete(call: Call) -> Result:
    """``userdel [-r] NAME`` and ``groupdel NAME``."""
    given = parse(call.arguments)
    refused = _locked(call)
    if refused or not given.operands:
        return refused or Result(stderr=f"Usage: {call.name} [options] NAME\n", exit_code=2)
    name = given.operands[0]
    user = users(call.files).get(name)
    if call.name == "userdel":
        if user is None:
            return call.fail(f"user '{name}' does not exist", 6)
        _store(call, PASSWD, [line for line in _lines(call, PASSWD) if line.split(":")[0] != name])
        if given.has("r", "--remove"):
            call.files.remove_tree(user.home)
    elif name not in groups(call.files):
        return call.fail(f"group '{name}' does not exist", 6)
    _store(call, GROUP, [line for line in _lines(call, GROUP) if line.split(":")[0] != name])
    return Result()
