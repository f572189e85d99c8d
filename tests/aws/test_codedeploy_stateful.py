"""Whatever a student does in whatever order, what CodeDeploy says stays true to itself."""

from typing import Any

import boto3
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import labkit
from tests.aws.stories import REPOSITORY, instance_ids, page

TERMINAL = {"Succeeded", "Failed", "Stopped"}
CONFIGS = ["CodeDeployDefault.OneAtATime", "CodeDeployDefault.HalfAtATime", "CodeDeployDefault.AllAtOnce"]
CHANGES: list[dict[str, str | None]] = [
    {"scripts/validate_service.sh": "#!/bin/bash\nexit 0\n"},
    {"scripts/validate_service.sh": "#!/bin/bash\nexit 1\n"},
    {"scripts/validate_service.sh": "#!/bin/bash\nsleep 90\n"},
    {"appspec.yml": "version: 7\nos: linux\n"},
]


class Student(RuleBasedStateMachine):
    """Deploys, breaks, waits, stops; after every step the invariants below must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = labkit.start(stage="v1-deployed", fleet_size=2)
        self.codedeploy = boto3.client("codedeploy")
        self.ended: dict[str, Any] = {}
        self.commits = 0

    def teardown(self) -> None:
        self.lab.stop()

    @rule(change=st.sampled_from(CHANGES), config=st.sampled_from(CONFIGS), forgiving=st.booleans())
    def deploy(self, change: dict[str, str | None], config: str, forgiving: bool) -> None:
        self.commits += 1
        files = {**change, "index.html": page(f"commit {self.commits}")}
        commit_id = self.lab.github.repository(REPOSITORY).commit(files, message=f"c{self.commits}")
        location = {"repository": REPOSITORY, "commitId": commit_id}
        try:
            self.codedeploy.create_deployment(
                applicationName="hello-web",
                deploymentGroupName="hello-web-group",
                deploymentConfigName=config,
                ignoreApplicationStopFailures=forgiving,
                autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
                revision={"revisionType": "GitHub", "gitHubLocation": location},
            )
        except ClientError as error:
            assert error.response["Error"]["Code"] == "DeploymentLimitExceededException"  # noqa: PT017

    @rule(seconds=st.sampled_from([1, 20, 100, 700, 4000]))
    def wait(self, seconds: int) -> None:
        self.lab.advance(seconds=seconds)

    @rule(action=st.sampled_from(["stop", "start", "restart"]), which=st.integers(0, 5))
    def touch_an_agent(self, action: str, which: int) -> None:
        ids = instance_ids()
        machine = self.lab.machine(ids[which % len(ids)]) if ids else None
        if machine and "running" in repr(machine):
            machine.run(f"systemctl {action} codedeploy-agent")

    @rule()
    def stop_what_runs(self) -> None:
        for deployment_id in self.codedeploy.list_deployments(includeOnlyStatuses=["InProgress"])["deployments"]:
            self.codedeploy.stop_deployment(deploymentId=deployment_id)

    @rule(which=st.integers(0, 5))
    def lose_a_machine(self, which: int) -> None:
        ids = instance_ids()
        if ids:
            boto3.client("ec2").terminate_instances(InstanceIds=[ids[which % len(ids)]])

    @rule(size=st.integers(1, 4))
    def scale(self, size: int) -> None:
        boto3.client("autoscaling").set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=size)

    # --- what must stay true -------------------------------------------------------------------

    @invariant()
    def a_group_as_a_whole_has_at_most_one_deployment_under_way(self) -> None:
        running = [info for info in self.infos() if info["status"] not in TERMINAL]
        assert sum(info["creator"] in ("user", "codeDeployRollback") for info in running) <= 1

    @invariant()
    def the_overview_counts_every_target_once(self) -> None:
        for info in self.infos():
            if "deploymentOverview" in info:
                targets = self.codedeploy.list_deployment_targets(deploymentId=info["deploymentId"])["targetIds"]
                assert sum(info["deploymentOverview"].values()) == len(targets)

    @invariant()
    def what_has_ended_does_not_change_any_more(self) -> None:
        for info in self.infos():
            if info["status"] in TERMINAL:
                kept = {key: info[key] for key in ("status", "completeTime", "revision")}
                assert self.ended.setdefault(info["deploymentId"], kept) == kept

    @invariant()
    def after_a_failed_event_nothing_runs_unless_it_was_forgiven(self) -> None:
        for info in self.infos():
            for target in self.targets(info):
                statuses = [event["status"] for event in target["lifecycleEvents"]]
                if "Failed" in statuses and not info["ignoreApplicationStopFailures"]:
                    later = statuses[statuses.index("Failed") + 1 :]
                    assert set(later) <= {"Skipped", "Pending"}

    @invariant()
    def lab_time_never_runs_backwards(self) -> None:
        moments = [event.at_s for event in self.lab.history]
        assert moments == sorted(moments)

    def infos(self) -> list[dict[str, Any]]:
        ids = self.codedeploy.list_deployments()["deployments"]
        return [self.codedeploy.get_deployment(deploymentId=one)["deploymentInfo"] for one in ids]

    def targets(self, info: dict[str, Any]) -> list[dict[str, Any]]:
        if "deploymentOverview" not in info:
            return []
        ids = self.codedeploy.list_deployment_targets(deploymentId=info["deploymentId"])["targetIds"]
        found = self.codedeploy.batch_get_deployment_targets(deploymentId=info["deploymentId"], targetIds=ids)
        return [target["instanceTarget"] for target in found["deploymentTargets"]]


TestStudent = Student.TestCase
TestStudent.settings = settings(
    max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
