"""``lab.why(error)`` in a lab: somebody is denied, reads why, does what the fix says, and succeeds."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
from labkit.explain.answer import Answer
from labkit.lab import Lab
from tests.aws.stories import deploy, finish, instance_ids
from tests.aws.test_faults import ALL_AT_ONCE, BUCKET, KEY, bundle, head, in_s3
from tests.explain.evidence_check import untrue_in_boto3

ACCOUNT = "123456789012"
BUNDLES = "arn:aws:s3:::student-bundles"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """An account with a bucket, a role and a boundary; each test makes a user of its own."""
    with labkit.start(seed=7) as lab:
        s3, iam = boto3.client("s3"), boto3.client("iam")
        s3.create_bucket(Bucket="student-bundles", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
        s3.put_object(Bucket="student-bundles", Key="v1.zip", Body=b"v1")
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=document(trusts("ec2.amazonaws.com")))
        iam.create_policy(PolicyName="only-ec2", PolicyDocument=document(allow("ec2:*")))
        yield lab


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trusts(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def user(name: str, *statements: dict[str, Any]) -> boto3.Session:
    iam = boto3.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.Session(aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"])


def denied(call: Callable[[], object]) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value


def mend(answer: Answer) -> None:
    """Pastes the fix into a cell."""
    exec(answer.explanation.fix_command or "", {})  # noqa: S102 - our own commands, to be run as written


def a_bundle(session: boto3.Session) -> Callable[[], object]:
    return lambda: session.client("s3").get_object(Bucket="student-bundles", Key="v1.zip")


def test_a_user_without_rights(lab: Lab) -> None:
    ana = user("ana")
    create = lambda: ana.client("codedeploy").create_application(applicationName="anas")  # noqa: E731
    answer = lab.why(denied(create))
    assert answer.root_cause.id == "no-identity-allow"
    assert answer.explanation.title == (
        "Why the user ana is not allowed codedeploy:CreateApplication on "
        f"arn:aws:codedeploy:ap-northeast-2:{ACCOUNT}:application:anas"
    )
    assert answer.explanation.aws_says.startswith(
        f"AccessDeniedException: User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: "
    )
    mend(answer)
    assert create()


def test_a_statement_about_another_bucket(lab: Lab) -> None:
    read = a_bundle(user("bo", allow("s3:GetObject", "arn:aws:s3:::others/*")))
    answer = lab.why(denied(read))
    assert answer.root_cause.evidence[0].note == (
        f"Resource is arn:aws:s3:::others/*, the request has {BUNDLES}/v1.zip."
    )
    assert untrue_in_boto3(answer) == []
    mend(answer)
    assert read()


def test_a_group_that_denies(lab: Lab) -> None:
    iam, read = boto3.client("iam"), a_bundle(user("chris", allow("s3:*")))
    iam.create_group(GroupName="quiet")
    deny = {**allow("s3:Get*"), "Effect": "Deny"}
    iam.put_group_policy(GroupName="quiet", PolicyName="no-reading", PolicyDocument=document(deny))
    iam.add_user_to_group(GroupName="quiet", UserName="chris")
    answer = lab.why(denied(read))
    assert (answer.root_cause.id, untrue_in_boto3(answer)) == ("explicit-deny", [])
    assert "the inline policy no-reading of the group quiet denies it" in answer.root_cause.says
    mend(answer)
    assert read()


def test_a_boundary_that_does_not_allow(lab: Lab) -> None:
    iam, name = boto3.client("iam"), "limited"
    everybody = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/only-ec2"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(everybody), PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(allow("s3:*")))
    keys = boto3.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="dana")["Credentials"]
    read = a_bundle(
        boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
    )
    answer = lab.why(denied(read))
    assert (answer.root_cause.id, untrue_in_boto3(answer)) == ("no-boundary-allow", [])
    mend(answer)
    assert read()


def test_a_trust_policy_that_names_somebody_else(lab: Lab) -> None:
    emil = user("emil", allow("sts:AssumeRole"))
    arn = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    assume = lambda: emil.client("sts").assume_role(RoleArn=arn, RoleSessionName="emil")  # noqa: E731
    answer = lab.why(denied(assume))
    assert (answer.root_cause.id, untrue_in_boto3(answer)) == ("no-resource-allow", [])
    mend(answer)
    assert assume()
    trusted = boto3.client("iam").get_role(RoleName="deployer")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusts("ec2.amazonaws.com") in trusted, "whoever was trusted still is"


def test_a_call_that_failed_for_another_reason_is_not_blamed_on_iam(lab: Lab) -> None:
    missing = denied(lambda: boto3.client("codedeploy").get_application(applicationName="nobody"))
    answer = lab.why(missing)
    assert answer.root_cause.id == "error-ApplicationDoesNotExistException"
    assert "IAM has not refused anything here" in answer.explanation.fix


def test_the_agents_and_codedeploys_own_denials_are_mended_as_said() -> None:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=1) as lab:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=bundle())
        for fault_id, parameters, revision, action in (
            ("s3-read-denied", {"instance_id": instance_ids()[0]}, in_s3(), "s3:GetObject"),
            ("service-role-missing-permission", {}, head(lab), "elasticloadbalancing:RegisterTargets"),
        ):
            lab.faults.inject(fault_id, **parameters)
            failed = deploy(revision, **ALL_AT_ONCE)
            finish(lab, failed)
            answer = lab.why(failed)
            assert answer.root_cause.id == fault_id
            assert action in (answer.explanation.fix_command or "")
            assert untrue_in_boto3(answer) == []
            mend(answer)
            again = deploy(revision, **ALL_AT_ONCE)
            assert finish(lab, again)["status"] == "Succeeded"
