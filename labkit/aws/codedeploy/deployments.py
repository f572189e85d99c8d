"""Deployments: create, look at, stop."""

from collections.abc import Iterable
from typing import Any

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.records import DeploymentGroupRecord
from labkit.aws.codedeploy.revisions import read_revision, remember
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_deployment_id, operation
from labkit.world.deployment.records import Deployment, DeploymentOrder

FILE_EXISTS_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")
STATUSES = ("Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready")
MAX_DESCRIPTION = 256
MAX_BATCH = 25


@operation("CreateDeployment")
def create_deployment(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateDeployment."""
    application = service.application(names.application_name(parameters))
    record = service.deployment_group(application.name, names.deployment_group_name(parameters))
    _check(service, record, parameters)
    revision = read_revision(parameters)
    deployment = service.engine.start(
        DeploymentOrder(
            deployment_id=_fresh_id(service),
            group=record.group,
            revision=revision,
            config=service.config(parameters.get("deploymentConfigName") or record.settings["deploymentConfigName"]),
            description=parameters.get("description"),
            ignore_application_stop_failures=bool(parameters.get("ignoreApplicationStopFailures")),
            update_outdated_instances_only=bool(parameters.get("updateOutdatedInstancesOnly")),
            file_exists_behavior=parameters.get("fileExistsBehavior") or "DISALLOW",
        )
    )
    service.deployments[deployment.id] = deployment
    record.deployment_ids.append(deployment.id)
    used = remember(service, application, revision)
    used.first_used = used.first_used or service.now
    used.last_used = service.now
    return {"deploymentId": deployment.id}


@operation("GetDeployment")
def get_deployment(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeployment."""
    return {"deploymentInfo": _info(service, service.deployment(names.deployment_id(parameters)))}


@operation("BatchGetDeployments")
def batch_get_deployments(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetDeployments; ids that don't exist are left out."""
    wanted = parameters.get("deploymentIds") or []
    if not wanted:
        refuse("DeploymentIdRequired")
    if len(wanted) > MAX_BATCH:
        refuse("BatchLimitExceeded")
    ids = [names.deployment_id({"deploymentId": deployment_id}) for deployment_id in wanted]
    return {"deploymentsInfo": [_info(service, service.deployments[i]) for i in ids if i in service.deployments]}


@operation("ListDeployments")
def list_deployments(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeployments: newest first."""
    wanted = parameters.get("includeOnlyStatuses") or STATUSES
    if any(status not in STATUSES for status in wanted):
        refuse("InvalidDeploymentStatus")
    span = parameters.get("createTimeRange") or {}
    start, end = span.get("start"), span.get("end")
    if start and end and start > end:
        refuse("InvalidTimeRange")
    found = [
        deployment.id
        for deployment in _of_group(service, parameters)
        if deployment.status in wanted and _within(service, deployment, start, end)
    ]
    return {"deployments": found[::-1]}


@operation("StopDeployment")
def stop_deployment(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, StopDeployment: ``Pending`` while events that run now come to their end."""
    deployment = service.deployment(names.deployment_id(parameters))
    if deployment.terminal:
        refuse("DeploymentAlreadyCompleted", f"The deployment {deployment.id} has already completed.")
    service.engine.stop(deployment)
    return {"status": "Pending", "statusMessage": "The deployment is being stopped."}


def _check(service: CodeDeploy, record: DeploymentGroupRecord, parameters: Parameters) -> None:
    if record.settings["deploymentStyle"].get("deploymentType") == "BLUE_GREEN":
        refuse("InvalidDeploymentStyle", "This lab carries out in-place deployments; make the group IN_PLACE.")
    if len(parameters.get("description") or "") > MAX_DESCRIPTION:
        refuse("DescriptionTooLong")
    if parameters.get("fileExistsBehavior") not in (None, *FILE_EXISTS_BEHAVIORS):
        refuse("InvalidFileExistsBehavior")
    active = service.engine.active(record.group)
    if active is not None:
        refuse(
            "DeploymentLimitExceeded",
            f"The Deployment Group '{record.group.name}' already has an active Deployment '{active.id}'",
        )


def _fresh_id(service: CodeDeploy) -> str:
    deployment_id = new_deployment_id()
    while deployment_id in service.deployments:
        deployment_id = new_deployment_id()
    return deployment_id


def _of_group(service: CodeDeploy, parameters: Parameters) -> Iterable[Deployment]:
    application, group = parameters.get("applicationName"), parameters.get("deploymentGroupName")
    if not application and not group:
        return service.deployments.values()
    record = service.deployment_group(names.application_name(parameters), names.deployment_group_name(parameters))
    return [service.deployments[deployment_id] for deployment_id in record.deployment_ids]


def _within(service: CodeDeploy, deployment: Deployment, start: Any, end: Any) -> bool:
    created = service.engine.clock.moment(deployment.created_s)
    return (start is None or created >= start) and (end is None or created <= end)


def _info(service: CodeDeploy, deployment: Deployment) -> Answer:
    order = deployment.order
    settings = _settings(service, deployment)
    info: Answer = {
        "applicationName": order.group.application,
        "deploymentGroupName": order.group.name,
        "deploymentConfigName": order.config.name,
        "deploymentId": deployment.id,
        "revision": order.revision.to_location(),
        "status": deployment.status,
        "createTime": service.moment(deployment.created_s),
        "startTime": service.moment(deployment.started_s),
        "completeTime": service.moment(deployment.completed_s),
        "description": order.description,
        "creator": order.creator,
        "ignoreApplicationStopFailures": order.ignore_application_stop_failures,
        "updateOutdatedInstancesOnly": order.update_outdated_instances_only,
        "instanceTerminationWaitTimeStarted": False,
        "fileExistsBehavior": order.file_exists_behavior,
        "computePlatform": "Server",
        **{
            key: settings[key]
            for key in ("deploymentStyle", "loadBalancerInfo", "autoRollbackConfiguration")
            if key in settings
        },
    }
    if deployment.targets:
        info["deploymentOverview"] = deployment.overview
    if deployment.previous_revision is not None:
        info["previousRevision"] = deployment.previous_revision.to_location()
    if deployment.error is not None:
        info["errorInformation"] = {"code": deployment.error.code, "message": deployment.error.message}
    return {key: value for key, value in info.items() if value is not None}


def _settings(service: CodeDeploy, deployment: Deployment) -> dict[str, Any]:
    """The group's settings, as far as the group still exists."""
    group = deployment.order.group
    application = service.applications.get(group.application)
    record = application.groups.get(group.name) if application else None
    return record.settings if record else {}
