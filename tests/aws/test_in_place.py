"""The main job: version 1 gives way to version 2, and everything that can go wrong with it says so."""

import io
import json
import zipfile
from collections.abc import Iterator

import boto3
import pytest
import requests

import labkit
from labkit.lab import Lab
from labkit.lessons.stages import sample_app
from labkit.world.events import RequestAnswered, TargetHealthChanged
from tests.aws.stories import (
    address,
    commit,
    deploy,
    deployment,
    events,
    finish,
    first_failure,
    instance_ids,
    page,
    seen,
)

THIRTEEN = [
    "BeforeBlockTraffic",
    "BlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=4) as lab:
        yield lab


def test_version_1_gives_way_to_version_2_one_instance_at_a_time(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("Hello, version 2")}))
    story = [seen()]
    while deployment(deployment_id)["status"] not in ("Succeeded", "Failed"):
        lab.advance(seconds=20)
        story.append(seen())
    assert deployment(deployment_id)["deploymentOverview"]["Succeeded"] == 4
    assert set(story[0]) == {"Hello, version 1"}
    assert set(story[-1]) == {"Hello, version 2"}
    assert any(len(set(moment)) == 2 for moment in story)
    assert {text for moment in story for text in moment} == {"Hello, version 1", "Hello, version 2"}


def test_at_every_moment_three_of_four_targets_are_healthy(lab: Lab) -> None:
    begin = len(lab.history)
    finish(lab, deploy(commit(lab, {"index.html": page("Hello, version 2")})))
    healthy, fewest = set(instance_ids()), 4
    for event in lab.history[begin:]:
        if isinstance(event, TargetHealthChanged):
            (healthy.add if event.state == "healthy" else healthy.discard)(event.instance_id)
            fewest = min(fewest, len(healthy))
    assert fewest == 3


def test_an_instance_goes_through_thirteen_events_in_order(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    finish(lab, deployment_id)
    found = events(deployment_id, instance_ids()[0])
    assert list(found) == THIRTEEN
    assert {event["status"] for event in found.values()} == {"Succeeded"}
    moments = [moment for event in found.values() for moment in (event["startTime"], event["endTime"])]
    assert moments == sorted(moments)


def test_the_waiter_waits_in_lab_time(lab: Lab) -> None:
    before = lab.now
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    boto3.client("codedeploy").get_waiter("deployment_successful").wait(deploymentId=deployment_id)
    assert deployment(deployment_id)["status"] == "Succeeded"
    assert (lab.now - before).total_seconds() > 240


def test_block_traffic_waits_for_the_deregistration_delay(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    finish(lab, deployment_id)
    block = events(deployment_id, instance_ids()[0])["BlockTraffic"]
    assert (block["endTime"] - block["startTime"]).total_seconds() == 60


def test_all_at_once_leaves_visitors_with_nobody_to_answer(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("2")}), deploymentConfigName="CodeDeployDefault.AllAtOnce")
    lab.advance(seconds=70)
    assert set(seen()) == {"503"}
    assert finish(lab, deployment_id)["status"] == "Succeeded"


def test_half_at_a_time_takes_two_of_four(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("2")}), deploymentConfigName="CodeDeployDefault.HalfAtATime")
    lab.advance(seconds=30)
    assert deployment(deployment_id)["deploymentOverview"]["InProgress"] == 2
    assert finish(lab, deployment_id)["status"] == "Succeeded"


def installing(source: str, destination: str) -> str:
    """An AppSpec that copies one thing and starts the web server again, which version 1's ApplicationStop stopped."""
    files = f"files:\n  - source: {source}\n    destination: {destination}\n"
    return f"version: 0.0\nos: linux\n{files}hooks:\n  ApplicationStart:\n    - location: scripts/start_server.sh\n"


