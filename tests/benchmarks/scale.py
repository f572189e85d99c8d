"""Deploying one at a time to 10, 100 and 1,000 instances behind the load balancer: seconds per instance."""

import sys
import time

from tests.benchmarks.processes import figure

SIZES = (10, 100, 1000)


def report() -> None:
    each = {size: figure(__name__, str(size)) / size for size in SIZES}
    for size, seconds in each.items():
        print(f"{size:>5} instances: {seconds * 1000:.2f} ms each, ratio {seconds / each[SIZES[0]]:.2f}")
    growth = each[SIZES[-1]] / each[SIZES[0]]
    print(f"growth from {SIZES[0]} to {SIZES[-1]}: {growth:.2f}; wanted: no worse than linear (1)")


def deploy(size: int) -> float:
    """Real seconds one deployment to ``size`` instances takes, the fleet being there already."""
    import boto3

    import labkit

    with labkit.start(stage="v1-deployed", fleet_size=size) as lab:
        elbv2, codedeploy = boto3.client("elbv2"), boto3.client("codedeploy")
        arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
        # A deployment may take eight hours at most, so a thousand machines have no time to drain for a minute each.
        elbv2.modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2)
        elbv2.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "0"}]
        )
        commit_id = lab.github.repository("student/hello-web").commit({"index.html": "<h1>2</h1>"}, message="v2")
        location = {"repository": "student/hello-web", "commitId": commit_id}
        began = time.perf_counter()
        deployment_id = codedeploy.create_deployment(
            applicationName="hello-web",
            deploymentGroupName="hello-web-group",
            revision={"revisionType": "GitHub", "gitHubLocation": location},
        )["deploymentId"]

        def status() -> str:
            return str(codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]["status"])

        while status() not in ("Succeeded", "Failed"):
            lab.advance(seconds=600)
        took = time.perf_counter() - began
        assert status() == "Succeeded"
        return took


if __name__ == "__main__":
    print(deploy(int(sys.argv[1])))
