"""Machines, groups and load balancers as the lessons build them: states take lab time, files live in images."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

import labkit
from labkit.lab import Lab
from tests.aws.stories import address, instance_ids

BASE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@pytest.fixture
def roles() -> Iterator[Lab]:
    with labkit.start(stage="roles") as lab:
        yield lab


@pytest.fixture
def fleet() -> Iterator[Lab]:
    with labkit.start(stage="fleet", fleet_size=3) as lab:
        yield lab


def run_one(user_data: str = "", **more: Any) -> str:
    """Launches a machine from the base image and gives its id."""
    base = boto3.client("ssm").get_parameter(Name=BASE)["Parameter"]["Value"]
    more.setdefault("IamInstanceProfile", {"Name": "hello-web-instance"})
    reservation = boto3.client("ec2").run_instances(
        ImageId=base, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData=user_data, **more
    )
    return str(reservation["Instances"][0]["InstanceId"])


def state(instance_id: str) -> str:
    found = boto3.client("ec2").describe_instances(InstanceIds=[instance_id])
    return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


def targets() -> dict[str, Any]:
    """Target health by instance id."""
    elbv2 = boto3.client("elbv2")
    arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
    found = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return {target["Target"]["Id"]: target["TargetHealth"] for target in found}


def test_an_instance_is_pending_before_it_runs(roles: Lab) -> None:
    instance_id = run_one()
    assert state(instance_id) == "pending"
    boto3.client("ec2").get_waiter("instance_running").wait(InstanceIds=[instance_id])
    assert state(instance_id) == "running"


def test_user_data_runs_at_first_boot(roles: Lab) -> None:
    instance_id = run_one("#!/bin/bash\necho hello > /root/greeting\n")
    roles.advance(seconds=120)
    assert roles.machine(instance_id).run("cat /root/greeting").stdout == "hello\n"


def test_an_image_keeps_the_files_of_its_machine(roles: Lab) -> None:
    ec2 = boto3.client("ec2")
    first = run_one("#!/bin/bash\necho hello > /root/greeting\n")
    roles.advance(seconds=120)
    image_id = ec2.create_image(InstanceId=first, Name="with-greeting")["ImageId"]
    assert ec2.describe_images(ImageIds=[image_id])["Images"][0]["State"] == "pending"
    ec2.get_waiter("image_available").wait(ImageIds=[image_id])
    second = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    roles.advance(seconds=120)
    assert roles.machine(second).run("cat /root/greeting").stdout == "hello\n"
    roles.machine(second).run("echo changed > /root/greeting")
    assert roles.machine(first).run("cat /root/greeting").stdout == "hello\n"


def test_every_instance_of_a_launch_gets_the_profile(roles: Lab) -> None:
    base = boto3.client("ssm").get_parameter(Name=BASE)["Parameter"]["Value"]
    launched = boto3.client("ec2").run_instances(
        ImageId=base, MinCount=3, MaxCount=3, IamInstanceProfile={"Name": "hello-web-instance"}
    )["Instances"]
    found = boto3.client("ec2").describe_instances(InstanceIds=[instance["InstanceId"] for instance in launched])
    profiles = [i["IamInstanceProfile"]["Arn"] for r in found["Reservations"] for i in r["Instances"]]
    assert profiles == ["arn:aws:iam::123456789012:instance-profile/hello-web-instance"] * 3


def test_a_group_launches_from_its_template_spread_over_the_zones(fleet: Lab) -> None:
    groups = boto3.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    zones = [instance["AvailabilityZone"] for instance in groups[0]["Instances"]]
    assert sorted(zones) == ["ap-northeast-2a", "ap-northeast-2a", "ap-northeast-2b"]
    found = boto3.client("ec2").describe_instances(InstanceIds=instance_ids())
    assert all("IamInstanceProfile" in i for r in found["Reservations"] for i in r["Instances"])


def test_a_fresh_image_answers_404_and_its_targets_are_unhealthy(fleet: Lab) -> None:
    fleet.advance(seconds=60)
    assert {health["State"] for health in targets().values()} == {"unhealthy"}
    assert {health["Reason"] for health in targets().values()} == {"Target.ResponseCodeMismatch"}
    assert {health["Description"] for health in targets().values()} == {"Health checks failed with these codes: [404]"}
    assert requests.get(address(), timeout=5).status_code == 404


def test_more_capacity_launches_and_less_terminates(fleet: Lab) -> None:
    autoscaling = boto3.client("autoscaling")
    before = instance_ids()
    autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=5)
    fleet.advance(seconds=120)
    assert instance_ids()[:3] == before
    assert set(targets()) == set(instance_ids())
    autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=2)
    fleet.advance(seconds=300)
    assert len(instance_ids()) == 2
    assert set(targets()) == set(instance_ids())


def test_a_lost_instance_is_replaced(fleet: Lab) -> None:
    before = instance_ids()
    boto3.client("ec2").terminate_instances(InstanceIds=before[:1])
    fleet.advance(seconds=300)
    assert len(instance_ids()) == 3
    assert before[0] not in instance_ids()


def test_a_stopped_machine_answers_nobody_until_it_is_started_again(roles: Lab) -> None:
    ec2 = boto3.client("ec2")
    instance_id = run_one("#!/bin/bash\ndnf install -y nginx\nsystemctl enable --now nginx\n")
    roles.advance(seconds=300)
    assert roles.machine(instance_id).run("curl -s -o /dev/null -w '%{http_code}' http://localhost/").stdout == "200"
    ec2.stop_instances(InstanceIds=[instance_id])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance_id])
    ec2.start_instances(InstanceIds=[instance_id])
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
    roles.advance(seconds=60)
    assert roles.machine(instance_id).run("systemctl is-active nginx").stdout == "active\n"


def test_deregistering_twice_is_fine(fleet: Lab) -> None:
    elbv2 = boto3.client("elbv2")
    arn = elbv2.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    target = [{"Id": instance_ids()[0]}]
    elbv2.deregister_targets(TargetGroupArn=arn, Targets=target)
    elbv2.deregister_targets(TargetGroupArn=arn, Targets=target)
    described = elbv2.describe_target_health(TargetGroupArn=arn, Targets=target)["TargetHealthDescriptions"][0]
    assert described["TargetHealth"]["State"] == "draining"
    fleet.advance(seconds=61)
    described = elbv2.describe_target_health(TargetGroupArn=arn, Targets=target)["TargetHealthDescriptions"][0]
    assert (described["TargetHealth"]["State"], described["TargetHealth"]["Reason"]) == (
        "unused",
        "Target.NotRegistered",
    )


def test_run_command_runs_on_the_machines(fleet: Lab) -> None:
    fleet.advance(seconds=60)  # until the agents of Systems Manager have started
    ssm = boto3.client("ssm")
    ids = instance_ids()
    command = ssm.send_command(
        InstanceIds=ids, DocumentName="AWS-RunShellScript", Parameters={"commands": ["hostname", "exit 3"]}
    )["Command"]
    assert command["Status"] == "Pending"
    fleet.advance(seconds=10)
    outputs = [ssm.get_command_invocation(CommandId=command["CommandId"], InstanceId=i) for i in ids]
    assert {output["Status"] for output in outputs} == {"Failed"}
    assert {output["ResponseCode"] for output in outputs} == {3}
    assert len({output["StandardOutputContent"] for output in outputs}) == 3
    assert {found["InstanceId"] for found in ssm.describe_instance_information()["InstanceInformationList"]} == set(ids)


def test_a_machine_without_a_profile_is_not_managed(roles: Lab) -> None:
    instance_id = run_one(IamInstanceProfile={})
    roles.advance(seconds=120)
    with pytest.raises(ClientError, match="not in a valid state") as caught:
        boto3.client("ssm").send_command(
            InstanceIds=[instance_id], DocumentName="AWS-RunShellScript", Parameters={"commands": ["true"]}
        )
    assert caught.value.response["Error"]["Code"] == "InvalidInstanceId"
