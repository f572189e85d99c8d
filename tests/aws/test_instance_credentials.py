"""A program on an instance is somebody: its role, in a session that is called by the instance's id."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/hello-web-instance"
HOUR_S = 3600


@pytest.fixture(scope="module")
def lab():
    with labkit.start(stage="v1-deployed", fleet_size=1) as lab:
        yield lab


@pytest.fixture(scope="module")
def instance_id(lab):
    groups = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return groups[0]["Instances"][0]["InstanceId"]


def session(lab, instance_id):
    """boto3 with the credentials that the machine is given now."""
    given = json.loads(lab.machine(instance_id).run(f"curl -s {METADATA}").stdout)
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["Token"],
    )


def test_credentials_from_the_metadata_are_a_session_of_the_role_named_after_the_instance(lab, instance_id):
    arn = session(lab, instance_id).client("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::123456789012:assumed-role/hello-web-instance/{instance_id}"


def test_what_the_role_may_not_is_refused_and_explained_by_the_decision(lab, instance_id):
    with pytest.raises(ClientError) as caught:
        session(lab, instance_id).client("iam").list_users()
    assert "iam:ListUsers" in str(caught.value)
    assert "No identity-based policy of the role hello-web-instance" in repr(lab.why(caught.value))


def test_they_are_good_for_hours_and_then_no_longer(lab, instance_id):
    sts = session(lab, instance_id).client("sts")
    lab.advance(4 * HOUR_S)
    assert sts.get_caller_identity()["Account"] == "123456789012"
    lab.advance(2 * HOUR_S)
    with pytest.raises(ClientError):
        sts.get_caller_identity()
