"""Other languages and tools: they are on the machine when their package is, and say who they are.

Only two Ruby programs do something: the CodeDeploy agent's installer and the agent's own control script.
"""

import posixpath

from labkit.world import packages, services
from labkit.world.agent_package import AGENT_VERSION
from labkit.world.commands.services import agent_script
from labkit.world.services import AGENT_PROGRAM
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.durations import AGENT_INSTALL_S, SERVICE_START_S

INSTALLER_MARK = "# codedeploy-agent installer for "
VERSIONS = {
    "ruby": "ruby 3.2.8 (2025-03-26 revision 13f495dc2c) [x86_64-linux]",
    "gem": "3.4.19",
    "python3": "Python 3.9.23",
    "node": "v20.19.4",
    "npm": "10.8.2",
    "git": "git version 2.50.1",
    "aws": "aws-cli/2.27.7 Python/3.9.23 Linux/6.1.158-178.288.amzn2023.x86_64",
}


@command("ruby", program="/usr/bin/ruby")
def ruby(call: Call) -> Result:
    """``ruby --version``, and the two Ruby programs of the CodeDeploy agent."""
    script = next((word for word in call.arguments if not word.startswith("-")), None)
    if script is None:
        return language(call)
    path = call.files.real_path(call.path(script))
    if path == AGENT_PROGRAM:
        return agent_script(call, call.arguments[-1] if call.arguments[-1] != script else "")
    text = call.files.read_text(path) if call.files.is_file(path) else None
    if text is None:
        return Result(stderr=f"ruby: No such file or directory -- {script} (LoadError)\n", exit_code=1)
    if INSTALLER_MARK in text:
        return _install_agent(call, list(call.arguments[call.arguments.index(script) + 1 :]))
    return language(call)


def _install_agent(call: Call, words: list[str]) -> Result:
    """What ``sudo ./install auto`` does: the package, then the service, enabled and running."""
    if words[:1] not in (["auto"], ["rpm"]):
        return Result(stderr="install [--sanity-check] [--proxy http://hostname:port] <package-type>\n", exit_code=1)
    if call.user.uid != 0:
        return Result(stderr=_log(call, "ERROR", "Must run as root to install packages") + "\n", exit_code=1)
    started = _log(call, "INFO", "Starting update check.")
    call.spend(AGENT_INSTALL_S)
    package = packages.PACKAGES["codedeploy-agent"]
    if package.name in packages.installed(call.files):
        return Result(f"{started}\n{_log(call, 'INFO', 'Running version matches target version, skipping install')}\n")
    packages.install(call.files, package)
    enabled = call.execute(("systemctl", "enable", "codedeploy-agent"))
    unit = services.find(call.files, "codedeploy-agent")
    if unit is not None:
        call.spend(SERVICE_START_S)
        services.start(call.inside, unit, call.now_s)
    label = f"codedeploy-agent-{AGENT_VERSION}-1.noarch"
    text = f"Installing:\n codedeploy-agent  noarch  {AGENT_VERSION}-1\n\nInstalled:\n  {label}\n\nComplete!\n"
    return Result(f"{started}\n{text}", enabled.stderr)


def _log(call: Call, level: str, text: str) -> str:
    moment = call.surroundings.moment(call.now_s)
    return f"{level[0]}, [{moment:%Y-%m-%dT%H:%M:%S.%f} #{call.process.pid}]  {level} -- : {text}"


def language(call: Call) -> Result:
    """An interpreter that is there and says its version; it runs no programs in this lab."""
    if not call.arguments or call.arguments[0] in {"-v", "-V", "--version", "version"}:
        return Result(f"{VERSIONS[call.name]}\n")
    shown = posixpath.basename(call.arguments[0])
    return call.fail(
        f"expected a shell script, found {shown}: the machines of this lab run bash only, so write it in bash", 126
    )


for _name in ("gem", "python3", "node", "npm", "git", "aws"):
    command(_name, program=f"/usr/bin/{_name}")(language)
