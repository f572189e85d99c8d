"""Operations of Auto Scaling, CodeDeploy, IAM, STS, SNS, SQS, Systems Manager and others that ask otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.aws.authorization.call import ALL, Asked, Call, Rule, Values
from labkit.aws.authorization.ec2 import run_instances
from labkit.aws.authorization.lookups import auto_scaling_group_arn, launch_template
from labkit.aws.authorization.resources import arn, resources

CODEDEPLOY_SERVICE = "codedeploy.amazonaws.com"
DEFAULT_CONFIG = "CodeDeployDefault.OneAtATime"


def _same(call: Call, name: str | None = None) -> Asked:
    action = f"{call.service.prefix}:{name}" if name else call.action
    return Asked(action, resources(call, action))


def _also(*actions: str) -> Rule:
    """The operation's own action and others on the same resources."""
    return lambda call: (_same(call), *(_same(call, action) for action in actions))


def _instead(action: str) -> Rule:
    """Another action in the place of the operation's own."""
    return lambda call: (_same(call, action),)


# --- Auto Scaling: "Control Amazon EC2 launch template usage in Auto Scaling groups" ----------------


def auto_scaling(call: Call) -> Iterator[Asked]:
    """A group is named by its ARN, which holds an id the call does not know."""
    name = call.text("AutoScalingGroupName")
    known = auto_scaling_group_arn(call, name) if name else None
    yield Asked(call.action, (known,)) if known else _same(call)


