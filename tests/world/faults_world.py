"""A world without boto3 in which faults happen: two instances serve version 1, version 2 is committed."""

from dataclasses import dataclass
from typing import Any

from labkit.rules.healthy_hosts import ALL_AT_ONCE
from labkit.rules.revision import GitHubRevision
from labkit.world.agent.agent_log import PATH as AGENT_LOG
from labkit.world.deployment.records import Deployment, DeploymentOrder
from labkit.world.events import LifecycleEventChanged, ScalingActivityChanged, TargetHealthChanged
from labkit.world.faults.injection import Injected, inject
from labkit.world.scenario.stand import Stand, build
from tests.world.scenario.hello import sample_app, scenario

REPOSITORY = "student/hello-web"
PAGE = "<!doctype html><title>hello</title><h1>Hello, version 2</h1>\n"


class GitHubBundles:
    """The bundles of the world's GitHub, for every role the same; version 1 came from elsewhere."""

    def __init__(self, github, first):
        self._github = github
        self._first = first

    def of(self, role, instance_id):
        return self

    def fetch(self, revision):
        if revision == self._first.revision:
            return self._first.bundle
        return self._github.find(revision.repository).tarball(revision.commit_id)


@dataclass(frozen=True)
class Traces:
    """What can be seen of a deployment afterwards; ``failed``: the first event that failed and its diagnostics."""

    status: str
    error_code: str | None
    overview: dict[str, int]
    failed: LifecycleEventChanged | None
    health: set[tuple[str, str | None, str | None]]
    activities: list[tuple[str, str]]


class FaultyWorld:
    """``instances``: ids in the order of their launch."""

    def __init__(self, fleet_size: int = 2, **parameters: Any) -> None:
        played = scenario(fleet_size=fleet_size, **parameters)
        self.stand: Stand = build(played)
        self.region, self.instances = self.stand.region, self.stand.fleet
        self.repository = self.region.github.repository(REPOSITORY)
        self.region.fleet.connect(self.region.fleet._directory, GitHubBundles(self.region.github, played.before))
        self.repository.commit(sample_app() | {"index.html": PAGE}, message="v2")
        self.begun = len(self.region.history)

    def break_it(self, fault_id: str, at=None, **parameters: Any) -> Injected:
        """Injects a fault; ``instance_id=0`` means the first instance."""
        if isinstance(parameters.get("instance_id"), int):
            parameters["instance_id"] = self.instances[parameters["instance_id"]]
        return inject(self.region, fault_id, parameters, at=at)

    def deploy(self) -> Deployment:
        """Starts a deployment of the repository's head to both instances at once."""
        return self.stand.engine.start(
            DeploymentOrder(
                deployment_id=self.stand.ids.deployment(),
                group=self.stand.group,
                revision=GitHubRevision(REPOSITORY, self.repository.head),
                config=ALL_AT_ONCE,
            )
        )

    def deployed(self) -> Traces:
        """What such a deployment leaves."""
        deployment = self.deploy()
        self.region.clock.run_until(lambda: deployment.terminal)
        return self.traces(deployment)

    def traces(self, deployment: Deployment) -> Traces:
        since = self.region.history[self.begun :]
        failed = [e for e in since if isinstance(e, LifecycleEventChanged) and e.status == "Failed"]
        return Traces(
            status=deployment.status,
            error_code=deployment.error.code if deployment.error else None,
            overview={name: count for name, count in deployment.overview.items() if count},
            failed=failed[0] if failed else None,
            health={(e.state, e.reason, e.description) for e in since if isinstance(e, TargetHealthChanged)},
            activities=[
                (e.description.partition(":")[0], e.cause)
                for e in since
                if isinstance(e, ScalingActivityChanged) and e.status_code == "Successful"
            ],
        )

    def machine(self, number: int = 0):
        """The machine of an instance."""
        return self.region.fleet.machine(self.instances[number])

    def said(self, command: str, number: int = 0) -> str:
        """What a command on a machine says."""
        done = self.region.clock.run_process(self.machine(number).run(command))
        return done.stdout + done.stderr

    def agent_log(self, number: int = 0) -> str:
        """The log of the agent."""
        files = self.machine(number).files
        return files.read_text(AGENT_LOG) if files.exists(AGENT_LOG) else ""
