"""What happens after something went wrong: rollbacks, alarms, messages; and instances that are out of date."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import labkit
from labkit.lab import Lab
from tests.aws.stories import commit, deploy, deployment, events, finish, instance_ids, page, seen

BAD = {"index.html": page("bad"), "scripts/validate_service.sh": "#!/bin/bash\nexit 1\n"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        yield lab


def configure(**settings: Any) -> None:
    boto3.client("codedeploy").update_deployment_group(
        applicationName="hello-web", currentDeploymentGroupName="hello-web-group", **settings
    )


def test_a_bad_version_rolls_back_by_itself(lab: Lab) -> None:
    configure(autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    bad = deploy(commit(lab, BAD))
    failed = finish(lab, bad)
    rollback_id = failed["rollbackInfo"]["rollbackDeploymentId"]
    rollback = finish(lab, rollback_id)
    assert (failed["status"], rollback["status"], rollback["creator"]) == ("Failed", "Succeeded", "codeDeployRollback")
    assert failed["rollbackInfo"]["rollbackMessage"] == (
        f"Deployment {bad} terminated. Automatic rollback is triggered with a DeploymentId {rollback_id}."
    )
    assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == bad
    assert set(seen()) == {"Hello, version 1"}


def test_without_being_asked_nothing_is_rolled_back(lab: Lab) -> None:
    failed = finish(lab, deploy(commit(lab, BAD)))
    assert "rollbackInfo" not in failed


def test_a_stop_can_ask_for_a_rollback(lab: Lab) -> None:
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    lab.advance(seconds=120)
    boto3.client("codedeploy").stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
    stopped = finish(lab, deployment_id)
    assert stopped["status"] == "Stopped"
    finish(lab, stopped["rollbackInfo"]["rollbackDeploymentId"])
    assert set(seen()) == {"Hello, version 1"}


def make_alarm(state: str) -> None:
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="too-many-errors",
        Namespace="hello-web",
        MetricName="errors",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    cloudwatch.set_alarm_state(AlarmName="too-many-errors", StateValue=state, StateReason="a test")


WATCHED = {"enabled": True, "alarms": [{"name": "too-many-errors"}]}


def test_an_alarm_stops_the_deployment(lab: Lab) -> None:
    make_alarm("OK")
    configure(alarmConfiguration=WATCHED)
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    lab.advance(seconds=30)
    make_alarm("ALARM")
    info = finish(lab, deployment_id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert info["errorInformation"]["message"].endswith("Activated alarms: <too-many-errors>")


def test_the_rollback_is_not_stopped_by_the_alarm_that_caused_it(lab: Lab) -> None:
    make_alarm("OK")
    configure(
        alarmConfiguration=WATCHED,
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
    )
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    lab.advance(seconds=120)
    make_alarm("ALARM")
    rollback = finish(lab, finish(lab, deployment_id)["rollbackInfo"]["rollbackDeploymentId"])
    assert (rollback["status"], set(seen())) == ("Succeeded", {"Hello, version 1"})


def test_an_alarm_that_is_active_already_stops_it_before_anything_is_touched(lab: Lab) -> None:
    make_alarm("ALARM")
    configure(alarmConfiguration=WATCHED)
    info = finish(lab, deploy(commit(lab, {"index.html": page("2")})))
    assert (info["status"], "deploymentOverview" in info) == ("Stopped", False)


def subscribed_queue() -> tuple[str, str, str]:
    """A topic and a queue that hears it: topic ARN, queue URL, queue ARN."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="deployments")["TopicArn"]
    url = sqs.create_queue(QueueName="deployments")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url, arn


def received(url: str) -> list[dict[str, Any]]:
    sqs, found = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_trigger_tells_a_queue_about_the_deployment_and_its_instances(lab: Lab) -> None:
    topic, url, _ = subscribed_queue()
    configure(
        triggerConfigurations=[
            {
                "triggerName": "all",
                "triggerTargetArn": topic,
                "triggerEvents": ["DeploymentStart", "DeploymentSuccess", "InstanceSuccess"],
            }
        ]
    )
    received(url)
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    finish(lab, deployment_id)
    told = [json.loads(body["Message"]) for body in received(url)]
    assert {message["deploymentId"] for message in told} == {deployment_id}
    assert sorted(message.get("status") or message["instanceStatus"] for message in told) == [
        "CREATED",
        "SUCCEEDED",
        "SUCCEEDED",
        "SUCCEEDED",
    ]


