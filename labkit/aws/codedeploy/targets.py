"""Deployment targets: each instance's lifecycle events. The operations named …Instances… are the older form."""

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation
from labkit.world.deployment.records import Deployment, LifecycleEvent, Target

TARGET_STATUSES = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown", "Ready")
MAX_TARGETS = 25


@operation("ListDeploymentTargets")
def list_deployment_targets(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeploymentTargets (filters TargetStatus and ServerInstanceLabel)."""
    deployment = _started(service, parameters)
    filters = parameters.get("targetFilters") or {}
    if any(name not in ("TargetStatus", "ServerInstanceLabel") for name in filters):
        refuse("InvalidTargetFilterName")
    if "ServerInstanceLabel" in filters:
        refuse("InvalidDeploymentInstanceType")
    wanted = filters.get("TargetStatus") or TARGET_STATUSES
    if any(status not in TARGET_STATUSES for status in wanted):
        refuse("InvalidInstanceStatus")
    return {"targetIds": [target.instance_id for target in deployment.targets.values() if target.status in wanted]}


@operation("GetDeploymentTarget")
def get_deployment_target(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeploymentTarget."""
    deployment = _started(service, parameters)
    return {"deploymentTarget": _shape(service, deployment, _target(deployment, parameters.get("targetId")))}


@operation("BatchGetDeploymentTargets")
def batch_get_deployment_targets(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetDeploymentTargets."""
    deployment = _started(service, parameters)
    wanted = parameters.get("targetIds") or []
    if not wanted:
        refuse("DeploymentTargetIdRequired")
    if len(wanted) > MAX_TARGETS:
        refuse("DeploymentTargetListSizeExceeded")
    return {"deploymentTargets": [_shape(service, deployment, _target(deployment, target)) for target in wanted]}


def _started(service: CodeDeploy, parameters: Parameters) -> Deployment:
    deployment = service.deployment(names.deployment_id(parameters))
    if not deployment.targets and not deployment.terminal:
        refuse("DeploymentNotStarted")
    return deployment


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
            "lifecycleEvents": [_event(service, event) for event in target.lifecycle_events],
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
