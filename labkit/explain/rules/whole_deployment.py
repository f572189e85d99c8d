"""Why a deployment as a whole ended or waits, where no instance of it says why.

CodeDeploy user guide, "Error codes for CodeDeploy"; API reference, ``ErrorInformation``.
"""

import re

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import call, deployment_field
from labkit.explain.facts import DeploymentFacts
from labkit.explain.finding import Finding, Rule, first, root
from labkit.explain.rules import service_role
from labkit.explain.sentence import chained, said

ACTIVATED = re.compile(r"<([^>]+)>")


def refused(facts: DeploymentFacts) -> Finding | None:
    """The service role is at fault."""
    return service_role.why_refused(facts, facts.error_message) or service_role.missing(facts)


def no_instances(facts: DeploymentFacts) -> Finding | None:
    """The group means nobody."""
    if facts.error_code != "NO_INSTANCES":
        return None
    group = call(
        "codedeploy",
        "get_deployment_group",
        f'applicationName="{facts.application}", deploymentGroupName="{facts.group_name}"',
        '["deploymentGroupInfo"]',
    )
    named = ", ".join(facts.auto_scaling_groups) or said("{count} tag filters", count=facts.tag_filters)
    says = said(
        "The deployment group {group} ({named}) had no running instance when the deployment began.",
        group=facts.group_name,
        named=named,
    )
    evidence = (Evidence("GetDeploymentGroup → ec2TagSet, autoScalingGroups", facts.group_name, group),)
    fix = said(
        "Launch instances with the tags or in the Auto Scaling group that the deployment group names, or "
        "correct the group."
    )
    return root(Link("no-instances", says, evidence), fix)


def too_many_healthy_wanted(facts: DeploymentFacts) -> Finding | None:
    """The minimum leaves nobody to deploy to."""
    if facts.error_code != "HEALTH_CONSTRAINTS_INVALID":
        return None
    says = said(
        "{config} wants {minimum_healthy} healthy instances at every moment, and there are only {instances}: "
        "none may be taken out of service.",
        config=facts.config,
        minimum_healthy=facts.minimum_healthy,
        instances=facts.instances,
    )
    shown = deployment_field(facts.id, "deploymentConfigName", facts.config)
    fix = said("Choose a deployment configuration that leaves an instance to deploy to, or launch more instances.")
    return root(Link("minimum-healthy-hosts-too-high", says, (shown,)), fix)


def alarm(facts: DeploymentFacts) -> Finding | None:
    """An alarm of the deployment group stopped it."""
    if facts.error_code != "ALARM_ACTIVE":
        return None
    names = ACTIVATED.findall(facts.error_message)
    listed = ", ".join(f'"{name}"' for name in names)
    states = call("cloudwatch", "describe_alarms", f"AlarmNames=[{listed}]", '["MetricAlarms"]')
    says = said(
        "The alarm {alarms} of the deployment group was in ALARM, which stops a deployment.",
        alarms=chained("{first} and {second}", names),
    )
    shown = Evidence("DescribeAlarms → StateReason", names[0] if names else "", states)
    return root(
        Link("alarm-active", says, (shown,)), said("Find out what the alarm's metric saw, mend it, and deploy again.")
    )


def stopped(facts: DeploymentFacts) -> Finding | None:
    """Somebody stopped it."""
    if facts.error_code != "MANUAL_STOP":
        return None
    shown = deployment_field(facts.id, "status", facts.status)
    return root(
        Link("stopped-by-user", said("Somebody stopped it."), (shown,)), said("Deploy again if that was not meant.")
    )


def no_target_group(facts: DeploymentFacts) -> Finding | None:
    """The deployment group names a target group that is gone."""
    if facts.error_code != "ELASTIC_LOAD_BALANCING_INVALID":
        return None
    says = said(
        "The deployment group names the target group {groups}, which does not exist.",
        groups=", ".join(facts.target_groups),
    )
    shown = Evidence("DescribeTargetGroups", "", call("elbv2", "describe_target_groups", "", '["TargetGroups"]'))
    return root(
        Link("target-group-missing", says, (shown,)), said("Create it, or name another in the deployment group.")
    )


def waiting(facts: DeploymentFacts) -> Finding | None:
    """It has not begun: another one of its group is not over."""
    if facts.status not in ("Created", "Queued"):
        return None
    shown = deployment_field(facts.id, "status", facts.status)
    says = said("It has not begun yet: a deployment group carries out one deployment at a time.")
    return root(
        Link("deployment-waiting", says, (shown,)), said("Nothing: let lab time pass, or stop the one before it.")
    )


def ready(facts: DeploymentFacts) -> Finding | None:
    """Blue/green: it waits for somebody to say go on."""
    if facts.status != "Ready":
        return None
    shown = deployment_field(facts.id, "status", facts.status)
    command = call("codedeploy", "continue_deployment", f'deploymentId="{facts.id}", deploymentWaitType="READY_WAIT"')
    says = said("The green instances are ready, and traffic is not rerouted until somebody continues the deployment.")
    return root(
        Link("waits-to-continue", says, (shown,)), said("Continue the deployment when you are content."), command
    )


RULES: tuple[Rule[DeploymentFacts], ...] = (
    refused,
    no_instances,
    too_many_healthy_wanted,
    alarm,
    stopped,
    no_target_group,
    waiting,
    ready,
)


def why_deployment(facts: DeploymentFacts) -> Finding | None:
    """What its own record says of its cause; None if that lies with its instances."""
    return first(RULES, facts)