def _group_with_template(call: Call) -> Iterator[Asked]:
    yield from auto_scaling(call)
    mixed = (call.parameters.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    given: dict[str, str] = call.parameters.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification") or {}
    if given:
        template_id, _ = launch_template(call, given)
        words = f"You are not authorized to use launch template: {template_id or given.get('LaunchTemplateName')}"
        for asked in run_instances(call, {"LaunchTemplate": given}):
            yield Asked(asked.action, asked.resources, asked.context, words)


# --- CodeDeploy: "Identity-based policies", "Create a service role" ---------------------------------


def _deployment_group(call: Call) -> Iterator[Asked]:
    yield _same(call)
    role = call.text("serviceRoleArn")
    if role:
        yield Asked("iam:PassRole", (role,), {"iam:PassedToService": CODEDEPLOY_SERVICE})


def _create_deployment(call: Call) -> Iterator[Asked]:
    """Beside the group, the configuration is read and the revision registered ("Permissions reference", note 1)."""
    yield _same(call)
    application, group = call.text("applicationName") or ALL, call.text("deploymentGroupName") or ALL
    config = call.text("deploymentConfigName") or call.codedeploy.config_of(call.region, application, group)
    of_config = arn(call, "codedeploy", "deploymentconfig", DeploymentConfigurationName=config or DEFAULT_CONFIG)
    yield Asked("codedeploy:GetDeploymentConfig", (of_config,))
    if call.parameters.get("revision"):
        of_application = arn(call, "codedeploy", "application", ApplicationName=application)
        yield Asked("codedeploy:RegisterApplicationRevision", (of_application,))
    if call.parameters.get("overrideAlarmConfiguration"):
        yield _same(call, "UpdateDeploymentGroup")


def _deployment(call: Call) -> Iterator[Asked]:
    """Operations on a deployment are decided on its deployment group."""
    named = call.parameters.get("deploymentIds") or [call.text("deploymentId") or ALL]
    groups = [call.codedeploy.group_of(str(one)) or (ALL, ALL) for one in named]
    yield Asked(
        call.action,
        tuple(
            arn(call, "codedeploy", "deploymentgroup", ApplicationName=application, DeploymentGroupName=group)
            for application, group in dict.fromkeys(groups)
        ),
    )


# --- IAM ------------------------------------------------------------------------------------------


def _listed(kind: str) -> Rule:
    """Lists are asked for on a path: ``arn:aws:iam::123456789012:user/``."""

    def rule(call: Call) -> Iterator[Asked]:
        path = (call.text("PathPrefix") or "/").lstrip("/")
        yield Asked(call.action, (f"arn:aws:iam::{call.account_id}:{kind}/{path}",))

    return rule


def _with_policy_arn(call: Call) -> Iterator[Asked]:
    """Attaching tells which policy, so that a policy can allow some of them only (``iam:PolicyARN``)."""
    keys: dict[str, Values] = {"iam:PolicyARN": call.text("PolicyArn") or ""}
    yield Asked(call.action, resources(call, call.action), keys)


def _with_boundary(call: Call) -> Iterator[Asked]:
    boundary = call.text("PermissionsBoundary")
    keys: dict[str, Values] = {"iam:PermissionsBoundary": boundary} if boundary else {}
    yield Asked(call.action, resources(call, call.action), keys)
    if call.parameters.get("Tags"):
        yield Asked(call.action.replace("Create", "Tag"), resources(call, call.action))


def _add_role_to_profile(call: Call) -> Iterator[Asked]:
    yield _same(call)
    role = call.text("RoleName")
    if role:
        yield Asked("iam:PassRole", resources(call, "iam:GetRole"), {"iam:PassedToService": "ec2.amazonaws.com"})


# --- STS ------------------------------------------------------------------------------------------


def _assume_role(call: Call) -> Iterator[Asked]:
    keys: dict[str, Values] = {}
    for parameter, key in (("RoleSessionName", "sts:RoleSessionName"), ("ExternalId", "sts:ExternalId")):
        if call.text(parameter):
            keys[key] = str(call.parameters[parameter])
    yield Asked(call.action, (call.text("RoleArn") or ALL,), keys)
    if call.parameters.get("Tags"):
        yield Asked("sts:TagSession", (call.text("RoleArn") or ALL,), keys)


def _nothing(_call: Call) -> tuple[Asked, ...]:
    """GetCallerIdentity and GetSessionToken need no permission; a user's own temporary keys can't be refused."""
    return ()


# --- queues, topics, parameters -------------------------------------------------------------------


def _queue(action: str | None = None) -> Rule:
    """A queue is named by its URL."""

    def rule(call: Call) -> Iterator[Asked]:
        name = (call.text("QueueUrl") or "").rpartition("/")[2] or call.text("QueueName") or ALL
        yield Asked(f"sqs:{action or call.operation}", (arn(call, "sqs", "queue", QueueName=name),))

    return rule


def _subscribe(call: Call) -> Iterator[Asked]:
    keys: dict[str, Values] = {
        key: str(call.parameters[name])
        for name, key in (("Protocol", "sns:Protocol"), ("Endpoint", "sns:Endpoint"))
        if call.text(name)
    }
    yield Asked(call.action, resources(call, call.action), keys)


def _send_command(call: Call) -> Iterator[Asked]:
    """The document and each instance ("Restrict Run Command access"); AWS's own documents belong to no account."""
    document = call.text("DocumentName") or ALL
    account = "" if document.startswith("AWS-") else call.account_id
    instances: list[Any] = call.parameters.get("InstanceIds") or [ALL]
    yield Asked(
        call.action,
        (
            arn(call, "ssm", "document", Account=account, DocumentName=document),
            *(arn(call, "ec2", "instance", InstanceId=str(one)) for one in instances),
        ),
    )


def _parameter(call: Call) -> Iterator[Asked]:
    """Public parameters (``/aws/service/…``) belong to no account."""
    names = call.parameters.get("Names") or [call.text("Name") or call.text("Path") or ALL]
    yield Asked(
        call.action,
        tuple(
            arn(
                call,
                "ssm",
                "parameter",
                Account="" if str(name).startswith("/aws/service/") else call.account_id,
                ParameterNameWithoutLeadingSlash=str(name).lstrip("/"),
            )
            for name in names
        ),
    )


def _event_rule(call: Call) -> Iterator[Asked]:
    bus, name = call.text("EventBusName"), call.text("Name") or call.text("Rule") or ALL
    bus = (bus or "default").rpartition("/")[2]
    kind = "rule-on-default-event-bus" if bus == "default" else "rule-on-custom-event-bus"
    yield Asked(call.action, (arn(call, "events", kind, EventBusName=bus, RuleName=name),))


def _event_bus(call: Call) -> Iterator[Asked]:
    buses = {
        str(entry.get("EventBusName") or "default").rpartition("/")[2] for entry in call.parameters.get("Entries") or []
    }
    named = sorted(buses) or [(call.text("EventBusName") or call.text("Name") or "default").rpartition("/")[2]]
    yield Asked(call.action, tuple(arn(call, "events", "event-bus", EventBusName=bus) for bus in named))


AUTO_SCALING: Mapping[str, Rule] = {
    "CreateAutoScalingGroup": _group_with_template,
    "UpdateAutoScalingGroup": _group_with_template,
}
"""Those beside the rule of all others that name a group (``auto_scaling``)."""

CODEDEPLOY: Mapping[str, Rule] = {
    "CreateDeployment": _create_deployment,
    "CreateDeploymentGroup": _deployment_group,
    "UpdateDeploymentGroup": _deployment_group,
    **dict.fromkeys(
        (
            "BatchGetDeploymentInstances",
            "BatchGetDeployments",
            "BatchGetDeploymentTargets",
            "ContinueDeployment",
            "GetDeployment",
            "GetDeploymentInstance",
            "GetDeploymentTarget",
            "ListDeploymentInstances",
            "ListDeploymentTargets",
            "SkipWaitTimeForInstanceTermination",
            "StopDeployment",
        ),
        _deployment,
    ),
}
IAM: Mapping[str, Rule] = {
    "ListGroups": _listed("group"),
    "ListInstanceProfiles": _listed("instance-profile"),
    "ListPolicies": _listed("policy"),
    "ListRoles": _listed("role"),
    "ListServerCertificates": _listed("server-certificate"),
    "ListUsers": _listed("user"),
    "AddRoleToInstanceProfile": _add_role_to_profile,
    **dict.fromkeys(("CreateUser", "CreateRole"), _with_boundary),
    **dict.fromkeys(("PutUserPermissionsBoundary", "PutRolePermissionsBoundary"), _with_boundary),
    **dict.fromkeys(
        (f"{verb}{kind}Policy" for verb in ("Attach", "Detach") for kind in ("User", "Group", "Role")), _with_policy_arn
    ),
}
STS: Mapping[str, Rule] = {
    "AssumeRole": _assume_role,
    "GetCallerIdentity": _nothing,
    "GetSessionToken": _nothing,
}
SQS: Mapping[str, Rule] = {
    "ChangeMessageVisibilityBatch": _queue("ChangeMessageVisibility"),
    "DeleteMessageBatch": _queue("DeleteMessage"),
    "SendMessageBatch": _queue("SendMessage"),
    **dict.fromkeys(
        (
            "AddPermission",
            "ChangeMessageVisibility",
            "CreateQueue",
            "DeleteMessage",
            "DeleteQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListDeadLetterSourceQueues",
            "ListQueueTags",
            "PurgeQueue",
            "ReceiveMessage",
            "RemovePermission",
            "SendMessage",
            "SetQueueAttributes",
            "TagQueue",
            "UntagQueue",
        ),
        _queue(),
    ),
}
SNS: Mapping[str, Rule] = {"PublishBatch": _instead("Publish"), "Subscribe": _subscribe}
SSM: Mapping[str, Rule] = {
    "SendCommand": _send_command,
    **dict.fromkeys(
        (
            "DeleteParameter",
            "DeleteParameters",
            "GetParameter",
            "GetParameterHistory",
            "GetParameters",
            "GetParametersByPath",
            "PutParameter",
        ),
        _parameter,
    ),
    "DeregisterDefaultHostManagementConfiguration": _instead("ResetServiceSetting"),
    "RegisterDefaultHostManagementConfiguration": _instead("UpdateServiceSetting"),
}
EVENTS: Mapping[str, Rule] = {
    **dict.fromkeys(
        (
            "DeleteRule",
            "DescribeRule",
            "DisableRule",
            "EnableRule",
            "ListTargetsByRule",
            "PutRule",
            "PutTargets",
            "RemoveTargets",
        ),
        _event_rule,
    ),
    **dict.fromkeys(
        (
            "CreateEventBus",
            "DeleteEventBus",
            "DescribeEventBus",
            "PutEvents",
            "PutPermission",
            "RemovePermission",
            "UpdateEventBus",
        ),
        _event_bus,
    ),
}