def test_files_that_the_new_version_no_longer_has_are_gone(lab: Lab) -> None:
    whole_folder = installing("/", "/var/www")
    finish(lab, deploy(commit(lab, {"extra.html": page("extra"), "appspec.yml": whole_folder}, "v2")))
    machine = lab.machine(instance_ids()[0])
    assert machine.run("test -e /var/www/extra.html").exit_code == 0
    finish(lab, deploy(commit(lab, {"extra.html": None}, "v3")))
    assert machine.run("test -e /var/www/extra.html").exit_code == 1


# --- what goes wrong ---------------------------------------------------------------------------


def test_a_failing_script_fails_its_instance_and_with_it_the_deployment(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"scripts/validate_service.sh": "#!/bin/bash\necho no good >&2\nexit 3\n"}))
    info = finish(lab, deployment_id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    assert info["deploymentOverview"] == {
        "Pending": 0, "InProgress": 0, "Succeeded": 0, "Failed": 1, "Skipped": 3, "Ready": 0,
    }  # fmt: skip
    failed = first_failure(deployment_id)
    assert failed["lifecycleEventName"] == "ValidateService"
    assert failed["diagnostics"] == {
        "errorCode": "ScriptFailed",
        "scriptName": "scripts/validate_service.sh",
        "message": "Script at specified location: scripts/validate_service.sh run as user root failed with exit code 3",
        "logTail": "LifecycleEvent - ValidateService\nScript - scripts/validate_service.sh\n[stderr]no good\n",
    }


def test_after_a_failure_the_events_that_follow_are_skipped(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"appspec.yml": "version: 0.1\nos: linux\n"}))
    finish(lab, deployment_id)
    codedeploy = boto3.client("codedeploy")
    failed_id = codedeploy.list_deployment_targets(
        deploymentId=deployment_id, targetFilters={"TargetStatus": ["Failed"]}
    )["targetIds"][0]
    statuses = [event["status"] for event in events(deployment_id, failed_id).values()]
    assert statuses == ["Succeeded"] * 5 + ["Failed"] + ["Skipped"] * 7


def test_a_broken_appspec_is_named_in_the_diagnostics(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"appspec.yml": "version: 0.1\nos: linux\n"}))
    finish(lab, deployment_id)
    failed = first_failure(deployment_id)
    assert failed["lifecycleEventName"] == "BeforeInstall"
    assert "invalid version value (0.1)" in failed["diagnostics"]["message"]


def test_a_commit_that_does_not_exist_fails_the_download(lab: Lab) -> None:
    location = {"repository": "student/hello-web", "commitId": "0" * 40}
    deployment_id = deploy({"revisionType": "GitHub", "gitHubLocation": location})
    assert finish(lab, deployment_id)["status"] == "Failed"
    failed = first_failure(deployment_id)
    assert failed["lifecycleEventName"] == "DownloadBundle"
    assert "404" in failed["diagnostics"]["message"]


def test_a_stopped_agent_receives_nothing_and_after_five_minutes_the_event_fails(lab: Lab) -> None:
    for instance_id in instance_ids():
        lab.machine(instance_id).run("systemctl stop codedeploy-agent")
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    finish(lab, deployment_id)
    failed = first_failure(deployment_id)
    assert failed["lifecycleEventName"] == "BeforeBlockTraffic"
    assert failed["diagnostics"]["errorCode"] == "UnknownError"
    assert failed["diagnostics"]["message"].startswith("CodeDeploy agent was not able to receive the lifecycle event.")
    assert 300 <= (failed["endTime"] - failed["startTime"]).total_seconds() < 310


def test_a_profile_attached_late_needs_a_restart_of_the_agent(lab: Lab) -> None:
    ec2 = boto3.client("ec2")
    associations = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    for association in associations:
        ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    for instance_id in instance_ids():
        lab.machine(instance_id).run("systemctl restart codedeploy-agent")
        ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "hello-web-instance"})
    revision = commit(lab, {"index.html": page("2")})
    assert finish(lab, deploy(revision))["status"] == "Failed"
    for instance_id in instance_ids():
        lab.machine(instance_id).run("systemctl restart codedeploy-agent")
    assert finish(lab, deploy(revision))["status"] == "Succeeded"


