"""Deployment targets: each instance's lifecycle events. ``instances`` has the older form of these operations."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.aws.codedeploy import names, quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation
from labkit.world.deployment.records import Deployment, LifecycleEvent, Target

STATUSES = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown", "Ready")
LABELS = ("Blue", "Green")
FILTERS = ("TargetStatus", "ServerInstanceLabel")


@operation("ListDeploymentTargets")
def list_deployment_targets(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeploymentTargets (filters TargetStatus and ServerInstanceLabel)."""
    deployment = started(service, parameters)
    filters: Mapping[str, Sequence[str]] = parameters.get("targetFilters") or {}
    if any(name not in FILTERS for name in filters):
        refuse("InvalidTargetFilterName", because=f"Expected {' or '.join(FILTERS)}.")
    found = select(deployment, filters.get("TargetStatus"), filters.get("ServerInstanceLabel"))
    return page("targetIds", [target.instance_id for target in found], parameters)


@operation("GetDeploymentTarget")
def get_deployment_target(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeploymentTarget."""
    deployment = started(service, parameters)
    return {"deploymentTarget": _shape(service, deployment, _target(deployment, parameters.get("targetId")))}


@operation("BatchGetDeploymentTargets")
def batch_get_deployment_targets(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetDeploymentTargets."""
    deployment = started(service, parameters)
    wanted = parameters.get("targetIds") or []
    if not wanted:
        refuse("DeploymentTargetIdRequired")
    if len(wanted) > quotas.BATCH:
        sentence = f"Expected at most {quotas.BATCH} targetIds, found {len(wanted)}."
        refuse("DeploymentTargetListSizeExceeded", sentence)
    return {"deploymentTargets": [_shape(service, deployment, _target(deployment, target)) for target in wanted]}


def started(service: CodeDeploy, parameters: Parameters) -> Deployment:
    """The call's deployment. Raises DeploymentNotStarted as long as its fleet is not known, and those of its id."""
    deployment = service.deployment(names.deployment_id(parameters))
    if not deployment.targets and not deployment.terminal:
        refuse("DeploymentNotStarted")
    return deployment


def select(deployment: Deployment, statuses: Sequence[str] | None, labels: Sequence[str] | None) -> list[Target]:
    """The targets with one of ``statuses`` and of ``labels`` (Blue, Green); empty or None: all.

    Raises InvalidInstanceStatus, InvalidInstanceType, InvalidDeploymentInstanceType.
    """
    if any(status not in STATUSES for status in statuses or ()):
        refuse("InvalidInstanceStatus", because=f"Expected {', '.join(STATUSES)}.")
    if labels and deployment.order.blue_green is None:
        refuse("InvalidDeploymentInstanceType")
    if any(label not in LABELS for label in labels or ()):
        refuse("InvalidInstanceType")
    return [
        target
        for target in deployment.targets.values()
        if (not statuses or target.status in statuses) and (not labels or target.label in labels)
    ]


def lifecycle_events(service: CodeDeploy, target: Target) -> list[dict[str, Any]]:
    """The target's lifecycle events in API shape."""
    return [_event(service, event) for event in target.lifecycle_events]


def _target(deployment: Deployment, target_id: str | None) -> Target:
    if not target_id:
        refuse("DeploymentTargetIdRequired")
    target = deployment.targets.get(target_id)
    if target is None:
        refuse(
            "DeploymentTargetDoesNotExist",
            f"The deployment target {target_id} is not part of the deployment {deployment.id}.",
        )
    return target


def _shape(service: CodeDeploy, deployment: Deployment, target: Target) -> Answer:
    return {
        "deploymentTargetType": "InstanceTarget",
        "instanceTarget": {
            "deploymentId": deployment.id,
            "targetId": target.instance_id,
            "targetArn": service.instance_arn(target.instance_id),
            "status": target.status,
            "lastUpdatedAt": service.moment(target.updated_s),
            "lifecycleEvents": lifecycle_events(service, target),
            **({} if target.label is None else {"instanceLabel": target.label}),
        },
    }


def _event(service: CodeDeploy, event: LifecycleEvent) -> Answer:
    shape: Answer = {"lifecycleEventName": event.name, "status": event.status}
    if event.diagnostics is not None:
        shape["diagnostics"] = {
            "errorCode": event.diagnostics.error_code,
            "scriptName": event.diagnostics.script_name,
            "message": event.diagnostics.message,
            "logTail": event.diagnostics.log_tail,
        }
    if event.start_s is not None:
        shape["startTime"] = service.moment(event.start_s)
    if event.end_s is not None:
        shape["endTime"] = service.moment(event.end_s)
    return shape
