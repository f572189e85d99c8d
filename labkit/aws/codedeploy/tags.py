"""Tags on applications and deployment groups."""

from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation

ARN_PARTS = 7


@operation("TagResource")
def tag_resource(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, TagResource."""
    arn = _resource(service, parameters)
    tags = parameters.get("Tags") or []
    if not tags:
        refuse("TagRequired")
    service.set_tags(arn, tags)
    return {}


@operation("UntagResource")
def untag_resource(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, UntagResource."""
    tags = service.tags.setdefault(_resource(service, parameters), {})
    for key in parameters.get("TagKeys") or []:
        tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListTagsForResource."""
    tags = service.tags.get(_resource(service, parameters), {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _resource(service: CodeDeploy, parameters: Parameters) -> str:
    """The ARN, checked to be an application's or a deployment group's that exists."""
    arn = parameters.get("ResourceArn")
    if not arn:
        refuse("ResourceArnRequired")
    parts = arn.split(":", ARN_PARTS - 1)
    if len(parts) != ARN_PARTS or parts[:3] != ["arn", "aws", "codedeploy"]:
        refuse("InvalidArn")
    kind, name = parts[5], parts[6]
    if kind == "application":
        service.application(name)
    elif kind == "deploymentgroup" and "/" in name:
        service.deployment_group(*name.split("/", 1))
    else:
        refuse("ArnNotSupported")
    return str(arn)