SLOW = {"scripts/validate_service.sh": "#!/bin/bash\nsleep 100\n"}


def in_the_middle_of_a_script(lab: Lab) -> tuple[str, str]:
    """A deployment whose first instance is running a script: their ids."""
    deployment_id = deploy(commit(lab, SLOW))
    lab.advance(seconds=100)
    in_progress = boto3.client("codedeploy").list_deployment_targets(
        deploymentId=deployment_id, targetFilters={"TargetStatus": ["InProgress"]}
    )["targetIds"]
    assert events(deployment_id, in_progress[0])["ValidateService"]["status"] == "InProgress"
    return deployment_id, in_progress[0]


def test_an_instance_terminated_in_the_middle_of_an_event_holds_it_for_an_hour(lab: Lab) -> None:
    deployment_id, instance_id = in_the_middle_of_a_script(lab)
    boto3.client("ec2").terminate_instances(InstanceIds=[instance_id])
    assert finish(lab, deployment_id)["status"] == "Failed"
    event = events(deployment_id, instance_id)["ValidateService"]
    assert event["diagnostics"]["errorCode"] == "UnknownError"
    assert (event["endTime"] - event["startTime"]).total_seconds() == pytest.approx(3600, abs=2)


def test_an_agent_restarted_in_the_middle_of_an_event_reports_it_as_failed(lab: Lab) -> None:
    deployment_id, instance_id = in_the_middle_of_a_script(lab)
    lab.machine(instance_id).run("systemctl restart codedeploy-agent")
    finish(lab, deployment_id)
    event = events(deployment_id, instance_id)["ValidateService"]
    assert event["diagnostics"]["message"] == ("Failed: Failing in-progress lifecycle event after an agent restart.")


def test_an_agent_started_in_time_takes_up_the_event(lab: Lab) -> None:
    first = sorted(instance_ids())
    for instance_id in first:
        lab.machine(instance_id).run("systemctl stop codedeploy-agent")
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    lab.advance(seconds=120)
    for instance_id in first:
        lab.machine(instance_id).run("systemctl start codedeploy-agent")
    assert finish(lab, deployment_id)["status"] == "Succeeded"


def test_a_health_check_that_never_passes_holds_allow_traffic_for_an_hour(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"appspec.yml": installing("/index.html", "/srv/elsewhere")}))
    info = finish(lab, deployment_id)
    assert info["errorInformation"]["code"] == "HEALTH_CONSTRAINTS"
    failed = first_failure(deployment_id)
    assert failed["lifecycleEventName"] == "AllowTraffic"
    assert (failed["endTime"] - failed["startTime"]).total_seconds() == 3600


def test_a_service_role_that_may_not_deregister_targets_fails_the_deployment(lab: Lab) -> None:
    iam = boto3.client("iam")
    statement = {"Effect": "Deny", "Action": "elasticloadbalancing:DeregisterTargets", "Resource": "*"}
    iam.put_role_policy(
        RoleName="hello-web-codedeploy",
        PolicyName="no-deregistering",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    info = finish(lab, deploy(commit(lab, {"index.html": page("2")})))
    assert info["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"
    assert "AmazonElasticLoadBalancingV2" in info["errorInformation"]["message"]


def test_a_service_role_that_is_gone_fails_the_deployment(lab: Lab) -> None:
    iam = boto3.client("iam")
    for policy in iam.list_attached_role_policies(RoleName="hello-web-codedeploy")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="hello-web-codedeploy", PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName="hello-web-codedeploy")
    info = finish(lab, deploy(commit(lab, {"index.html": page("2")})))
    assert info["errorInformation"] == {
        "code": "IAM_ROLE_MISSING",
        "message": "IAM Role is missing for deployment group: hello-web-group",
    }


def test_a_group_without_instances_fails_with_no_instances(lab: Lab) -> None:
    boto3.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="hello-web-asg", MinSize=0, DesiredCapacity=0
    )
    lab.advance(seconds=300)
    info = finish(lab, deploy(commit(lab, {"index.html": page("2")})))
    assert info["errorInformation"]["code"] == "NO_INSTANCES"