def test_event_bridge_hears_of_every_change_of_state(lab: Lab) -> None:
    _, url, arn = subscribed_queue()
    events_client = boto3.client("events")
    events_client.put_rule(Name="codedeploy", EventPattern=json.dumps({"source": ["aws.codedeploy"]}))
    events_client.put_targets(Rule="codedeploy", Targets=[{"Id": "queue", "Arn": arn}])
    finish(lab, deploy(commit(lab, {"index.html": page("2")})))
    kinds = [(event["detail-type"].split()[1], event["detail"]["state"]) for event in received(url)]
    assert kinds.count(("Deployment", "START")) == 1
    assert kinds.count(("Deployment", "SUCCESS")) == 1
    assert kinds.count(("Instance", "SUCCESS")) == 2


def test_only_outdated_instances_are_updated_when_asked(lab: Lab) -> None:
    revision = commit(lab, {"index.html": page("2")})
    finish(lab, deploy(revision))
    info = finish(lab, deploy(revision, updateOutdatedInstancesOnly=True))
    assert info["errorInformation"]["code"] == "NO_INSTANCES"


def test_a_restart_runs_the_scripts_and_installs_nothing(lab: Lab) -> None:
    before = lab.machine(instance_ids()[0]).run("stat -c %Y /var/www/index.html").stdout
    deployment_id = boto3.client("codedeploy").create_deployment(
        applicationName="hello-web", deploymentGroupName="hello-web-group", deploymentMode="RESTART"
    )["deploymentId"]
    info = finish(lab, deployment_id)
    assert (info["status"], info["deploymentMode"]) == ("Succeeded", "RESTART")
    assert "Install" not in events(deployment_id, instance_ids()[0])
    assert lab.machine(instance_ids()[0]).run("stat -c %Y /var/www/index.html").stdout == before
    assert set(seen()) == {"Hello, version 1"}


def test_failed_instances_come_first_in_the_next_deployment(lab: Lab) -> None:
    failed = deploy(commit(lab, BAD))
    finish(lab, failed)
    unlucky = boto3.client("codedeploy").list_deployment_targets(
        deploymentId=failed, targetFilters={"TargetStatus": ["Failed"]}
    )["targetIds"]
    good = deploy(
        commit(lab, {"scripts/validate_service.sh": "#!/bin/bash\nexit 0\n"}), ignoreApplicationStopFailures=True
    )
    assert finish(lab, good)["status"] == "Succeeded"
    order = boto3.client("codedeploy").list_deployment_targets(deploymentId=good)["targetIds"]
    assert order[:1] == unlucky
    assert deployment(good)["ignoreApplicationStopFailures"] is True


def test_a_zonal_configuration_takes_one_zone_after_another_and_watches_in_between(lab: Lab) -> None:
    boto3.client("codedeploy").create_deployment_config(
        deploymentConfigName="zone-by-zone",
        minimumHealthyHosts={"type": "HOST_COUNT", "value": 0},
        zonalConfig={"firstZoneMonitorDurationInSeconds": 300, "monitorDurationInSeconds": 60},
    )
    deployment_id = deploy(commit(lab, {"index.html": page("2")}), deploymentConfigName="zone-by-zone")
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    zones = {}
    for instance in boto3.client("autoscaling").describe_auto_scaling_instances()["AutoScalingInstances"]:
        found = list(events(deployment_id, instance["InstanceId"]).values())
        zones[instance["AvailabilityZone"]] = (found[0]["startTime"], found[-1]["endTime"])
    first, second = (zones[name] for name in sorted(zones))
    assert (second[0] - first[1]).total_seconds() == 300


def suspended() -> set[str]:
    groups = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["hello-web-asg"])
    return {process["ProcessName"] for process in groups["AutoScalingGroups"][0]["SuspendedProcesses"]}


def test_processes_of_auto_scaling_are_suspended_for_the_length_of_a_deployment(lab: Lab) -> None:
    configure(ec2DeploymentOptions={"autoScalingGroupProcessesToSuspend": ["AZRebalance", "Terminate"]})
    deployment_id = deploy(commit(lab, {"index.html": page("2")}))
    lab.advance(seconds=30)
    assert suspended() == {"AZRebalance", "Terminate"}
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    assert suspended() == set()
