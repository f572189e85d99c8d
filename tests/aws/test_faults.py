"""Faults in the records of an account, ``lab.faults``, security groups through boto3, and the chapter's riddle."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests

import labkit
from labkit.lab import Lab
from labkit.lessons.stages import sample_app
from labkit.simulation.misuse import MisuseError
from labkit.world.agent.agent_log import PATH as AGENT_LOG
from labkit.world.deployment.messages import AGENT_SILENT
from labkit.world.events import ScalingActivityChanged
from labkit.world.faults.catalogue import names
from labkit.world.fleet import MISSING_CREDENTIALS
from tests.aws.stories import (
    REPOSITORY,
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

BUCKET, KEY = "hello-web-bundles", "v2.zip"
ALL_AT_ONCE = {"deploymentConfigName": "CodeDeployDefault.AllAtOnce"}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Two instances with version 1; each test leaves them able to take a deployment."""
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=bundle())
        yield lab


def bundle() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in (sample_app() | {"index.html": page("Hello, version 2")}).items():
            archive.writestr(path, text)
    return packed.getvalue()


def in_s3(**more: str) -> dict[str, Any]:
    return {"revisionType": "S3", "s3Location": {"bucket": BUCKET, "key": KEY, "bundleType": "zip", **more}}


def head(lab: Lab) -> dict[str, Any]:
    commit_id = lab.github.repository(REPOSITORY).head
    return {"revisionType": "GitHub", "gitHubLocation": {"repository": REPOSITORY, "commitId": commit_id}}


def health() -> dict[str, dict[str, str]]:
    """What DescribeTargetHealth says, by instance."""
    elbv2 = boto3.client("elbv2")
    arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
    found = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return {one["Target"]["Id"]: one["TargetHealth"] for one in found}


# --- credentials and permissions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault_id", "profiles"),
    [
        pytest.param("no-instance-profile", 0, id="without a profile the agent has no credentials"),
        pytest.param("profile-attached-late", 1, id="with a late profile it has none either until it is restarted"),
    ],
)
def test_an_agent_without_credentials_takes_no_events(lab: Lab, fault_id: str, profiles: int) -> None:
    first = instance_ids()[0]
    fault = lab.faults.inject(fault_id, instance_id=first)
    deployment_id = deploy(head(lab), **ALL_AT_ONCE)
    finish(lab, deployment_id)
    assert events(deployment_id, first)["BeforeBlockTraffic"]["diagnostics"]["message"] == AGENT_SILENT
    assert lab.machine(first).run(f"tail -1 {AGENT_LOG}").stdout.endswith(MISSING_CREDENTIALS + "\n")
    wanted = [{"Name": "instance-id", "Values": [first]}]
    found = boto3.client("ec2").describe_iam_instance_profile_associations(Filters=wanted)
    assert len(found["IamInstanceProfileAssociations"]) == profiles
    fault.undo()
    assert finish(lab, deploy(head(lab), **ALL_AT_ONCE))["deploymentOverview"]["Succeeded"] == 2


@pytest.mark.parametrize(
    ("fault_id", "parameters", "revision", "message"),
    [
        pytest.param(
            "bundle-missing", {"bucket": BUCKET, "key": KEY}, {}, "The specified key does not exist.", id="gone"
        ),
        pytest.param("bundle-corrupt", {"bucket": BUCKET, "key": KEY}, {}, "not a zip file", id="half of it"),
        pytest.param(
            "bundle-wrong-etag",
            {"bucket": BUCKET, "key": KEY},
            {"eTag": "d41d8cd98f00b204e9800998ecf8427e"},
            "Expected deployment artifact bundle etag d41d8cd98f00b204e9800998ecf8427e but was actually",
            id="another one",
        ),
        pytest.param("s3-read-denied", {}, {}, "Access Denied", id="forbidden"),
    ],
)
def test_a_bundle_that_cannot_be_had_fails_download_bundle(
    lab: Lab, fault_id: str, parameters: dict[str, str], revision: dict[str, str], message: str
) -> None:
    fault = lab.faults.inject(fault_id, **(parameters or {"instance_id": instance_ids()[0]}))
    deployment_id = deploy(in_s3(**revision), **ALL_AT_ONCE)
    assert finish(lab, deployment_id)["errorInformation"]["code"] == "HEALTH_CONSTRAINTS"
    failure = first_failure(deployment_id)
    assert (failure["lifecycleEventName"], failure["diagnostics"]["errorCode"]) == ("DownloadBundle", "UnknownError")
    assert message in failure["diagnostics"]["message"]
    fault.undo()
    assert finish(lab, deploy(in_s3(), **ALL_AT_ONCE))["deploymentOverview"]["Succeeded"] == 2


def test_a_service_role_without_a_permission_fails_the_deployment_where_it_is_needed(lab: Lab) -> None:
    fault = lab.faults.inject("service-role-missing-permission")
    deployment_id = deploy(head(lab), **ALL_AT_ONCE)
    failed = finish(lab, deployment_id)["errorInformation"]
    assert failed["code"] == "IAM_ROLE_PERMISSIONS"
    assert "following AWS service: AmazonElasticLoadBalancingV2." in failed["message"]
    assert first_failure(deployment_id)["lifecycleEventName"] == "AllowTraffic"
    fault.undo()
    assert boto3.client("iam").list_role_policies(RoleName="hello-web-codedeploy")["PolicyNames"] == []
    assert finish(lab, deploy(head(lab), **ALL_AT_ONCE))["deploymentOverview"]["Succeeded"] == 2


