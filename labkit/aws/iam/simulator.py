"""IAM's policy simulator: what would be decided, without doing it.

IAM API Reference, SimulateCustomPolicy, SimulatePrincipalPolicy and EvaluationResult. One result for each action on
each resource; condition keys are those of the input alone, as in AWS's simulator.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moto.iam.models import Group, iam_backends

from labkit.aws.authorization.call import Values
from labkit.aws.errors import AwsError
from labkit.aws.iam.context_keys import keys_of_statement, read_input
from labkit.aws.iam.positions import statement_positions
from labkit.aws.principal_policies import PrincipalPolicies, held_policies
from labkit.rules.iam.caller import ACCOUNT_ID_DIGITS, caller_of
from labkit.rules.iam.decision import Considered, Decision, decide
from labkit.rules.iam.policy import MalformedPolicyError
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies, Request

MOST_ITEMS = 100
SIMULATED = "simulated"
"""How a caller is called that the input does not name."""
AWS_MANAGED = "arn:aws:iam::aws:policy/"
LAYER_NAMES = {"identity": "IAM Policy", "resource": "Resource Policy"}
Asked = Mapping[str, Any]
"""An operation's parameters, in boto3's shape."""


class Simulator:
    """Simulates with policies of the input, and with those of the account."""

    def __init__(self, policies: PrincipalPolicies, account_id: str) -> None:
        self._policies = policies
        self._account_id = account_id

    def custom(self, asked: Asked) -> dict[str, Any]:
        """SimulateCustomPolicy."""
        policies = Policies(identity=_inputs(asked, "PolicyInputList"))
        return self._simulate(asked, policies, f"arn:aws:iam::{self._account_id}:user/{SIMULATED}")

    def principal(self, asked: Asked) -> dict[str, Any]:
        """SimulatePrincipalPolicy: what a user (with its groups), group or role holds, and the input beside it."""
        source = asked["PolicySourceArn"]
        held = self.held(source)
        policies = replace(held, identity=(*held.identity, *_inputs(asked, "PolicyInputList")))
        caller = caller_of(source)
        session = f"arn:aws:sts::{self._account_id}:assumed-role/{caller.name}/{SIMULATED}"
        return self._simulate(asked, policies, source if caller.kind == "user" else session)

    def held(self, arn: str) -> Policies:
        """The policies of a user, group or role. Raises IAM's ``NoSuchEntity`` or ``InvalidInput``."""
        caller = caller_of(arn)
        if caller.kind == "group":
            group: Group | None = iam_backends[self._account_id]["aws"].groups.get(caller.name)
            if group is not None:
                return Policies(identity=tuple(held_policies(group)))
        elif caller.kind not in ("user", "role"):
            raise _invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
        elif self._policies.holder(arn) is not None:
            return self._policies.of(arn, "", "")
        code = "NoSuchEntity"
        message = f"The {caller.kind} with name {caller.name} cannot be found."
        raise AwsError(code, message)

    def _simulate(self, asked: Asked, policies: Policies, who: str) -> dict[str, Any]:
        boundaries = _inputs(asked, "PermissionsBoundaryPolicyInputList")
        if boundaries:
            policies = replace(policies, boundaries=boundaries)
        if asked.get("ResourcePolicy"):
            policies = replace(policies, resource=_resource_policy(asked["ResourcePolicy"]))
        principal = asked.get("CallerArn") or who
        context = _context(asked)
        results = [
            self._result(asked, Request(principal, action, resource, self._owner(asked, resource), context), policies)
            for action in _actions(asked)
            for resource in asked.get("ResourceArns") or ["*"]
        ]
        return _page(asked, results)

    def _result(self, asked: Asked, request: Request, policies: Policies) -> dict[str, Any]:
        decision = decide(request, policies)
        details = {
            "MatchedStatements": [_statement(one) for one in decision.decisive],
            "MissingContextValues": _missing(decision, request.context),
            **_details(decision),
        }
        resource, answer = request.resource, decision.answer
        result = {"EvalActionName": request.action, "EvalResourceName": resource, "EvalDecision": answer, **details}
        if asked.get("ResourceArns"):
            of_resource = {"EvalResourceName": resource, "EvalResourceDecision": answer, **details}
            result["ResourceSpecificResults"] = [of_resource]
        return result

    def _owner(self, asked: Asked, resource: str) -> str:
        """ResourceOwner, else the account in the ARN, else the simulating one."""
        named = (asked.get("ResourceOwner") or resource).split(":")
        account = next((one for one in named if len(one) == ACCOUNT_ID_DIGITS and one.isdigit()), None)
        return account or self._account_id


