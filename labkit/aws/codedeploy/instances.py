"""The older, deprecated form of ``targets``: the same instances, named by id or by ARN."""

from labkit.aws.codedeploy import names, quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation
from labkit.aws.codedeploy.targets import lifecycle_events, select, started
from labkit.world.deployment.records import Deployment, Target


@operation("ListDeploymentInstances")
def list_deployment_instances(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeploymentInstances."""
    found = select(
        started(service, parameters), parameters.get("instanceStatusFilter"), parameters.get("instanceTypeFilter")
    )
    return page("instancesList", [target.instance_id for target in found], parameters)


@operation("GetDeploymentInstance")
def get_deployment_instance(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeploymentInstance."""
    deployment = service.deployment(names.deployment_id(parameters))
    instance_id = parameters.get("instanceId")
    if not instance_id:
        refuse("InstanceIdRequired")
    target = _find(service, deployment, instance_id)
    if target is None:
        refuse("InstanceDoesNotExist", because=f"{instance_id} is not part of the deployment {deployment.id}.")
    return {"instanceSummary": _summary(service, deployment, target)}


@operation("BatchGetDeploymentInstances")
def batch_get_deployment_instances(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetDeploymentInstances; unknown instances are named in ``errorMessage``."""
    deployment = service.deployment(names.deployment_id(parameters))
    wanted = parameters.get("instanceIds") or []
    if not wanted:
        refuse("InstanceIdRequired")
    if len(wanted) > quotas.BATCH:
        refuse("BatchLimitExceeded", because=f"Expected at most {quotas.BATCH} instanceIds, found {len(wanted)}.")
    found = [(instance_id, _find(service, deployment, instance_id)) for instance_id in wanted]
    answer: Answer = {"instancesSummary": [_summary(service, deployment, target) for _, target in found if target]}
    missing = [instance_id for instance_id, target in found if target is None]
    if missing:
        answer["errorMessage"] = f"No instance found for id: {', '.join(missing)}"
    return answer


def _find(service: CodeDeploy, deployment: Deployment, instance: str) -> Target | None:
    targets = deployment.targets.values()
    return deployment.targets.get(instance) or next(
        (target for target in targets if service.instance_arn(target.instance_id) == instance), None
    )


def _summary(service: CodeDeploy, deployment: Deployment, target: Target) -> Answer:
    return {
        "deploymentId": deployment.id,
        "instanceId": service.instance_arn(target.instance_id),
        "status": target.status,
        "lastUpdatedAt": service.moment(target.updated_s),
        "lifecycleEvents": lifecycle_events(service, target),
        **({} if target.label is None else {"instanceType": target.label}),
    }
