"""What a deployment group may be set to, with AWS's modelled exception for every setting that it may not."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:news"
PROD = {"Key": "env", "Value": "prod", "Type": "KEY_AND_VALUE"}
TRAFFIC = {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
BLUE_GREEN = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
TARGET_GROUP = {"targetGroupInfoList": [{"name": "hello-web-tg"}]}
TRIGGER = {"triggerName": "all", "triggerTargetArn": TOPIC, "triggerEvents": ["DeploymentFailure"]}


@pytest.fixture(scope="module")
def codedeploy() -> Iterator[Any]:
    """A client, and an application ``web`` without groups; each test names its own."""
    with labkit.start(stage="fleet"):
        client = boto3.client("codedeploy")
        client.create_application(applicationName="web")
        yield client


def described(client: Any, name: str) -> dict[str, Any]:
    info: dict[str, Any] = client.get_deployment_group(applicationName="web", deploymentGroupName=name)
    return dict(info["deploymentGroupInfo"])


def test_a_group_is_described_as_it_was_set(codedeploy: Any) -> None:
    settings = {
        "ec2TagSet": {"ec2TagSetList": [[PROD], [{"Key": "team", "Type": "KEY_ONLY"}]]},
        "onPremisesTagSet": {"onPremisesTagSetList": [[PROD]]},
        "triggerConfigurations": [TRIGGER],
        "alarmConfiguration": {"enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "errors"}]},
        "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        "outdatedInstancesStrategy": "IGNORE",
        "deploymentStyle": TRAFFIC,
        "loadBalancerInfo": TARGET_GROUP,
        "ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["Terminate", "AZRebalance"]},
        "deploymentConfigName": "CodeDeployDefault.HalfAtATime",
    }
    codedeploy.create_deployment_group(
        applicationName="web", deploymentGroupName="full", serviceRoleArn=ROLE, **settings
    )
    info = described(codedeploy, "full")
    assert {member: info[member] for member in settings} == settings


def test_a_blue_green_group_is_described_as_it_was_set(codedeploy: Any) -> None:
    settings = {
        "deploymentStyle": BLUE_GREEN,
        "loadBalancerInfo": TARGET_GROUP,
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 2880},
            "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
            "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
        },
    }
    codedeploy.create_deployment_group(
        applicationName="web",
        deploymentGroupName="two-fleets",
        serviceRoleArn=ROLE,
        autoScalingGroups=["hello-web-asg"],
        **settings,
    )
    info = described(codedeploy, "two-fleets")
    assert {member: info[member] for member in settings} == settings


def test_an_update_with_the_other_form_of_tags_takes_the_place_of_the_first(codedeploy: Any) -> None:
    codedeploy.create_deployment_group(
        applicationName="web", deploymentGroupName="tags", serviceRoleArn=ROLE, ec2TagFilters=[PROD]
    )
    names = {"applicationName": "web", "currentDeploymentGroupName": "tags"}
    codedeploy.update_deployment_group(**names, ec2TagSet={"ec2TagSetList": [[PROD]]})
    assert "ec2TagFilters" not in described(codedeploy, "tags")
    codedeploy.update_deployment_group(**names, ec2TagFilters=[PROD])
    assert "ec2TagSet" not in described(codedeploy, "tags")


def test_a_refused_update_changes_nothing(codedeploy: Any) -> None:
    codedeploy.create_deployment_group(applicationName="web", deploymentGroupName="kept", serviceRoleArn=ROLE)
    before = described(codedeploy, "kept")
    with pytest.raises(ClientError):
        codedeploy.update_deployment_group(
            applicationName="web",
            currentDeploymentGroupName="kept",
            newDeploymentGroupName="renamed",
            deploymentConfigName="CodeDeployDefault.AllAtOnce",
            triggerConfigurations=[{}],
        )
    assert described(codedeploy, "kept") == before


def test_an_empty_list_removes_an_auto_scaling_group(codedeploy: Any) -> None:
    codedeploy.create_deployment_group(
        applicationName="web", deploymentGroupName="fleet", serviceRoleArn=ROLE, autoScalingGroups=["hello-web-asg"]
    )
    assert [group["name"] for group in described(codedeploy, "fleet")["autoScalingGroups"]] == ["hello-web-asg"]
    codedeploy.update_deployment_group(applicationName="web", currentDeploymentGroupName="fleet", autoScalingGroups=[])
    assert described(codedeploy, "fleet")["autoScalingGroups"] == []


def tag_sets(count: int) -> dict[str, Any]:
    return {"ec2TagSet": {"ec2TagSetList": [[PROD]] * count}}


def blue_green(**options: Any) -> dict[str, Any]:
    return {
        "deploymentStyle": BLUE_GREEN,
        "loadBalancerInfo": TARGET_GROUP,
        "blueGreenDeploymentConfiguration": options,
    }


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({"ec2TagFilters": [PROD] * 11}, "InvalidEC2Tag", id="more than ten filters"),
        pytest.param(tag_sets(4), "TagSetListLimitExceeded", id="more than three tag sets"),
        pytest.param({"ec2TagSet": {"ec2TagSetList": [[PROD] * 11]}}, "InvalidEC2Tag", id="eleven tags in a set"),
        pytest.param({"ec2TagSet": {"ec2TagSetList": [[]]}}, "InvalidEC2Tag", id="a tag set without a tag"),
        pytest.param({"ec2TagFilters": [{"Type": "KEY_ONLY"}]}, "InvalidEC2Tag", id="a key filter without a key"),
        pytest.param(
            {"ec2TagFilters": [{"Key": "a", "Type": "KEY_AND_VALUE"}]}, "InvalidEC2Tag", id="a filter without a value"
        ),
        pytest.param(
            {"ec2TagFilters": [{"Key": "k" * 129, "Type": "KEY_ONLY"}]}, "InvalidEC2Tag", id="a key of 129 characters"
        ),
        pytest.param({"onPremisesInstanceTagFilters": [{"Key": "a"}]}, "InvalidTag", id="a filter without a type"),
        pytest.param(
            {"onPremisesInstanceTagFilters": [PROD], "onPremisesTagSet": {"onPremisesTagSetList": [[PROD]]}},
            "InvalidOnPremisesTagCombination",
            id="on-premises filters and sets",
        ),
        pytest.param({"autoScalingGroups": ["nobody"]}, "InvalidAutoScalingGroup", id="an unknown Auto Scaling group"),
        pytest.param(
            {"autoScalingGroups": [f"group-{n}" for n in range(11)]}, "InvalidAutoScalingGroup", id="eleven groups"
        ),
        pytest.param({"triggerConfigurations": [TRIGGER] * 11}, "TriggerTargetsLimitExceeded", id="eleven triggers"),
        pytest.param({"triggerConfigurations": [TRIGGER] * 2}, "InvalidTriggerConfig", id="two triggers of one name"),
        pytest.param(
            {"triggerConfigurations": [{**TRIGGER, "triggerEvents": ["Rain"]}]}, "InvalidTriggerConfig", id="no event"
        ),
        pytest.param(
            {"triggerConfigurations": [{**TRIGGER, "triggerEvents": []}]}, "InvalidTriggerConfig", id="no events"
        ),
        pytest.param(
            {"triggerConfigurations": [{**TRIGGER, "triggerTargetArn": "news"}]},
            "InvalidTriggerConfig",
            id="no topic's ARN",
        ),
        pytest.param(
            {"alarmConfiguration": {"enabled": True, "alarms": [{"name": f"a{n}"} for n in range(11)]}},
            "AlarmsLimitExceeded",
            id="eleven alarms",
        ),
        pytest.param({"alarmConfiguration": {"enabled": True}}, "InvalidAlarmConfig", id="alarms on, none named"),
        pytest.param(
            {"alarmConfiguration": {"alarms": [{"name": "a"}, {"name": "a"}]}}, "InvalidAlarmConfig", id="alarm twice"
        ),
        pytest.param(
            {"alarmConfiguration": {"alarms": [{"name": "a" * 256}]}}, "InvalidAlarmConfig", id="256 characters"
        ),
        pytest.param({"alarmConfiguration": {"alarms": [{}]}}, "InvalidAlarmConfig", id="an alarm without a name"),
        pytest.param(
            {"autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfig", id="rollback on nothing"
        ),
        pytest.param(
            {"autoRollbackConfiguration": {"events": ["RAIN"]}}, "InvalidAutoRollbackConfig", id="rollback on rain"
        ),
        pytest.param({"outdatedInstancesStrategy": "SHRUG"}, "InvalidInput", id="an unknown strategy"),
        pytest.param({"deploymentStyle": {"deploymentType": "IN_PLACE"}}, "InvalidDeploymentStyle", id="half a style"),
        pytest.param(
            {"deploymentStyle": {**TRAFFIC, "deploymentType": "SIDEWAYS"}}, "InvalidDeploymentStyle", id="no type"
        ),
        pytest.param(
            {"deploymentStyle": {**BLUE_GREEN, "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}},
            "InvalidDeploymentStyle",
            id="blue/green without traffic",
        ),
        pytest.param(
            {"deploymentStyle": TRAFFIC, "loadBalancerInfo": {"targetGroupInfoList": []}},
            "InvalidLoadBalancerInfo",
            id="traffic without a load balancer",
        ),
        pytest.param(
            {"loadBalancerInfo": {"targetGroupInfoList": [{}]}}, "InvalidLoadBalancerInfo", id="no name of a group"
        ),
        pytest.param(
            {"loadBalancerInfo": {"elbInfoList": [{"name": f"lb-{n}"} for n in range(11)]}},
            "InvalidLoadBalancerInfo",
            id="eleven load balancers",
        ),
        pytest.param(
            {"loadBalancerInfo": {"targetGroupPairInfoList": [{}]}}, "InvalidTargetGroupPair", id="a pair is for ECS"
        ),
        pytest.param(
            {"ecsServices": [{"serviceName": "a", "clusterName": "b"}]}, "InvalidECSService", id="an ECS service"
        ),
        pytest.param(
            blue_green(deploymentReadyOption={"actionOnTimeout": "WAIT"}),
            "InvalidBlueGreenDeploymentConfiguration",
            id="an unknown ready action",
        ),
        pytest.param(
            blue_green(deploymentReadyOption={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 2881}),
            "InvalidBlueGreenDeploymentConfiguration",
            id="more than two days",
        ),
        pytest.param(
            blue_green(
                terminateBlueInstancesOnDeploymentSuccess={"action": "TERMINATE", "terminationWaitTimeInMinutes": -1}
            ),
            "InvalidBlueGreenDeploymentConfiguration",
            id="less than no time",
        ),
        pytest.param(
            blue_green(terminateBlueInstancesOnDeploymentSuccess={"action": "SELL"}),
            "InvalidBlueGreenDeploymentConfiguration",
            id="an unknown end of blue",
        ),
        pytest.param(
            blue_green(greenFleetProvisioningOption={"action": "BUY"}),
            "InvalidBlueGreenDeploymentConfiguration",
            id="an unknown origin of green",
        ),
        pytest.param(
            blue_green(greenFleetProvisioningOption={"action": "COPY_AUTO_SCALING_GROUP"}),
            "InvalidBlueGreenDeploymentConfiguration",
            id="nothing to copy",
        ),
        pytest.param(
            {**blue_green(), "onPremisesInstanceTagFilters": [PROD]},
            "InvalidDeploymentStyle",
            id="blue/green on premises",
        ),
        pytest.param(
            {"ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["terminate"]}},
            "InvalidAutoScalingGroupProcessToSuspend",
            id="case matters in processes",
        ),
        pytest.param(
            {"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"},
            "InvalidDeploymentConfigName",
            id="a configuration of another platform",
        ),
        pytest.param({"tags": [{"Key": ""}]}, "InvalidTagsToAdd", id="a tag without a key"),
        pytest.param({"serviceRoleArn": ""}, "RoleRequired", id="no role"),
    ],
)
def test_a_wrong_setting_gets_aws_s_own_exception(codedeploy: Any, settings: dict[str, Any], code: str) -> None:
    names = {"applicationName": "web", "deploymentGroupName": "wrong", "serviceRoleArn": ROLE}
    with pytest.raises(ClientError) as caught:
        codedeploy.create_deployment_group(**{**names, **settings})
    assert caught.value.response["Error"]["Code"] == f"{code}Exception"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param(
            {"deploymentStyle": TRAFFIC},
            "The specification for load balancing in the deployment group is invalid. The deploymentOption value is "
            "set to WITH_TRAFFIC_CONTROL, but either no load balancer was specified in elbInfoList or no target group "
            "was specified in targetGroupInfoList.",
            id="no load balancer",
        ),
        pytest.param(
            blue_green(greenFleetProvisioningOption={"action": "COPY_AUTO_SCALING_GROUP"}),
            "Exactly one AutoScaling group must be specified when selecting the COPY_AUTO_SCALING_GROUP green fleet "
            "provisioning option.",
            id="no group to copy",
        ),
        pytest.param(
            {"deploymentStyle": {}}, "Deployment type or deployment option cannot be null or empty", id="empty style"
        ),
        pytest.param(
            {"ec2TagFilters": [PROD, {"Key": "a", "Type": "KEY"}]},
            "The tag was specified in an invalid format. ec2TagFilters[1]: expected a Type of KEY_ONLY, VALUE_ONLY or "
            "KEY_AND_VALUE, found 'KEY'.",
            id="which tag, and why",
        ),
    ],
)
def test_the_refusal_says_what_aws_says_and_where(codedeploy: Any, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ClientError) as caught:
        codedeploy.create_deployment_group(
            applicationName="web", deploymentGroupName="wrong", serviceRoleArn=ROLE, **settings
        )
    assert caught.value.response["Error"]["Message"] == sentence
