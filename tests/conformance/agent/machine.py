"""A machine with an agent, for one case."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from labkit.rules.agent_errors import AgentError
from labkit.rules.revision import GitHubRevision, S3Revision
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.agent.agent import CodeDeployAgent
from labkit.world.agent.bundle import DownloadFailedError
from labkit.world.agent.outcome import CommandOutcome, ErrorCode
from labkit.world.agent.specification import parse_specification
from labkit.world.base_image import base_image, program
from labkit.world.files import Directory, FileSystem
from labkit.world.machine import Machine
from labkit.world.surroundings import Identity
from tests.conformance.agent.world import furnish, lay_out

IDENTITY = Identity(instance_id="i-0c0ffee0c0ffee001", private_ip="10.0.0.12", availability_zone="ap-northeast-2a")


class NoBundles:
    """The cases download nothing: their bundles lie on the machine."""

    def fetch(self, revision: S3Revision | GitHubRevision) -> bytes:
        """Never gives anything."""
        message = f"{revision.label} is not there"
        raise DownloadFailedError(message)


@cache
def fresh_root() -> Directory:
    """The files of a machine as the cases expect it."""
    files = FileSystem(base_image())
    furnish(files)
    # The cases were recorded on Debian, whose sh is dash.
    files.remove("/usr/bin/sh")
    files.symlink("dash", "/usr/bin/sh")
    files.write("/usr/bin/dash", program("dash"), mode=0o755)
    return files.root


class CaseMachine:
    """A running machine as the cases expect it; ``fresh``: its files before the case."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.machine = Machine(IDENTITY, fresh_root(), clock=self.clock, history=History(self.clock))
        self.machine.boot("")
        self.clock.run_until(lambda: self.machine.running)
        self.files = self.machine.files
        self.fresh = FileSystem(self.files.root)
        self.agent = CodeDeployAgent(self.machine, self.clock, NoBundles())

    def lay_out_archive(self, archive: str, entry: Mapping[str, Any]) -> None:
        """Puts a case's bundle and AppSpec file where the agent would have unpacked them."""
        self.files.remove_tree(archive)
        self.files.mkdir(archive, parents=True)
        lay_out(self.files, archive, entry.get("bundle", ()), self.clock)
        if entry.get("appspec") is not None:
            self.files.write(f"{archive}/{entry.get('appspec_name', 'appspec.yml')}", entry["appspec"])

    def is_noop(self, command: str, data: Mapping[str, Any]) -> bool | None:
        """What the agent tells the service beforehand; None if it cannot tell."""
        try:
            return self.agent.is_noop(command, parse_specification(data))
        except AgentError:
            return None

    def perform(self, command: str, data: Mapping[str, Any]) -> CommandOutcome:
        """Has the agent carry out a command for a specification as the service sends it."""
        try:
            specification = parse_specification(data)
        except AgentError as error:
            return CommandOutcome(error_code=ErrorCode.UNKNOWN_ERROR, message=error.message, category=error.category)
        outcome: CommandOutcome = self.clock.run_process(self.agent.perform(command, specification))
        return outcome
