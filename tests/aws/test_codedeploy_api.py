"""CodeDeploy's operations: what comes back, and AWS's modelled exception for every wrong call."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
GITHUB = {
    "revisionType": "GitHub",
    "gitHubLocation": {"repository": "student/hello-web", "commitId": "0123456789abcdef0123456789abcdef01234567"},
}
IN_S3 = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "web/1.zip", "bundleType": "zip"}}


@pytest.fixture
def codedeploy() -> Iterator[Any]:
    """A client, an application ``web`` and a deployment group ``blue`` in it."""
    with labkit.start(stage="roles"):
        client = boto3.client("codedeploy")
        client.create_application(applicationName="web")
        client.create_deployment_group(applicationName="web", deploymentGroupName="blue", serviceRoleArn=ROLE)
        yield client


def refused(call: Any, /, **parameters: Any) -> str:
    """The error code of a call that has to fail."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_an_application_is_described_as_it_was_created(codedeploy: Any) -> None:
    application = codedeploy.get_application(applicationName="web")["application"]
    assert (application["applicationName"], application["computePlatform"]) == ("web", "Server")
    assert codedeploy.list_applications()["applications"] == ["web"]


def test_a_renamed_application_keeps_its_groups(codedeploy: Any) -> None:
    codedeploy.update_application(applicationName="web", newApplicationName="site")
    group = codedeploy.get_deployment_group(applicationName="site", deploymentGroupName="blue")
    assert group["deploymentGroupInfo"]["applicationName"] == "site"


def test_a_group_that_says_nothing_deploys_in_place_one_at_a_time(codedeploy: Any) -> None:
    group = codedeploy.get_deployment_group(applicationName="web", deploymentGroupName="blue")["deploymentGroupInfo"]
    assert group["deploymentConfigName"] == "CodeDeployDefault.OneAtATime"
    assert group["deploymentStyle"] == {
        "deploymentType": "IN_PLACE",
        "deploymentOption": "WITHOUT_TRAFFIC_CONTROL",
    }


def test_an_update_keeps_what_it_does_not_name_and_empties_what_is_given_empty(codedeploy: Any) -> None:
    tags = [{"Key": "env", "Value": "prod", "Type": "KEY_AND_VALUE"}]
    names = {"applicationName": "web", "currentDeploymentGroupName": "blue"}
    codedeploy.update_deployment_group(**names, ec2TagFilters=tags)
    codedeploy.update_deployment_group(**names, deploymentConfigName="CodeDeployDefault.AllAtOnce")
    group = codedeploy.get_deployment_group(applicationName="web", deploymentGroupName="blue")["deploymentGroupInfo"]
    assert (group["ec2TagFilters"], group["deploymentConfigName"]) == (tags, "CodeDeployDefault.AllAtOnce")
    codedeploy.update_deployment_group(**names, ec2TagFilters=[])
    group = codedeploy.get_deployment_group(applicationName="web", deploymentGroupName="blue")["deploymentGroupInfo"]
    assert group["ec2TagFilters"] == []


def test_deleting_what_is_not_there_is_fine(codedeploy: Any) -> None:
    codedeploy.delete_deployment_group(applicationName="web", deploymentGroupName="nobody")
    codedeploy.delete_application(applicationName="nobody")


def test_what_belongs_to_an_application_moves_with_its_name(codedeploy: Any) -> None:
    arn = "arn:aws:codedeploy:ap-northeast-2:123456789012:{}".format
    codedeploy.tag_resource(ResourceArn=arn("application:web"), Tags=[{"Key": "team", "Value": "a"}])
    codedeploy.tag_resource(ResourceArn=arn("deploymentgroup:web/blue"), Tags=[{"Key": "team", "Value": "b"}])
    codedeploy.update_application(applicationName="web", newApplicationName="site")
    codedeploy.update_deployment_group(
        applicationName="site", currentDeploymentGroupName="blue", newDeploymentGroupName="green"
    )
    tags = [
        codedeploy.list_tags_for_resource(ResourceArn=arn(resource))["Tags"]
        for resource in ("application:site", "deploymentgroup:site/green", "application:web")
    ]
    assert tags == [[{"Key": "team", "Value": "a"}], [{"Key": "team", "Value": "b"}], []]


