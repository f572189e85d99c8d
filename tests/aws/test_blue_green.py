"""Blue/green: a second fleet, a moment to look at it, the switch, and the way back."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import labkit
from labkit.lab import Lab
from tests.aws.stories import commit, deploy, deployment, events, finish, instance_ids, page, seen

LAUNCH = ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        yield lab


def allow_launches() -> None:
    """What a launch template needs beyond AWSCodeDeployRole."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": LAUNCH, "Resource": "*"}]}
    boto3.client("iam").put_role_policy(
        RoleName="hello-web-codedeploy", PolicyName="launch", PolicyDocument=json.dumps(document)
    )


def blue_green(
    action: str = "COPY_AUTO_SCALING_GROUP", ready: dict[str, Any] | None = None, blue: dict[str, Any] | None = None
) -> None:
    """Turns the deployment group into a blue/green one."""
    boto3.client("codedeploy").update_deployment_group(
        applicationName="hello-web",
        currentDeploymentGroupName="hello-web-group",
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        blueGreenDeploymentConfiguration={
            "greenFleetProvisioningOption": {"action": action},
            "deploymentReadyOption": ready or {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
            "terminateBlueInstancesOnDeploymentSuccess": blue or {"action": "KEEP_ALIVE"},
        },
        deploymentConfigName="CodeDeployDefault.AllAtOnce",
    )


def reach(lab: Lab, deployment_id: str, status: str) -> None:
    lab.run_until(lambda: deployment(deployment_id)["status"] in (status, "Failed", "Stopped", "Succeeded"))
    assert deployment(deployment_id)["status"] == status, deployment(deployment_id)


def groups() -> list[str]:
    found = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return [group["AutoScalingGroupName"] for group in found]


def test_a_copy_of_the_fleet_takes_over_when_somebody_says_so(lab: Lab) -> None:
    allow_launches()
    blue_green(
        ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
        blue={"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
    )
    blue = instance_ids()
    deployment_id = deploy(commit(lab, {"index.html": page("green")}))
    reach(lab, deployment_id, "Ready")
    assert deployment(deployment_id)["deploymentOverview"]["Ready"] == 2
    assert set(seen()) == {"Hello, version 1"}
    boto3.client("codedeploy").continue_deployment(deploymentId=deployment_id, deploymentWaitType="READY_WAIT")
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    assert set(seen()) == {"green"}
    lab.advance(seconds=120)
    assert groups() == [f"CodeDeploy_hello-web-group_{deployment_id}"]
    states = boto3.client("ec2").describe_instances(InstanceIds=blue)["Reservations"]
    assert {i["State"]["Name"] for r in states for i in r["Instances"]} == {"terminated"}
    group = boto3.client("codedeploy").get_deployment_group(
        applicationName="hello-web", deploymentGroupName="hello-web-group"
    )["deploymentGroupInfo"]
    assert [g["name"] for g in group["autoScalingGroups"]] == groups()


def test_green_instances_go_through_ten_events_and_blue_ones_through_three(lab: Lab) -> None:
    allow_launches()
    blue_green()
    blue = instance_ids()
    deployment_id = deploy(commit(lab, {"index.html": page("green")}))
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    targets = boto3.client("codedeploy").list_deployment_targets(deploymentId=deployment_id)["targetIds"]
    green = [target for target in targets if target not in blue]
    assert [len(events(deployment_id, target)) for target in green] == [10, 10]
    assert [list(events(deployment_id, target)) for target in blue] == [
        ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]
    ] * 2


def test_without_the_permissions_a_launch_template_needs_nothing_is_touched(lab: Lab) -> None:
    blue_green()
    info = finish(lab, deploy(commit(lab, {"index.html": page("green")})))
    assert info["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"
    assert "AmazonEC2" in info["errorInformation"]["message"]
    assert groups() == ["hello-web-asg"]
    assert set(seen()) == {"Hello, version 1"}


def test_green_instances_found_by_their_tags_take_over(lab: Lab) -> None:
    ec2 = boto3.client("ec2")
    green = ec2.run_instances(
        LaunchTemplate={"LaunchTemplateName": "hello-web"},
        MinCount=2,
        MaxCount=2,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "fleet", "Value": "green"}]}],
    )["Instances"]
    lab.advance(seconds=120)
    blue_green(action="DISCOVER_EXISTING")
    tags = [{"Key": "fleet", "Value": "green", "Type": "KEY_AND_VALUE"}]
    deployment_id = deploy(commit(lab, {"index.html": page("green")}), targetInstances={"tagFilters": tags})
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    assert set(seen()) == {"green"}
    targets = boto3.client("codedeploy").list_deployment_targets(deploymentId=deployment_id)["targetIds"]
    assert {instance["InstanceId"] for instance in green} < set(targets)


