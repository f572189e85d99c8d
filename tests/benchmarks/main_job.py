"""The whole main job in the lab, beside the same boto3 calls on bare moto.

Both run in fresh processes, turn about; imports count, as they do when a student opens the notebook.
"""

import statistics
import sys
import time

from tests.benchmarks.processes import figure

ROUNDS = 5
FLEET = 4


def report() -> None:
    pairs = [(figure(__name__, "lab"), figure(__name__, "moto")) for _ in range(ROUNDS)]
    lab, moto = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratios = sorted(a / b for a, b in pairs)
    print(f"lab {lab:.2f} s, bare moto {moto:.2f} s (medians of {ROUNDS})")
    print(f"ratio {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}); wanted: at most 1.5")


def in_the_lab() -> int:
    """The main job; returns how often the deployment was looked at."""
    import boto3

    import labkit
    from labkit.world.events import ApiCalled

    with labkit.start(stage="v1-deployed", seed=7, fleet_size=FLEET) as lab:
        repository = lab.github.repository("student/hello-web")
        commit_id = repository.commit({"index.html": "<h1>Hello, version 2</h1>"}, message="v2")
        codedeploy = boto3.client("codedeploy")
        deployment_id = codedeploy.create_deployment(**request(commit_id))["deploymentId"]
        codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
        return sum(event.operation == "GetDeployment" for event in lab.history.of(ApiCalled))


def on_bare_moto(looks: int) -> None:
    """The same calls on moto alone, which carries nothing out."""
    import os

    import boto3
    from moto import mock_aws

    from labkit.lessons import stages

    class NoLab:
        """moto's machines are always ready."""

        def advance(self, seconds: float) -> None:
            """moto's time is the computer's."""

    os.environ["AWS_DEFAULT_REGION"] = "ap-northeast-2"
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        for step in (stages.roles, stages.image, stages.fleet, stages.deployment_group):
            step(NoLab(), FLEET)
        codedeploy = boto3.client("codedeploy")
        first = codedeploy.create_deployment(**request("0" * 40))["deploymentId"]
        second = codedeploy.create_deployment(**request("1" * 40))["deploymentId"]
        for number in range(looks):
            codedeploy.get_deployment(deploymentId=second if number % 2 else first)


def request(commit_id: str) -> dict[str, object]:
    """CreateDeployment's parameters."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    return {
        "applicationName": "hello-web",
        "deploymentGroupName": "hello-web-group",
        "revision": {"revisionType": "GitHub", "gitHubLocation": location},
    }


LOOKS = 30
"""GetDeployment calls of both waiters together, as the lab's history counts them (checked below)."""

if __name__ == "__main__":
    began = time.perf_counter()
    if sys.argv[1] == "lab":
        made = in_the_lab()
        assert made >= LOOKS, f"bare moto gets {LOOKS} looks, the lab made only {made}"
    else:
        on_bare_moto(LOOKS)
    print(time.perf_counter() - began)