def test_groups_of_the_same_name_in_two_applications_do_not_know_each_other(codedeploy: Any) -> None:
    codedeploy.create_application(applicationName="shop")
    codedeploy.create_deployment_group(applicationName="shop", deploymentGroupName="blue", serviceRoleArn=ROLE)
    codedeploy.create_deployment(applicationName="shop", deploymentGroupName="blue", revision=GITHUB)
    codedeploy.create_deployment(applicationName="web", deploymentGroupName="blue", revision=GITHUB)
    codedeploy.delete_deployment_group(applicationName="shop", deploymentGroupName="blue")
    left = codedeploy.list_deployments(applicationName="web", deploymentGroupName="blue")["deployments"]
    assert (len(left), codedeploy.list_deployment_groups(applicationName="shop")["deploymentGroups"]) == (1, [])


def test_a_new_application_of_an_old_name_starts_with_nothing(codedeploy: Any) -> None:
    codedeploy.register_application_revision(applicationName="web", revision=GITHUB)
    codedeploy.delete_application(applicationName="web")
    codedeploy.create_application(applicationName="web", tags=[{"Key": "team", "Value": "a"}])
    assert codedeploy.list_application_revisions(applicationName="web")["revisions"] == []
    assert codedeploy.list_deployment_groups(applicationName="web")["deploymentGroups"] == []


def test_the_predefined_configurations_are_there(codedeploy: Any) -> None:
    config = codedeploy.get_deployment_config(deploymentConfigName="CodeDeployDefault.OneAtATime")
    assert config["deploymentConfigInfo"]["minimumHealthyHosts"] == {"type": "MOST_CONCURRENCY", "value": 1}
    assert config["deploymentConfigInfo"]["deploymentConfigId"] == "00000000-0000-0000-0000-000000000001"


def test_a_custom_configuration_is_kept(codedeploy: Any) -> None:
    minimum = {"type": "FLEET_PERCENT", "value": 75}
    codedeploy.create_deployment_config(deploymentConfigName="careful", minimumHealthyHosts=minimum)
    info = codedeploy.get_deployment_config(deploymentConfigName="careful")["deploymentConfigInfo"]
    assert info["minimumHealthyHosts"] == minimum
    assert "careful" in codedeploy.list_deployment_configs()["deploymentConfigsList"]


def test_revisions_are_registered_listed_and_described(codedeploy: Any) -> None:
    for revision in (GITHUB, IN_S3):
        codedeploy.register_application_revision(applicationName="web", revision=revision, description="first")
    assert codedeploy.list_application_revisions(applicationName="web")["revisions"] == [GITHUB, IN_S3]
    assert codedeploy.list_application_revisions(applicationName="web", s3Bucket="releases")["revisions"] == [IN_S3]
    found = codedeploy.get_application_revision(applicationName="web", revision=IN_S3)
    assert found["revisionInfo"]["description"] == "first"


def test_no_application_is_linked_to_github_because_only_the_console_links(codedeploy: Any) -> None:
    codedeploy.register_application_revision(applicationName="web", revision=GITHUB)
    assert codedeploy.get_application(applicationName="web")["application"]["linkedToGitHub"] is False
    assert codedeploy.list_git_hub_account_token_names()["tokenNameList"] == []


