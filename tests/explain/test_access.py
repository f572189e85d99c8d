"""Why IAM refused: the layer and the statement that decided, what came nearest, and a fix that lets the call pass."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from labkit.explain.access import explain_decision
from labkit.explain.chain import Explanation
from labkit.rules.iam.decision import Decision, decide
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import ControlLevel, NamedPolicy, Policies, Request

ACCOUNT, OTHER_ACCOUNT = "123456789012", "210987654321"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
GROUP = f"arn:aws:iam::{ACCOUNT}:group/students"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/hello-web-instance"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/hello-web-instance/i-0abc"
BUNDLE = "arn:aws:s3:::hello-web-bundles/v2.zip"
BUNDLES = "arn:aws:s3:::hello-web-bundles/*"


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def policy(name: str, *statements: Mapping[str, Any], to: str = ANN, kind: Any = "identity") -> NamedPolicy:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return NamedPolicy(name, read_policy(document, kind), to, inline=not name.startswith("arn:"))


READ = policy("read", allow("s3:*", BUNDLES))
LIMIT = policy(f"arn:aws:iam::{ACCOUNT}:policy/limit", allow("ec2:*", "*"), kind="boundary")
AWS_LIMIT = policy("arn:aws:iam::aws:policy/PowerUserAccess", allow("ec2:*", "*"), kind="boundary")
TRUST = policy(
    "AssumeRolePolicyDocument",
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    to=ROLE,
    kind="trust",
)
BUCKET_POLICY = policy(
    "BucketPolicy",
    allow("s3:PutObject", BUNDLES, Principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}),
    to="arn:aws:s3:::hello-web-bundles",
    kind="resource",
)


def asked(principal: str = ANN, action: str = "s3:GetObject", resource: str = BUNDLE, **context: str) -> Request:
    account = ACCOUNT if principal != "other" else OTHER_ACCOUNT
    return Request(principal, action, resource, account, context)


def row(sentence: str, request: Request, policies: Policies, root: str, says: str, note: str = "") -> Any:
    return pytest.param(request, policies, root, says, note, id=sentence)


ROWS = [
    row(
        "no policy at all",
        asked(),
        Policies(),
        "no-identity-allow",
        "There is no statement with Effect Allow to look at.",
    ),
    row(
        "the statement is about another resource",
        asked(),
        Policies(identity=(policy("read", allow("s3:GetObject", "arn:aws:s3:::others/*")),)),
        "no-identity-allow",
        "The nearest statement names another resource.",
        f"Resource is arn:aws:s3:::others/*, the request has {BUNDLE}.",
    ),
    row(
        "the statement is about another action",
        asked(),
        Policies(identity=(policy("write", allow("s3:PutObject", BUNDLES)),)),
        "no-identity-allow",
        "The nearest statement names another action.",
        "Action is s3:PutObject, the request has s3:GetObject.",
    ),
    row(
        "a condition does not hold",
        asked(**{"aws:SourceIp": "203.0.113.9"}),
        Policies(
            identity=(policy("read", allow("s3:*", "*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),)
        ),
        "no-identity-allow",
        "The nearest statement names a condition that does not hold.",
        "Condition IpAddress wants aws:SourceIp to be 10.0.0.0/8, the request has 203.0.113.9.",
    ),
    row(
        "a condition asks for a key that the request lacks",
        asked(),
        Policies(identity=(policy("read", allow("s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "true"}})),)),
        "no-identity-allow",
        "The nearest statement names a condition that does not hold.",
        "Condition Bool wants aws:SecureTransport to be true, the request has no such key.",
    ),
    row(
        "a statement of the user's own policy denies",
        asked(),
        Policies(identity=(policy("read", allow("s3:*", "*"), deny("s3:Get*", "*", Sid="NoGet")),)),
        "explicit-deny",
        "A statement of the inline policy read of the user ann denies it",
    ),
    row(
        "a statement of a group's policy denies",
        asked(),
        Policies(identity=(READ, policy("quiet", deny("s3:*", "*"), to=GROUP))),
        "explicit-deny",
        "A statement of the inline policy quiet of the group students denies it",
    ),
    row(
        "a managed policy denies",
        asked(),
        Policies(identity=(READ, policy(f"arn:aws:iam::{ACCOUNT}:policy/no-s3", deny("s3:*", "*")))),
        "explicit-deny",
        "A statement of the policy no-s3 of the user ann denies it",
    ),
    row(
        "the boundary does not allow",
        asked(),
        Policies(identity=(READ,), boundaries=(LIMIT,)),
        "no-boundary-allow",
        "none of its statements allows s3:GetObject here",
        "Action is ec2:*, the request has s3:GetObject.",
    ),
    row(
        "a role's session has no permission",
        asked(SESSION),
        Policies(),
        "no-identity-allow",
        "No identity-based policy of the role hello-web-instance (session i-0abc) allows it.",
    ),
    row(
        "the role's trust policy names somebody else",
        asked(action="sts:AssumeRole", resource=ROLE),
        Policies(identity=(policy("assume", allow("sts:AssumeRole", "*")),), resource=TRUST),
        "no-resource-allow",
        "The trust policy of the role hello-web-instance has no statement that allows this caller.",
    ),
    row(
        "another account's bucket does not name the caller",
        replace(asked(), resource_account=OTHER_ACCOUNT),
        Policies(identity=(READ,), resource=BUCKET_POLICY),
        "no-resource-allow",
        "has no statement that allows this caller",
    ),
]


@pytest.mark.parametrize(("request_", "policies", "root", "says", "note"), ROWS)
def test_the_deciding_statement_or_the_gap_is_named(
    request_: Request, policies: Policies, root: str, says: str, note: str
) -> None:
    explained = explain_decision(decide(request_, policies), "AccessDenied")
    assert (explained.root_cause.id, explained.aws_says) == (root, "AccessDenied")
    assert says in explained.root_cause.says
    assert note in [evidence.note for evidence in explained.root_cause.evidence] or not note


@pytest.mark.parametrize(("request_", "policies", "root", "says", "note"), ROWS)
def test_what_is_quoted_is_a_statement_as_it_was_written(
    request_: Request, policies: Policies, root: str, says: str, note: str
) -> None:
    written = [
        statement
        for one in (*policies.identity, *policies.boundaries, *filter(None, [policies.resource]))
        for statement in one.policy.document["Statement"]
    ]
    quoted = explain_decision(decide(request_, policies)).root_cause.evidence
    assert all(json.loads(evidence.shows) in written for evidence in quoted)
    assert len(quoted) <= 2


class Recorder:
    """Stands for boto3: keeps the one call that a fix makes."""

    def __init__(self) -> None:
        self.service, self.operation, self.arguments = "", "", dict[str, Any]()

    def client(self, service: str) -> "Recorder":
        self.service = service
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> None:
            self.operation, self.arguments = operation, arguments

        return call


def carried_out(explained: Explanation) -> Recorder:
    """The call of a fix, which has to be Python that can be pasted."""
    boto3 = Recorder()
    lines = (explained.fix_command or "").partition("\n")
    assert lines[0] == "import boto3"
    eval(lines[2], {"boto3": boto3})  # noqa: S307 - our own commands, to be run as written
    return boto3


def mended(decision: Decision, policies: Policies, fix: Recorder) -> Policies:
    """The policies after the call."""
    name = fix.arguments.get("PolicyName") or fix.arguments.get("PolicyArn")
    text = fix.arguments.get("PolicyDocument") or fix.arguments.get("Policy")
    statements = json.loads(text)["Statement"] if text else []
    if fix.operation in ("update_assume_role_policy", "put_bucket_policy"):
        assert policies.resource is not None
        kind = "trust" if "role" in fix.operation else "resource"
        resource = policy(policies.resource.name, *statements, to=policies.resource.attached_to or "", kind=kind)
        return replace(policies, resource=resource)
    if fix.operation.startswith(("delete_", "detach_")):
        return replace(policies, identity=tuple(one for one in policies.identity if one.name != name))
    written = policy(str(name), *statements, to=decision.request.principal)
    kept = tuple(one for one in policies.identity if one.name != name)
    if any(one.name == name for one in policies.boundaries):
        return replace(policies, boundaries=(written,))
    return replace(policies, identity=(*kept, written))


@pytest.mark.parametrize(("request_", "policies", "root", "says", "note"), ROWS)
def test_the_fix_lets_the_call_through_and_takes_nothing_else_away(
    request_: Request, policies: Policies, root: str, says: str, note: str
) -> None:
    decision = decide(request_, policies)
    after = mended(decision, policies, carried_out(explain_decision(decision)))
    assert decide(request_, after).allowed
    if policies.resource is not None and after.resource is not None:
        before_it, after_it = policies.resource.policy.document, after.resource.policy.document
        assert all(statement in after_it["Statement"] for statement in before_it["Statement"])


def test_a_fix_does_not_take_the_place_of_a_policy_that_is_there() -> None:
    there = policy("allow-GetObject", allow("s3:GetObject", "arn:aws:s3:::others/*"))
    fix = carried_out(explain_decision(decide(asked(), Policies(identity=(there,)))))
    assert fix.arguments["PolicyName"] == "allow-GetObject-2"


@pytest.mark.parametrize(
    ("policies", "root", "fix"),
    [
        pytest.param(
            Policies(identity=(READ,), boundaries=(AWS_LIMIT,)),
            "no-boundary-allow",
            "Choose a permissions boundary that allows it too (AWS's own managed policies cannot be changed).",
            id="AWS's own boundary",
        ),
        pytest.param(
            Policies(identity=(READ,), sessions=(policy("session", allow("ec2:*", "*"), kind="session"),)),
            "no-session-allow",
            "Let the session policy that AssumeRole was given allow it too: add this statement there.",
            id="a session policy",
        ),
        pytest.param(
            Policies(
                identity=(READ,),
                service_control=(ControlLevel("root", (policy("only-ec2", allow("ec2:*", "*"), kind="scp"),)),),
            ),
            "no-scp-allow",
            "Let a service control policy of every level of the organization allow it too: add this statement there.",
            id="a service control policy",
        ),
    ],
)
def test_where_no_call_of_the_account_mends_it_the_statement_is_given(policies: Policies, root: str, fix: str) -> None:
    explained = explain_decision(decide(asked(), policies))
    assert (explained.root_cause.id, explained.fix) == (root, fix)
    assert json.loads(explained.fix_command or "") == allow("s3:GetObject", BUNDLE)


def test_what_is_allowed_is_said_to_be_with_the_statement_that_allows_it() -> None:
    explained = explain_decision(decide(asked(), Policies(identity=(READ,))))
    assert (explained.root_cause.id, explained.fix) == ("allowed", "Nothing to change.")
    assert json.loads(explained.root_cause.evidence[0].shows) == allow("s3:*", BUNDLES)


def test_a_session_is_let_in_by_its_role() -> None:
    elsewhere = replace(asked(SESSION), resource_account=OTHER_ACCOUNT)
    policies = Policies(identity=(policy("read", allow("s3:*", "*"), to=ROLE),), resource=BUCKET_POLICY)
    document = carried_out(explain_decision(decide(elsewhere, policies))).arguments["Policy"]
    assert json.loads(document)["Statement"][-1]["Principal"] == {"AWS": ROLE}
