"""Deployment groups: which instances, which configuration, which load balancer, whose permissions."""

import re
from typing import Any

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.records import DeploymentGroupRecord
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.rules.healthy_hosts import ONE_AT_A_TIME
from labkit.rules.tag_filters import TagFilter
from labkit.world.deployment.records import DeploymentGroup

ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
MAX_TAG_SETS = 3
MAX_BATCH = 100
FILTER_TYPES = ("KEY_ONLY", "VALUE_ONLY", "KEY_AND_VALUE")
NO_TARGET_GROUP = (
    "The deploymentOption value is set to WITH_TRAFFIC_CONTROL, but either no load balancer was specified in "
    "elbInfoList or no target group was specified in targetGroupInfoList."
)

SETTINGS = (
    "ec2TagFilters",
    "onPremisesInstanceTagFilters",
    "triggerConfigurations",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "outdatedInstancesStrategy",
    "deploymentStyle",
    "blueGreenDeploymentConfiguration",
    "loadBalancerInfo",
    "ec2TagSet",
    "onPremisesTagSet",
    "terminationHookEnabled",
    "deploymentConfigName",
    "serviceRoleArn",
    "autoScalingGroups",
)
"""The members of Create- and UpdateDeploymentGroup that are kept as given."""


@operation("CreateDeploymentGroup")
def create_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateDeploymentGroup."""
    application = service.application(names.application_name(parameters))
    name = names.deployment_group_name(parameters)
    if name in application.groups:
        refuse("DeploymentGroupAlreadyExists", f"A deployment group with the name {name} already exists.")
    if not parameters.get("serviceRoleArn"):
        refuse("RoleRequired")
    settings = {
        "deploymentConfigName": ONE_AT_A_TIME.name,
        "deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"},
        "outdatedInstancesStrategy": "UPDATE",
        **{key: parameters[key] for key in SETTINGS if parameters.get(key) is not None},
    }
    _check(service, settings)
    group = DeploymentGroup(new_id(), application.name, name, settings["serviceRoleArn"])
    _apply(group, settings)
    application.groups[name] = DeploymentGroupRecord(group, settings)
    service.set_tags(service.deployment_group_arn(application.name, name), parameters.get("tags"))
    return {"deploymentGroupId": group.id}


@operation("UpdateDeploymentGroup")
def update_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, UpdateDeploymentGroup: what is absent stays, an empty list removes."""
    application = service.application(names.application_name(parameters))
    name = names.deployment_group_name(parameters, "currentDeploymentGroupName")
    record = service.deployment_group(application.name, name)
    new_name = parameters.get("newDeploymentGroupName") or name
    names.deployment_group_name({"deploymentGroupName": new_name})
    if new_name != name and new_name in application.groups:
        refuse("DeploymentGroupAlreadyExists", f"A deployment group with the name {new_name} already exists.")
    settings = {**record.settings, **{key: parameters[key] for key in SETTINGS if parameters.get(key) is not None}}
    _check(service, settings)
    record.settings = settings
    _apply(record.group, settings)
    record.group.name = new_name
    application.groups = {(new_name if key == name else key): value for key, value in application.groups.items()}
    return {"hooksNotCleanedUp": []}


@operation("GetDeploymentGroup")
def get_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeploymentGroup."""
    application = service.application(names.application_name(parameters))
    record = service.deployment_group(application.name, names.deployment_group_name(parameters))
    return {"deploymentGroupInfo": _info(service, record)}


@operation("BatchGetDeploymentGroups")
def batch_get_deployment_groups(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetDeploymentGroups."""
    application = service.application(names.application_name(parameters))
    wanted = parameters.get("deploymentGroupNames") or []
    if not wanted:
        refuse("DeploymentGroupNameRequired")
    if len(wanted) > MAX_BATCH:
        refuse("BatchLimitExceeded")
    for name in wanted:
        names.deployment_group_name({"deploymentGroupName": name})
    found = [application.groups[name] for name in wanted if name in application.groups]
    missing = [name for name in wanted if name not in application.groups]
    answer: Answer = {"deploymentGroupsInfo": [_info(service, record) for record in found]}
    if missing:
        answer["errorMessage"] = f"No Deployment Group found for name: {', '.join(missing)}"
    return answer