def test_tags_can_be_set_and_taken_away(codedeploy: Any) -> None:
    arn = "arn:aws:codedeploy:ap-northeast-2:123456789012:application:web"
    codedeploy.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "env", "Value": "b"}])
    codedeploy.untag_resource(ResourceArn=arn, TagKeys=["env"])
    assert codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_the_tagging_api_sees_and_sets_the_tags(codedeploy: Any) -> None:
    tagging = boto3.client("resourcegroupstaggingapi")
    application = "arn:aws:codedeploy:ap-northeast-2:123456789012:application:web"
    group = "arn:aws:codedeploy:ap-northeast-2:123456789012:deploymentgroup:web/blue"
    codedeploy.tag_resource(ResourceArn=application, Tags=[{"Key": "env", "Value": "test"}])
    tagging.tag_resources(ResourceARNList=[application, group], Tags={"team": "a"})
    tagging.untag_resources(ResourceARNList=[application], TagKeys=["env"])
    found = tagging.get_resources(ResourceTypeFilters=["codedeploy"])["ResourceTagMappingList"]
    assert {entry["ResourceARN"]: entry["Tags"] for entry in found} == {
        application: [{"Key": "team", "Value": "a"}],
        group: [{"Key": "team", "Value": "a"}],
    }
    assert codedeploy.list_tags_for_resource(ResourceArn=group)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_deployment_id_looks_like_aws_s(codedeploy: Any) -> None:
    created = codedeploy.create_deployment(applicationName="web", deploymentGroupName="blue", revision=GITHUB)
    assert len(created["deploymentId"]) == 11
    assert created["deploymentId"].startswith("d-")
    assert created["deploymentId"][2:].isalnum()
    assert codedeploy.list_deployments(applicationName="web", deploymentGroupName="blue")["deployments"] == [
        created["deploymentId"]
    ]


WEB = {"applicationName": "web"}
BLUE = {**WEB, "deploymentGroupName": "blue"}


def test_targets_before_the_fleet_is_known_are_refused(codedeploy: Any) -> None:
    deployment_id = codedeploy.create_deployment(**BLUE, revision=GITHUB)["deploymentId"]
    assert refused(codedeploy.list_deployment_targets, deploymentId=deployment_id) == "DeploymentNotStartedException"


def test_an_ended_deployment_can_not_be_stopped(codedeploy: Any) -> None:
    deployment_id = codedeploy.create_deployment(**BLUE, revision=GITHUB)["deploymentId"]
    with pytest.raises(Exception, match="Waiter DeploymentSuccessful failed"):
        codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
    assert refused(codedeploy.stop_deployment, deploymentId=deployment_id) == "DeploymentAlreadyCompletedException"


def test_what_the_call_asked_for_is_repeated_by_get_deployment(codedeploy: Any) -> None:
    asked = {
        "overrideAlarmConfiguration": {"enabled": True, "alarms": [{"name": "errors"}]},
        "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        "ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["AZRebalance"]},
    }
    deployment_id = codedeploy.create_deployment(**BLUE, revision=GITHUB, **asked)["deploymentId"]
    info = codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    assert {key: info[key] for key in asked} == asked


def test_a_deployment_to_machines_has_no_lambda_function_to_report(codedeploy: Any) -> None:
    report = {
        "deploymentId": codedeploy.create_deployment(**BLUE, revision=GITHUB)["deploymentId"],
        "lifecycleEventHookExecutionId": "x",
        "status": "Succeeded",
    }
    put = codedeploy.put_lifecycle_event_hook_execution_status
    codes = [refused(put, **report), refused(put, **{**report, "status": "Pending"})]
    assert codes == [
        "UnsupportedActionForDeploymentTypeException",
        "InvalidLifecycleEventHookExecutionStatusException",
    ]


def test_nothing_has_an_external_id(codedeploy: Any) -> None:
    codedeploy.delete_resources_by_external_id(externalId="stack")
    codedeploy.create_deployment(**BLUE, revision=GITHUB)
    assert codedeploy.list_deployments(externalId="stack")["deployments"] == []
    assert codedeploy.list_applications()["applications"] == ["web"]
