"""A case, what it asks of us, and how our outcome is compared with the recorded one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.rules.iam.decision import Considered, decide
from labkit.rules.iam.policy import MalformedPolicyError
from labkit.rules.iam.reading import Kind, read_policy
from labkit.rules.iam.request import ControlLevel, NamedPolicy, Policies, Request

Data = dict[str, Any]

TRUST_ACTIONS = ("sts:assumerole", "sts:tagsession")
"""With these actions a case's ``resourcePolicy`` is the trust policy of the role."""

PRINCIPAL_MATCHES = {"Match": True, "SessionRoleMatch": True, "AccountLevelMatch": True, "NoMatch": False}
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a file."""

    id: str
    topic: str
    title: str
    input: Data
    expected: Data


@dataclass(frozen=True, slots=True)
class Outcome:
    """What differs in a case. ``explained`` of ``statements`` statements say the same "why not" as recorded."""

    differences: tuple[str, ...]
    explained: int
    statements: int


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file in its order."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            yield Case(data["id"], data["topic"], data.get("title", ""), data["input"], data["expected"])


def check(case: Case) -> Outcome:
    """Decides the case and compares."""
    try:
        decision = decide(request_of(case.input), policies_of(case.input))
    except MalformedPolicyError as error:
        found: Data = {"decision": None, "error": "invalidPolicy"}
        return Outcome(tuple(differences(case.expected, found, str(error))), 0, 0)
    if case.expected.get("error"):
        return Outcome((f"expected an invalid policy, found {decision.answer}",), 0, 0)
    recorded = {_place(one): one for one in case.expected["statements"]}
    ours = {_place(described): described for described in map(explanation, decision.considered)}
    explained = sum(place in ours and not different(one, ours[place]) for place, one in recorded.items())
    found = {"decision": decision.answer, "matched": [matched(one) for one in decision.matched]}
    return Outcome(tuple(differences(case.expected, found)), explained, len(recorded))


def request_of(data: Data) -> Request:
    """The case's question."""
    asked = data["request"]
    return Request(
        asked["principal"], asked["action"], asked["resource"], asked["resourceAccount"], asked.get("context", {})
    )


def policies_of(data: Data) -> Policies:
    """The case's policies, read."""
    return Policies(
        identity=_named(data["identityPolicies"], "identity"),
        resource=_resource_policy(data),
        boundaries=_named(data["permissionBoundaries"], "boundary"),
        sessions=_named(data["sessionPolicies"], "session"),
        service_control=tuple(
            ControlLevel(level["target"], _named(level["policies"], "scp")) for level in data["serviceControlPolicies"]
        ),
    )


def _named(policies: list[Data], kind: Kind) -> tuple[NamedPolicy, ...]:
    return tuple(NamedPolicy(p["name"], read_policy(p["document"], kind), p.get("attachedTo")) for p in policies)


def _resource_policy(data: Data) -> NamedPolicy | None:
    document = data["resourcePolicy"]
    if document is None:
        return None
    kind: Kind = "trust" if data["request"]["action"].lower() in TRUST_ACTIONS else "resource"
    return NamedPolicy("resourcePolicy", read_policy(document, kind))


def matched(one: Considered) -> Data:
    """A statement that applies, in the file's form."""
    parts = {
        "source": one.layer,
        "target": one.target,
        "policy": one.source.name,
        "statement": one.index,
        "sid": one.statement.sid,
        "effect": one.statement.effect,
    }
    return {name: value for name, value in parts.items() if value is not None}


def explanation(one: Considered) -> Data:
    """Which parts of a statement match, in the file's form; ``principal`` only where the statement has one."""
    wrong = {mismatch.part for mismatch in one.mismatches}
    parts = {part: part not in wrong for part in ("action", "resource", "condition")}
    principal = {"principal": one.grant is not None} if one.layer == "resource" else {}
    return {**matched(one), **parts, **principal, "matches": one.matches}


def different(recorded: Data, ours: Data) -> bool:
    """Whether an explanation says something else than was recorded."""
    wanted = dict(recorded)
    if "principal" in wanted:
        wanted["principal"] = PRINCIPAL_MATCHES[wanted["principal"]]
    return wanted != ours


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], why: str = "") -> Iterator[str]:
    """Where ``found`` is not what was recorded: the decision, the matched statements in any order, the refusal."""
    if expected["decision"] != found["decision"] or expected.get("error") != found.get("error"):
        wanted = expected.get("error") or expected["decision"]
        yield f"expected {wanted}, found {found['decision'] or why}"
    elif _in_order(expected.get("matched", [])) != _in_order(found.get("matched", [])):
        yield f"matched: expected {shortened(expected['matched'])}, found {shortened(found['matched'])}"


def _in_order(statements: list[Data]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in statements)


def _place(one: Data) -> tuple[Any, ...]:
    return (one["source"], one.get("target"), one["policy"], one["statement"])


def shortened(value: object) -> str:
    """The value as text of a bearable length."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