@operation("ListDeploymentGroups")
def list_deployment_groups(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeploymentGroups."""
    application = service.application(names.application_name(parameters))
    return {"applicationName": application.name, "deploymentGroups": list(application.groups)}


@operation("DeleteDeploymentGroup")
def delete_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteDeploymentGroup: an unknown group is fine."""
    name = names.deployment_group_name(parameters)
    application = service.applications.get(names.application_name(parameters))
    if application is not None:
        application.groups.pop(name, None)
    return {"hooksNotCleanedUp": []}


def _check(service: CodeDeploy, settings: dict[str, Any]) -> None:
    service.config(names.deployment_config_name(settings))
    if not ROLE_ARN.fullmatch(settings["serviceRoleArn"]):
        refuse("InvalidRole")
    style = settings["deploymentStyle"]
    if style.get("deploymentType", "IN_PLACE") not in ("IN_PLACE", "BLUE_GREEN"):
        refuse("InvalidDeploymentStyle")
    if style.get("deploymentOption", "WITHOUT_TRAFFIC_CONTROL") not in (
        "WITH_TRAFFIC_CONTROL",
        "WITHOUT_TRAFFIC_CONTROL",
    ):
        refuse("InvalidDeploymentStyle")
    if _controls_traffic(settings) and not _load_balancer_names(settings):
        refuse("InvalidLoadBalancerInfo", NO_TARGET_GROUP)
    _check_tags(settings)


def _check_tags(settings: dict[str, Any]) -> None:
    tag_sets = (settings.get("ec2TagSet") or {}).get("ec2TagSetList") or []
    if tag_sets and settings.get("ec2TagFilters"):
        refuse("InvalidEC2TagCombination")
    if len(tag_sets) > MAX_TAG_SETS:
        refuse("TagSetListLimitExceeded")
    for tag in (tag for tags in (*tag_sets, settings.get("ec2TagFilters") or []) for tag in tags):
        if tag.get("Type") not in FILTER_TYPES:
            refuse("InvalidEC2Tag")


def _controls_traffic(settings: dict[str, Any]) -> bool:
    return bool(settings["deploymentStyle"].get("deploymentOption") == "WITH_TRAFFIC_CONTROL")


def _load_balancer_names(settings: dict[str, Any]) -> list[str]:
    info = settings.get("loadBalancerInfo") or {}
    lists = (info.get("targetGroupInfoList") or [], info.get("elbInfoList") or [])
    return [entry["name"] for entries in lists for entry in entries]


def _apply(group: DeploymentGroup, settings: dict[str, Any]) -> None:
    """Tells the engine's group what the settings mean."""
    tag_set = (settings.get("ec2TagSet") or {}).get("ec2TagSetList") or []
    filters = settings.get("ec2TagFilters") or []
    group.tag_sets = [
        [TagFilter(tag.get("Key"), tag.get("Value"), tag["Type"]) for tag in tags]
        for tags in (tag_set or ([filters] if filters else []))
    ]
    group.auto_scaling_groups = list(settings.get("autoScalingGroups") or [])
    group.target_groups = _load_balancer_names(settings) if _controls_traffic(settings) else []
    group.service_role = settings["serviceRoleArn"]


def _info(service: CodeDeploy, record: DeploymentGroupRecord) -> Answer:
    group, settings = record.group, record.settings
    info: Answer = {
        **settings,
        "applicationName": group.application,
        "deploymentGroupId": group.id,
        "deploymentGroupName": group.name,
        "autoScalingGroups": [{"name": name} for name in group.auto_scaling_groups],
        "computePlatform": service.application(group.application).compute_platform,
    }
    if group.target_revision is not None:
        info["targetRevision"] = group.target_revision.to_location()
    for key, deployment_id in (
        ("lastSuccessfulDeployment", group.last_successful),
        ("lastAttemptedDeployment", group.last_attempted),
    ):
        if deployment_id is not None:
            deployment = service.deployments[deployment_id]
            info[key] = {
                "deploymentId": deployment.id,
                "status": deployment.status,
                "endTime": service.moment(deployment.completed_s),
                "createTime": service.moment(deployment.created_s),
            }
    return info
