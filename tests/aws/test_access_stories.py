"""Who may do what, told in boto3 as a lesson would: denied, read why, given the permission, done."""

import json
import re

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
from labkit.world.events import AccessDecided

ACCOUNT = "123456789012"
REGION = "ap-northeast-2"
TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def policy(*actions, effect="Allow", resource="*", **more):
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(**principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def session_of(keys):
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def refusal(call, **parameters):
    """Code, HTTP status and message of the error that the call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.fixture
def lab():
    with labkit.start() as lab:
        yield lab


@pytest.fixture
def iam(lab):
    return boto3.client("iam")


@pytest.fixture
def ana(iam):
    """The session of a user without any rights."""
    iam.create_user(UserName="ana")
    return session_of(iam.create_access_key(UserName="ana")["AccessKey"])


def test_a_user_without_rights_is_denied_reads_why_and_succeeds_with_a_policy(iam, ana):
    codedeploy = ana.client("codedeploy")
    assert refusal(codedeploy.create_application, applicationName="hello-web") == (
        "AccessDeniedException",
        400,
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: codedeploy:CreateApplication on "
            f"resource: arn:aws:codedeploy:{REGION}:{ACCOUNT}:application:hello-web because no identity-based policy "
            "allows the codedeploy:CreateApplication action"
        ),
    )
    iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/AWSCodeDeployFullAccess")
    assert codedeploy.create_application(applicationName="hello-web")["applicationId"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "status", "begins"),
    [
        ("iam", "create_user", {"UserName": "bo"}, "AccessDenied", 403, "User: "),
        ("autoscaling", "describe_auto_scaling_groups", {}, "AccessDenied", 403, "User: "),
        ("elbv2", "describe_load_balancers", {}, "AccessDenied", 403, "User: "),
        ("cloudwatch", "describe_alarms", {}, "AccessDeniedException", 400, "User: "),
        ("ssm", "get_parameter", {"Name": "/a"}, "AccessDeniedException", 400, "User: "),
        ("logs", "describe_log_groups", {}, "AccessDeniedException", 400, "User: "),
        ("events", "list_rules", {}, "AccessDeniedException", 400, "User: "),
        ("sns", "list_topics", {}, "AuthorizationError", 403, "User: "),
        ("sqs", "list_queues", {}, "AccessDenied", 403, "User: "),
        ("s3", "list_buckets", {}, "AccessDenied", 403, "User: "),
        ("ec2", "describe_instances", {}, "UnauthorizedOperation", 403, "You are not authorized to perform"),
        ("ec2", "describe_instances", {"DryRun": True}, "UnauthorizedOperation", 403, "You are not authorized to"),
    ],
)  # fmt: skip
def test_each_service_refuses_in_its_own_form(ana, service, operation, parameters, code, status, begins):
    answered = refusal(getattr(ana.client(service), operation), **parameters)
    assert (*answered[:2], answered[2][: len(begins)]) == (code, status, begins)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("iam", "list_users", "InvalidClientTokenId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("ec2", "describe_instances", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("codedeploy", "list_applications", "UnrecognizedClientException"),
    ],
)
def test_a_key_that_nobody_has_is_refused(lab, service, operation, code):
    client = boto3.client(service, aws_access_key_id="AKIANOBODYHASTHISKEY", aws_secret_access_key="x")
    assert refusal(getattr(client, operation))[0] == code


def test_an_inactive_or_deleted_key_is_refused(iam, ana):
    key = ana.get_credentials().access_key
    iam.update_access_key(UserName="ana", AccessKeyId=key, Status="Inactive")
    assert refusal(ana.client("iam").get_user)[0] == "InvalidClientTokenId"
    iam.update_access_key(UserName="ana", AccessKeyId=key, Status="Active")
    assert refusal(ana.client("iam").get_user)[0] == "AccessDenied"
    iam.delete_access_key(UserName="ana", AccessKeyId=key)
    assert refusal(ana.client("iam").get_user)[0] == "InvalidClientTokenId"


def test_who_calls_is_told_by_get_caller_identity(iam, ana):
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/ana"))
    role = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    keys = ana.client("sts").assume_role(RoleArn=role, RoleSessionName="monday")["Credentials"]
    callers = [session.client("sts").get_caller_identity()["Arn"] for session in (boto3, ana, session_of(keys))]
    assert callers == [
        f"arn:aws:iam::{ACCOUNT}:user/administrator",
        f"arn:aws:iam::{ACCOUNT}:user/ana",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/monday",
    ]


def test_the_right_moves_from_the_key_to_a_role(iam, ana):
    iam.put_user_policy(UserName="ana", PolicyName="deploy", PolicyDocument=policy("codedeploy:*"))
    assert ana.client("codedeploy").list_applications()["applications"] == []

    iam.delete_user_policy(UserName="ana", PolicyName="deploy")
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust(AWS=f"arn:aws:iam::{ACCOUNT}:root"))
    iam.put_role_policy(RoleName="deployer", PolicyName="deploy", PolicyDocument=policy("codedeploy:*"))
    role = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    asked = {"RoleArn": role, "RoleSessionName": "monday"}
    assert refusal(ana.client("sts").assume_role, **asked)[2].endswith(
        f"sts:AssumeRole on resource: {role} because no identity-based policy allows the sts:AssumeRole action"
    )
    iam.put_user_policy(UserName="ana", PolicyName="assume", PolicyDocument=policy("sts:AssumeRole", resource=role))
    deployer = session_of(ana.client("sts").assume_role(**asked)["Credentials"])
    assert deployer.client("codedeploy").list_applications()["applications"] == []
    assert refusal(ana.client("codedeploy").list_applications)[0] == "AccessDeniedException"


def test_the_right_moves_on_to_an_instance_profile(lab, iam):
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    ec2 = boto3.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "web"})
    instance_id = launched["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
    handed_out = "curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/web"
    keys = json.loads(lab.machine(instance_id).run(handed_out).stdout)
    web = session_of({**keys, "SessionToken": keys["Token"]})
    assert web.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/{instance_id}"
    assert refusal(web.client("codedeploy").list_applications)[0] == "AccessDeniedException"
    iam.put_role_policy(RoleName="web", PolicyName="deploy", PolicyDocument=policy("codedeploy:*"))
    assert web.client("codedeploy").list_applications()["applications"] == []
    lab.advance(6 * 3600)
    assert refusal(web.client("codedeploy").list_applications)[0] == "UnrecognizedClientException"


def test_a_machine_gets_no_credentials_of_a_role_that_does_not_trust_ec2(lab, iam):
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust(Service="codedeploy.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    ec2 = boto3.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "web"})
    instance_id = launched["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
    asked = (
        "curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/iam/security-credentials/web"
    )
    assert lab.machine(instance_id).run(asked).stdout == "404"


def test_a_role_that_does_not_trust_the_caller_is_not_assumed(iam):
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    code, status, message = refusal(boto3.client("sts").assume_role, RoleArn=role, RoleSessionName="me")
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith("because no role trust policy allows the sts:AssumeRole action")


def test_credentials_of_a_role_expire_in_lab_time(lab, iam):
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust(AWS=ACCOUNT))
    asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deployer", "RoleSessionName": "monday", "DurationSeconds": 900}
    session = session_of(boto3.client("sts").assume_role(**asked)["Credentials"])
    lab.advance(899)
    assert session.client("sts").get_caller_identity()["Arn"].endswith("deployer/monday")
    lab.advance(1)
    assert refusal(session.client("sts").get_caller_identity)[0] == "ExpiredToken"


@pytest.mark.parametrize(
    ("setting", "ending"),
    [
        ("explicit deny", "with an explicit deny in an identity-based policy"),
        ("boundary", "because no permissions boundary allows the codedeploy:ListApplications action"),
        ("session policy", "because no session policy allows the codedeploy:ListApplications action"),
        ("managed session policy", "because no session policy allows the codedeploy:ListApplications action"),
    ],
)
def test_a_denial_names_the_kind_of_policy_that_denies(iam, setting, ending):
    more = {}
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(AWS=ACCOUNT))
    iam.put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=policy("*"))
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=policy("s3:*"))["Policy"]["Arn"]
    if setting == "explicit deny":
        denying = policy("codedeploy:List*", effect="Deny")
        iam.put_role_policy(RoleName="r", PolicyName="no", PolicyDocument=denying)
    if setting == "boundary":
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=limit)
    if setting == "session policy":
        more = {"Policy": policy("s3:*")}
    if setting == "managed session policy":
        more = {"PolicyArns": [{"arn": limit}]}
    keys = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="me", **more)
    denied = refusal(session_of(keys["Credentials"]).client("codedeploy").list_applications)
    assert denied[2] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/r/me is not authorized to perform: codedeploy:ListApplications "
        + ending
    )


def test_a_bucket_policy_lets_in_whom_no_identity_policy_lets_in(ana):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="bundles", Key="app.zip", Body=b"zip")
    theirs = ana.client("s3")
    assert refusal(theirs.get_object, Bucket="bundles", Key="app.zip") == (
        "AccessDenied",
        403,
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: s3:GetObject on resource: "
            '"arn:aws:s3:::bundles/app.zip" because no identity-based policy allows the s3:GetObject action'
        ),
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bundles/*",
    }
    s3.put_bucket_policy(Bucket="bundles", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert theirs.get_object(Bucket="bundles", Key="app.zip")["Body"].read() == b"zip"


def test_a_bucket_that_nobody_has_is_not_there_for_anybody(ana):
    assert refusal(ana.client("s3").list_objects_v2, Bucket="nobodys")[0] == "NoSuchBucket"


def test_who_launches_with_an_instance_profile_must_be_allowed_to_pass_its_role(iam, ana):
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    iam.put_user_policy(UserName="ana", PolicyName="launch", PolicyDocument=policy("ec2:*"))
    image = boto3.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "web"}}
    ec2 = ana.client("ec2")
    code, _, message = refusal(ec2.run_instances, **launch)
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    assert code == "UnauthorizedOperation"
    assert f"iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole" in message
    passing = policy("iam:PassRole", resource=role, Condition=TO_EC2)
    iam.put_user_policy(UserName="ana", PolicyName="pass", PolicyDocument=passing)
    assert len(ec2.run_instances(**launch)["Instances"]) == 1


def test_conditions_on_tags_hold_for_the_resource_and_for_the_principal(iam, ana):
    ec2 = boto3.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    mine, other = (ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"] for _ in "ab")
    ec2.create_tags(Resources=[mine], Tags=[{"Key": "team", "Value": "web"}])
    iam.tag_user(UserName="ana", Tags=[{"Key": "team", "Value": "web"}])
    same_team = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    stopping = policy("ec2:StopInstances", Condition=same_team)
    iam.put_user_policy(UserName="ana", PolicyName="stop", PolicyDocument=stopping)
    assert ana.client("ec2").stop_instances(InstanceIds=[mine])["StoppingInstances"]
    assert refusal(ana.client("ec2").stop_instances, InstanceIds=[other])[0] == "UnauthorizedOperation"


def test_every_decision_is_in_the_history_with_its_reasons(lab, iam, ana):
    iam.put_user_policy(UserName="ana", PolicyName="look", PolicyDocument=policy("iam:GetUser"))
    ana.client("iam").get_user()
    with pytest.raises(ClientError) as caught:
        ana.client("iam").create_user(UserName="bo")
    theirs = [event for event in lab.history.of(AccessDecided) if event.principal.endswith("user/ana")]
    assert [(event.action, event.answer) for event in theirs] == [
        ("iam:GetUser", "allowed"),
        ("iam:CreateUser", "implicitDeny"),
    ]
    granted, refused = (lab._account.access.decision(event) for event in theirs)
    assert granted.decisive[0].source.name == "look"
    assert lab._account.access.decision(caught.value) == refused
    assert refused.considered[0].mismatches[0].part == "action"


def test_a_malformed_policy_is_refused_in_awss_words(iam):
    asked = {"PolicyName": "p", "PolicyDocument": policy("s3")}
    assert refusal(iam.create_policy, **asked)[::2] == (
        "MalformedPolicyDocument",
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    )


def test_a_client_made_before_the_lab_is_the_administrators():
    client = boto3.client("sts", region_name=REGION, aws_access_key_id="AKIAREAL", aws_secret_access_key="real")
    with labkit.start():
        assert re.search(r":user/administrator$", client.get_caller_identity()["Arn"])