def _inputs(asked: Asked, parameter: str) -> tuple[NamedPolicy, ...]:
    """The policies in a parameter, called ``PolicyInputList.1`` and so on."""
    named = {f"{parameter}.{number}": text for number, text in enumerate(asked.get(parameter) or (), 1)}
    return tuple(NamedPolicy(name, read_input(text, name), inline=True) for name, text in named.items())


def _details(decision: Decision) -> dict[str, Any]:
    """What is told of a boundary, and of each side of a request across accounts."""
    details: dict[str, Any] = {}
    if "boundary" in decision.layers:
        allowed = decision.layers["boundary"] == "allowed"
        details["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    if not decision.same_account:
        sides = decision.layers.items()
        details["EvalDecisionDetails"] = {LAYER_NAMES[one]: answer for one, answer in sides if one in LAYER_NAMES}
    return details


def _resource_policy(text: str) -> NamedPolicy:
    try:
        return NamedPolicy("ResourcePolicy", read_policy(text, "resource"), inline=True)
    except MalformedPolicyError as error:
        raise _invalid(f"Invalid policy in ResourcePolicy: {error}") from error


def _actions(asked: Asked) -> list[str]:
    actions = list(asked["ActionNames"])
    for action in actions:
        service, colon, name = action.partition(":")
        if not (service and colon and name):
            raise _invalid(f"ActionNames: {action} is not an action such as s3:GetObject.")
    return actions


def _context(asked: Asked) -> dict[str, Values]:
    return {
        str(entry["ContextKeyName"]): [str(value) for value in entry.get("ContextKeyValues") or ()]
        for entry in asked.get("ContextEntries") or ()
        if entry.get("ContextKeyName")
    }


def _missing(decision: Decision, context: Mapping[str, Values]) -> list[str]:
    """Keys that statements for this action and resource ask for, and the input does not have."""
    known = {key.lower() for key in context}
    found: dict[str, str] = {}
    for one in decision.considered:
        if all(mismatch.part == "condition" for mismatch in one.mismatches):
            for key in keys_of_statement(json.loads(one.statement.text)):
                if key.lower() not in known:
                    found.setdefault(key.lower(), key)
    return list(found.values())


def _statement(one: Considered) -> dict[str, Any]:
    """Which statement, by its policy's name and its place in the text that IAM keeps."""
    start, end = statement_positions(one.source.policy.text)[one.index]
    return {
        "SourcePolicyId": one.source.name.rpartition("/")[2] if one.source.name.startswith("arn:") else one.source.name,
        "SourcePolicyType": _type(one),
        "StartPosition": {"Line": start.line, "Column": start.column},
        "EndPosition": {"Line": end.line, "Column": end.column},
    }


def _type(one: Considered) -> str:
    """PolicySourceType of the API."""
    if one.layer == "resource":
        return "resource"
    if one.source.name.startswith(AWS_MANAGED):
        return "aws-managed"
    if one.source.name.startswith("arn:"):
        return "user-managed"
    kind = caller_of(one.source.attached_to).kind if one.source.attached_to else "none"
    return kind if kind in ("user", "group", "role") else "none"


def _page(asked: Asked, results: list[dict[str, Any]]) -> dict[str, Any]:
    marker = asked.get("Marker") or "0"
    if not marker.isdigit():
        raise _invalid(f"Marker {marker} is not one that an answer gave.")
    begin = int(marker)
    end = begin + int(asked.get("MaxItems") or MOST_ITEMS)
    page: dict[str, Any] = {"EvaluationResults": results[begin:end], "IsTruncated": end < len(results)}
    return {**page, "Marker": str(end)} if end < len(results) else page


def _invalid(message: str) -> AwsError:
    code = "InvalidInput"
    return AwsError(code, message)
