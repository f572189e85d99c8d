"""Deployment configurations of all platforms, and applications and groups of Lambda and ECS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
SERVICE = {"serviceName": "shop", "clusterName": "main"}
PAIR = {
    "targetGroups": [{"name": "blue"}, {"name": "green"}],
    "prodTrafficRoute": {"listenerArns": ["arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:listener/x"]},
}
ECS = {"ecsServices": [SERVICE], "loadBalancerInfo": {"targetGroupPairInfoList": [PAIR]}}
REROUTED = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
APPSPEC = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 0.0", "sha256": "abc"}}


@pytest.fixture
def codedeploy() -> Iterator[Any]:
    """A client, and an application for each platform, named after it."""
    with labkit.start(stage="roles"):
        client = boto3.client("codedeploy")
        for platform in ("Server", "Lambda", "ECS"):
            client.create_application(applicationName=platform, computePlatform=platform)
        yield client


def group(client: Any, platform: str, name: str = "group", **settings: Any) -> dict[str, Any]:
    """Creates a group and gives its description."""
    names = {"applicationName": platform, "deploymentGroupName": name}
    client.create_deployment_group(**names, serviceRoleArn=ROLE, **settings)
    info: dict[str, Any] = client.get_deployment_group(**names)["deploymentGroupInfo"]
    return info


@pytest.mark.parametrize(
    ("platform", "settings", "config"),
    [
        pytest.param("Lambda", {}, "CodeDeployDefault.LambdaAllAtOnce", id="Lambda"),
        pytest.param("ECS", ECS, "CodeDeployDefault.ECSAllAtOnce", id="ECS"),
    ],
)
def test_a_group_of_another_platform_is_described(
    codedeploy: Any, platform: str, settings: dict[str, Any], config: str
) -> None:
    info = group(codedeploy, platform, **settings)
    assert (info["computePlatform"], info["deploymentConfigName"], info["deploymentStyle"]) == (
        platform,
        config,
        REROUTED,
    )
    assert {member: info[member] for member in settings} == settings


def test_a_deployment_to_another_platform_is_refused_because_the_lab_has_none(codedeploy: Any) -> None:
    group(codedeploy, "Lambda")
    with pytest.raises(ClientError, match="This lab has machines") as caught:
        codedeploy.create_deployment(applicationName="Lambda", deploymentGroupName="group", revision=APPSPEC)
    assert caught.value.response["Error"]["Code"] == "InvalidComputePlatformException"


def test_an_appspec_is_a_revision_of_another_platform(codedeploy: Any) -> None:
    codedeploy.register_application_revision(applicationName="Lambda", revision=APPSPEC)
    assert codedeploy.list_application_revisions(applicationName="Lambda")["revisions"] == [APPSPEC]
    found = codedeploy.batch_get_application_revisions(applicationName="Lambda", revisions=[APPSPEC])
    assert [info["revisionLocation"] for info in found["revisions"]] == [APPSPEC]


@pytest.mark.parametrize(
    ("platform", "settings", "code"),
    [
        pytest.param("ECS", {**ECS, "autoScalingGroups": ["x"]}, "InvalidAutoScalingGroup", id="Auto Scaling in ECS"),
        pytest.param(
            "Lambda", {"ec2TagFilters": [{"Key": "a", "Type": "KEY_ONLY"}]}, "InvalidEC2Tag", id="EC2 tags in Lambda"
        ),
        pytest.param("Lambda", {"ecsServices": [SERVICE]}, "InvalidECSService", id="an ECS service in Lambda"),
        pytest.param("ECS", {**ECS, "ecsServices": []}, "InvalidECSService", id="ECS without a service"),
        pytest.param("ECS", {"ecsServices": [SERVICE]}, "InvalidTargetGroupPair", id="ECS without a pair"),
        pytest.param(
            "Lambda",
            {"deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}},
            "InvalidDeploymentStyle",
            id="Lambda in place",
        ),
        pytest.param(
            "Lambda",
            {"deploymentConfigName": "CodeDeployDefault.OneAtATime"},
            "InvalidDeploymentConfigName",
            id="one function at a time",
        ),
    ],
)
def test_a_wrong_setting_of_another_platform_is_refused(
    codedeploy: Any, platform: str, settings: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        group(codedeploy, platform, **settings)
    assert caught.value.response["Error"]["Code"] == f"{code}Exception"


def test_an_ecs_service_belongs_to_one_group(codedeploy: Any) -> None:
    group(codedeploy, "ECS", "first", **ECS)
    codedeploy.update_deployment_group(applicationName="ECS", currentDeploymentGroupName="first", **ECS)
    with pytest.raises(ClientError, match="ECSServiceMappingLimitExceeded"):
        group(codedeploy, "ECS", "second", **ECS)


def test_seventeen_configurations_are_predefined(codedeploy: Any) -> None:
    names = codedeploy.list_deployment_configs()["deploymentConfigsList"]
    infos = [codedeploy.get_deployment_config(deploymentConfigName=name)["deploymentConfigInfo"] for name in names]
    counts = [sum(info["computePlatform"] == platform for info in infos) for platform in ("Server", "Lambda", "ECS")]
    assert counts == [3, 9, 5]
    assert len({info["deploymentConfigId"] for info in infos}) == 17


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(
            {
                "minimumHealthyHosts": {"type": "HOST_COUNT", "value": 2},
                "zonalConfig": {
                    "firstZoneMonitorDurationInSeconds": 600,
                    "monitorDurationInSeconds": 60,
                    "minimumHealthyHostsPerZone": {"type": "FLEET_PERCENT", "value": 50},
                },
                "computePlatform": "Server",
            },
            id="one zone after another",
        ),
        pytest.param(
            {
                "trafficRoutingConfig": {
                    "type": "TimeBasedCanary",
                    "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 3},
                },
                "computePlatform": "Lambda",
            },
            id="a canary",
        ),
        pytest.param({"trafficRoutingConfig": {"type": "AllAtOnce"}, "computePlatform": "ECS"}, id="all at once"),
    ],
)
def test_a_configuration_is_described_as_it_was_created(codedeploy: Any, settings: dict[str, Any]) -> None:
    codedeploy.create_deployment_config(deploymentConfigName="mine", **settings)
    info = codedeploy.get_deployment_config(deploymentConfigName="mine")["deploymentConfigInfo"]
    assert {member: info[member] for member in settings} == settings


def test_a_configuration_in_use_is_not_deleted(codedeploy: Any) -> None:
    minimum = {"type": "HOST_COUNT", "value": 1}
    codedeploy.create_deployment_config(deploymentConfigName="mine", minimumHealthyHosts=minimum)
    group(codedeploy, "Server", deploymentConfigName="mine")
    with pytest.raises(ClientError, match="DeploymentConfigInUse"):
        codedeploy.delete_deployment_config(deploymentConfigName="mine")
    codedeploy.delete_deployment_group(applicationName="Server", deploymentGroupName="group")
    codedeploy.delete_deployment_config(deploymentConfigName="mine")
    assert "mine" not in codedeploy.list_deployment_configs()["deploymentConfigsList"]


HALF = {"type": "FLEET_PERCENT", "value": 50}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param({}, "InvalidMinimumHealthyHostValue", id="no minimum"),
        pytest.param(
            {"minimumHealthyHosts": {"type": "MOST_CONCURRENCY", "value": 1}},
            "InvalidMinimumHealthyHostValue",
            id="a type that is only read",
        ),
        pytest.param(
            {"minimumHealthyHosts": {"type": "HOST_COUNT", "value": -1}}, "InvalidMinimumHealthyHostValue", id="below 0"
        ),
        pytest.param(
            {"minimumHealthyHosts": HALF, "computePlatform": "Mainframe"}, "InvalidComputePlatform", id="no platform"
        ),
        pytest.param(
            {"minimumHealthyHosts": HALF, "trafficRoutingConfig": {"type": "AllAtOnce"}},
            "InvalidTrafficRoutingConfiguration",
            id="traffic to machines",
        ),
        pytest.param(
            {"minimumHealthyHosts": HALF, "zonalConfig": {"monitorDurationInSeconds": -1}},
            "InvalidZonalDeploymentConfiguration",
            id="a negative time",
        ),
        pytest.param(
            {"minimumHealthyHosts": HALF, "zonalConfig": {"minimumHealthyHostsPerZone": {"type": "ALL"}}},
            "InvalidZonalDeploymentConfiguration",
            id="an unknown minimum of a zone",
        ),
        pytest.param(
            {"computePlatform": "ECS", "minimumHealthyHosts": HALF}, "InvalidMinimumHealthyHostValue", id="hosts in ECS"
        ),
        pytest.param(
            {"computePlatform": "ECS", "zonalConfig": {"monitorDurationInSeconds": 1}},
            "InvalidZonalDeploymentConfiguration",
            id="zones in ECS",
        ),
        pytest.param({"computePlatform": "Lambda"}, "InvalidTrafficRoutingConfiguration", id="no traffic routing"),
        pytest.param(
            {"computePlatform": "Lambda", "trafficRoutingConfig": {"type": "TimeBasedLinear"}},
            "InvalidTrafficRoutingConfiguration",
            id="linear without steps",
        ),
    ],
)
def test_a_wrong_configuration_is_refused(codedeploy: Any, settings: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        codedeploy.create_deployment_config(deploymentConfigName="mine", **settings)
    assert caught.value.response["Error"]["Code"] == f"{code}Exception"
