"""Evidence in the form a student can check: a boto3 expression that shows it, or a command on the instance."""

from datetime import timedelta

from labkit.explain.chain import Evidence
from labkit.explain.sentence import Sentence, said
from labkit.simulation.clock import LAB_START

AGENT_LOG = "/var/log/aws/codedeploy-agent/codedeploy-agent.log"


def call(service: str, operation: str, arguments: str, then: str = "") -> str:
    """A boto3 expression.

    >>> call("codedeploy", "get_deployment", 'deploymentId="d-1"', '["deploymentInfo"]')
    'boto3.client("codedeploy").get_deployment(deploymentId="d-1")["deploymentInfo"]'
    """
    return f'boto3.client("{service}").{operation}({arguments}){then}'


def deployment_field(deployment_id: str, field: str, shows: str) -> Evidence:
    """A field of GetDeployment's ``deploymentInfo``."""
    command = call("codedeploy", "get_deployment", f'deploymentId="{deployment_id}"', f'["deploymentInfo"]["{field}"]')
    return Evidence(f"GetDeployment → deploymentInfo.{field}", shows, command)


def lifecycle_event(deployment_id: str, instance_id: str, index: int, field: str, shows: str) -> Evidence:
    """A field of a lifecycle event, such as ``status`` or ``diagnostics.message``."""
    path = "".join(f'["{name}"]' for name in field.split("."))
    then = f'["deploymentTarget"]["instanceTarget"]["lifecycleEvents"][{index}]{path}'
    arguments = f'deploymentId="{deployment_id}", targetId="{instance_id}"'
    where = f"GetDeploymentTarget → lifecycleEvents[{index}].{field}"
    return Evidence(where, shows, call("codedeploy", "get_deployment_target", arguments, then))


def target_health(group_arn: str, instance_id: str, shows: str) -> Evidence:
    """What DescribeTargetHealth says of an instance."""
    arguments = f'TargetGroupArn="{group_arn}", Targets=[{{"Id": "{instance_id}"}}]'
    then = '["TargetHealthDescriptions"][0]["TargetHealth"]'
    where = "DescribeTargetHealth → TargetHealth"
    return Evidence(where, shows, call("elbv2", "describe_target_health", arguments, then))


def target_group(group_name: str, field: str, shows: str) -> Evidence:
    """A setting of a target group."""
    command = call("elbv2", "describe_target_groups", f'Names=["{group_name}"]', f'["TargetGroups"][0]["{field}"]')
    return Evidence(f"DescribeTargetGroups → {field}", shows, command)


def instance_state(instance_id: str, state: str) -> Evidence:
    """EC2's state of an instance."""
    then = '["Reservations"][0]["Instances"][0]["State"]["Name"]'
    command = call("ec2", "describe_instances", f'InstanceIds=["{instance_id}"]', then)
    return Evidence("DescribeInstances → State.Name", state, command)


def instance_profile(instance_id: str, shows: str) -> Evidence:
    """The instance profile associations of an instance."""
    filters = f'Filters=[{{"Name": "instance-id", "Values": ["{instance_id}"]}}]'
    then = '["IamInstanceProfileAssociations"]'
    where = "DescribeIamInstanceProfileAssociations"
    return Evidence(where, shows, call("ec2", "describe_iam_instance_profile_associations", filters, then))


def scaling_activity(auto_scaling_group: str, cause: str) -> Evidence:
    """The cause of a scaling activity."""
    arguments = f'AutoScalingGroupName="{auto_scaling_group}"'
    then = '["Activities"]'
    where = "DescribeScalingActivities → Cause"
    return Evidence(where, cause, call("autoscaling", "describe_scaling_activities", arguments, then))


def on_machine(instance_id: str, where: str, shows: str, command: str) -> Evidence:
    """What a command on the instance prints (Session Manager, or ``lab.machine(…).run``)."""
    return Evidence(where, shows, command, on=instance_id)


def clock_words(at_s: float) -> str:
    """The lab's time of day (UTC) at ``at_s`` lab seconds.

    >>> clock_words(65)
    '09:01:05'
    """
    return f"{LAB_START + timedelta(seconds=int(at_s)):%H:%M:%S}"


def instances(count: int) -> Sentence:
    """So many of them.

    >>> instances(1), instances(3)
    ('1 instance', '3 instances')
    """
    return said("1 instance") if count == 1 else said("{count} instances", count=count)


def targets(count: int) -> Sentence:
    """So many of them.

    >>> targets(1), targets(3)
    ('1 target', '3 targets')
    """
    return said("1 target") if count == 1 else said("{count} targets", count=count)