def test_when_nobody_continues_in_time_the_deployment_stops_and_blue_goes_on_serving(lab: Lab) -> None:
    allow_launches()
    blue_green(ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 10})
    deployment_id = deploy(commit(lab, {"index.html": page("green")}))
    assert finish(lab, deployment_id)["status"] == "Stopped"
    assert set(seen()) == {"Hello, version 1"}
    lab.advance(seconds=120)
    assert groups() == ["hello-web-asg"]


def test_a_bad_green_version_never_gets_a_visitor(lab: Lab) -> None:
    allow_launches()
    blue_green()
    bad = {"index.html": page("bad"), "scripts/validate_service.sh": "#!/bin/bash\nexit 1\n"}
    info = finish(lab, deploy(commit(lab, bad)))
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    assert set(seen()) == {"Hello, version 1"}
    lab.advance(seconds=120)
    assert groups() == ["hello-web-asg"]


def test_rolling_back_after_the_switch_gives_the_traffic_back_to_blue(lab: Lab) -> None:
    allow_launches()
    blue_green(blue={"action": "TERMINATE", "terminationWaitTimeInMinutes": 60})
    deployment_id = deploy(commit(lab, {"index.html": page("green")}))
    lab.run_until(lambda: deployment(deployment_id).get("instanceTerminationWaitTimeStarted") is True)
    assert set(seen()) == {"green"}
    boto3.client("codedeploy").stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
    info = finish(lab, deployment_id)
    assert info["status"] == "Stopped"
    rollback_id = info["rollbackInfo"]["rollbackDeploymentId"]
    rollback = finish(lab, rollback_id)
    assert (rollback["status"], rollback["creator"]) == ("Succeeded", "codeDeployRollback")
    assert set(seen()) == {"Hello, version 1"}


@pytest.mark.parametrize("blue", [{"action": "KEEP_ALIVE"}, {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5}])
def test_a_later_change_of_the_group_leaves_it_with_the_copy_that_took_over(lab: Lab, blue: dict[str, Any]) -> None:
    allow_launches()
    blue_green(blue=blue)
    deployment_id = deploy(commit(lab, {"index.html": page("green")}))
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    blue_green(ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 10}, blue=blue)
    group = boto3.client("codedeploy").get_deployment_group(
        applicationName="hello-web", deploymentGroupName="hello-web-group"
    )["deploymentGroupInfo"]
    assert [g["name"] for g in group["autoScalingGroups"]] == [f"CodeDeploy_hello-web-group_{deployment_id}"]


def test_continuing_what_does_not_wait_is_refused(lab: Lab) -> None:
    allow_launches()
    blue_green()
    deployment_id = deploy(commit(lab, {"index.html": page("green")}))
    codedeploy = boto3.client("codedeploy")
    with pytest.raises(codedeploy.exceptions.DeploymentIsNotInReadyStateException):
        codedeploy.continue_deployment(deploymentId=deployment_id, deploymentWaitType="READY_WAIT")
