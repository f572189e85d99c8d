"""Calls of CodeDeploy that are wrong, each with the exception that AWS models for it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
USER = "arn:aws:iam::123456789012:user/{}".format
SESSION = "arn:aws:sts::123456789012:assumed-role/shed/{}".format
GITHUB = {
    "revisionType": "GitHub",
    "gitHubLocation": {"repository": "student/hello-web", "commitId": "0123456789abcdef0123456789abcdef01234567"},
}
IN_S3: dict[str, Any] = {
    "revisionType": "S3",
    "s3Location": {"bucket": "releases", "key": "web/1.zip", "bundleType": "zip"},
}
WEB_ARN = "arn:aws:codedeploy:ap-northeast-2:123456789012:application:web"
WEB = {"applicationName": "web"}
BLUE = {**WEB, "deploymentGroupName": "blue"}
MACHINES = "arn:aws:iam::123456789012:role/hello-web-instance"
NOBODY = "arn:aws:iam::123456789012:role/nobody"
NEW = {**WEB, "deploymentGroupName": "new", "serviceRoleArn": ROLE}
TRAFFIC = {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


@pytest.fixture(scope="module")
def codedeploy() -> Iterator[Any]:
    """A client; the application ``web`` with the group ``blue``, and the on-premises instance ``attic``."""
    with labkit.start(stage="roles"):
        client = boto3.client("codedeploy")
        client.create_application(applicationName="web")
        client.create_deployment_group(applicationName="web", deploymentGroupName="blue", serviceRoleArn=ROLE)
        client.register_on_premises_instance(instanceName="attic", iamUserArn=USER("attic"))
        yield client


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        pytest.param("get_application", {"applicationName": "x"}, "ApplicationDoesNotExist", id="unknown application"),
        pytest.param(
            "batch_get_applications",
            {"applicationNames": ["web", "x"]},
            "ApplicationDoesNotExist",
            id="unknown application in a batch",
        ),
        pytest.param("get_application", {"applicationName": "a b"}, "InvalidApplicationName", id="a blank in a name"),
        pytest.param("create_application", WEB, "ApplicationAlreadyExists", id="application exists"),
        pytest.param(
            "create_application",
            {"applicationName": "x", "computePlatform": "Mainframe"},
            "InvalidComputePlatform",
            id="unknown platform",
        ),
        pytest.param(
            "get_deployment_group",
            {**WEB, "deploymentGroupName": "x"},
            "DeploymentGroupDoesNotExist",
            id="unknown group",
        ),
        pytest.param(
            "create_deployment_group",
            {**BLUE, "serviceRoleArn": ROLE},
            "DeploymentGroupAlreadyExists",
            id="group exists",
        ),
        pytest.param("create_deployment_group", {**NEW, "serviceRoleArn": "me"}, "InvalidRole", id="no role ARN"),
        pytest.param("create_deployment_group", {**NEW, "serviceRoleArn": MACHINES}, "InvalidRole", id="EC2's role"),
        pytest.param("create_deployment_group", {**NEW, "serviceRoleArn": NOBODY}, "InvalidRole", id="no such role"),
        pytest.param(
            "create_deployment_group",
            {**NEW, "deploymentConfigName": "x"},
            "DeploymentConfigDoesNotExist",
            id="unknown configuration",
        ),
        pytest.param(
            "create_deployment_group",
            {**NEW, "deploymentStyle": TRAFFIC},
            "InvalidLoadBalancerInfo",
            id="traffic control without a load balancer",
        ),
        pytest.param(
            "create_deployment_group",
            {**NEW, "ec2TagFilters": [{"Key": "a", "Type": "KEY"}]},
            "InvalidEC2Tag",
            id="unknown filter type",
        ),
        pytest.param(
            "create_deployment_group",
            {
                **NEW,
                "ec2TagFilters": [{"Key": "a", "Type": "KEY_ONLY"}],
                "ec2TagSet": {"ec2TagSetList": [[{"Key": "a", "Type": "KEY_ONLY"}]]},
            },
            "InvalidEC2TagCombination",
            id="tag filters and a tag set",
        ),
        pytest.param("create_deployment", BLUE, "RevisionRequired", id="no revision"),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": {"revisionType": "GitHub"}},
            "InvalidRevision",
            id="half a revision",
        ),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "fileExistsBehavior": "SHRUG"},
            "InvalidFileExistsBehavior",
            id="unknown behaviour",
        ),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "description": "x" * 257},
            "DescriptionTooLong",
            id="description too long",
        ),
        pytest.param("create_deployment", {**WEB, "revision": GITHUB}, "DeploymentGroupNameRequired", id="no group"),
        pytest.param("get_deployment", {"deploymentId": "d-000000000"}, "DeploymentDoesNotExist", id="unknown id"),
        pytest.param("get_deployment", {"deploymentId": "nonsense"}, "InvalidDeploymentId", id="no deployment id"),
        pytest.param(
            "list_deployments", {"includeOnlyStatuses": ["Done"]}, "InvalidDeploymentStatus", id="unknown status"
        ),
        pytest.param(
            "create_deployment_config",
            {"deploymentConfigName": "CodeDeployDefault.Mine"},
            "InvalidDeploymentConfigName",
            id="a reserved name",
        ),
        pytest.param(
            "create_deployment_config",
            {"deploymentConfigName": "x", "minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 100}},
            "InvalidMinimumHealthyHostValue",
            id="a hundred per cent",
        ),
        pytest.param(
            "delete_deployment_config",
            {"deploymentConfigName": "CodeDeployDefault.OneAtATime"},
            "InvalidOperation",
            id="a predefined configuration is not deleted",
        ),
        pytest.param(
            "get_application_revision", {**WEB, "revision": GITHUB}, "RevisionDoesNotExist", id="unknown revision"
        ),
        pytest.param(
            "list_application_revisions",
            {**WEB, "s3KeyPrefix": "a"},
            "BucketNameFilterRequired",
            id="prefix without bucket",
        ),
        pytest.param("list_tags_for_resource", {"ResourceArn": "web"}, "InvalidArn", id="no ARN"),
        pytest.param(
            "list_tags_for_resource",
            {"ResourceArn": "arn:aws:codedeploy:ap-northeast-2:123456789012:deploymentconfig:careful"},
            "ArnNotSupported",
            id="a configuration has no tags",
        ),
        pytest.param("tag_resource", {"ResourceArn": WEB_ARN, "Tags": []}, "TagRequired", id="no tag to set"),
        pytest.param("untag_resource", {"ResourceArn": WEB_ARN, "TagKeys": []}, "TagRequired", id="no tag to remove"),
        pytest.param(
            "tag_resource",
            {"ResourceArn": WEB_ARN, "Tags": [{"Key": "aws:team", "Value": "a"}]},
            "InvalidTagsToAdd",
            id="a reserved key",
        ),
        pytest.param(
            "create_application",
            {"applicationName": "x", "tags": [{"Key": "a"}, {"Key": "a"}]},
            "InvalidTagsToAdd",
            id="a key twice",
        ),
        pytest.param(
            "create_application",
            {"applicationName": "x", "tags": [{"Key": "k", "Value": "v" * 257}]},
            "InvalidTagsToAdd",
            id="a value too long",
        ),
        pytest.param(
            "register_application_revision",
            {**WEB, "revision": {"revisionType": "String", "string": {"content": "{}"}}},
            "InvalidRevision",
            id="a string is no revision for machines",
        ),
        pytest.param(
            "register_application_revision",
            {**WEB, "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": "{}"}}},
            "InvalidRevision",
            id="an AppSpec alone is no revision for machines",
        ),
        pytest.param(
            "register_application_revision",
            {**WEB, "revision": {**IN_S3, "s3Location": {**IN_S3["s3Location"], "bundleType": "YAML"}}},
            "InvalidRevision",
            id="YAML is no bundle for machines",
        ),
        pytest.param(
            "batch_get_application_revisions",
            {**WEB, "revisions": [GITHUB] * 26},
            "BatchLimitExceeded",
            id="26 revisions at once",
        ),
        pytest.param(
            "batch_get_applications", {"applicationNames": ["web"] * 101}, "BatchLimitExceeded", id="101 applications"
        ),
        pytest.param(
            "batch_get_deployments", {"deploymentIds": ["d-000000000"] * 26}, "BatchLimitExceeded", id="26 deployments"
        ),
        pytest.param(
            "list_application_revisions", {**WEB, "s3Bucket": "a b"}, "InvalidBucketNameFilter", id="no bucket's name"
        ),
        pytest.param("list_application_revisions", {**WEB, "sortBy": "size"}, "InvalidSortBy", id="unknown column"),
        pytest.param("list_application_revisions", {**WEB, "sortOrder": "up"}, "InvalidSortOrder", id="unknown order"),
        pytest.param(
            "list_application_revisions",
            {**WEB, "deployed": "maybe"},
            "InvalidDeployedStateFilter",
            id="unknown deployed filter",
        ),
        pytest.param(
            "list_deployments", {"deploymentGroupName": "blue"}, "ApplicationNameRequired", id="a group alone"
        ),
        pytest.param("list_deployments", {**WEB}, "DeploymentGroupNameRequired", id="an application alone"),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "deploymentConfigName": "a b"},
            "InvalidDeploymentConfigName",
            id="a blank in a configuration's name",
        ),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "overrideAlarmConfiguration": {"enabled": True}},
            "InvalidAlarmConfig",
            id="a deployment with alarms switched on and none named",
        ),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "autoRollbackConfiguration": {"enabled": True, "events": ["RAIN"]}},
            "InvalidAutoRollbackConfig",
            id="a deployment rolled back by rain",
        ),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["Launch"]}},
            "InvalidAutoScalingGroupProcessToSuspend",
            id="a process that is not suspended",
        ),
        pytest.param(
            "create_deployment",
            {**BLUE, "revision": GITHUB, "deploymentMode": "SLOW"},
            "InvalidInput",
            id="unknown mode",
        ),
        pytest.param(
            "delete_git_hub_account_token", {"tokenName": "me"}, "GitHubAccountTokenDoesNotExist", id="unknown token"
        ),
        pytest.param("delete_git_hub_account_token", {}, "GitHubAccountTokenNameRequired", id="no token's name"),
        pytest.param("register_on_premises_instance", {"instanceName": "x"}, "IamArnRequired", id="no ARN"),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "x", "iamUserArn": ""},
            "IamUserArnRequired",
            id="empty ARN",
        ),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "x", "iamUserArn": USER("x"), "iamSessionArn": SESSION("x")},
            "MultipleIamArnsProvided",
            id="two ARNs",
        ),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "x", "iamUserArn": SESSION("x")},
            "InvalidIamUserArn",
            id="a session for a user",
        ),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "x", "iamSessionArn": USER("x")},
            "InvalidIamSessionArn",
            id="a user for a session",
        ),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "x", "iamUserArn": USER("attic")},
            "IamUserArnAlreadyRegistered",
            id="a user of another instance",
        ),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "attic", "iamUserArn": USER("x")},
            "InstanceNameAlreadyRegistered",
            id="a name twice",
        ),
        pytest.param(
            "register_on_premises_instance",
            {"instanceName": "i-0123456789abcdef0", "iamUserArn": USER("x")},
            "InvalidInstanceName",
            id="a name like an EC2 instance's",
        ),
        pytest.param("get_on_premises_instance", {"instanceName": "x"}, "InstanceNotRegistered", id="unknown name"),
        pytest.param("get_on_premises_instance", {"instanceName": "a b"}, "InvalidInstanceName", id="a blank"),
        pytest.param("get_on_premises_instance", {"instanceName": ""}, "InstanceNameRequired", id="no name"),
        pytest.param("batch_get_on_premises_instances", {"instanceNames": []}, "InstanceNameRequired", id="no names"),
        pytest.param(
            "batch_get_on_premises_instances", {"instanceNames": ["attic"] * 26}, "BatchLimitExceeded", id="26 names"
        ),
        pytest.param(
            "list_on_premises_instances", {"registrationStatus": "Lost"}, "InvalidRegistrationStatus", id="no status"
        ),
        pytest.param(
            "list_on_premises_instances", {"tagFilters": [{"Key": "a"}]}, "InvalidTagFilter", id="a filter without type"
        ),
        pytest.param(
            "add_tags_to_on_premises_instances", {"tags": [], "instanceNames": ["attic"]}, "TagRequired", id="no tags"
        ),
        pytest.param(
            "add_tags_to_on_premises_instances",
            {"tags": [{"Value": "only"}], "instanceNames": ["attic"]},
            "InvalidTag",
            id="a value alone",
        ),
        pytest.param(
            "add_tags_to_on_premises_instances",
            {"tags": [{"Key": "a"}], "instanceNames": ["attic"] * 101},
            "InstanceLimitExceeded",
            id="101 instances",
        ),
        pytest.param(
            "remove_tags_from_on_premises_instances",
            {"tags": [{"Key": "a"}], "instanceNames": ["nobody"]},
            "InstanceNotRegistered",
            id="tags of nobody",
        ),
    ],
)
def test_a_wrong_call_gets_aws_s_own_exception(
    codedeploy: Any, operation: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(codedeploy, operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == f"{code}Exception"
