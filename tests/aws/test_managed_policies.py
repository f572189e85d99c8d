"""The running example works with exactly these managed policies, and without any one of them fails in its place."""

import io
import json
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
from labkit.lessons import stages
from tests.aws.stories import deploy, finish, first_failure

ACCOUNT = "123456789012"
AWS = "arn:aws:iam::aws:policy/"
STUDENTS = ("IAMFullAccess", "AmazonEC2FullAccess", "AmazonSSMFullAccess", "AWSCodeDeployFullAccess")
"""What the student's own user needs: no administrator."""
CODEDEPLOY_ON_EC2 = f"{AWS}service-role/AmazonEC2RoleforAWSCodeDeploy"
MANAGED_INSTANCE = f"{AWS}AmazonSSMManagedInstanceCore"
SERVICE = f"{AWS}service-role/AWSCodeDeployRole"


def become_a_user_with(policies, monkeypatch, document=None):
    """From here on boto3's default session is a user with these managed policies, and perhaps one of its own."""
    iam = boto3.client("iam")
    iam.create_user(UserName="ana")
    for name in policies:
        iam.attach_user_policy(UserName="ana", PolicyArn=AWS + name)
    if document is not None:
        iam.put_user_policy(UserName="ana", PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def test_four_managed_policies_are_enough_to_build_and_deploy(monkeypatch):
    with labkit.start() as lab:
        become_a_user_with(STUDENTS, monkeypatch)
        stages.build("v1-deployed", lab, 1)
        deployments = boto3.client("codedeploy").list_deployments(includeOnlyStatuses=["Succeeded"])["deployments"]
        assert len(deployments) == 1


@pytest.mark.parametrize(
    ("without", "operation", "code", "action"),
    [
        ("IAMFullAccess", "CreateRole", "AccessDenied", "iam:CreateRole"),
        ("AmazonSSMFullAccess", "GetParameter", "AccessDeniedException", "ssm:GetParameter"),
        ("AmazonEC2FullAccess", "RunInstances", "UnauthorizedOperation", "ec2:RunInstances"),
        ("AWSCodeDeployFullAccess", "CreateApplication", "AccessDeniedException", "codedeploy:CreateApplication"),
    ],
)
def test_without_one_of_the_students_the_first_call_that_needs_it_is_refused(
    monkeypatch, without, operation, code, action
):
    with labkit.start() as lab:
        become_a_user_with([name for name in STUDENTS if name != without], monkeypatch)
        with pytest.raises(ClientError) as caught:
            stages.build("v1-deployed", lab, 1)
    assert (caught.value.operation_name, caught.value.response["Error"]["Code"]) == (operation, code)
    said = caught.value.response["Error"]["Message"]
    assert f"User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: {action} on resource: " in said
    assert f"because no identity-based policy allows the {action} action" in said


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ([], "codedeploy:CreateDeployment on resource: {place}:deploymentgroup:hello-web/hello-web-group "),
        (
            ["CreateDeployment"],
            "codedeploy:GetDeploymentConfig on resource: {place}:deploymentconfig:CodeDeployDefault.OneAtATime ",
        ),
        (
            ["CreateDeployment", "GetDeploymentConfig"],
            "codedeploy:RegisterApplicationRevision on resource: {place}:application:hello-web ",
        ),
        (["CreateDeployment", "GetDeploymentConfig", "RegisterApplicationRevision"], None),
    ],
    ids=["nothing", "creating alone", "without the revision", "all three"],
)
def test_creating_a_deployment_takes_three_permissions(lab, monkeypatch, allowed, refused):
    revision = in_s3()
    actions = [f"codedeploy:{name}" for name in allowed] or ["s3:GetObject"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    become_a_user_with([], monkeypatch, document)
    if refused is None:
        assert deploy(revision).startswith("d-")
        return
    with pytest.raises(ClientError) as caught:
        deploy(revision)
    asked = refused.format(place=f"arn:aws:codedeploy:ap-northeast-2:{ACCOUNT}")
    assert f"is not authorized to perform: {asked}because" in str(caught.value)


def in_s3():
    """The sample app as a zip in S3."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in stages.sample_app().items():
            archive.writestr(path, text)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="releases", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    s3.put_object(Bucket="releases", Key="app.zip", Body=packed.getvalue())
    return {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "app.zip", "bundleType": "zip"}}


@pytest.fixture
def lab():
    with labkit.start("v1-deployed", fleet_size=1) as lab:
        yield lab


def test_without_its_s3_permission_the_agents_download_fails_and_with_it_it_passes(lab):
    iam, revision = boto3.client("iam"), in_s3()
    iam.detach_role_policy(RoleName="hello-web-instance", PolicyArn=CODEDEPLOY_ON_EC2)
    refused = deploy(revision)
    assert finish(lab, refused)["status"] == "Failed"
    failed = first_failure(refused)
    assert (failed["lifecycleEventName"], failed["diagnostics"]["message"]) == ("DownloadBundle", "Access Denied")
    iam.attach_role_policy(RoleName="hello-web-instance", PolicyArn=CODEDEPLOY_ON_EC2)
    assert finish(lab, deploy(revision))["status"] == "Succeeded"


def test_without_its_permission_the_machine_is_not_managed_by_systems_manager(lab):
    boto3.client("iam").detach_role_policy(RoleName="hello-web-instance", PolicyArn=MANAGED_INSTANCE)
    ssm, group = boto3.client("ssm"), boto3.client("autoscaling").describe_auto_scaling_groups()
    instance_id = group["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    command = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}}
    with pytest.raises(ClientError) as caught:
        ssm.send_command(InstanceIds=[instance_id], **command)
    assert caught.value.response["Error"]["Code"] == "InvalidInstanceId"


def test_without_the_service_roles_policy_codedeploy_may_not_look_for_instances(lab):
    boto3.client("iam").detach_role_policy(RoleName="hello-web-codedeploy", PolicyArn=SERVICE)
    error = finish(lab, deploy(in_s3()))["errorInformation"]
    role = f"arn:aws:iam::{ACCOUNT}:role/hello-web-codedeploy"
    assert error["code"] == "IAM_ROLE_PERMISSIONS"
    assert error["message"].startswith(
        f"The IAM role {role} does not give you permission to perform operations in the following AWS service: Amazon"
    )
