"""Operations that belong to Lambda, ECS and CloudFormation: they answer, and there is nothing for them to do."""

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation

RESULTS = ("Succeeded", "Failed")


@operation(
    "PutLifecycleEventHookExecutionStatus",
    note="Every deployment here is to machines, whose scripts report themselves.",
)
def put_lifecycle_event_hook_execution_status(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, PutLifecycleEventHookExecutionStatus: the answer of a Lambda function that checks a deployment."""
    deployment = service.deployment(names.deployment_id(parameters))
    if parameters.get("status") not in RESULTS:
        refuse("InvalidLifecycleEventHookExecutionStatus")
    if not parameters.get("lifecycleEventHookExecutionId"):
        refuse("InvalidLifecycleEventHookExecutionId")
    sentence = f"{deployment.id} deploys to EC2/On-Premises, where scripts on the instances are the hooks."
    refuse("UnsupportedActionForDeploymentType", because=sentence)


@operation("DeleteResourcesByExternalId", note="CloudFormation calls it; no resource here has an external id.")
def delete_resources_by_external_id(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteResourcesByExternalId."""
    del service, parameters
    return {}
