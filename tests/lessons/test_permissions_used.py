"""Least privilege from evidence, on real deployments: the minimal policy suffices, and nothing in it can be spared."""

import json

import boto3
import pytest

import labkit
from labkit.simulation.misuse import MisuseError

ROLE, INSTANCE_ROLE = "hello-web-codedeploy", "hello-web-instance"
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"


def deploy(lab):
    """Deploys version 1 again; gives the deployment's last words."""
    codedeploy = boto3.client("codedeploy")
    commit_id = lab.github.repository("student/hello-web").head
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={
            "revisionType": "GitHub",
            "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id},
        },
    )["deploymentId"]
    lab.run_until(lambda: codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"].get("completeTime"))
    return codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]


def hold(policy):
    """Makes ``policy`` the only one that the service role holds."""
    iam = boto3.client("iam")
    iam.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=json.dumps(policy))
    for attached in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=attached["PolicyArn"])


def without(policy, action):
    """The policy without one of its actions."""
    kept = []
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        rest = [one for one in actions if one != action]
        kept += [{**statement, "Action": rest}] if rest else []
    return {**policy, "Statement": kept}


@pytest.fixture(scope="module")
def lab():
    with labkit.start(stage="v1-deployed", fleet_size=1) as lab:
        yield lab


@pytest.fixture(scope="module")
def evidence(lab):
    """What the service role used in one deployment with AWS's own policy."""
    lab.advance(1)
    began = lab.now
    assert deploy(lab)["status"] == "Succeeded"
    return lab.permissions_used(ROLE, since=began)


def test_a_deployment_uses_a_small_part_of_what_the_managed_policy_grants(evidence):
    assert set(evidence.used) == {
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeInstances",
        "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:RegisterTargets",
    }
    assert "autoscaling:CreateAutoScalingGroup" in evidence.unused
    assert evidence.denied == []


def test_with_the_minimal_policy_the_same_deployment_succeeds_and_without_any_of_its_actions_it_fails(lab, evidence):
    hold(evidence.policy)
    assert deploy(lab)["status"] == "Succeeded"
    ended = {}
    for action in evidence.used:
        hold(without(evidence.policy, action))
        lab.advance(1)
        began = lab.now
        info = deploy(lab)
        ended[action] = (info["status"], info.get("errorInformation", {}).get("code"))
        assert lab.permissions_used(ROLE, since=began).denied == [action]
    assert ended == dict.fromkeys(evidence.used, ("Failed", "IAM_ROLE_PERMISSIONS"))


def test_text_and_page_say_the_same(evidence):
    text, page = repr(evidence), evidence._repr_html_()
    for words in (evidence.caption, "DescribeInstances", "CreateAutoScalingGroup"):
        assert words in text
        assert words in page
    assert '<th scope="row"' in page
    assert max(map(len, text.splitlines()[1:])) <= 96


def test_the_instances_role_and_a_user_are_told_too(lab):
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    iam.create_user(UserName="mina")
    key = iam.create_access_key(UserName="mina")["AccessKey"]
    mina = boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    s3.create_bucket(Bucket="some", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    with pytest.raises(mina.exceptions.ClientError):
        mina.list_objects_v2(Bucket="some")
    found = lab.permissions_used("mina")
    assert (found.used, found.denied, found.policy) == ([], ["s3:ListBucket"], {})
    assert ">denied</th>" in found._repr_html_()
    assert ">denied</th>" not in lab.permissions_used(INSTANCE_ROLE)._repr_html_()
    assert "ssm:UpdateInstanceInformation" in lab.permissions_used(INSTANCE_ROLE).used


def test_only_what_happened_since_a_moment_counts(lab):
    lab.advance(1)
    assert lab.permissions_used(ROLE, since=lab.now).used == []


def test_a_moment_without_a_time_zone_is_refused(lab):
    with pytest.raises(MisuseError, match="with a time zone"):
        lab.permissions_used(ROLE, since=lab.now.replace(tzinfo=None))
