"""Whether a role may do more than before, by what its policies allow, not by how they are written.

Every statement that allows something gives a witness: an action and a resource that it covers and that nothing smaller
does (``s3:*`` gives ``s3:anything``). A witness that the policies now allow and those before did not is a privilege
gained. A statement that says what it does not mean (``NotAction``) is asked for well-known actions instead.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from labkit.lessons.drills.place import Clients
from labkit.rules.iam.decision import decide
from labkit.rules.iam.policy import Statement
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies, Request

ANYTHING = "anything"
ANY_RESOURCE = f"arn:aws:{ANYTHING}:{ANYTHING}:111122223333:{ANYTHING}"
STRANGER = "999999999999"
WELL_KNOWN = (
    "iam:CreateUser",
    "iam:PassRole",
    "sts:AssumeRole",
    "ec2:TerminateInstances",
    "s3:DeleteObject",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "dynamodb:DeleteTable",
)
SERVICES = ("ec2", "codedeploy", "lambda", "ecs-tasks", "ssm", "cloudformation")


@dataclass(frozen=True, slots=True)
class Powers:
    """What a role may do and who may assume it: its policies at one moment. ``arn``: the role's."""

    arn: str
    policies: Policies

    @property
    def _account(self) -> str:
        return self.arn.split(":")[4]

    def allows(self, action: str, resource: str = ANY_RESOURCE) -> bool:
        """Whether the role may do this."""
        request = Request(self.arn, action, resource, self._account)
        own = Policies(identity=self.policies.identity, boundaries=self.policies.boundaries)
        return decide(request, own).allowed

    def trusts(self, principal: str) -> bool:
        """Whether the role lets a service (``ec2.amazonaws.com``) or somebody with an ARN assume it."""
        request = Request(principal, "sts:AssumeRole", self.arn, self._account)
        return decide(request, Policies(identity=(_everything(),), resource=self.policies.resource)).allowed

    def gained(self, before: Sequence["Powers"]) -> list[str]:
        """Actions that this role may do and none of ``before`` could, as its statements write them."""
        return [
            text
            for text, action, resource in _witnesses(self.policies.identity)
            if self.allows(action, resource) and not any(one.allows(action, resource) for one in before)
        ]

    def trusted_anew(self, before: Sequence["Powers"]) -> list[str]:
        """Who may assume this role and could assume none of ``before``."""
        callers = [f"{name}.amazonaws.com" for name in SERVICES]
        callers += [f"arn:aws:iam::{account}:user/somebody" for account in (self._account, STRANGER)]
        return [one for one in callers if self.trusts(one) and not any(other.trusts(one) for other in before)]


def powers_of(client: Clients, role_name: str) -> Powers:
    """What a role may do now: ListRolePolicies, ListAttachedRolePolicies, GetRole."""
    iam = client("iam")
    role = iam.get_role(RoleName=role_name)["Role"]
    names = iam.list_role_policies(RoleName=role_name)["PolicyNames"]
    inline = {name: iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"] for name in names}
    attached = iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]
    managed = {one["PolicyArn"]: _managed(iam, one["PolicyArn"]) for one in attached}
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    trust = NamedPolicy("trust", read_policy(_text(role["AssumeRolePolicyDocument"]), "trust"), role["Arn"])
    policies = Policies(
        identity=tuple(_named({**inline, **managed})),
        resource=trust,
        boundaries=tuple(_named({boundary: _managed(iam, boundary)} if boundary else {})),
    )
    return Powers(role["Arn"], policies)


def short(actions: Iterable[str], most: int = 4) -> str:
    """The first of some actions, in words.

    >>> short(["s3:*", "ec2:*"])
    's3:*, ec2:*'
    """
    listed = list(dict.fromkeys(actions))
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _witnesses(policies: Iterable[NamedPolicy]) -> Iterator[tuple[str, str, str]]:
    for named in policies:
        for statement in named.policy.statements:
            if statement.effect == "Allow":
                yield from _witnesses_of(statement)


def _witnesses_of(statement: Statement) -> Iterator[tuple[str, str, str]]:
    actions = WELL_KNOWN if statement.actions.negated else statement.actions.texts
    resources = statement.resources
    open_ended = resources is None or resources.negated
    for action, resource in product(actions, ("*",) if open_ended else resources.texts):  # type: ignore[union-attr]
        yield action, _concrete(action) if action != "*" else f"{ANYTHING}:{ANYTHING}", _concrete_arn(resource)


def _concrete(pattern: str) -> str:
    return pattern.replace("*", ANYTHING).replace("?", "x")


def _concrete_arn(pattern: str) -> str:
    return ANY_RESOURCE if pattern == "*" else _concrete(pattern)


def _named(documents: Mapping[str, Any]) -> Iterator[NamedPolicy]:
    for name, document in documents.items():
        yield NamedPolicy(name, read_policy(_text(document)))


def _managed(iam: Any, arn: str) -> Any:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


@cache
def _everything() -> NamedPolicy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return NamedPolicy("everything", read_policy({"Version": "2012-10-17", "Statement": [statement]}))
