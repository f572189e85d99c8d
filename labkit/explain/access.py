"""Why IAM refused: who, what, on which resource, through which layer, and the statement or the gap that decided it.

IAM User Guide, "Policy evaluation logic" and "Troubleshoot access denied error messages".
"""

from collections.abc import Sequence

from labkit.explain.access_fix import fix
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.policy_places import policy_words, read
from labkit.explain.principal import read_principal
from labkit.rules.iam.decision import Considered, Decision, Layer, Mismatch

GRANTING: tuple[Layer, ...] = ("identity", "resource")
LIMITING: tuple[Layer, ...] = ("scp", "boundary", "session")
LAYER_WORDS: dict[Layer, str] = {
    "scp": "service control policies",
    "boundary": "permissions boundary",
    "session": "session policy",
    "identity": "identity-based policies",
    "resource": "resource-based policy",
}
LIMIT_WORDS: dict[Layer, str] = {
    "scp": "A service control policy limits what anybody in the account may do",
    "boundary": "The permissions boundary limits what its identity-based policies may grant",
    "session": "The session policy limits what the session may use of its role's permissions",
}
NEAREST = 2
"""So many of the statements that came nearest are shown."""
PARTS = ("principal", "action", "resource", "condition")
HINTS: dict[str, str] = {
    "action": "another action",
    "resource": "another resource",
    "condition": "a condition that does not hold",
    "principal": "another principal",
}


def explain_decision(decision: Decision, aws_says: str = "") -> Explanation:
    """The chain from the refused call to the statement, or the gap, that refused it.

    ``aws_says``: AWS's error message, if there is one. A decision that allows is explained as one.
    """
    request = decision.request
    if decision.allowed:
        return _allowed(decision, aws_says)
    layer = deciding_layer(decision)
    sentence, command = fix(decision, layer)
    return Explanation(
        title=f"Why {read_principal(request.principal).words} may not {request.action} on {request.resource}",
        aws_says=aws_says,
        links=(_asked(decision), *_path(decision, layer), reason(decision)),
        fix=sentence,
        fix_command=command,
    )


def deciding_layer(decision: Decision) -> Layer:
    """The kind of policy that stands in the way: a limit that does not allow, else what should grant."""
    if decision.answer == "explicitDeny" and decision.decisive:
        return decision.decisive[0].layer
    for layer in LIMITING:
        if decision.layers.get(layer, "allowed") != "allowed":
            return layer
    if decision.layers.get("identity") == "allowed" or (_is_trust(decision) and _trust_fails(decision)):
        return "resource"
    return "identity"


def _is_trust(decision: Decision) -> bool:
    return decision.request.action.lower().startswith("sts:assumerole")


def _trust_fails(decision: Decision) -> bool:
    return decision.layers.get("resource") != "allowed"


def reason(decision: Decision) -> Link:
    """The last link: the denying statement, or the layer without a statement that allows."""
    if decision.answer == "explicitDeny":
        return _explicit(decision)
    return _implicit(decision, deciding_layer(decision))


def _asked(decision: Decision) -> Link:
    request = decision.request
    says = f"{_capital(read_principal(request.principal).words)} asked for {request.action} on {request.resource}."
    return Link("access-denied", says)


def _path(decision: Decision, layer: Layer) -> tuple[Link, ...]:
    """The layers that did allow, so that one need not look there."""
    passed = [LAYER_WORDS[one] for one, answer in decision.layers.items() if answer == "allowed" and one != layer]
    if not passed:
        return ()
    return (Link("access-layers-passed", f"Its {' and its '.join(passed)} would have allowed it."),)


def _explicit(decision: Decision) -> Link:
    denying = decision.decisive
    if not denying:
        return Link("explicit-deny", "A statement with Effect Deny applies; it outweighs every Allow.")
    says = (
        f"A statement of {policy_words(denying[0].source)} denies it, and an explicit Deny outweighs every Allow "
        f"({LAYER_WORDS[denying[0].layer]})."
    )
    return Link("explicit-deny", says, tuple(_quoted(one) for one in denying))


def _implicit(decision: Decision, layer: Layer) -> Link:
    allows = [one for one in decision.considered if one.layer == layer and one.statement.effect == "Allow"]
    if layer in LIMIT_WORDS:
        gap = f"{LIMIT_WORDS[layer]}, and none of its statements allows {decision.request.action} here."
    elif layer == "resource":
        gap = f"{_capital(_resource_words(decision))} has no statement that allows this caller."
    else:
        gap = f"No identity-based policy of {read_principal(decision.request.principal).words} allows it."
    near = nearest(allows)
    says = gap if near else f"{gap} There is no statement with Effect Allow to look at."
    tail = f" The nearest statement names {HINTS[near[0].mismatches[0].part]}." if near and near[0].mismatches else ""
    return Link(f"no-{layer}-allow", says + tail, tuple(_quoted(one) for one in near))


def _resource_words(decision: Decision) -> str:
    if _is_trust(decision):
        return f"the trust policy of {read_principal(decision.request.resource).words}"
    return f"the policy of {decision.request.resource}"


def nearest(considered: Sequence[Considered]) -> list[Considered]:
    """The statements that came nearest: the fewest parts that did not match, the later part before the earlier."""

    def distance(one: Considered) -> tuple[int, int]:
        parts = {mismatch.part for mismatch in one.mismatches}
        return len(parts), -max((PARTS.index(part) for part in parts), default=0)

    return sorted(considered, key=distance)[:NEAREST]


def _quoted(one: Considered) -> Evidence:
    """The statement itself, with the parts of it that did not match."""
    sid = f" ({one.statement.sid})" if one.statement.sid else ""
    level = f" at {one.target}" if one.target else ""
    where = f"statement {one.index + 1}{sid} of {policy_words(one.source)}{level}"
    note = "; ".join(mismatch_words(mismatch) for mismatch in one.mismatches)
    return Evidence(where, one.statement.text, read(one.source, one.layer), note=f"{note}." if note else "")


def mismatch_words(mismatch: Mismatch) -> str:
    """One part that did not match: what the statement wants there, and what the request has.

    >>> mismatch_words(Mismatch("resource", "Resource", ("arn:aws:s3:::a/*",), ("arn:aws:s3:::b/x",)))
    'Resource is arn:aws:s3:::a/*, the request has arn:aws:s3:::b/x'
    """
    wanted = " or ".join(mismatch.expected) or "nothing"
    if mismatch.key is not None:
        found = "no such key" if mismatch.found is None else ", ".join(mismatch.found)
        return f"Condition {mismatch.operator} wants {mismatch.key} to be {wanted}, the request has {found}"
    found = "none" if mismatch.found is None else ", ".join(mismatch.found)
    return f"{mismatch.element} is {wanted}, the request has {found}"


def _allowed(decision: Decision, aws_says: str) -> Explanation:
    request = decision.request
    quoted = tuple(_quoted(one) for one in decision.decisive)
    who = read_principal(request.principal).words
    link = Link("allowed", f"{_capital(who)} may {request.action} on {request.resource}.", quoted)
    return Explanation(f"{request.action} on {request.resource} is allowed", aws_says, (link,), "Nothing to change.")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