def test_a_minimum_that_can_not_be_met_refuses_before_anything_is_touched(lab: Lab) -> None:
    boto3.client("codedeploy").create_deployment_config(
        deploymentConfigName="all-must-stay", minimumHealthyHosts={"type": "HOST_COUNT", "value": 4}
    )
    info = finish(lab, deploy(commit(lab, {"index.html": page("2")}), deploymentConfigName="all-must-stay"))
    assert info["errorInformation"]["code"] == "HEALTH_CONSTRAINTS_INVALID"
    assert set(seen()) == {"Hello, version 1"}


def test_one_deployment_at_a_time_for_each_group(lab: Lab) -> None:
    revision = commit(lab, {"index.html": page("2")})
    first = deploy(revision)
    codedeploy = boto3.client("codedeploy")
    with pytest.raises(codedeploy.exceptions.DeploymentLimitExceededException) as caught:
        deploy(revision)
    assert caught.value.response["Error"]["Message"] == (
        f"The Deployment Group 'hello-web-group' already has an active Deployment '{first}'"
    )


def test_a_stopped_deployment_lets_the_running_event_end_and_goes_no_further(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    lab.advance(seconds=30)
    stopped = boto3.client("codedeploy").stop_deployment(deploymentId=deployment_id)
    assert stopped["status"] == "Pending"
    info = finish(lab, deployment_id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert info["deploymentOverview"]["Succeeded"] == 0


def test_a_hostile_script_harms_nothing_outside_its_machine(lab: Lab) -> None:
    hostile = "#!/bin/bash\nrm -rf / --no-preserve-root\n:(){ :|:& };:\nwhile true; do echo x; done\n"
    deployment_id = deploy(commit(lab, {"scripts/validate_service.sh": hostile}))
    info = finish(lab, deployment_id)
    assert info["status"] == "Failed"
    assert set(seen(8)) == {"Hello, version 1"}
    assert info["deploymentOverview"]["Skipped"] == 3


# --- bundles from S3 -----------------------------------------------------------------------------


def bundle(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return buffer.getvalue()


def in_s3(files: dict[str, str]) -> dict[str, object]:
    """Uploads a zip and names it as a revision."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="releases", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    s3.put_object(Bucket="releases", Key="hello-web.zip", Body=bundle(files))
    return {
        "revisionType": "S3",
        "s3Location": {"bucket": "releases", "key": "hello-web.zip", "bundleType": "zip"},
    }


def test_a_zip_in_s3_deploys_as_well(lab: Lab) -> None:
    deployment_id = deploy(in_s3({**sample_app(), "index.html": page("from S3")}))
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    assert set(seen()) == {"from S3"}


def test_an_instance_role_without_s3_fails_the_download_with_access_denied(lab: Lab) -> None:
    revision = in_s3(sample_app())
    boto3.client("iam").detach_role_policy(
        RoleName="hello-web-instance",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforAWSCodeDeploy",
    )
    deployment_id = deploy(revision)
    finish(lab, deployment_id)
    failed = first_failure(deployment_id)
    assert (failed["lifecycleEventName"], failed["diagnostics"]["message"]) == ("DownloadBundle", "Access Denied")


def test_an_object_that_is_not_there_fails_the_download(lab: Lab) -> None:
    revision = in_s3(sample_app())
    boto3.client("s3").delete_object(Bucket="releases", Key="hello-web.zip")
    deployment_id = deploy(revision)
    finish(lab, deployment_id)
    assert first_failure(deployment_id)["diagnostics"]["message"] == "The specified key does not exist."


def test_a_refresh_is_written_down(lab: Lab) -> None:
    requests.get(address(), timeout=5)
    last = lab.history.of(RequestAnswered)[-1]
    assert (last.status, last.path, last.instance_id in instance_ids()) == (200, "/", True)
