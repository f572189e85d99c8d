"""The policy explorer over the lab's own account: what it finds there, and that it leaves everything as it was."""

import json

import boto3
import pytest

import labkit
from labkit.lessons.iam_account import LabAccount
from labkit.simulation.misuse import MisuseError

ACCOUNT = "123456789012"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bundles/*"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TRUST_EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def lab():
    with labkit.start() as lab:
        iam = boto3.client("iam")
        iam.create_user(UserName="mina")
        iam.create_group(GroupName="developers")
        iam.add_user_to_group(GroupName="developers", UserName="mina")
        iam.put_group_policy(GroupName="developers", PolicyName="read", PolicyDocument=document(READ))
        boundary = iam.create_policy(PolicyName="limit", PolicyDocument=document(READ))["Policy"]["Arn"]
        iam.create_role(
            RoleName="web", AssumeRolePolicyDocument=document(TRUST_EC2), PermissionsBoundary=boundary, Path="/app/"
        )
        iam.put_role_policy(RoleName="web", PolicyName="all", PolicyDocument=document(ANYTHING))
        yield lab


@pytest.mark.parametrize(
    ("who", "action", "resource", "allowed"),
    [
        pytest.param("mina", "s3:GetObject", "arn:aws:s3:::bundles/a", True, id="through her group"),
        pytest.param("mina", "s3:PutObject", "arn:aws:s3:::bundles/a", False, id="what nobody gave her"),
        pytest.param("web", "s3:GetObject", "arn:aws:s3:::bundles/a", True, id="a role within its boundary"),
        pytest.param("web", "ec2:RunInstances", "*", False, id="a role beyond its boundary"),
        pytest.param(
            *("ec2.amazonaws.com", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app/web", True), id="whom it trusts"
        ),
        pytest.param(
            *("codedeploy.amazonaws.com", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app/web", False),
            id="whom it doesn't trust",
        ),
    ],
)
def test_it_decides_with_the_accounts_own_policies(lab, who, action, resource, allowed):
    assert lab.policy_explorer(who, action, resource).decision.allowed is allowed


def test_a_buckets_own_policy_counts(lab):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bundles/secret"}
    s3.put_bucket_policy(Bucket="bundles", Policy=document(deny))
    assert not lab.policy_explorer("mina", "s3:GetObject", "arn:aws:s3:::bundles/secret").decision.allowed
    assert lab.policy_explorer("mina", "s3:GetObject", "arn:aws:s3:::bundles/a").decision.allowed


def test_a_role_of_another_account_is_asked_for_by_its_arn_and_needs_both_sides(lab):
    outside = "arn:aws:iam::111122223333:user/partner"
    decision = lab.policy_explorer(outside, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app/web").decision
    assert (decision.allowed, decision.same_account) == (False, False)


def test_looking_and_trying_leave_no_trace_in_the_lab(lab):
    policy = boto3.client("iam").get_role_policy(RoleName="web", PolicyName="all")["PolicyDocument"]
    before = (len(lab.history), lab.now)
    made = lab.policy_explorer("web", "ec2:RunInstances")
    [own] = [one for one in made.shown["documents"] if one["title"].startswith("all")]
    made.edits = {own["id"]: document({**ANYTHING, "Effect": "Deny"})}
    made.trials = ["scp"]
    repr(made)
    assert made.shown["answer"] == "explicitDeny"
    assert (len(lab.history), lab.now) == before
    assert boto3.client("iam").get_role_policy(RoleName="web", PolicyName="all")["PolicyDocument"] == policy


def test_everybody_in_the_lab_is_offered(lab):
    labels = {label for _, label in LabAccount().principals()}
    assert labels >= {"user mina", "role web", "service ec2.amazonaws.com", "service codedeploy.amazonaws.com"}


def test_an_unknown_name_says_who_there_is(lab):
    with pytest.raises(MisuseError, match=r"found 'nobody'; there are: .*mina"):
        lab.policy_explorer("nobody")
