"""Auto Scaling as boto3 sees it: hooks, activities, suspended processes, health checks, single instances."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
from labkit.lab import Lab
from tests.aws.stories import commit, deploy, deployment, finish, instance_ids, page

GROUP = "hello-web-asg"
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
DIFFERENCE = "a difference between desired and actual capacity"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labkit.start(stage="fleet", fleet_size=2) as lab:
        yield lab


def client() -> Any:
    return boto3.client("autoscaling")


def group(name: str = GROUP) -> dict[str, Any]:
    found: list[dict[str, Any]] = client().describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    return found[0]


def states() -> list[str]:
    """The lifecycle states of the group's instances, oldest first."""
    return [instance["LifecycleState"] for instance in group()["Instances"]]


def activities(**more: Any) -> list[dict[str, Any]]:
    """The group's activities, newest first."""
    found: list[dict[str, Any]] = client().describe_scaling_activities(AutoScalingGroupName=GROUP, **more)["Activities"]
    return found


def causes(activity: dict[str, Any]) -> list[str]:
    """The sentences of an activity's cause, without their moments."""
    return [sentence.split("Z ", 1)[1] for sentence in activity["Cause"].split("  ")]


def scale(desired: int) -> None:
    client().set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=desired)


def put_hook(transition: str = LAUNCHING, **more: Any) -> None:
    client().put_lifecycle_hook(
        LifecycleHookName="warm-up", AutoScalingGroupName=GROUP, LifecycleTransition=transition, **more
    )


def answer(operation: str, instance_id: str, **more: Any) -> None:
    """Calls ``operation`` for the lifecycle action of an instance."""
    getattr(client(), operation)(
        LifecycleHookName="warm-up", AutoScalingGroupName=GROUP, InstanceId=instance_id, **more
    )


def complete(instance_id: str, result: str = "CONTINUE") -> None:
    answer("complete_lifecycle_action", instance_id, LifecycleActionResult=result)


def targets() -> set[str]:
    """Ids of the instances that the target group knows."""
    elbv2 = boto3.client("elbv2")
    arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
    found = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return {target["Target"]["Id"] for target in found}


