"""dnf, yum and rpm on Amazon Linux 2023 (dnf(8), rpm(8)): packages come from a repository in memory."""

from dataclasses import dataclass

from labkit.world import packages as repository
from labkit.world.commands.options import Parsed, parse
from labkit.world.packages import Package
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.durations import COMMAND_S, PACKAGE_METADATA_S, PACKAGE_REMOVE_S

CHECK = "Last metadata expiration check: 0:00:01 ago on {:%a %b %e %H:%M:%S %Y}.\n"
RULE = "=" * 80 + "\n"
ROOT_ONLY = "Error: This command has to be run with superuser privileges (under the root user on most systems).\n"


@dataclass(frozen=True, slots=True)
class _Plan:
    """``wanted``: packages to put on the machine, what they need first; ``unknown``: names nobody knows."""

    wanted: list[Package]
    present: list[Package]
    unknown: list[str]


@command("dnf", "yum", "microdnf", program="/usr/bin/dnf")
def dnf(call: Call) -> Result:
    """``dnf [-y] install|remove|update|list|search|info …``."""
    given = parse(call.arguments, taking="cdeR", long_taking=("--enablerepo", "--disablerepo", "--releasever"))
    if not given.operands:
        return Result(stderr="usage: dnf [options] COMMAND\n", exit_code=1)
    action, *names = given.operands
    if action in {"install", "reinstall", "localinstall"}:
        return _install(call, given, names)
    if action in {"remove", "erase", "autoremove"}:
        return _remove(call, given, names)
    if action in {"update", "upgrade", "upgrade-minimal", "check-update", "makecache", "clean", "distro-sync"}:
        return _update(call, action)
    if action in {"list", "info", "search", "provides", "repoquery"}:
        return _list(call, names)
    return Result(stderr=f"No such command: {action}. Please use /usr/bin/dnf --help\n", exit_code=1)


def _checked(call: Call) -> str:
    call.spend(PACKAGE_METADATA_S)
    return CHECK.format(call.surroundings.moment(call.now_s))


def _install(call: Call, given: Parsed, names: list[str]) -> Result:
    if call.user.uid != 0:
        return Result(stderr=ROOT_ONLY, exit_code=1)
    if not names:
        return Result(stderr="dnf install: error: the following arguments are required: PACKAGE\n", exit_code=1)
    plan, head = _plan(call, names), _checked(call)
    if plan.unknown:
        text = "".join(f"No match for argument: {name}\n" for name in plan.unknown)
        missing = f"Error: Unable to find a match: {' '.join(plan.unknown)}\n"
        return Result(head + text, missing, 1)
    head += "".join(f"Package {package.label} is already installed.\n" for package in plan.present)
    if not plan.wanted:
        return Result(head + "Dependencies resolved.\nNothing to do.\nComplete!\n")
    head += _table(plan.wanted, "Installing")
    if not given.has("y", "--assumeyes"):
        return _not_confirmed(call, head)
    steps = []
    for package in plan.wanted:
        call.spend(package.seconds)
        repository.install(call.files, package)
        steps.append(f"  Installing       : {package.label}\n")
    done = "".join(f"  {package.label}\n" for package in plan.wanted)
    return Result(
        f"{head}Downloading Packages:\nRunning transaction\n{''.join(steps)}\nInstalled:\n{done}\nComplete!\n"
    )


def _plan(call: Call, names: list[str]) -> _Plan:
    there = repository.installed(call.files)
    plan = _Plan([], [], [])
    for name in names:
        package = repository.in_repository(name.partition("-0:")[0])
        if package is None:
            plan.unknown.append(name)
        elif package.name in there:
            plan.present.append(package)
        else:
            needed = (repository.PACKAGES[need] for need in package.needs if need not in there)
            plan.wanted.extend(one for one in (*needed, package) if one not in plan.wanted)
    return plan


def _not_confirmed(call: Call, head: str) -> Result:
    del call
    return Result(head + "Is this ok [y/N]: ", "Operation aborted.\n", 1)


