"""What a call's parameters do not say by themselves: paths, ids and profiles, looked up in moto's records."""

from collections.abc import Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import EC2Backend, ec2_backends
from moto.iam.models import IAMBackend, iam_backends

from labkit.aws.authorization.call import Call

GLOBAL = "aws"
NAME_PARAMETERS = {
    "user": ("UserName",),
    "role": ("RoleName",),
    "group": ("GroupName",),
    "instance-profile": ("InstanceProfileName",),
    "policy": ("PolicyName",),
    "server-certificate": ("ServerCertificateName",),
    "mfa": ("VirtualMFADeviceName",),
    "saml-provider": ("Name",),
}
"""The parameter that names a resource of each type of IAM's."""


def iam(account_id: str) -> IAMBackend:
    """IAM's records of an account."""
    backend: IAMBackend = iam_backends[account_id][GLOBAL]
    return backend


def ec2(call: Call) -> EC2Backend:
    """EC2's records of the call's account and region."""
    backend: EC2Backend = ec2_backends[call.account_id][call.region]
    return backend


def iam_path_and_name(call: Call, kind: str) -> str | None:
    """``division/ana`` for what the call names among IAM's resources of a type; None if it names none.

    What exists has its own path, what is to be created the path of the call. A call about a user that names nobody
    means the caller.
    """
    named = next((text for name in NAME_PARAMETERS.get(kind, ()) if (text := call.text(name))), None)
    if named is None and kind == "user":
        named = call.user
    if named is None:
        return None
    path = _path(call.account_id, kind, named) or call.text("Path") or "/"
    return f"{path}{named}".lstrip("/")


def _path(account_id: str, kind: str, name: str) -> str | None:
    backend = iam(account_id)
    if kind == "role":
        return next((role.path for role in backend.roles.values() if role.name == name), None)
    kinds: Mapping[str, Mapping[str, Any]] = {
        "user": backend.users,
        "group": backend.groups,
        "instance-profile": backend.instance_profiles,
    }
    kept = kinds.get(kind, {})
    found = kept.get(name) or next((one for one in kept.values() if one.name == name), None)
    return str(found.path) if found else None


def role_of_profile(call: Call, profile: str) -> str | None:
    """ARN of the role in an instance profile, given by its name or ARN; None if there is no profile or role."""
    for found in iam(call.account_id).instance_profiles.values():
        if profile in (found.name, found.arn):
            return str(found.roles[0].arn) if found.roles else None
    return None


def auto_scaling_group_arn(call: Call, name: str) -> str | None:
    """ARN of an existing Auto Scaling group."""
    group = autoscaling_backends[call.account_id][call.region].autoscaling_groups.get(name)
    return str(group.arn) if group else None


def launch_template(call: Call, given: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Id and instance profile (name or ARN) of the template that ``given`` (LaunchTemplateSpecification) means."""
    asked = {given.get("LaunchTemplateId"), given.get("LaunchTemplateName")} - {None}
    template = next((one for one in ec2(call).launch_templates.values() if {one.id, one.name} & asked), None)
    version = str(given.get("Version") or "$Default")
    if template is None or (version.isdigit() and not 1 <= int(version) <= len(template.versions)):
        return given.get("LaunchTemplateId"), None
    profile = template.get_version(version).data.get("IamInstanceProfile") or {}
    return str(template.id), profile.get("Arn") or profile.get("Name")
