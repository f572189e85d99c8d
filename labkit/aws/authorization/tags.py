"""Tags as condition keys: those a call gives (``aws:RequestTag/…``) and those its resource has (``aws:ResourceTag/…``).

IAM User Guide, "Controlling access to AWS resources using tags".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import Role, User
from moto.s3.models import s3_backends

from labkit.aws.authorization.call import Call, Values
from labkit.aws.authorization.lookups import ec2, iam

RESOURCE_TAG_PREFIXES = frozenset({"autoscaling", "ec2", "elasticloadbalancing", "iam", "ssm"})
"""Services with a key of their own beside ``aws:ResourceTag/…``."""

GROUP_NAME = "autoScalingGroupName/"


def request_tags(call: Call) -> dict[str, Values]:
    """``aws:RequestTag/key`` for each tag the call gives, and ``aws:TagKeys`` with all keys it names."""
    given = dict(_given(call.parameters))
    removed = call.parameters.get("TagKeys") or call.parameters.get("tagKeys") or []
    keys = [*given, *(str(key) for key in removed)]
    found: dict[str, Values] = {f"aws:RequestTag/{key}": value for key, value in given.items()}
    return {**found, "aws:TagKeys": keys} if keys else found


def resource_tags(call: Call, resource: str) -> dict[str, Values]:
    """The tags that the resource with this ARN has, as ``aws:ResourceTag/key`` and the service's own key."""
    prefix = resource.split(":", 3)[2] if resource.startswith("arn:") else ""
    own = (prefix,) if prefix in RESOURCE_TAG_PREFIXES else ()
    return {
        f"{service}:ResourceTag/{key}": value
        for key, value in _tags_of(call, prefix, resource).items()
        for service in ("aws", *own)
    }


def tags_of_holder(account_id: str, name: str, *, is_role: bool) -> dict[str, str]:
    """The tags of a user or role, by its name: ``aws:PrincipalTag/…`` of whoever acts as it."""
    backend = iam(account_id)
    holders: Iterable[Role | User] = backend.roles.values() if is_role else backend.users.values()
    holder = next((one for one in holders if one.name == name), None)
    return dict(_pairs(holder.tags or ())) if holder is not None else {}


def _given(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("Tags", "tags"):
        yield from _pairs(parameters.get(name) or ())
    for specification in parameters.get("TagSpecifications") or ():
        yield from _pairs(specification.get("Tags") or ())
    tagging = parameters.get("Tagging")
    if isinstance(tagging, Mapping):
        yield from _pairs(tagging.get("TagSet") or ())


def _pairs(tags: Any) -> Iterator[tuple[str, str]]:
    """Tags as services write them: a map, or a list of ``{Key, Value}`` in either letter case."""
    if isinstance(tags, Mapping):
        values = ((key, value.get("Value", "") if isinstance(value, Mapping) else value) for key, value in tags.items())
        yield from ((str(key), str(value)) for key, value in values)
        return
    for tag in tags if isinstance(tags, Iterable) and not isinstance(tags, str) else ():
        if isinstance(tag, Mapping):
            yield str(tag.get("Key", tag.get("key", ""))), str(tag.get("Value", tag.get("value", "")))


def _tags_of(call: Call, prefix: str, resource: str) -> Mapping[str, str]:
    read = _READERS.get(prefix)
    return read(call, resource) if read else {}


def _in_ec2(call: Call, resource: str) -> Mapping[str, str]:
    return {key: str(value) for key, value in ec2(call).tags.get(resource.rpartition("/")[2], {}).items()}


def _in_codedeploy(call: Call, resource: str) -> Mapping[str, str]:
    return call.codedeploy.tags_of(call.region, resource)


def _in_iam(call: Call, resource: str) -> Mapping[str, str]:
    kind, _, path = resource.rpartition(":")[2].partition("/")
    if kind not in ("user", "role"):
        return {}
    return tags_of_holder(call.account_id, path.rpartition("/")[2], is_role=kind == "role")


def _in_auto_scaling(call: Call, resource: str) -> Mapping[str, str]:
    groups = autoscaling_backends[call.account_id][call.region].autoscaling_groups
    group = groups.get(resource.partition(GROUP_NAME)[2])
    return dict(_pairs(group.tags)) if group is not None else {}


def _in_load_balancing(call: Call, resource: str) -> Mapping[str, str]:
    backend = elbv2_backends[call.account_id][call.region]
    found = backend.load_balancers.get(resource) or backend.target_groups.get(resource)
    return dict(backend.tagging_service.get_tag_dict_for_resource(resource)) if found else {}


def _in_s3(call: Call, resource: str) -> Mapping[str, str]:
    backend = s3_backends[call.account_id]["aws"]
    bucket = backend.buckets.get(resource.rpartition(":")[2])
    return dict(backend.tagger.get_tag_dict_for_resource(bucket.arn)) if bucket is not None else {}


_READERS: Mapping[str, Callable[[Call, str], Mapping[str, str]]] = {
    "autoscaling": _in_auto_scaling,
    "codedeploy": _in_codedeploy,
    "ec2": _in_ec2,
    "elasticloadbalancing": _in_load_balancing,
    "iam": _in_iam,
    "s3": _in_s3,
}
