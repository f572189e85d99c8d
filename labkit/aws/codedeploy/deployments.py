"""Deployments: create, look at, stop."""

from collections.abc import Iterable
from typing import Any

from labkit.aws.codedeploy import names, quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.orders import read_order
from labkit.aws.codedeploy.other_platforms import NO_SUCH_PLATFORM
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.records import DeploymentGroupRecord
from labkit.aws.codedeploy.revisions import remember
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation
from labkit.world.deployment.records import Deployment

FILE_EXISTS_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")
STATUSES = ("Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready")
WAIT_TYPES = ("READY_WAIT", "TERMINATION_WAIT")
SHOWN_SETTINGS = (
    "deploymentStyle",
    "loadBalancerInfo",
    "autoRollbackConfiguration",
    "blueGreenDeploymentConfiguration",
)
"""Settings of the group that GetDeployment repeats."""
ASKED = ("autoRollbackConfiguration", "targetInstances", "overrideAlarmConfiguration", "ec2DeploymentOptions")
"""Members of CreateDeployment that GetDeployment repeats as they were given."""


@operation("CreateDeployment", note="To the platform Server alone; the lab has no Lambda and no ECS to deploy to.")
def create_deployment(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateDeployment."""
    application = service.application(names.application_name(parameters))
    record = service.deployment_group(application.name, names.deployment_group_name(parameters))
    if application.compute_platform != "Server":
        refuse("InvalidComputePlatform", NO_SUCH_PLATFORM)
    _check(service, record, parameters)
    order = read_order(service, record, parameters)
    deployment = service.engine.start(order)
    service.asked[deployment.id] = {key: parameters[key] for key in ASKED if key in parameters}
    used = remember(service, application, order.revision)
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
    if len(wanted) > quotas.BATCH:
        refuse("BatchLimitExceeded", because=f"Expected at most {quotas.BATCH} deploymentIds, found {len(wanted)}.")
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
    return page("deployments", found[::-1], parameters)


@operation("StopDeployment")
def stop_deployment(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, StopDeployment: ``Pending`` while events that run now come to their end."""
    deployment = _not_ended(service, parameters)
    service.engine.stop(deployment, rollback=parameters.get("autoRollbackEnabled"))
    return {"status": "Pending", "statusMessage": "The deployment is being stopped."}


@operation("ContinueDeployment")
def continue_deployment(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ContinueDeployment: ends the wait before rerouting, or the one before blue is terminated."""
    wait = parameters.get("deploymentWaitType") or "READY_WAIT"
    if wait not in WAIT_TYPES:
        refuse("InvalidDeploymentWaitType")
    deployment = _not_ended(service, parameters)
    if deployment.order.blue_green is None:
        refuse("UnsupportedActionForDeploymentType")
    if service.engine.waiting_for(deployment) != wait:
        refuse("DeploymentIsNotInReadyState")
    service.engine.continue_now(deployment, wait)
    return {}


@operation("SkipWaitTimeForInstanceTermination")
def skip_wait_time_for_instance_termination(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, SkipWaitTimeForInstanceTermination: the older form of ContinueDeployment."""
    deployment = _not_ended(service, parameters)
    if deployment.order.blue_green is None:
        refuse("UnsupportedActionForDeploymentType")
    if service.engine.waiting_for(deployment) != "TERMINATION_WAIT":
        refuse("DeploymentNotStarted")
    service.engine.continue_now(deployment, "TERMINATION_WAIT")
    return {}


def _not_ended(service: CodeDeploy, parameters: Parameters) -> Deployment:
    deployment = service.deployment(names.deployment_id(parameters))
    if deployment.terminal:
        refuse("DeploymentAlreadyCompleted", f"The deployment {deployment.id} has already completed.")
    return deployment


def _check(service: CodeDeploy, record: DeploymentGroupRecord, parameters: Parameters) -> None:
    if len(parameters.get("description") or "") > quotas.DESCRIPTION_LENGTH:
        refuse("DescriptionTooLong")
    if parameters.get("fileExistsBehavior") not in (None, *FILE_EXISTS_BEHAVIORS):
        refuse("InvalidFileExistsBehavior")
    active = service.engine.active(record.group)
    if active is not None:
        refuse(
            "DeploymentLimitExceeded",
            f"The Deployment Group '{record.group.name}' already has an active Deployment '{active.id}'",
        )


def _of_group(service: CodeDeploy, parameters: Parameters) -> Iterable[Deployment]:
    application, group = parameters.get("applicationName"), parameters.get("deploymentGroupName")
    if parameters.get("externalId"):
        return ()  # only CloudFormation's deployments have one
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
        **{key: settings[key] for key in SHOWN_SETTINGS if key in settings},
        **service.asked.get(deployment.id, {}),
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
        "instanceTerminationWaitTimeStarted": deployment.termination_wait_started,
        "fileExistsBehavior": order.file_exists_behavior,
        "computePlatform": "Server",
    }
    if deployment.targets:
        info["deploymentOverview"] = deployment.overview
    if deployment.previous_revision is not None:
        info["previousRevision"] = deployment.previous_revision.to_location()
    if deployment.rollback_info:
        info["rollbackInfo"] = deployment.rollback_info
    if deployment.related:
        info["relatedDeployments"] = {"autoUpdateOutdatedInstancesDeploymentIds": deployment.related}
    if order.restart:
        info["deploymentMode"] = "RESTART"
    if deployment.error is not None:
        info["errorInformation"] = {"code": deployment.error.code, "message": deployment.error.message}
    return {key: value for key, value in info.items() if value is not None}


def _settings(service: CodeDeploy, deployment: Deployment) -> dict[str, Any]:
    """The group's settings, as far as the group still exists."""
    group = deployment.order.group
    application = service.applications.get(group.application)
    record = application.groups.get(group.name) if application else None
    return record.settings if record else {}
