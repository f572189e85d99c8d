"""EC2: launching touches many resources at once, and may hand a role to the instances.

Amazon EC2 User Guide, "Identity-based policies for Amazon EC2" (RunInstances), "Grant permissions to pass an IAM role
to an instance". CreateLaunchTemplate does not ask for ``iam:PassRole``: EC2 checks a template when it is used.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.aws.authorization.call import Asked, Call, Rule, Values
from labkit.aws.authorization.lookups import ec2, launch_template, role_of_profile
from labkit.aws.authorization.resources import arn, resources

EC2_SERVICE = "ec2.amazonaws.com"
LAUNCHED = ("instance", "network-interface", "volume")
"""What a launch makes; their ids are not known when it is decided."""


def run_instances(call: Call, given: Mapping[str, Any]) -> Iterator[Asked]:
    """What a launch with the parameters ``given`` asks for: RunInstances on each resource, tags, the role."""
    template = given.get("LaunchTemplate") or {}
    template_id, template_profile = launch_template(call, template) if template else (None, None)
    profile = given.get("IamInstanceProfile") or {}
    profile_name = profile.get("Arn") or profile.get("Name") or template_profile
    yield Asked(
        "ec2:RunInstances", _launch_resources(call, given, template_id), _launch_context(call, given, profile_name)
    )
    yield from _tags_on_creation(call, given)
    yield from pass_profile(call, profile_name)


def pass_profile(call: Call, profile: str | None) -> Iterator[Asked]:
    """``iam:PassRole`` for the role in an instance profile (name or ARN); nothing for a profile without role."""
    role = role_of_profile(call, profile) if profile else None
    if role:
        yield Asked("iam:PassRole", (role,), {"iam:PassedToService": EC2_SERVICE})


def _launch_resources(call: Call, given: Mapping[str, Any], template_id: str | None) -> tuple[str, ...]:
    image, subnet = given.get("ImageId"), given.get("SubnetId")
    named = [
        arn(call, "ec2", "image", Account="", ImageId=image or "*"),
        *(arn(call, "ec2", kind) for kind in LAUNCHED),
        *(arn(call, "ec2", "security-group", SecurityGroupId=one) for one in given.get("SecurityGroupIds") or ["*"]),
        arn(call, "ec2", "subnet", SubnetId=subnet or "*"),
    ]
    if given.get("KeyName"):
        named.append(arn(call, "ec2", "key-pair", KeyPairName=str(given["KeyName"])))
    if template_id:
        named.append(arn(call, "ec2", "launch-template", LaunchTemplateId=template_id))
    return tuple(named)


def _launch_context(call: Call, given: Mapping[str, Any], profile: str | None) -> dict[str, Values]:
    keys: dict[str, Values] = {
        "ec2:InstanceType": str(given.get("InstanceType") or "m1.small"),
        "ec2:Region": call.region,
    }
    if profile:
        whole = profile if profile.startswith("arn:") else f"arn:aws:iam::{call.account_id}:instance-profile/{profile}"
        keys["ec2:InstanceProfile"] = whole
    tokens = (given.get("MetadataOptions") or {}).get("HttpTokens")
    return {**keys, "ec2:MetadataHttpTokens": str(tokens)} if tokens else keys


def _tags_on_creation(call: Call, given: Mapping[str, Any]) -> Iterator[Asked]:
    """Tags given to what is made need ``ec2:CreateTags`` as well ("Grant permission to tag on creation")."""
    for specification in given.get("TagSpecifications") or []:
        kind = str(specification.get("ResourceType"))
        yield Asked(
            "ec2:CreateTags",
            (f"arn:aws:ec2:{call.region}:{call.account_id}:{kind}/*",),
            {"ec2:CreateAction": call.operation},
        )


def _run_instances(call: Call) -> Iterator[Asked]:
    return run_instances(call, call.parameters)


def _create(call: Call) -> Iterator[Asked]:
    yield Asked(call.action, resources(call, call.action))
    yield from _tags_on_creation(call, call.parameters)


def _launch_template(call: Call) -> Iterator[Asked]:
    template_id, _ = launch_template(call, call.parameters)
    yield Asked(call.action, (arn(call, "ec2", "launch-template", LaunchTemplateId=template_id or "*"),))


def _tags(call: Call) -> Iterator[Asked]:
    """CreateTags and DeleteTags name resources by their ids, whose first part tells the type."""
    ids = call.parameters.get("Resources") or []
    yield Asked(call.action, tuple(_by_id(call, one) for one in ids) or ("*",))


def _by_id(call: Call, resource_id: str) -> str:
    kind = KINDS.get(resource_id.rpartition("-")[0], "*")
    return f"arn:aws:ec2:{call.region}:{'' if kind == 'image' else call.account_id}:{kind}/{resource_id}"


def _associate_profile(call: Call) -> Iterator[Asked]:
    yield Asked(call.action, resources(call, call.action))
    profile = call.parameters.get("IamInstanceProfile") or {}
    yield from pass_profile(call, profile.get("Arn") or profile.get("Name"))


def _by_association(call: Call) -> Iterator[Asked]:
    association = call.text("AssociationId")
    found = next(
        (one for one in ec2(call).iam_instance_profile_associations.values() if one.association_id == association), None
    )
    yield Asked(call.action, (arn(call, "ec2", "instance", InstanceId=found.instance.id if found else "*"),))
    profile = call.parameters.get("IamInstanceProfile") or {}
    yield from pass_profile(call, profile.get("Arn") or profile.get("Name"))


KINDS = {
    "ami": "image",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "eni": "network-interface",
    "rtb": "route-table",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "key": "key-pair",
    "eipalloc": "elastic-ip",
    "nat": "natgateway",
    "acl": "network-acl",
    "sgr": "security-group-rule",
}
"""The type of resource by the first part of its id."""

TAGGED_ON_CREATION = (
    "CreateImage",
    "CreateInternetGateway",
    "CreateKeyPair",
    "CreateLaunchTemplate",
    "CreateNetworkInterface",
    "CreateRouteTable",
    "CreateSecurityGroup",
    "CreateSnapshot",
    "CreateSubnet",
    "CreateVolume",
    "CreateVpc",
)
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(TAGGED_ON_CREATION, _create),
    "RunInstances": _run_instances,
    "CreateTags": _tags,
    "DeleteTags": _tags,
    "AssociateIamInstanceProfile": _associate_profile,
    "ReplaceIamInstanceProfileAssociation": _by_association,
    "DisassociateIamInstanceProfile": _by_association,
    **dict.fromkeys(("CreateLaunchTemplateVersion", "DeleteLaunchTemplate", "ModifyLaunchTemplate"), _launch_template),
}
