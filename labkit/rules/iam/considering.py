"""One statement against one request: every part is looked at, and what doesn't match is written down.

What is made for every statement of every request is a named tuple: a frozen dataclass takes more than twice as long.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from labkit.rules.iam.caller import Caller, Grant, caller_of
from labkit.rules.iam.conditions import Condition
from labkit.rules.iam.policy import Statement
from labkit.rules.iam.request import NamedPolicy, Request
from labkit.rules.iam.variables import ContextValues

Answer = Literal["allowed", "explicitDeny", "implicitDeny"]
"""The values of ``EvalDecision`` (SimulatePrincipalPolicy)."""

Layer = Literal["identity", "resource", "boundary", "session", "scp"]
"""Where a policy stands: the page "Policy evaluation logic" of the IAM User Guide."""

Part = Literal["principal", "action", "resource", "condition"]


class Mismatch(NamedTuple):
    """The exact part of a statement that kept it from applying.

    ``element``: the name as written (``NotResource``, or ``Condition``). ``expected``: what the statement says there,
    ``found``: what the request holds. A condition also has ``operator`` (``StringEquals``), ``key`` (``aws:SourceIp``);
    ``found`` is None when the request has no such key. ``resolved``: ``expected`` with policy variables filled in, None
    in place of a variable without a value; None if there is no variable.
    """

    part: Part
    element: str
    expected: tuple[str, ...]
    found: tuple[str, ...] | None
    operator: str | None = None
    key: str | None = None
    resolved: tuple[str | None, ...] | None = None


class Considered(NamedTuple):
    """One statement that was looked at. ``index`` counts from 0; ``mismatches`` is empty if it applies.

    ``target``: the level of the organization (``scp`` only). ``grant``: how the ``Principal`` element means the caller
    (``resource`` only).
    """

    layer: Layer
    source: NamedPolicy
    index: int  # type: ignore[assignment]  # hides a tuple's own method, which nobody needs here
    statement: Statement
    mismatches: tuple[Mismatch, ...]
    target: str | None = None
    grant: Grant | None = None

    @property
    def matches(self) -> bool:
        """Whether all parts of the statement match the request."""
        return not self.mismatches


@dataclass(slots=True)
class Facts:
    """A request made ready to be compared: once for all statements. ``action`` is in lower case."""

    request: Request
    caller: Caller
    action: str
    context: ContextValues


def facts_of(request: Request) -> Facts:
    """What the statements are compared with."""
    context: dict[str, tuple[str, ...]] = {}
    for key, value in request.context.items():
        context[key.lower()] = (value,) if isinstance(value, str) else tuple(value)
    return Facts(request, caller_of(request.principal), request.action.lower(), context)


def consider(
    layer: Layer, sources: Iterable[NamedPolicy], facts: Facts, into: list[Considered], target: str | None = None
) -> Answer:
    """Looks at every statement of the policies, appends each to ``into``, and answers for them alone.

    An explicit deny overrides any allow; nothing said is an implicit deny.
    """
    answer: Answer = "implicitDeny"
    for source in sources:
        for index, statement in enumerate(source.policy.statements):
            grant = statement.principals.grant(facts.caller) if statement.principals else None
            mismatches = _mismatches(statement, facts, grant)
            into.append(Considered(layer, source, index, statement, mismatches, target, grant))
            if not mismatches and answer != "explicitDeny":
                answer = "explicitDeny" if statement.effect == "Deny" else "allowed"
    return answer


def _mismatches(statement: Statement, facts: Facts, grant: Grant | None) -> tuple[Mismatch, ...]:
    """All of them; most statements of a request have none or one, so the tuple grows only then."""
    context = facts.context
    found: tuple[Mismatch, ...] = ()
    if grant is None and (principals := statement.principals):
        found += (Mismatch("principal", principals.element, principals.texts, (facts.request.principal,)),)
    if not (actions := statement.actions).match(facts.action, context):
        found += (Mismatch("action", actions.element, actions.texts, (facts.request.action,)),)
    if (resources := statement.resources) and not resources.match(resource := facts.request.resource, context):
        resolved = resources.resolved(context)
        found += (Mismatch("resource", resources.element, resources.texts, (resource,), resolved=resolved),)
    for condition in statement.conditions:
        if not condition.holds(context):
            found += (_unfulfilled(condition, context),)
    return found


def _unfulfilled(condition: Condition, context: ContextValues) -> Mismatch:
    return Mismatch(
        "condition",
        "Condition",
        condition.texts,
        context.get(condition.lower_key),
        condition.operator,
        condition.key,
        condition.resolved(context),
    )
