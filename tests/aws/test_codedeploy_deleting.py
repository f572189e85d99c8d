"""What happens to a deployment that is under way when its group or application is deleted or renamed."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
from tests.aws.stories import commit, deploy, page, seen

NAMES = {"applicationName": "hello-web", "deploymentGroupName": "hello-web-group"}


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        pytest.param("delete_deployment_group", NAMES, id="the group is deleted"),
        pytest.param("delete_application", {"applicationName": "hello-web"}, id="the application is deleted"),
    ],
)
def test_a_deployment_goes_on_on_the_machines_though_its_details_are_gone(
    operation: str, names: dict[str, Any]
) -> None:
    with labkit.start(stage="v1-deployed") as lab:
        deployment_id = deploy(commit(lab, {"index.html": page("v2")}))
        lab.advance(60)
        codedeploy = boto3.client("codedeploy")
        getattr(codedeploy, operation)(**names)
        with pytest.raises(ClientError, match="DeploymentDoesNotExistException"):
            codedeploy.get_deployment(deploymentId=deployment_id)
        lab.advance(3600)
        assert set(seen()) == {"v2"}


def test_a_deployment_follows_the_new_names_of_its_group_and_application() -> None:
    with labkit.start(stage="v1-deployed") as lab:
        deployment_id = deploy(commit(lab, {"index.html": page("v2")}))
        codedeploy = boto3.client("codedeploy")
        codedeploy.update_application(applicationName="hello-web", newApplicationName="site")
        codedeploy.update_deployment_group(
            applicationName="site", currentDeploymentGroupName="hello-web-group", newDeploymentGroupName="all"
        )
        codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
        info = codedeploy.get_deployment_group(applicationName="site", deploymentGroupName="all")
        last = info["deploymentGroupInfo"]["lastSuccessfulDeployment"]["deploymentId"]
        listed = codedeploy.list_deployments(applicationName="site", deploymentGroupName="all")["deployments"]
        assert (last, listed[0]) == (deployment_id, deployment_id)
