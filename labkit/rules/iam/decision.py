"""The decision, with its reasons: which statements were looked at, which matched, which part of the others did not.

IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from labkit.rules.iam.caller import Grant
from labkit.rules.iam.considering import Answer, Considered, Facts, Layer, Mismatch, Part, consider, facts_of
from labkit.rules.iam.request import ControlLevel, Policies, Request

__all__ = ["Answer", "Considered", "Decision", "Layer", "Mismatch", "Part", "decide"]

FROM_THE_WORST: tuple[Answer, ...] = ("explicitDeny", "implicitDeny", "allowed")

NEEDS_RESOURCE_POLICY = {
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
}
"""Actions on a role that its trust policy must allow, also within one account: trust policies are an exception."""


class Decision(NamedTuple):
    """IAM's answer to ``request`` with everything it was made from.

    ``layers``: each layer's own answer. ``considered``: every statement, in the order identity, boundary, session,
    resource, scp. ``same_account``: whether the principal's account owns the resource.
    """

    request: Request
    answer: Answer
    layers: Mapping[Layer, Answer]
    considered: tuple[Considered, ...]
    same_account: bool

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.answer == "allowed"

    @property
    def matched(self) -> tuple[Considered, ...]:
        """The statements of any layer that apply."""
        return tuple(one for one in self.considered if one.matches)

    @property
    def decisive(self) -> tuple[Considered, ...]:
        """Those of the matched whose effect is the decision's; empty for an implicit denial."""
        effect = {"allowed": "Allow", "explicitDeny": "Deny"}.get(self.answer)
        return tuple(one for one in self.matched if one.statement.effect == effect)


def decide(request: Request, policies: Policies) -> Decision:
    """IAM's answer to ``request`` under ``policies``."""
    facts = facts_of(request)
    considered: list[Considered] = []
    layers: dict[Layer, Answer] = {"identity": consider("identity", policies.identity, facts, considered)}
    if facts.caller.kind == "root" and layers["identity"] == "implicitDeny":
        layers["identity"] = "allowed"
    if policies.boundaries:
        layers["boundary"] = consider("boundary", policies.boundaries, facts, considered)
    if policies.sessions:
        layers["session"] = consider("session", policies.sessions, facts, considered)
    grant: Grant | None = None
    if policies.resource:
        layers["resource"] = consider("resource", (policies.resource,), facts, considered)
        grant = _strongest_grant(considered)
    if policies.service_control:
        layers["scp"] = _service_control(policies.service_control, facts, considered)
    same_account = facts.caller.account == request.resource_account
    answer = _join(layers, grant, facts, same_account=same_account)
    return Decision(request, answer, layers, tuple(considered), same_account)


def _service_control(levels: Sequence[ControlLevel], facts: Facts, into: list[Considered]) -> Answer:
    """Each level from the root to the account must allow."""
    answers = {consider("scp", level.policies, facts, into, level.target) for level in levels}
    return next(answer for answer in FROM_THE_WORST if answer in answers)


def _strongest_grant(considered: Iterable[Considered]) -> Grant | None:
    """The most that the resource's own policy gives the caller."""
    grants = {one.grant for one in considered if not one.mismatches and one.statement.effect == "Allow"}
    # Only statements of the resource's policy have one.
    return next((grant for grant in ("principal", "role", "account") if grant in grants), None)


def _join(layers: Mapping[Layer, Answer], grant: Grant | None, facts: Facts, *, same_account: bool) -> Answer:
    if "explicitDeny" in layers.values():
        return "explicitDeny"
    return "allowed" if _is_allowed(layers, grant, facts, same_account=same_account) else "implicitDeny"


def _is_allowed(layers: Mapping[Layer, Answer], grant: Grant | None, facts: Facts, *, same_account: bool) -> bool:
    """Whether allows suffice; there is no explicit deny.

    A resource's policy that names the user or the session itself needs nobody else in the same account; one that names
    the role is limited by boundary and session policy; one that names the account leaves it to identity policies.
    """
    if facts.caller.kind == "service":
        return grant is not None
    if layers.get("scp", "allowed") != "allowed":
        return False
    within_limits = layers.get("boundary", "allowed") == layers.get("session", "allowed") == "allowed"
    by_identity = within_limits and layers["identity"] == "allowed"
    if not same_account:
        return by_identity and grant is not None
    if grant == "principal" or (grant == "role" and within_limits):
        return True
    return by_identity and (grant is not None or facts.action not in NEEDS_RESOURCE_POLICY)
