"""Tags on applications and deployment groups."""

from collections.abc import Sequence

from labkit.aws.codedeploy import quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation

ARN_PARTS = 7
RESERVED_PREFIX = "aws:"


@operation("TagResource")
def tag_resource(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, TagResource."""
    arn = _resource(service, parameters)
    tags = parameters.get("Tags") or []
    if not tags:
        refuse("TagRequired")
    check_new_tags(tags, service.tags.get(arn, {}))
    service.set_tags(arn, tags)
    return {}


@operation("UntagResource")
def untag_resource(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, UntagResource."""
    tags = service.tags.setdefault(_resource(service, parameters), {})
    keys = parameters.get("TagKeys") or []
    if not keys:
        refuse("TagRequired")
    for key in keys:
        tags.pop(key, None)
    return {}


@operation("ListTagsForResource", note="All tags come at once; an unknown application or group has none.")
def list_tags_for_resource(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListTagsForResource."""
    _, arn = _taggable(parameters)
    return {"Tags": [{"Key": key, "Value": value} for key, value in service.tags.get(arn, {}).items()]}


def check_new_tags(tags: Sequence[Parameters] | None, present: Parameters) -> None:
    """Checks ``tags`` that are to join those ``present``. Raises InvalidTagsToAdd."""
    keys = [tag.get("Key") or "" for tag in tags or []]
    if len(set(keys)) != len(keys):
        refuse("InvalidTagsToAdd", because="Expected each key once; give one value for each key.")
    if len({*present, *keys}) > quotas.RESOURCE_TAGS:
        refuse("InvalidTagsToAdd", because=f"Expected at most {quotas.RESOURCE_TAGS} tags; remove some first.")
    for tag in tags or []:
        problem = tag_problem(tag)
        if problem:
            refuse("InvalidTagsToAdd", because=problem)


def tag_problem(tag: Parameters) -> str | None:
    """What is wrong with ``tag``, in a sentence; None if it may be set."""
    key, value = tag.get("Key") or "", tag.get("Value") or ""
    if not 1 <= len(key) <= quotas.TAG_KEY_LENGTH:
        return f"Expected a Key of 1 to {quotas.TAG_KEY_LENGTH} characters, found {len(key)}."
    if len(value) > quotas.TAG_VALUE_LENGTH:
        return f"Expected a Value of at most {quotas.TAG_VALUE_LENGTH} characters, found {len(value)}."
    if key.lower().startswith(RESERVED_PREFIX):
        return f"Expected a Key that does not begin with {RESERVED_PREFIX}, which is reserved, found {key!r}."
    return None


def _resource(service: CodeDeploy, parameters: Parameters) -> str:
    """The ARN, checked to be an application's or a deployment group's that exists."""
    name, arn = _taggable(parameters)
    application, _, group = name.partition("/")
    if group:
        service.deployment_group(application, group)
    else:
        service.application(application)
    return arn


def _taggable(parameters: Parameters) -> tuple[str, str]:
    """``application`` or ``application/group``, and the ARN.

    Raises ResourceArnRequired, InvalidArn, ArnNotSupported.
    """
    arn = parameters.get("ResourceArn")
    if not arn:
        refuse("ResourceArnRequired")
    parts = arn.split(":", ARN_PARTS - 1)
    if len(parts) != ARN_PARTS or parts[:3] != ["arn", "aws", "codedeploy"] or not parts[6]:
        refuse("InvalidArn", because="Expected arn:aws:codedeploy:<region>:<account>:application:<name>.")
    kind, name = parts[5], parts[6]
    application, _, group = name.partition("/")
    if kind not in ("application", "deploymentgroup") or not application or bool(group) != (kind == "deploymentgroup"):
        refuse("ArnNotSupported", because="Only applications and deployment groups have tags.")
    return name, str(arn)
