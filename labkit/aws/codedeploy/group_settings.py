"""What a deployment group is set to: the members of Create- and UpdateDeploymentGroup that are kept as given.

API reference, CreateDeploymentGroup, UpdateDeploymentGroup, DeploymentGroupInfo.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends

from labkit.aws.codedeploy import advanced_options, load_balancing, names, other_platforms, quotas, tag_filters
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.records import Application, DeploymentGroupRecord
from labkit.aws.codedeploy.service import CodeDeploy
from labkit.world.deployment.records import DeploymentGroup

ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
OUTDATED_INSTANCES_STRATEGIES = ("UPDATE", "IGNORE")
MEMBERS = (
    "deploymentConfigName",
    "ec2TagFilters",
    "onPremisesInstanceTagFilters",
    "autoScalingGroups",
    "serviceRoleArn",
    "triggerConfigurations",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "outdatedInstancesStrategy",
    "deploymentStyle",
    "blueGreenDeploymentConfiguration",
    "loadBalancerInfo",
    "ec2TagSet",
    "ecsServices",
    "onPremisesTagSet",
    "ec2DeploymentOptions",
    "terminationHookEnabled",
)
DEFAULT_CONFIGS = {
    "Server": "CodeDeployDefault.OneAtATime",
    "Lambda": "CodeDeployDefault.LambdaAllAtOnce",
    "ECS": "CodeDeployDefault.ECSAllAtOnce",
}
IN_PLACE = {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}
REROUTED = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


def new_settings(platform: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new group on ``platform``: what is not given has AWS's default."""
    return {
        "deploymentConfigName": DEFAULT_CONFIGS[platform],
        "triggerConfigurations": [],
        "outdatedInstancesStrategy": "UPDATE",
        "deploymentStyle": IN_PLACE if platform == "Server" else REROUTED,
        "terminationHookEnabled": False,
        **_given(parameters),
    }


def changed_settings(settings: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after an update: what is absent stays, an empty list removes."""
    given = _given(parameters)
    changed = {**settings, **given}
    for kind in (tag_filters.EC2, tag_filters.ON_PREMISES):
        tag_filters.check(kind, given)
        tag_filters.replace_other_form(kind, changed, given)
    return changed


def check(
    service: CodeDeploy, application: Application, settings: dict[str, Any], own: DeploymentGroupRecord | None = None
) -> None:
    """Raises the modelled exception of the first member that is not in order. ``own``: the group that is updated."""
    platform = application.compute_platform
    if not ROLE_ARN.fullmatch(settings["serviceRoleArn"]):
        refuse("InvalidRole", because="Expected an ARN like arn:aws:iam::123456789012:role/<name>.")
    _check_role(service, settings["serviceRoleArn"], own)
    _check_config(service, platform, settings["deploymentConfigName"])
    advanced_options.check_triggers(settings.get("triggerConfigurations"))
    advanced_options.check_alarms(settings.get("alarmConfiguration"))
    advanced_options.check_auto_rollback(settings.get("autoRollbackConfiguration"))
    if settings["outdatedInstancesStrategy"] not in OUTDATED_INSTANCES_STRATEGIES:
        refuse("InvalidInput", because="Expected outdatedInstancesStrategy to be UPDATE or IGNORE.")
    load_balancing.check_style(settings["deploymentStyle"])
    if platform == "Server":
        _check_server(service, settings)
    else:
        other_platforms.check_group(platform, settings)
    groups_to_copy = len(settings.get("autoScalingGroups") or [])
    load_balancing.check_blue_green(settings.get("blueGreenDeploymentConfiguration") or {}, groups_to_copy)
    other_platforms.check_service_is_free(settings, _settings_of_others(service, own))


def apply(group: DeploymentGroup, settings: dict[str, Any]) -> None:
    """Tells the engine's group what the checked settings mean."""
    style, balancers = settings["deploymentStyle"], settings.get("loadBalancerInfo") or {}
    group.tag_sets = tag_filters.read(tag_filters.EC2, settings)
    group.auto_scaling_groups = list(settings.get("autoScalingGroups") or [])
    group.target_groups = (
        load_balancing.server_load_balancers(balancers) if load_balancing.controls_traffic(style) else []
    )
    group.service_role = settings["serviceRoleArn"]
    group.updates_outdated = settings["outdatedInstancesStrategy"] == "UPDATE"


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {member: parameters[member] for member in MEMBERS if parameters.get(member) is not None}


def _check_role(service: CodeDeploy, role: str, own: DeploymentGroupRecord | None) -> None:
    """CodeDeploy assumes a role before it takes it; words as in github.com/go-to-k/cdkd, pull request 948."""
    is_new = own is None or own.settings["serviceRoleArn"] != role
    if is_new and not service.permissions.role_exists(role):
        refuse("InvalidRole", f"AWS CodeDeploy does not have the permissions required to assume the role {role}.")


def _check_config(service: CodeDeploy, platform: str, name: str) -> None:
    config = service.config_record(names.chosen_deployment_config(name))
    if config.compute_platform != platform:
        sentence = f"{name} is for {config.compute_platform}; choose one for {platform}."
        refuse("InvalidDeploymentConfigName", because=sentence)


def _check_server(service: CodeDeploy, settings: dict[str, Any]) -> None:
    for kind in (tag_filters.EC2, tag_filters.ON_PREMISES):
        tag_filters.check(kind, settings)
    _check_auto_scaling_groups(service, settings.get("autoScalingGroups") or [])
    if settings.get("ecsServices"):
        refuse("InvalidECSService", "For Server deployment group, ecsServices can not be specified")
    style = settings["deploymentStyle"]
    load_balancing.check_server_load_balancers(style, settings.get("loadBalancerInfo") or {})
    advanced_options.check_ec2_deployment_options(settings.get("ec2DeploymentOptions"))
    if load_balancing.is_blue_green(style) and tag_filters.read(tag_filters.ON_PREMISES, settings):
        refuse("InvalidDeploymentStyle", because="On-premises instances can only be deployed to IN_PLACE.")


def _check_auto_scaling_groups(service: CodeDeploy, wanted: list[str]) -> None:
    if len(wanted) > quotas.AUTO_SCALING_GROUPS or len(set(wanted)) != len(wanted):
        refuse("InvalidAutoScalingGroup", because=f"Expected at most {quotas.AUTO_SCALING_GROUPS} different groups.")
    existing = autoscaling_backends[service.account_id][service.region].autoscaling_groups
    for name in wanted:
        if name not in existing:
            refuse("InvalidAutoScalingGroup", because=f"There is no Auto Scaling group {name!r}; create it first.")


def _settings_of_others(service: CodeDeploy, own: DeploymentGroupRecord | None) -> Iterator[dict[str, Any]]:
    for application in service.applications.values():
        yield from (record.settings for record in application.groups.values() if record is not own)