# --- load balancing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault_id", "field", "value", "reason"),
    [
        ("health-check-wrong-path", "HealthCheckPath", "/healthz", "Target.ResponseCodeMismatch"),
        ("health-check-wrong-port", "HealthCheckPort", "8080", "Target.FailedHealthChecks"),
        ("health-check-wrong-matcher", "Matcher", {"HttpCode": "204"}, "Target.ResponseCodeMismatch"),
    ],
)
def test_a_wrong_health_check_shows_in_describe_target_groups(
    lab: Lab, fault_id: str, field: str, value: object, reason: str
) -> None:
    def shown() -> Any:
        return boto3.client("elbv2").describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0][field]

    before, fault = shown(), lab.faults.inject(fault_id)
    lab.advance(seconds=60)
    assert shown() == value
    assert {one["Reason"] for one in health().values()} == {reason}
    fault.undo()
    lab.advance(seconds=60)
    assert shown() == before
    assert {one["State"] for one in health().values()} == {"healthy"}


def test_a_target_group_that_no_listener_forwards_to_is_not_in_use(lab: Lab) -> None:
    fault = lab.faults.inject("target-group-on-no-listener")
    assert {(one["State"], one["Reason"]) for one in health().values()} == {("unused", "Target.NotInUse")}
    assert requests.get(address(), timeout=5).status_code == 404
    fault.undo()
    lab.advance(seconds=60)
    assert {one["State"] for one in health().values()} == {"healthy"}


def test_a_closed_instance_times_out_for_health_checks_but_not_for_itself(lab: Lab) -> None:
    first = instance_ids()[0]
    fault = lab.faults.inject("security-group-closed", instance_id=first)
    lab.advance(seconds=60)
    assert (health()[first]["Reason"], health()[first]["Description"]) == ("Target.Timeout", "Request timed out")
    assert lab.machine(first).run("curl -fsS -o /dev/null localhost").exit_code == 0
    (instance,) = boto3.client("ec2").describe_instances(InstanceIds=[first])["Reservations"][0]["Instances"]
    (group,) = boto3.client("ec2").describe_security_groups(GroupIds=[instance["SecurityGroups"][0]["GroupId"]])[
        "SecurityGroups"
    ]
    assert (group["GroupName"], group["IpPermissions"]) == ("no-inbound-rules", [])
    other = lab.machine(instance_ids()[1])
    assert other.run(f"curl -m 3 -sS {instance['PrivateIpAddress']}").stderr.startswith("curl: (28) ")
    fault.undo()
    assert other.run(f"curl -m 3 -fsS -o /dev/null {instance['PrivateIpAddress']}").exit_code == 0
    lab.advance(seconds=60)
    assert health()[first]["State"] == "healthy"


def test_a_closed_load_balancer_lets_visitors_wait_in_lab_time(lab: Lab) -> None:
    fault = lab.faults.inject("security-group-closed", load_balancer="hello-web-alb")
    before = lab.now
    with pytest.raises(requests.exceptions.ConnectTimeout, match=r"connect timeout=7"):
        requests.get(address(), timeout=7)
    assert (lab.now - before).total_seconds() == 7
    assert {one["State"] for one in health().values()} == {"healthy"}
    fault.undo()
    assert requests.get(address(), timeout=7).status_code == 200


def test_a_rule_that_is_revoked_and_authorized_again_closes_and_opens_the_way(lab: Lab) -> None:
    ec2 = boto3.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    everybody = [rule for rule in group["IpPermissions"] if rule["IpRanges"]]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=everybody)
    with pytest.raises(requests.exceptions.ConnectTimeout):
        requests.get(address(), timeout=1)
    lab.advance(seconds=60)
    assert {one["State"] for one in health().values()} == {"healthy"}, "members of the default group reach each other"
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=everybody)
    assert requests.get(address(), timeout=1).status_code == 200


def test_without_a_group_an_instance_and_a_load_balancer_are_in_the_default_one(lab: Lab) -> None:
    (balancer,) = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    (instance,) = boto3.client("ec2").describe_instances(InstanceIds=instance_ids()[:1])["Reservations"][0]["Instances"]
    assert balancer["SecurityGroups"] == [group["GroupId"] for group in instance["SecurityGroups"]]
    assert [group["GroupName"] for group in instance["SecurityGroups"]] == ["default"]


# --- lab.faults -------------------------------------------------------------------------------------


