"""One idle lab day of 1,000 healthy targets: lab time itself costs nothing."""

import time

from tests.benchmarks.processes import figure

TARGETS = 1000


def report() -> None:
    print(f"one idle day of {TARGETS} healthy targets: {figure(__name__):.4f} s; wanted: under 0.1 s")


def idle() -> float:
    """Real seconds of the first whole day after a deployment to the fleet."""
    import boto3

    import labkit

    with labkit.start(stage="v1-deployed", fleet_size=TARGETS) as lab:
        elbv2 = boto3.client("elbv2")
        arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
        states = [
            t["TargetHealth"]["State"]
            for t in elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        ]
        assert states == ["healthy"] * TARGETS
        began = time.perf_counter()
        lab.advance(seconds=86_400)
        return time.perf_counter() - began


if __name__ == "__main__":
    print(idle())
