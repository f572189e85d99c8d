"""What to change so that a denied call is allowed: the smallest statement, and the boto3 call that puts it in place.

IAM User Guide, "Policy evaluation logic": each kind of policy that limits must allow, one that grants must allow, and
nothing may deny.
"""

import json
from collections.abc import Mapping

from labkit.explain.policy_places import (
    INDENT,
    allows,
    can_change,
    document,
    inline_policy,
    policy_words,
    removed,
    resource_policy,
    rewritten,
    statements,
)
from labkit.explain.principal import read_principal
from labkit.explain.sentence import Sentence, said
from labkit.rules.iam.decision import Considered, Decision, Layer
from labkit.rules.iam.request import NamedPolicy, Request

LIMITS: Mapping[Layer, Sentence] = {
    "boundary": said("the permissions boundary"),
    "session": said("the session policy that AssumeRole was given"),
    "scp": said("a service control policy of every level of the organization"),
}


def fix(decision: Decision, layer: Layer) -> tuple[Sentence, str | None]:
    """What to change in ``layer``, the one that stands in the way: a sentence, and what does it.

    That is a call where the account can make one; for a policy that is written elsewhere, the statement to add.
    """
    if decision.answer == "explicitDeny" and decision.decisive:
        return _without(decision.decisive[0])
    if layer == "resource":
        return _to_resource_policy(decision)
    if layer == "identity":
        return _to_identity(decision)
    return _to_limit(decision, layer)


def _to_identity(decision: Decision) -> tuple[Sentence, str | None]:
    request = decision.request
    who = read_principal(request.principal).words
    statement = allows(request.action, request.resource)
    text = document([statement])
    sentence = said("Add the smallest statement that allows it to a policy of {who}.", who=who)
    return sentence, inline_policy(request.principal, _free_name(decision), text)


def _free_name(decision: Decision) -> str:
    """A name for a new inline policy that takes the place of none."""
    taken = {one.source.name for one in decision.considered}
    name = f"allow-{decision.request.action.partition(':')[2]}"
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


def _to_resource_policy(decision: Decision) -> tuple[Sentence, str | None]:
    request = decision.request
    source = next((one.source for one in decision.considered if one.layer == "resource"), None)
    kept = [] if source is None else statements(source)
    if request.action.lower().startswith("sts:assumerole"):
        role = read_principal(request.resource).name
        trusts = {"Effect": "Allow", "Principal": _named(request.principal), "Action": request.action}
        text = document([*kept, trusts])
        return said(
            "Let the trust policy of the role {role} name the caller as Principal.", role=role
        ), resource_policy(request.resource, text)
    statement = _with_principal(request)
    text = document([*kept, statement])
    sentence = said("Add a statement for the caller to the policy of {resource} itself.", resource=request.resource)
    return sentence, resource_policy(request.resource, text) or json.dumps(statement, indent=INDENT)


def _with_principal(request: Request) -> Mapping[str, object]:
    return {**allows(request.action, request.resource), "Principal": _named(request.principal)}


def _named(principal: str) -> dict[str, str]:
    """The ``Principal`` element that means the caller; of a session it is the role."""
    who = read_principal(principal)
    if who.kind == "service":
        return {"Service": principal}
    if who.session is not None:
        account = principal.split(":")[4]
        return {"AWS": f"arn:aws:iam::{account}:role/{who.name}"}
    return {"AWS": principal}


def _to_limit(decision: Decision, layer: Layer) -> tuple[Sentence, str | None]:
    """A managed boundary gets a new version; the other kinds are edited where they are written."""
    statement = allows(decision.request.action, decision.request.resource)
    sources = [one.source for one in decision.considered if one.layer == layer]
    if layer == "boundary" and sources and can_change(sources[0]):
        command = rewritten(sources[0], layer, [*statements(sources[0]), statement])
        return said("Let {policy}, the permissions boundary, allow it too.", policy=policy_words(sources[0])), command
    if layer == "boundary":
        sentence = said(
            "Choose a permissions boundary that allows it too (AWS's own managed policies cannot be changed)."
        )
        return sentence, json.dumps(statement, indent=INDENT)
    sentence = said("Let {limit} allow it too: add this statement there.", limit=LIMITS[layer])
    return sentence, json.dumps(statement, indent=INDENT)


def _without(denying: Considered) -> tuple[Sentence, str | None]:
    source: NamedPolicy = denying.source
    sentence = said(
        "Take the denying statement out of {policy}, or narrow it; no Allow anywhere can outweigh a Deny.",
        policy=policy_words(source),
    )
    kept = [one for at, one in enumerate(statements(source)) if at != denying.index]
    if kept and can_change(source):
        return sentence, rewritten(source, denying.layer, kept)
    return sentence, removed(source) if denying.layer in ("identity", "resource") else None
