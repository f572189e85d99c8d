"""What to change so that a denied call is allowed: the smallest statement, and the boto3 call that puts it in place.

IAM User Guide, "Policy evaluation logic": each kind of policy that limits must allow, one that grants must allow, and
nothing may deny.
"""

import json
from collections.abc import Mapping

from labkit.explain.principal import read_principal
from labkit.rules.iam.decision import Considered, Decision, Layer
from labkit.rules.iam.request import NamedPolicy, Request

INDENT = 2


def smallest_statement(request: Request) -> dict[str, str]:
    """The statement that allows this action on this resource and nothing else."""
    return {"Effect": "Allow", "Action": request.action, "Resource": request.resource}


def fix(decision: Decision, layer: Layer) -> tuple[str, str]:
    """What to change in ``layer``, the one that stands in the way: a sentence, and the call that does it."""
    if decision.answer == "explicitDeny" and decision.decisive:
        return _without(decision.decisive[0])
    request = decision.request
    statement = smallest_statement(request)
    if layer == "resource":
        return _to_resource_policy(request)
    if layer == "identity":
        return _to_identity(request, statement)
    words = {
        "boundary": "the permissions boundary",
        "session": "the session policy that AssumeRole was given",
        "scp": "a service control policy of every level of the organization",
    }[layer]
    return f"Let {words} allow it too: add this statement there.", _new_version(decision, layer, statement)


def _to_identity(request: Request, statement: dict[str, str]) -> tuple[str, str]:
    who = read_principal(request.principal)
    name = f"allow-{request.action.partition(':')[2]}"
    kind = "user" if who.kind == "user" else "role"
    sentence = f"Add the smallest statement that allows it to a policy of {read_principal(request.principal).words}."
    call = (
        f'boto3.client("iam").put_{kind}_policy({kind.capitalize()}Name="{who.name}", PolicyName="{name}", '
        f"PolicyDocument=json.dumps({_document(statement)}))"
    )
    return sentence, f"import boto3, json\n{call}"


def _to_resource_policy(request: Request) -> tuple[str, str]:
    if request.action.lower().startswith("sts:assumerole"):
        role = read_principal(request.resource).name
        trust = {"Effect": "Allow", "Principal": _trusted(request.principal), "Action": request.action}
        call = (
            f'boto3.client("iam").update_assume_role_policy(RoleName="{role}", '
            f"PolicyDocument=json.dumps({_document(trust)}))"
        )
        return f"Let the trust policy of the role {role} name the caller as Principal.", f"import boto3, json\n{call}"
    statement = {**smallest_statement(request), "Principal": {"AWS": request.principal}}
    sentence = f"Add this statement to the policy of {request.resource} itself."
    if request.resource.startswith("arn:aws:s3:::"):
        bucket = request.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        call = f'boto3.client("s3").put_bucket_policy(Bucket="{bucket}", Policy=json.dumps({_document(statement)}))'
        return sentence, f"import boto3, json\n{call}"
    return sentence, json.dumps(statement, indent=INDENT)


def _trusted(principal: str) -> dict[str, str]:
    return {"Service": principal} if read_principal(principal).kind == "service" else {"AWS": principal}


def _new_version(decision: Decision, layer: Layer, statement: dict[str, str]) -> str:
    """A managed boundary gets a new version; the other kinds are edited where they are written."""
    sources = [one.source for one in decision.considered if one.layer == layer]
    managed = next((source for source in sources if source.name.startswith("arn:")), None)
    if layer != "boundary" or managed is None:
        return json.dumps(statement, indent=INDENT)
    document = {**managed.policy.document, "Statement": [*_statements(managed), statement]}
    return (
        f'import boto3, json\nboto3.client("iam").create_policy_version(PolicyArn="{managed.name}", '
        f"PolicyDocument=json.dumps({json.dumps(document, indent=INDENT)}), SetAsDefault=True)"
    )


def _statements(policy: NamedPolicy) -> list[object]:
    found = policy.policy.document.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def _without(denying: Considered) -> tuple[str, str]:
    sentence = (
        f"Take the denying statement out of {policy_words(denying.source)}, or narrow it; "
        "no Allow anywhere can outweigh a Deny."
    )
    source = denying.source
    kept = [one for at, one in enumerate(_statements(source)) if at != denying.index]
    if not kept:
        return sentence, _detach(source)
    document = json.dumps({**source.policy.document, "Statement": kept}, indent=INDENT)
    if source.name.startswith("arn:"):
        call = f'create_policy_version(PolicyArn="{source.name}", PolicyDocument=json.dumps({document}), '
        return sentence, f'import boto3, json\nboto3.client("iam").{call}SetAsDefault=True)'
    if source.inline and source.attached_to:
        holder = read_principal(source.attached_to)
        kind = "user" if holder.kind == "user" else "role"
        call = f'put_{kind}_policy({kind.capitalize()}Name="{holder.name}", PolicyName="{source.name}", '
        return sentence, f'import boto3, json\nboto3.client("iam").{call}PolicyDocument=json.dumps({document}))'
    return sentence, document


def _detach(source: NamedPolicy) -> str:
    """The policy holds nothing but the denial: it can go altogether."""
    holder = read_principal(source.attached_to or "")
    kind = "user" if holder.kind == "user" else "role"
    if source.attached_to and source.name.startswith("arn:"):
        call = f'detach_{kind}_policy({kind.capitalize()}Name="{holder.name}", PolicyArn="{source.name}")'
        return f'import boto3\nboto3.client("iam").{call}'
    if source.attached_to and source.inline:
        call = f'delete_{kind}_policy({kind.capitalize()}Name="{holder.name}", PolicyName="{source.name}")'
        return f'import boto3\nboto3.client("iam").{call}'
    return "# remove the policy " + source.name


def policy_words(source: NamedPolicy) -> str:
    """How a sentence names a policy: by its short name, and as what it is attached.

    An inline policy of a group, a bucket's own policy and the like are named with their holder's ARN.
    """
    name = source.name.rpartition("/")[2] if source.name.startswith("arn:") else source.name
    kind = "inline policy" if source.inline else "policy"
    holder = read_principal(source.attached_to).words if source.attached_to else None
    return f"the {kind} {name}" + (f" of {holder}" if holder else "")


def _document(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=INDENT)
