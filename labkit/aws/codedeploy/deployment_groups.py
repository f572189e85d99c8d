"""Deployment groups: which instances, which configuration, which load balancer, whose permissions."""

from typing import Any

from labkit.aws.codedeploy import group_settings, hooks, names, quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.records import Application, DeploymentGroupRecord
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.aws.codedeploy.tags import check_new_tags
from labkit.aws.errors import AwsError
from labkit.world.deployment.records import DeploymentGroup

NO_OTHER_MACHINES = (
    "On-premises tags, Classic Load Balancers, Lambda and ECS are kept and described; nothing stands behind them."
)


@operation("CreateDeploymentGroup", note=NO_OTHER_MACHINES)
def create_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateDeploymentGroup."""
    application = service.application(names.application_name(parameters))
    name = names.deployment_group_name(parameters)
    if name in application.groups:
        refuse("DeploymentGroupAlreadyExists", f"A deployment group with the name {name} already exists.")
    if not parameters.get("serviceRoleArn"):
        refuse("RoleRequired")
    if len(application.groups) >= quotas.DEPLOYMENT_GROUPS:
        refuse("DeploymentGroupLimitExceeded")
    check_new_tags(parameters.get("tags"), {})
    settings = group_settings.new_settings(application.compute_platform, parameters)
    group_settings.check(service, application, settings)
    group = DeploymentGroup(new_id(), application.name, name, settings["serviceRoleArn"])
    group_settings.apply(group, settings)
    hooks.agree(service, group, settings)
    application.groups[name] = DeploymentGroupRecord(group, settings)
    service.set_tags(service.deployment_group_arn(application.name, name), parameters.get("tags"))
    return {"deploymentGroupId": group.id}


@operation("UpdateDeploymentGroup", note=NO_OTHER_MACHINES)
def update_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, UpdateDeploymentGroup: what is absent stays, an empty list removes."""
    application = service.application(names.application_name(parameters))
    name = names.deployment_group_name(parameters, "currentDeploymentGroupName")
    record = service.deployment_group(application.name, name)
    new_name = parameters.get("newDeploymentGroupName") or name
    names.deployment_group_name({"deploymentGroupName": new_name})
    if new_name != name and new_name in application.groups:
        refuse("DeploymentGroupAlreadyExists", f"A deployment group with the name {new_name} already exists.")
    if record.group.auto_scaling_groups:  # a blue/green deployment may have put a copy in the place of the one given
        record.settings = {**record.settings, "autoScalingGroups": list(record.group.auto_scaling_groups)}
    settings = group_settings.changed_settings(record.settings, parameters)
    group_settings.check(service, application, settings, record)
    left = _change(service, record, settings)
    record.group.name = new_name
    application.groups = {(new_name if key == name else key): value for key, value in application.groups.items()}
    service.move_tags(
        service.deployment_group_arn(application.name, name), service.deployment_group_arn(application.name, new_name)
    )
    return {"hooksNotCleanedUp": left}


def _change(service: CodeDeploy, record: DeploymentGroupRecord, settings: dict[str, Any]) -> list[Answer]:
    """Gives the group new settings and its Auto Scaling groups the hooks that go with them, or neither."""
    group_settings.apply(record.group, settings)
    try:
        left = hooks.agree(service, record.group, settings)
    except AwsError:
        group_settings.apply(record.group, record.settings)
        raise
    record.settings = settings
    return left


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
    if len(wanted) > quotas.BATCH_OF_DEPLOYMENT_GROUPS:
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
    return {"applicationName": application.name, **page("deploymentGroups", list(application.groups), parameters)}


@operation(
    "DeleteDeploymentGroup",
    note="Its deployments' details go with it; one that is under way goes on to its end on the machines.",
)
def delete_deployment_group(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteDeploymentGroup: an unknown group is fine."""
    name = names.deployment_group_name(parameters)
    application = service.applications.get(names.application_name(parameters))
    if application is None or name not in application.groups:
        return {"hooksNotCleanedUp": []}
    left = hooks.agree(service, application.groups[name].group, {})
    forget_deployment_group(service, application, name)
    return {"hooksNotCleanedUp": left}


def forget_deployment_group(service: CodeDeploy, application: Application, name: str) -> None:
    """Removes a group with its tags and its deployments' details (user guide, "Delete a deployment group")."""
    record = application.groups.pop(name)
    service.hooks.forget(record.group.id)
    service.tags.pop(service.deployment_group_arn(application.name, name), None)
    for deployment_id in record.deployment_ids:
        service.deployments.pop(deployment_id, None)
        service.asked.pop(deployment_id, None)


def _info(service: CodeDeploy, record: DeploymentGroupRecord) -> Answer:
    group, settings = record.group, record.settings
    info: Answer = {
        **settings,
        "applicationName": group.application,
        "deploymentGroupId": group.id,
        "deploymentGroupName": group.name,
        "autoScalingGroups": hooks.describe(service, group),
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