def test_lab_faults_names_describes_and_refuses(lab: Lab) -> None:
    assert lab.faults.names() == names()
    assert repr(lab.faults.describe("agent-stopped")).startswith(
        "agent-stopped: Somebody stopped the CodeDeploy agent on an instance.\nParameters: instance_id\n"
    )
    lines = repr(lab.faults.describe()).splitlines()
    assert [line.split()[0] for line in lines] == names()
    with pytest.raises(MisuseError, match="found 'agent-on-strike'"):
        lab.faults.inject("agent-on-strike")
    with pytest.raises(MisuseError, match="found 'no-such-group'"):
        lab.faults.inject("scale-in-during-deployment", auto_scaling_group="no-such-group")


def test_a_lost_zone_shows_in_describe_instance_status_while_describe_instances_says_running() -> None:
    with labkit.start(stage="fleet", seed=7, fleet_size=2) as lab:
        ec2, first = boto3.client("ec2"), instance_ids()[0]
        zone = ec2.describe_instances(InstanceIds=[first])["Reservations"][0]["Instances"][0]["Placement"]
        lab.faults.inject("availability-zone-lost", availability_zone=zone["AvailabilityZone"])
        lab.advance(seconds=121)
        with pytest.raises(MisuseError, match="found it without power"):
            lab.machine(first).run("true")
        (status,) = ec2.describe_instance_status(InstanceIds=[first])["InstanceStatuses"]
        assert (status["InstanceState"]["Name"], status["InstanceStatus"]["Status"]) == ("running", "impaired")


# --- capacity (these leave another fleet, so they come last and have a lab of their own) --------------


@pytest.mark.parametrize(
    ("fault_id", "wanted", "activity"),
    [
        pytest.param("scale-in-during-deployment", 1, "Terminating EC2 instance", id="scale in"),
        pytest.param("scale-out-during-deployment", 3, "Launching a new EC2 instance", id="scale out"),
    ],
)
def test_a_group_that_changes_its_size_during_a_deployment_says_so(fault_id: str, wanted: int, activity: str) -> None:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        begin = len(lab.history)
        lab.faults.inject(fault_id, auto_scaling_group="hello-web-asg")
        deployment_id = deploy(commit(lab, {"index.html": page("Hello, version 2")}), **ALL_AT_ONCE)
        finish(lab, deployment_id)
        lab.advance(seconds=600)
        said = [event.description for event in lab.history[begin:] if isinstance(event, ScalingActivityChanged)]
        assert any(one.startswith(activity) for one in said)
        assert len(instance_ids()) == wanted
        overview = deployment(deployment_id)["deploymentOverview"]
        assert (overview["Succeeded"], overview["Failed"]) == ((1, 1) if wanted == 1 else (2, 0))


# --- the chapter's riddle ---------------------------------------------------------------------------


def test_riddle_an_empty_image_answers_404_until_something_is_deployed() -> None:
    with labkit.start(stage="riddle-empty-image", seed=7, fleet_size=2) as lab:
        assert {one["Description"] for one in health().values()} == {"Health checks failed with these codes: [404]"}
        assert seen(2) == ["404", "404"]
        finish(lab, deploy(head(lab), **ALL_AT_ONCE))
        assert seen(2) == ["Hello, version 1", "Hello, version 1"]


def test_riddle_a_wrong_destination_hangs_at_allow_traffic_until_appspec_and_nginx_agree() -> None:
    with labkit.start(stage="riddle-wrong-destination", seed=7, fleet_size=2) as lab:
        codedeploy = boto3.client("codedeploy")
        (stuck,) = codedeploy.list_deployments(applicationName="hello-web", deploymentGroupName="hello-web-group")[
            "deployments"
        ]
        under_way = {
            event["lifecycleEventName"]
            for instance_id in instance_ids()
            for event in events(stuck, instance_id).values()
            if event["status"] == "InProgress"
        }
        assert (deployment(stuck)["status"], under_way) == ("InProgress", {"AllowTraffic"})
        installed = [i for i in instance_ids() if lab.machine(i).run("ls /var/www/html/index.html").exit_code == 0]
        assert len(installed) == 1
        codedeploy.stop_deployment(deploymentId=stuck, autoRollbackEnabled=False)
        finish(lab, stuck)
        mended = deploy(commit(lab, sample_app(), "AppSpec: to /var/www"), **ALL_AT_ONCE)
        assert finish(lab, mended)["deploymentOverview"]["Succeeded"] == 2
        assert seen(2) == ["Hello, version 1", "Hello, version 1"]


def test_riddle_instances_are_replaced_for_ever_until_the_group_stops_asking_the_load_balancer() -> None:
    with labkit.start(stage="riddle-endless-replacement", seed=7, fleet_size=2) as lab:
        before = instance_ids()
        lab.advance(seconds=600)
        assert set(before) & set(instance_ids()) == set()
        complaints = [
            event.cause for event in lab.history.of(ScalingActivityChanged) if "Terminating" in event.description
        ]
        assert complaints[-1].endswith("in response to an ELB system health check failure.")
        autoscaling = boto3.client("autoscaling")
        autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", HealthCheckType="EC2")
        lab.advance(seconds=600)
        finish(lab, deploy(head(lab), **ALL_AT_ONCE))
        autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", HealthCheckType="ELB")
        calm = instance_ids()
        lab.advance(seconds=3600)
        assert instance_ids() == calm
        assert seen(2) == ["Hello, version 1", "Hello, version 1"]
