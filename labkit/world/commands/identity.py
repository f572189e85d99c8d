"""Who and where: id, whoami, groups, hostname, uname, which, type (id(1), hostname(1))."""

from labkit.world.accounts import group_ids, group_name, users
from labkit.world.shell import programs
from labkit.world.shell.call import Call, Result, command

SHELL_WORDS = frozenset(
    {"cd", "echo", "export", "set", "source", "test", "type", "ulimit", "umask", "wait", "exit", "read"}
)


@command("id")
def identity(call: Call) -> Result:
    """``id [-ugGn] [USER]``."""
    options = "".join(word[1:] for word in call.arguments if word.startswith("-"))
    names = [word for word in call.arguments if not word.startswith("-")]
    who = users(call.files).get(names[0]) if names else call.user
    if who is None:
        return call.fail(f"'{names[0]}': no such user")
    gids = group_ids(call.files, who)
    if "u" in options:
        return Result(stdout=f"{who.name if 'n' in options else who.uid}\n")
    if "G" in options or "g" in options:
        shown = gids if "G" in options else gids[:1]
        return Result(
            stdout=" ".join(group_name(call.files, gid) if "n" in options else str(gid) for gid in shown) + "\n"
        )
    listed = ",".join(f"{gid}({group_name(call.files, gid)})" for gid in gids)
    return Result(
        stdout=f"uid={who.uid}({who.name}) gid={who.gid}({group_name(call.files, who.gid)}) groups={listed}\n"
    )


@command("whoami")
def whoami(call: Call) -> Result:
    """The name of the user."""
    return Result(stdout=f"{call.user.name}\n")


@command("logname")
def logname(call: Call) -> Result:
    """There is no login behind a script or Run Command."""
    return call.fail("no login name")


@command("groups")
def show_groups(call: Call) -> Result:
    """The names of a user's groups."""
    if not call.arguments:
        return Result(stdout=" ".join(group_name(call.files, gid) for gid in group_ids(call.files, call.user)) + "\n")
    who = users(call.files).get(call.arguments[0])
    if who is None:
        return call.fail(f"'{call.arguments[0]}': no such user")
    listed = " ".join(group_name(call.files, gid) for gid in group_ids(call.files, who))
    return Result(stdout=f"{who.name} : {listed}\n")


@command("getent")
def getent(call: Call) -> Result:
    """``getent passwd|group [KEY]``."""
    table = {"passwd": "/etc/passwd", "group": "/etc/group", "hosts": "/etc/hosts"}.get((call.arguments or [""])[0])
    if table is None:
        return Result(stderr=f"Unknown database: {(call.arguments or [''])[0]}\n", exit_code=1)
    lines = call.files.read_text(table).splitlines() if call.files.exists(table) else []
    keys = call.arguments[1:]
    found = [line for line in lines if not keys or line.split(":")[0] in keys or line.split(":")[2:3] == list(keys)]
    return Result(stdout="".join(line + "\n" for line in found), exit_code=0 if found else 2)


@command("hostname", "hostnamectl")
def hostname(call: Call) -> Result:
    """The machine's name and addresses."""
    me = call.surroundings.identity
    if call.name == "hostnamectl":
        return Result(f" Static hostname: {me.hostname}\n Operating System: Amazon Linux 2023\n")
    option = (call.arguments or [""])[0]
    if option in {"-I", "-i"}:
        return Result(stdout=f"{me.private_ip} \n" if option == "-I" else f"{me.private_ip}\n")
    if option == "-s":
        return Result(stdout=f"{me.hostname}\n")
    if option and not option.startswith("-") and call.user.uid != 0:
        return call.fail("you must be root to change the host name")
    return Result(stdout=f"{me.hostname}.{me.region}.compute.internal\n")


@command("uname")
def uname(call: Call) -> Result:
    """The kernel's names."""
    me = call.surroundings.identity
    parts = {
        "s": "Linux",
        "n": f"{me.hostname}.{me.region}.compute.internal",
        "r": "6.1.158-178.288.amzn2023.x86_64",
        "v": "#1 SMP PREEMPT_DYNAMIC Mon Nov  3 18:38:36 UTC 2025",
        "m": "x86_64",
        "o": "GNU/Linux",
    }
    asked = "".join(word[1:] for word in call.arguments if word.startswith("-") and not word.startswith("--")) or "s"
    chosen = parts.values() if "a" in asked else [text for key, text in parts.items() if key in asked]
    return Result(stdout=" ".join(chosen) + "\n")


@command("which", "__which")
def which(call: Call) -> Result:
    """Where a program is: ``which NAME …`` and the shell's own ``command -v``."""
    quiet = call.name == "__which"
    out, complaints = [], []
    for name in (word for word in call.arguments if not word.startswith("-")):
        found = _place(call, name, own=quiet)
        if found:
            out.append(f"{found}\n")
        else:
            path = call.env.get("PATH", "")
            complaints.append("" if quiet else f"which: no {name} in ({path})\n")
    return Result("".join(out), "".join(complaints), 1 if complaints else 0)


@command("type", "hash")
def kind(call: Call) -> Result:
    """What a name means to the shell."""
    names = [word for word in call.arguments if not word.startswith("-")]
    if call.name == "hash" and not names:
        return Result()
    out, complaints = [], []
    for name in names:
        found = _place(call, name, own=True)
        if not found:
            complaints.append(f"bash: line 1: {call.name}: {name}: not found\n")
        elif call.name == "type":
            out.append(f"{name} is a shell builtin\n" if found == name else f"{name} is {found}\n")
    return Result("".join(out), "".join(complaints), 1 if complaints else 0)


def _place(call: Call, name: str, *, own: bool) -> str | None:
    if own and name in SHELL_WORDS:
        return name
    program = programs.find(call.files, name, call.started)
    if program.kind == "missing":
        return None
    for folder in call.env.get("PATH", "/usr/bin").split(":"):
        if "/" not in name and call.files.exists(f"{folder}/{name}"):
            return f"{folder}/{name}"
    return name if "/" in name else f"/usr/bin/{name}"
