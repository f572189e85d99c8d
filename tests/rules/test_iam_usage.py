"""Least privilege from evidence: what was used, refused and not needed; the smallest policy for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.iam.decision import decide
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies, Request
from labkit.rules.iam.usage import Use, minimal_policy, usage

ROLE = "arn:aws:sts::123456789012:assumed-role/web/i-1"
BUNDLE, OTHER = "arn:aws:s3:::bundles/v1.zip", "arn:aws:s3:::bundles/v2.zip"


def held(*actions, **statement):
    document = {"Effect": "Allow", "Action": list(actions), "Resource": "*"} | statement
    return NamedPolicy("held", read_policy({"Version": "2012-10-17", "Statement": document}))


def allowed(policy, action, resource):
    policies = Policies(identity=(NamedPolicy("minimal", read_policy(policy)),))
    return decide(Request(ROLE, action, resource, "123456789012"), policies).allowed


def test_used_unused_and_denied_stand_apart_by_service():
    uses = [
        Use("s3:GetObject", BUNDLE, allowed=True),
        Use("s3:GetObject", OTHER, allowed=True),
        Use("ec2:RunInstances", "*", allowed=False),
    ]
    found = usage(uses, [held("s3:Get*", "s3:ListBucket", "sns:Publish")])
    assert [(one.service, dict(one.used), one.unused, dict(one.denied)) for one in found] == [
        ("ec2", {}, (), {"ec2:RunInstances": 1}),
        ("s3", {"s3:GetObject": 2}, ("s3:ListBucket",), {}),
        ("sns", {}, ("sns:Publish",), {}),
    ]


@pytest.mark.parametrize(
    ("policy", "unused"),
    [
        pytest.param(held("S3:getobject"), (), id="letters' case doesn't count"),
        pytest.param(held("*"), (), id="everything is used by anything"),
        pytest.param(held("s3:GetObject", Effect="Deny"), (), id="a denial grants nothing"),
    ],
)
def test_what_counts_as_unused(policy, unused):
    [service] = usage([Use("s3:GetObject", BUNDLE, allowed=True)], [policy])
    assert service.unused == unused


def test_of_not_action_nothing_can_be_listed():
    document = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    policy = NamedPolicy("all but", read_policy({"Version": "2012-10-17", "Statement": document}))
    assert usage([], [policy]) == []


def test_actions_with_the_same_resources_share_a_statement_and_get_no_others():
    uses = [
        Use("ec2:DescribeInstances", "*", allowed=True),
        Use("s3:GetObject", BUNDLE, allowed=True),
        Use("s3:GetObjectVersion", BUNDLE, allowed=True),
        Use("s3:PutObject", OTHER, allowed=True),
        Use("iam:CreateUser", "*", allowed=False),
    ]
    assert minimal_policy(uses)["Statement"] == [
        {"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": BUNDLE},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": OTHER},
    ]


def test_nothing_used_is_no_policy():
    assert minimal_policy([Use("s3:GetObject", BUNDLE, allowed=False)]) == {}


ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "ec2:RunInstances", "sns:Publish"])
RESOURCES = st.sampled_from([BUNDLE, OTHER, "arn:aws:sns:ap-northeast-2:123456789012:topic"])
USES = st.lists(st.builds(Use, ACTIONS, RESOURCES, st.booleans()), max_size=12)


@given(USES)
def test_the_minimal_policy_allows_exactly_what_was_used(uses):
    policy = minimal_policy(uses)
    used = {(use.action, use.resource) for use in uses if use.allowed}
    asked = {(use.action, use.resource) for use in uses}
    if policy:
        assert {one for one in asked if allowed(policy, *one)} == used
    else:
        assert used == set()


@given(USES)
def test_the_order_of_the_evidence_does_not_matter(uses):
    assert minimal_policy(uses) == minimal_policy(uses[::-1])