def refusal(call: Any) -> str:
    """Code and message of the error that ``call`` ends with."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


# --- lifecycle hooks -------------------------------------------------------------------------------


def test_a_hook_is_described_as_it_was_put(lab: Lab) -> None:
    put_hook(HeartbeatTimeout=300, NotificationMetadata="hello")
    assert client().describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"] == [
        {
            "LifecycleHookName": "warm-up",
            "AutoScalingGroupName": GROUP,
            "LifecycleTransition": LAUNCHING,
            "NotificationMetadata": "hello",
            "HeartbeatTimeout": 300,
            "GlobalTimeout": 30000,
            "DefaultResult": "ABANDON",
        }
    ]


def test_putting_a_hook_again_changes_only_what_is_named(lab: Lab) -> None:
    put_hook(HeartbeatTimeout=300)
    client().put_lifecycle_hook(LifecycleHookName="warm-up", AutoScalingGroupName=GROUP, DefaultResult="CONTINUE")
    [hook] = client().describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"]
    assert (hook["HeartbeatTimeout"], hook["DefaultResult"], hook["LifecycleTransition"]) == (
        300,
        "CONTINUE",
        LAUNCHING,
    )


def test_a_deleted_hook_holds_nobody_up(lab: Lab) -> None:
    put_hook()
    client().delete_lifecycle_hook(LifecycleHookName="warm-up", AutoScalingGroupName=GROUP)
    scale(3)
    lab.advance(seconds=10)
    assert states() == ["InService"] * 3


def test_a_new_instance_is_registered_only_when_its_hook_has_let_it_go_on(lab: Lab) -> None:
    put_hook()
    scale(3)
    lab.advance(seconds=60)
    new = instance_ids()[2]
    story = [(states()[2], new in targets())]
    complete(new)
    lab.advance(seconds=0)
    story.append((states()[2], new in targets()))
    assert story == [("Pending:Wait", False), ("InService", True)]


def test_an_abandoned_launch_is_told_in_the_activities_and_another_follows(lab: Lab) -> None:
    put_hook()
    scale(3)
    lab.advance(seconds=60)
    abandoned = instance_ids()[2]
    complete(abandoned, "ABANDON")
    lab.advance(seconds=60)
    newest, before = activities()[:2]
    reason = before["StatusMessage"]
    assert (
        before["StatusCode"],
        before["Progress"],
        before["Description"],
        reason.partition(" with token ")[0],
        reason.rpartition(" was abandoned: ")[2],
        newest["StatusCode"],
        newest["Description"],
    ) == (
        "Cancelled",
        100,
        f"Launching a new EC2 instance: {abandoned}.  Status Reason: {reason}",
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action",
        "Lifecycle Action Completed with ABANDON Result",
        "MidLifecycleAction",
        f"Launching a new EC2 instance: {instance_ids()[2]}",
    )


def test_a_heartbeat_begins_the_wait_anew(lab: Lab) -> None:
    put_hook(HeartbeatTimeout=100)
    scale(3)
    lab.advance(seconds=10 + 99)
    answer("record_lifecycle_action_heartbeat", instance_ids()[2])
    lab.advance(seconds=99)
    waiting = states()[2]
    lab.advance(seconds=1)
    assert (waiting, states()[2]) == ("Pending:Wait", "Terminating")


def test_answering_without_a_wait_is_refused(lab: Lab) -> None:
    put_hook()
    expected = f"ValidationError: No active Lifecycle Action found with instance ID {instance_ids()[0]}"
    assert refusal(lambda: complete(instance_ids()[0])) == expected


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param({"HeartbeatTimeout": 10}, "Heartbeat Timeout must be between 30 and 7200", id="too short a wait"),
        pytest.param({"DefaultResult": "MAYBE"}, "Valid values for Default Result are", id="no such result"),
        pytest.param({"AutoScalingGroupName": "none"}, "AutoScalingGroup name not found", id="no such group"),
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(lab: Lab, more: dict[str, Any], message: str) -> None:
    wanted = {"LifecycleHookName": "h", "AutoScalingGroupName": GROUP, "LifecycleTransition": LAUNCHING, **more}
    assert message in refusal(lambda: client().put_lifecycle_hook(**wanted))


def test_an_instance_drains_before_its_termination_hook_is_asked(lab: Lab) -> None:
    lab.advance(seconds=60)
    put_hook(TERMINATING)
    leaving = instance_ids()[0]
    scale(1)
    story = [states()[0]]
    for _ in range(2):
        lab.advance(seconds=30)
        story.append(states()[0])
    complete(leaving)
    lab.advance(seconds=25)
    assert (story, leaving in instance_ids()) == (["Terminating", "Terminating", "Terminating:Wait"], False)


# --- activities --------------------------------------------------------------------------------------


def test_every_launch_is_an_activity_with_its_cause(lab: Lab) -> None:
    told = sorted((a["Description"], a["StatusCode"], a["Progress"]) for a in activities())
    assert told == sorted((f"Launching a new EC2 instance: {i}", "Successful", 100) for i in instance_ids())
    assert causes(activities()[0]) == [
        "a user request created an AutoScalingGroup changing the desired capacity from 0 to 2.",
        f"an instance was started in response to {DIFFERENCE}, increasing the capacity from 0 to 2.",
    ]


def test_scaling_in_says_who_asked_what_followed_and_who_was_chosen(lab: Lab) -> None:
    oldest = instance_ids()[0]
    scale(1)
    lab.advance(seconds=120)
    newest = activities()[0]
    assert (newest["Description"], newest["StatusCode"], causes(newest)) == (
        f"Terminating EC2 instance: {oldest}",
        "Successful",
        [
            "a user request explicitly set group desired capacity changing the desired capacity from 2 to 1.",
            f"an instance was taken out of service in response to {DIFFERENCE}, shrinking the capacity from 2 to 1.",
            f"instance {oldest} was selected for termination.",
        ],
    )


def test_an_instance_that_drains_says_so(lab: Lab) -> None:
    lab.advance(seconds=60)
    oldest = instance_ids()[0]
    scale(1)
    lab.advance(seconds=1)
    newest = activities()[0]
    assert (newest["StatusCode"], newest["Progress"], newest["Description"]) == (
        "WaitingForELBConnectionDraining",
        50,
        f"Terminating EC2 instance: {oldest} - Waiting For ELB Connection Draining.",
    )


def test_activities_come_in_pages(lab: Lab) -> None:
    scale(4)
    pages = (
        client()
        .get_paginator("describe_scaling_activities")
        .paginate(AutoScalingGroupName=GROUP, PaginationConfig={"PageSize": 3})
    )
    assert [len(found["Activities"]) for found in pages] == [3, 1]


def test_the_activities_of_a_deleted_group_are_kept(lab: Lab) -> None:
    client().delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)
    shown = group()["Status"]
    lab.advance(seconds=60)
    assert (shown, len(activities()), len(activities(IncludeDeletedGroups=True))) == ("Delete in progress", 0, 2)


def test_a_group_with_instances_is_deleted_by_force_only(lab: Lab) -> None:
    expected = (
        "ResourceInUse: You cannot delete an AutoScalingGroup while there are instances or pending Spot instance "
        "request(s) still in the group."
    )
    assert refusal(lambda: client().delete_auto_scaling_group(AutoScalingGroupName=GROUP)) == expected


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        pytest.param(5, "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.", id="above"),
        pytest.param(0, "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.", id="below"),
    ],
)
def test_the_desired_capacity_keeps_within_the_limits(lab: Lab, desired: int, message: str) -> None:
    assert refusal(lambda: scale(desired)) == f"ValidationError: {message}"


# --- suspended processes -----------------------------------------------------------------------------


def suspend(*processes: str) -> None:
    client().suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=list(processes))


def resume(*processes: str) -> None:
    client().resume_processes(AutoScalingGroupName=GROUP, ScalingProcesses=list(processes))


def test_suspended_processes_are_shown_with_their_moment_in_a_fixed_order(lab: Lab) -> None:
    suspend("Terminate", "Launch")
    reason = f"User suspended at {lab.now:%Y-%m-%dT%H:%M:%SZ}"
    assert group()["SuspendedProcesses"] == [
        {"ProcessName": "Launch", "SuspensionReason": reason},
        {"ProcessName": "Terminate", "SuspensionReason": reason},
    ]


def test_all_nine_processes_can_be_suspended_at_once(lab: Lab) -> None:
    suspend()
    assert len(group()["SuspendedProcesses"]) == 9


def lose_one(lab: Lab) -> None:
    boto3.client("ec2").stop_instances(InstanceIds=instance_ids()[:1])


@pytest.mark.parametrize(
    ("process", "event", "meanwhile", "afterwards"),
    [
        pytest.param("Launch", lambda _lab: scale(3), 2, 3, id="Launch: nothing is launched"),
        pytest.param("Terminate", lambda _lab: scale(1), 2, 1, id="Terminate: nothing is scaled in"),
    ],
)
def test_a_suspended_size_is_made_up_for(lab: Lab, process, event, meanwhile, afterwards) -> None:
    suspend(process)
    event(lab)
    lab.advance(seconds=200)
    counts = [states().count("InService")]
    resume(process)
    lab.advance(seconds=200)
    assert [*counts, states().count("InService")] == [meanwhile, afterwards]


@pytest.mark.parametrize(
    ("process", "health"),
    [
        pytest.param("HealthCheck", "Healthy", id="HealthCheck: nobody is found unhealthy"),
        pytest.param("ReplaceUnhealthy", "Unhealthy", id="ReplaceUnhealthy: found, but kept"),
        pytest.param("Terminate", "Unhealthy", id="Terminate: found, but kept"),
    ],
)
def test_a_lost_instance_is_replaced_after_the_process_resumes(lab: Lab, process: str, health: str) -> None:
    lost = instance_ids()[0]
    suspend(process)
    lose_one(lab)
    lab.advance(seconds=600)
    story = [(group()["Instances"][0]["InstanceId"] == lost, group()["Instances"][0]["HealthStatus"])]
    resume(process)
    lab.advance(seconds=200)
    story.append((lost in instance_ids(), group()["Instances"][0]["HealthStatus"]))
    assert story == [(True, health), (False, "Healthy")]


def test_what_came_while_adding_to_load_balancers_was_suspended_stays_outside(lab: Lab) -> None:
    suspend("AddToLoadBalancer")
    scale(3)
    lab.advance(seconds=60)
    resume("AddToLoadBalancer")
    scale(4)
    lab.advance(seconds=60)
    assert [instance_id in targets() for instance_id in instance_ids()] == [True, True, False, True]


# --- health ------------------------------------------------------------------------------------------


def ask_load_balancer(grace_s: int) -> None:
    client().update_auto_scaling_group(
        AutoScalingGroupName=GROUP, HealthCheckType="ELB", HealthCheckGracePeriod=grace_s
    )


def test_without_a_grace_period_an_instance_that_never_serves_is_replaced_for_ever(lab: Lab) -> None:
    ask_load_balancer(grace_s=0)  # the image has a web server without a page: 404
    lab.advance(seconds=1800)
    complaints = [a for a in activities() if a["Cause"].endswith("in response to an ELB system health check failure.")]
    replacements = [a for a in activities() if a["Cause"].endswith("an unhealthy instance needing to be replaced.")]
    assert len(complaints) == len(replacements) >= 10


def test_the_grace_period_begins_when_the_instance_goes_into_service(lab: Lab) -> None:
    ask_load_balancer(grace_s=3600)
    put_hook()
    scale(3)
    lab.advance(seconds=1000)
    new = instance_ids()[2]
    complete(new)
    lab.advance(seconds=3600)
    healthy = new in instance_ids()
    lab.advance(seconds=180)
    assert (healthy, states()[-1], new in instance_ids()) == (True, "Pending:Wait", False)


def test_with_ec2_checks_alone_an_unhealthy_target_stays(lab: Lab) -> None:
    lab.advance(seconds=3600)
    assert (states(), len(activities())) == (["InService"] * 2, 2)


def test_a_user_may_call_an_instance_unhealthy(lab: Lab) -> None:
    ill = instance_ids()[0]
    client().set_instance_health(InstanceId=ill, HealthStatus="Unhealthy")
    marked = group()["Instances"][0]["HealthStatus"]
    lab.advance(seconds=200)
    told = sorted(cause for activity in activities()[:2] for cause in causes(activity))
    assert (marked, ill in instance_ids(), told) == (
        "Unhealthy",
        False,
        [
            "an instance was launched in response to an unhealthy instance needing to be replaced.",
            "an instance was taken out of service in response to a user health-check.",
        ],
    )


def test_a_user_who_thinks_better_of_it_saves_the_instance(lab: Lab) -> None:
    before = instance_ids()
    client().set_instance_health(InstanceId=before[0], HealthStatus="Unhealthy")
    client().set_instance_health(InstanceId=before[0], HealthStatus="Healthy")
    lab.advance(seconds=200)
    assert instance_ids() == before


def test_in_its_grace_period_a_user_s_word_counts_only_if_it_is_said_twice_as_firmly(lab: Lab) -> None:
    ask_load_balancer(grace_s=3600)
    client().set_instance_health(InstanceId=instance_ids()[0], HealthStatus="Unhealthy")
    client().set_instance_health(InstanceId=instance_ids()[1], HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    assert [instance["HealthStatus"] for instance in group()["Instances"]] == ["Healthy", "Unhealthy"]


def test_an_instance_its_load_balancer_gives_up_is_replaced_in_the_middle_of_a_deployment() -> None:
    with labkit.start(stage="v1-deployed", fleet_size=3) as lab:
        ask_load_balancer(grace_s=0)
        deployment_id = deploy(commit(lab, {"index.html": page("Hello, version 2")}))
        lab.run_until(lambda: "deploymentOverview" in deployment(deployment_id))
        last = boto3.client("codedeploy").list_deployment_targets(deploymentId=deployment_id)["targetIds"][-1]
        lab.machine(last).run("systemctl stop nginx")
        lab.run_until(lambda: last not in instance_ids(), within_seconds=600)
        assert (deployment(deployment_id)["status"], len(instance_ids())) == ("InProgress", 3)


# --- single instances --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decrement", "size", "cause"),
    [
        pytest.param(False, 2, " was taken out of service in response to a user request.", id="replaced"),
        pytest.param(
            True,
            1,
            " was taken out of service in response to a user request, shrinking the capacity from 2 to 1.",
            id="not replaced",
        ),
    ],
)
def test_an_instance_is_terminated_on_request(lab: Lab, *, decrement: bool, size: int, cause: str) -> None:
    going = instance_ids()[0]
    activity = client().terminate_instance_in_auto_scaling_group(
        InstanceId=going, ShouldDecrementDesiredCapacity=decrement
    )["Activity"]
    lab.advance(seconds=200)
    assert (activity["Cause"].partition(going)[2], len(instance_ids()), going in instance_ids()) == (cause, size, False)


def test_the_last_instance_the_minimum_asks_for_is_not_given_up(lab: Lab) -> None:
    scale(1)
    lab.advance(seconds=200)
    told = refusal(
        lambda: client().terminate_instance_in_auto_scaling_group(
            InstanceId=instance_ids()[0], ShouldDecrementDesiredCapacity=True
        )
    )
    assert told.startswith("ValidationError: Currently, desiredSize equals minSize (1).")


def test_standing_by_takes_an_instance_out_of_the_target_group_and_back(lab: Lab) -> None:
    lab.advance(seconds=60)
    aside = instance_ids()[0]
    client().enter_standby(InstanceIds=[aside], AutoScalingGroupName=GROUP, ShouldDecrementDesiredCapacity=True)
    lab.advance(seconds=70)
    story = [(states()[0], aside in targets(), group()["DesiredCapacity"])]
    client().exit_standby(InstanceIds=[aside], AutoScalingGroupName=GROUP)
    lab.advance(seconds=0)
    story.append((states()[0], aside in targets(), group()["DesiredCapacity"]))
    assert story == [("Standby", False, 1), ("InService", True, 2)]


def test_a_detached_instance_lives_on_and_may_come_back(lab: Lab) -> None:
    guest = instance_ids()[0]
    client().detach_instances(InstanceIds=[guest], AutoScalingGroupName=GROUP, ShouldDecrementDesiredCapacity=True)
    lab.advance(seconds=100)
    story = [(guest in instance_ids(), guest in targets())]
    client().attach_instances(InstanceIds=[guest], AutoScalingGroupName=GROUP)
    lab.advance(seconds=0)
    story.append((guest in instance_ids(), guest in targets()))
    assert story == [(False, False), (True, True)]


# --- blue/green --------------------------------------------------------------------------------------


def test_the_copy_of_a_group_has_its_template_tags_and_policies() -> None:
    launch = ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": launch, "Resource": "*"}]}
    with labkit.start(stage="v1-deployed", fleet_size=2) as lab:
        boto3.client("iam").put_role_policy(
            RoleName="hello-web-codedeploy", PolicyName="launch", PolicyDocument=json.dumps(document)
        )
        client().put_scaling_policy(
            AutoScalingGroupName=GROUP, PolicyName="grow", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
        )
        boto3.client("codedeploy").update_deployment_group(
            applicationName="hello-web",
            currentDeploymentGroupName="hello-web-group",
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            blueGreenDeploymentConfiguration={
                "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE"},
            },
        )
        blue = group()
        deployment_id = deploy(commit(lab, {"index.html": page("green")}))
        name = f"CodeDeploy_hello-web-group_{deployment_id}"
        lab.run_until(lambda: deployment(deployment_id).get("deploymentOverview", {}).get("Ready") == 2)
        suspended = [process["ProcessName"] for process in group(name)["SuspendedProcesses"]]
        finish(lab, deployment_id)
        lab.advance(seconds=120)
        green = group(name)
        tags = {tag["Key"]: (tag["Value"], tag["PropagateAtLaunch"]) for tag in green["Tags"]}
        policies = client().describe_policies()["ScalingPolicies"]
        same = ("LaunchTemplate", "VPCZoneIdentifier", "MaxSize", "HealthCheckType", "TerminationPolicies")
        assert {
            "same": {key: green[key] for key in same},
            "sizes": (green["MinSize"], green["DesiredCapacity"]),
            "tags": tags,
            "policies": [(policy["AutoScalingGroupName"], policy["PolicyName"]) for policy in policies],
            "suspended before the traffic came": suspended,
            "suspended afterwards": green["SuspendedProcesses"],
        } == {
            "same": {key: blue[key] for key in same},
            "sizes": (2, 2),
            "tags": {
                "Name": ("hello-web", True),
                "CodeDeployProvisioningDeploymentId": (deployment_id, False),
            },
            "policies": [(name, "grow")],
            "suspended before the traffic came": ["AddToLoadBalancer", "AlarmNotification", "ScheduledActions"],
            "suspended afterwards": [],
        }


def test_the_same_seed_gives_the_same_waits_losses_and_replacements() -> None:
    def story() -> str:
        with labkit.start(stage="fleet", fleet_size=3) as lab:
            put_hook(HeartbeatTimeout=60)
            suspend("AZRebalance", "Launch", "AlarmNotification")
            lose_one(lab)
            lab.advance(seconds=200)
            resume()
            lab.advance(seconds=600)
            return lab.history.to_json()

    assert story() == story()
