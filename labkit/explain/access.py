"""Why IAM refused: who, what, on which resource, through which layer, and the statement or the gap that decided it.

IAM User Guide, "Policy evaluation logic" and "Troubleshoot access denied error messages".
"""

from collections.abc import Sequence

from labkit.explain.access_fix import fix
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.policy_places import policy_words, read
from labkit.explain.principal import read_principal
from labkit.explain.sentence import Sentence, chained, in_turn, said
from labkit.rules.iam.decision import Considered, Decision, Layer, Mismatch

GRANTING: tuple[Layer, ...] = ("identity", "resource")
LIMITING: tuple[Layer, ...] = ("scp", "boundary", "session")
LAYER_WORDS: dict[Layer, Sentence] = {
    "scp": said("service control policies"),
    "boundary": said("permissions boundary"),
    "session": said("session policy"),
    "identity": said("identity-based policies"),
    "resource": said("resource-based policy"),
}
LIMIT_WORDS: dict[Layer, Sentence] = {
    "scp": said("A service control policy limits what anybody in the account may do"),
    "boundary": said("The permissions boundary limits what its identity-based policies may grant"),
    "session": said("The session policy limits what the session may use of its role's permissions"),
}
NEAREST = 2
"""So many of the statements that came nearest are shown."""
PARTS = ("principal", "action", "resource", "condition")
HINTS: dict[str, Sentence] = {
    "action": said("another action"),
    "resource": said("another resource"),
    "condition": said("a condition that does not hold"),
    "principal": said("another principal"),
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
        title=said(
            "Why {who} is not allowed {action} on {resource}",
            who=read_principal(request.principal).words,
            action=request.action,
            resource=request.resource,
        ),
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
    says = said(
        "{who:capital} asked for {action} on {resource}.",
        who=read_principal(request.principal).words,
        action=request.action,
        resource=request.resource,
    )
    return Link("access-denied", says)


def _path(decision: Decision, layer: Layer) -> tuple[Link, ...]:
    """The layers that did allow, so that one need not look there."""
    passed = [LAYER_WORDS[one] for one, answer in decision.layers.items() if answer == "allowed" and one != layer]
    if not passed:
        return ()
    return (
        Link(
            "access-layers-passed",
            said("Its {layers} would have allowed it.", layers=chained("{first} and its {second}", passed)),
        ),
    )


def _explicit(decision: Decision) -> Link:
    denying = decision.decisive
    if not denying:
        return Link("explicit-deny", said("A statement with Effect Deny applies; it outweighs every Allow."))
    says = said(
        "A statement of {policy} denies it, and an explicit Deny outweighs every Allow ({layer}).",
        policy=policy_words(denying[0].source),
        layer=LAYER_WORDS[denying[0].layer],
    )
    return Link("explicit-deny", says, tuple(_quoted(one) for one in denying))


def _implicit(decision: Decision, layer: Layer) -> Link:
    allows = [one for one in decision.considered if one.layer == layer and one.statement.effect == "Allow"]
    if layer in LIMIT_WORDS:
        gap = said(
            "{limit}, and none of its statements allows {action} here.",
            limit=LIMIT_WORDS[layer],
            action=decision.request.action,
        )
    elif layer == "resource":
        gap = said("{policy:capital} has no statement that allows this caller.", policy=_resource_words(decision))
    else:
        gap = said("No identity-based policy of {who} allows it.", who=read_principal(decision.request.principal).words)
    near = nearest(allows)
    if not near:
        gap = in_turn(gap, said("There is no statement with Effect Allow to look at."))
    elif near[0].mismatches:
        part = HINTS[near[0].mismatches[0].part]
        gap = in_turn(gap, said("The nearest statement names {part}.", part=part))
    return Link(f"no-{layer}-allow", gap, tuple(_quoted(one) for one in near))


def _resource_words(decision: Decision) -> Sentence:
    if _is_trust(decision):
        return said("the trust policy of {role}", role=read_principal(decision.request.resource).words)
    return said("the policy of {resource}", resource=decision.request.resource)


def nearest(considered: Sequence[Considered]) -> list[Considered]:
    """The statements that came nearest: the fewest parts that did not match, the later part before the earlier."""

    def distance(one: Considered) -> tuple[int, int]:
        parts = {mismatch.part for mismatch in one.mismatches}
        return len(parts), -max((PARTS.index(part) for part in parts), default=0)

    return sorted(considered, key=distance)[:NEAREST]


def _quoted(one: Considered) -> Evidence:
    """The statement itself, with the parts of it that did not match."""
    where = said("{statement} of {policy}", statement=_statement_words(one), policy=policy_words(one.source))
    if one.target:
        where = said("{where} at {target}", where=where, target=one.target)
    mismatches = [mismatch_words(mismatch) for mismatch in one.mismatches]
    note = said("{mismatches}.", mismatches=chained("{first}; {second}", mismatches)) if mismatches else None
    return Evidence(where, one.statement.text, read(one.source, one.layer), note=note)


def _statement_words(one: Considered) -> Sentence:
    number = one.index + 1
    if one.statement.sid:
        return said("statement {number} ({sid})", number=number, sid=one.statement.sid)
    return said("statement {number}", number=number)


def mismatch_words(mismatch: Mismatch) -> Sentence:
    """One part that did not match: what the statement wants there, and what the request has.

    >>> mismatch_words(Mismatch("resource", "Resource", ("arn:aws:s3:::a/*",), ("arn:aws:s3:::b/x",)))
    'Resource is arn:aws:s3:::a/*, the request has arn:aws:s3:::b/x'
    """
    wanted = chained("{first} or {second}", mismatch.expected) if mismatch.expected else said("nothing")
    if mismatch.key is not None:
        found = said("no such key") if mismatch.found is None else ", ".join(mismatch.found)
        return said(
            "Condition {operator} wants {key} to be {wanted}, the request has {found}",
            operator=mismatch.operator,
            key=mismatch.key,
            wanted=wanted,
            found=found,
        )
    found = said("none") if mismatch.found is None else ", ".join(mismatch.found)
    return said("{element} is {wanted}, the request has {found}", element=mismatch.element, wanted=wanted, found=found)


def _allowed(decision: Decision, aws_says: str) -> Explanation:
    request = decision.request
    quoted = tuple(_quoted(one) for one in decision.decisive)
    who = read_principal(request.principal).words
    link = Link(
        "allowed",
        said("{who:capital} may {action} on {resource}.", who=who, action=request.action, resource=request.resource),
        quoted,
    )
    return Explanation(
        said("{action} on {resource} is allowed", action=request.action, resource=request.resource),
        aws_says,
        (link,),
        said("Nothing to change."),
    )
