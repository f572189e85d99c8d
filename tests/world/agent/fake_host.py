"""A machine without a shell: what its scripts do is told beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from labkit.rules.revision import GitHubRevision, S3Revision
from labkit.simulation.clock import Clock
from labkit.world.agent.agent import CodeDeployAgent
from labkit.world.agent.outcome import CommandOutcome
from labkit.world.agent.specification import DeploymentSpecification
from labkit.world.execution import Execution, Running
from labkit.world.files import FileSystem

Script = Callable[[Mapping[str, str]], Execution]
USERS = {"root": 0, "appuser": 1001}
GROUPS = {"root": 0, "webteam": 1100}


@dataclass
class FakeHost:
    """``scripts``: what a command does, by the last word of it; ``bundles``: what can be fetched, by label."""

    clock: Clock = field(default_factory=Clock)
    scripts: dict[str, Script | Execution] = field(default_factory=dict)
    bundles: dict[str, bytes | Exception] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    variables: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.files = FileSystem(now=lambda: self.clock.now_s)
        for folder in ("/etc", "/opt", "/srv", "/var"):
            self.files.mkdir(folder)
        self.agent = CodeDeployAgent(self, self.clock, self)

    def user_id(self, name: str) -> int | None:
        return USERS.get(name)

    def group_id(self, name: str) -> int | None:
        return GROUPS.get(name)

    def home(self, name: str) -> str | None:
        return {"root": "/root", "appuser": "/home/appuser"}.get(name)

    def run(
        self,
        command: str,
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        cwd: str = "/",
        timeout_s: float | None = None,
    ) -> Running:
        self.ran.append(command)
        self.variables.append(dict(env or {}))
        script = self.scripts.get(command.rpartition("/")[2], Execution(exit_code=0))
        execution = script if isinstance(script, Execution) else script(env or {})
        yield self.clock.timeout(execution.duration_s)
        return execution

    def fetch(self, revision: S3Revision | GitHubRevision) -> bytes:
        bundle = self.bundles[revision.label]
        if isinstance(bundle, Exception):
            raise bundle
        return bundle

    def perform(self, command: str, specification: DeploymentSpecification) -> CommandOutcome:
        return self.clock.run_process(self.agent.perform(command, specification))
