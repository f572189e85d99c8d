"""The older operations on a deployment's instances tell the same as those on its targets."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit


@pytest.fixture(scope="module")
def codedeploy() -> Iterator[Any]:
    """A client, after the first deployment to a fleet."""
    with labkit.start(stage="v1-deployed"):
        yield boto3.client("codedeploy")


@pytest.fixture(scope="module")
def deployment_id(codedeploy: Any) -> str:
    return str(codedeploy.list_deployments()["deployments"][0])


def test_instances_and_targets_are_the_same(codedeploy: Any, deployment_id: str) -> None:
    targets = codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]
    assert codedeploy.list_deployment_instances(deploymentId=deployment_id)["instancesList"] == targets
    summaries = codedeploy.batch_get_deployment_instances(deploymentId=deployment_id, instanceIds=targets)
    described = codedeploy.batch_get_deployment_targets(deploymentId=deployment_id, targetIds=targets)
    old = [(summary["instanceId"], summary["lifecycleEvents"]) for summary in summaries["instancesSummary"]]
    new = [target["instanceTarget"] for target in described["deploymentTargets"]]
    assert old == [(target["targetArn"], target["lifecycleEvents"]) for target in new]


def test_an_instance_is_found_by_its_id_and_by_its_arn(codedeploy: Any, deployment_id: str) -> None:
    instance_id = codedeploy.list_deployment_instances(deploymentId=deployment_id)["instancesList"][0]
    by_id = codedeploy.get_deployment_instance(deploymentId=deployment_id, instanceId=instance_id)["instanceSummary"]
    by_arn = codedeploy.get_deployment_instance(deploymentId=deployment_id, instanceId=by_id["instanceId"])
    assert by_arn["instanceSummary"] == by_id


def test_unknown_instances_are_named_beside_the_known(codedeploy: Any, deployment_id: str) -> None:
    answer = codedeploy.batch_get_deployment_instances(deploymentId=deployment_id, instanceIds=["i-0"])
    assert (answer["instancesSummary"], answer["errorMessage"]) == ([], "No instance found for id: i-0")


def test_instances_are_filtered_by_status(codedeploy: Any, deployment_id: str) -> None:
    counts = [
        len(
            codedeploy.list_deployment_instances(deploymentId=deployment_id, instanceStatusFilter=[status])[
                "instancesList"
            ]
        )
        for status in ("Succeeded", "Failed")
    ]
    fleet = codedeploy.list_deployment_instances(deploymentId=deployment_id)["instancesList"]
    assert counts == [len(fleet), 0]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        pytest.param("get_deployment_instance", {"instanceId": "i-0"}, "InstanceDoesNotExist", id="unknown instance"),
        pytest.param("get_deployment_instance", {"instanceId": ""}, "InstanceIdRequired", id="no instance"),
        pytest.param("batch_get_deployment_instances", {"instanceIds": []}, "InstanceIdRequired", id="no instances"),
        pytest.param(
            "batch_get_deployment_instances", {"instanceIds": ["i-0"] * 26}, "BatchLimitExceeded", id="26 instances"
        ),
        pytest.param(
            "list_deployment_instances", {"instanceStatusFilter": ["Lost"]}, "InvalidInstanceStatus", id="no status"
        ),
        pytest.param(
            "list_deployment_instances",
            {"instanceTypeFilter": ["Blue"]},
            "InvalidDeploymentInstanceType",
            id="blue in place",
        ),
        pytest.param(
            "list_deployment_targets",
            {"targetFilters": {"Colour": ["Blue"]}},
            "InvalidTargetFilterName",
            id="no filter",
        ),
        pytest.param("get_deployment_target", {"targetId": ""}, "DeploymentTargetIdRequired", id="no target"),
        pytest.param("get_deployment_target", {"targetId": "i-0"}, "DeploymentTargetDoesNotExist", id="unknown target"),
        pytest.param(
            "batch_get_deployment_targets",
            {"targetIds": ["i-0"] * 26},
            "DeploymentTargetListSizeExceeded",
            id="26 targets",
        ),
        pytest.param("stop_deployment", {}, "DeploymentAlreadyCompleted", id="stop what has ended"),
    ],
)
def test_a_wrong_call_gets_aws_s_own_exception(
    codedeploy: Any, deployment_id: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(codedeploy, operation)(deploymentId=deployment_id, **parameters)
    assert caught.value.response["Error"]["Code"] == f"{code}Exception"
