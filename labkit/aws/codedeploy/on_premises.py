"""On-premises instances: registered, tagged, listed. Their machines would stand outside AWS, and the lab has none.

API reference, RegisterOnPremisesInstance and its neighbours; user guide, "Working with on-premises instances".
"""

import re
from collections.abc import Sequence

from labkit.aws.codedeploy import names, quotas, tag_filters
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.records import OnPremisesInstance
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.aws.codedeploy.tags import tag_problem
from labkit.rules.tag_filters import selects

IAM_USER = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/.+")
IAM_SESSION = re.compile(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/[^/]+/.+")
STATUSES = ("Registered", "Deregistered")
NO_MACHINE = "It is kept and described; the lab has no machine behind it, so no deployment reaches it."
ARN_SUFFIX_LENGTH = 10


@operation("RegisterOnPremisesInstance", note=NO_MACHINE)
def register_on_premises_instance(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, RegisterOnPremisesInstance; a name that was deregistered can be used again."""
    name = names.instance_name(parameters.get("instanceName"))
    user, session = parameters.get("iamUserArn"), parameters.get("iamSessionArn")
    _check_arns(user, session)
    others = [known for known in service.on_premises_instances.values() if known.deregistered is None]
    if any(known.name == name for known in others):
        refuse("InstanceNameAlreadyRegistered")
    if user and any(known.iam_user_arn == user for known in others):
        refuse("IamUserArnAlreadyRegistered")
    if session and any(known.iam_session_arn == session for known in others):
        refuse("IamSessionArnAlreadyRegistered")
    arn = f"arn:aws:codedeploy:{service.region}:{service.account_id}:instance/{name}_{_suffix()}"
    service.on_premises_instances[name] = OnPremisesInstance(name, arn, service.now, user or None, session or None)
    return {}


@operation("DeregisterOnPremisesInstance")
def deregister_on_premises_instance(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeregisterOnPremisesInstance: an unknown name is fine; the record stays."""
    known = service.on_premises_instances.get(names.instance_name(parameters.get("instanceName")))
    if known is not None:
        known.deregistered = known.deregistered or service.now
    return {}


@operation("GetOnPremisesInstance")
def get_on_premises_instance(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetOnPremisesInstance."""
    known = service.on_premises_instances.get(names.instance_name(parameters.get("instanceName")))
    if known is None:
        refuse("InstanceNotRegistered")
    return {"instanceInfo": _info(known)}


@operation("BatchGetOnPremisesInstances")
def batch_get_on_premises_instances(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetOnPremisesInstances; names that don't exist are left out."""
    wanted = _names(parameters)
    if len(wanted) > quotas.BATCH:
        refuse("BatchLimitExceeded", because=f"Expected at most {quotas.BATCH} instanceNames, found {len(wanted)}.")
    known = service.on_premises_instances
    return {"instanceInfos": [_info(known[name]) for name in wanted if name in known]}


@operation("ListOnPremisesInstances", note="An instance is listed if any one of the tagFilters matches.")
def list_on_premises_instances(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListOnPremisesInstances; without a registrationStatus both kinds."""
    status, filters = parameters.get("registrationStatus"), parameters.get("tagFilters") or []
    if status not in (None, *STATUSES):
        refuse("InvalidRegistrationStatus")
    tag_filters.check_filters(filters, "InvalidTagFilter", "tagFilters")
    wanted = tag_filters.read_filters(filters)
    found = [
        known.name
        for known in service.on_premises_instances.values()
        if status in (None, STATUSES[known.deregistered is not None]) and (not wanted or selects([wanted], known.tags))
    ]
    return page("instanceNames", found, parameters)


@operation("AddTagsToOnPremisesInstances")
def add_tags_to_on_premises_instances(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, AddTagsToOnPremisesInstances: all instances get the tags, or none does."""
    tags, instances = _tags(parameters), _registered(service, parameters)
    added = {tag["Key"]: tag.get("Value") or "" for tag in tags}
    if any(len({**known.tags, **added}) > quotas.ON_PREMISES_INSTANCE_TAGS for known in instances):
        refuse("TagLimitExceeded", because=f"An instance can have {quotas.ON_PREMISES_INSTANCE_TAGS} tags.")
    for known in instances:
        known.tags.update(added)
    return {}


@operation("RemoveTagsFromOnPremisesInstances")
def remove_tags_from_on_premises_instances(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, RemoveTagsFromOnPremisesInstances: a tag whose value is another stays."""
    for known in _registered(service, parameters):
        for tag in _tags(parameters):
            if tag.get("Value") in (None, known.tags.get(tag["Key"])):
                known.tags.pop(tag["Key"], None)
    return {}


def _check_arns(user: str | None, session: str | None) -> None:
    if user and session:
        refuse("MultipleIamArnsProvided")
    if not user and not session:
        refuse("IamArnRequired" if user is None else "IamUserArnRequired")
    if user and not IAM_USER.fullmatch(user):
        refuse("InvalidIamUserArn", because=f"Expected arn:aws:iam::<account>:user/<name>, found {user!r}.")
    if session and not IAM_SESSION.fullmatch(session):
        sentence = f"Expected arn:aws:sts::<account>:assumed-role/<role>/<session>, found {session!r}."
        refuse("InvalidIamSessionArn", because=sentence)


def _names(parameters: Parameters) -> list[str]:
    wanted = parameters.get("instanceNames") or []
    if not wanted:
        refuse("InstanceNameRequired")
    return [names.instance_name(name) for name in wanted]


def _registered(service: CodeDeploy, parameters: Parameters) -> list[OnPremisesInstance]:
    wanted = _names(parameters)
    if len(wanted) > quotas.ON_PREMISES_INSTANCES_AT_ONCE:
        refuse("InstanceLimitExceeded")
    found = [service.on_premises_instances.get(name) for name in wanted]
    registered = [known for known in found if known is not None and known.deregistered is None]
    if len(registered) != len(wanted):
        refuse("InstanceNotRegistered")
    return registered


def _tags(parameters: Parameters) -> Sequence[Parameters]:
    tags: Sequence[Parameters] = parameters.get("tags") or []
    if not tags:
        refuse("TagRequired")
    for tag in tags:
        problem = tag_problem(tag)
        if problem:
            refuse("InvalidTag", because=problem)
    return tags


def _suffix() -> str:
    return new_id().replace("-", "")[:ARN_SUFFIX_LENGTH]


def _info(known: OnPremisesInstance) -> Answer:
    info = {
        "instanceName": known.name,
        "instanceArn": known.arn,
        "iamUserArn": known.iam_user_arn,
        "iamSessionArn": known.iam_session_arn,
        "registerTime": known.registered,
        "deregisterTime": known.deregistered,
        "tags": [{"Key": key, "Value": value} for key, value in known.tags.items()],
    }
    return {key: value for key, value in info.items() if value is not None}