def _table(packages: list[Package], title: str) -> str:
    rows = "".join(f" {one.name:<20} {one.architecture:<8} {one.version:<28} amazonlinux\n" for one in packages)
    head = f" {'Package':<20} {'Arch':<8} {'Version':<28} Repository\n"
    count = f"{len(packages)} Package{'s' if len(packages) > 1 else ''}"
    verb = "Install" if title == "Installing" else "Remove"
    return f"Dependencies resolved.\n{RULE}{head}{RULE}{title}:\n{rows}\nTransaction Summary\n{RULE}{verb}  {count}\n\n"


def _remove(call: Call, given: Parsed, names: list[str]) -> Result:
    if call.user.uid != 0:
        return Result(stderr=ROOT_ONLY, exit_code=1)
    there = repository.installed(call.files)
    aliased = [repository.ALIASES.get(name, name) for name in names]
    gone = [repository.PACKAGES[name] for name in aliased if name in there and name in repository.PACKAGES]
    head = "".join(f"No match for argument: {name}\n" for name in aliased if name not in there)
    if not gone:
        return Result(head + "No packages marked for removal.\nDependencies resolved.\nNothing to do.\nComplete!\n")
    head += _table(gone, "Removing")
    if not given.has("y", "--assumeyes"):
        return _not_confirmed(call, head)
    for package in gone:
        call.spend(PACKAGE_REMOVE_S)
        repository.remove(call.files, package)
    done = "".join(f"  {package.label}\n" for package in gone)
    return Result(f"{head}Running transaction\n\nRemoved:\n{done}\nComplete!\n")


def _update(call: Call, action: str) -> Result:
    if call.user.uid != 0 and action not in {"check-update", "makecache"}:
        return Result(stderr=ROOT_ONLY, exit_code=1)
    head = _checked(call)
    if action == "clean":
        return Result("0 files removed\n")
    return Result(
        head
        + ("" if action in {"check-update", "makecache"} else "Dependencies resolved.\nNothing to do.\nComplete!\n")
    )


def _list(call: Call, names: list[str]) -> Result:
    call.spend(COMMAND_S)
    there = repository.installed(call.files)
    wanted = [name for name in names if name not in {"installed", "available", "--installed"}]
    rows = [(name, *what, "@System") for name, what in there.items() if not wanted or name in wanted]
    if "installed" not in names and "--installed" not in call.arguments:
        others = (one for one in repository.PACKAGES.values() if one.name not in there)
        known = (one for one in others if repository.in_repository(one.name) is not None)
        rows += [
            (one.name, one.version, one.architecture, "amazonlinux")
            for one in known
            if not wanted or one.name in wanted
        ]
    if not rows:
        return Result(stderr="Error: No matching Packages to list\n", exit_code=1)
    return Result("".join(f"{name + '.' + arch:<40} {version:<30} {place}\n" for name, version, arch, place in rows))


@command("rpm", program="/usr/bin/rpm")
def rpm(call: Call) -> Result:
    """``rpm -q NAME …``, ``-qa``, ``-ql NAME``, ``-e NAME``."""
    given = parse(call.arguments)
    there = repository.installed(call.files)
    if given.has("e", "--erase"):
        return _erase(call, given.operands)
    if not given.has("q", "--query"):
        return Result(
            stderr="rpm: only querying and erasing packages works in this lab; install them with dnf\n", exit_code=1
        )
    if given.has("a", "--all"):
        return Result("".join(f"{name}-{version}.{arch}\n" for name, (version, arch) in there.items()))
    out, missing = [], False
    for name in given.operands:
        if name not in there:
            missing = True
            out.append(f"package {name} is not installed\n")
        elif given.has("l", "--list") and name in repository.PACKAGES:
            package = repository.PACKAGES[name]
            out += [f"{path}\n" for path in sorted((*package.files, *package.programs, *package.folders))]
        else:
            out.append(f"{name}-{there[name][0]}.{there[name][1]}\n")
    return Result("".join(out), exit_code=1 if missing else 0)


def _erase(call: Call, names: list[str]) -> Result:
    there = repository.installed(call.files)
    missing = [name for name in names if name not in there]
    if missing:
        return Result(stderr="".join(f"error: package {name} is not installed\n" for name in missing), exit_code=1)
    for name in names:
        call.spend(PACKAGE_REMOVE_S)
        repository.remove(call.files, repository.PACKAGES[name])
    return Result()
