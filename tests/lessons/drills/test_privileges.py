"""What a role gained, by what its policies allow and not by how they are written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.lessons.drills.privileges import Powers
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies

ROLE = "arn:aws:iam::123456789012:role/hello-web-instance"
ACTIONS = ("s3:GetObject", "s3:Get*", "s3:*", "ec2:Describe*", "ec2:DescribeInstances", "*")
RESOURCES = ("*", "arn:aws:s3:::releases/*", "arn:aws:s3:::releases/v2.zip")


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def powers(*statements: dict[str, Any], trust: Any = None) -> Powers:
    policy = NamedPolicy("p", read_policy({"Version": "2012-10-17", "Statement": list(statements)}))
    principal = trust or {"Service": "ec2.amazonaws.com"}
    trusting = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    resource = NamedPolicy("t", read_policy({"Version": "2012-10-17", "Statement": [trusting]}, "trust"), ROLE)
    return Powers(ROLE, Policies(identity=(policy,), resource=resource))


BEFORE = powers(statement(["s3:GetObject", "s3:ListBucket"]), statement("ec2:Describe*"))


@pytest.mark.parametrize(
    ("now", "gained"),
    [
        pytest.param(powers(statement(["s3:ListBucket", "s3:GetObject"])), [], id="the same, written otherwise"),
        pytest.param(powers(statement("s3:GetObject", "arn:aws:s3:::releases/*")), [], id="less: one bucket"),
        pytest.param(powers(statement("ec2:DescribeInstances")), [], id="less: one of many actions"),
        pytest.param(powers(statement("s3:Get*")), ["s3:Get*"], id="a wildcard that reaches further"),
        pytest.param(powers(statement("*")), ["*"], id="everything"),
        pytest.param(powers(statement("s3:*"), statement("s3:*", effect="Deny")), [], id="allowed and denied again"),
        pytest.param(
            powers({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            ["ec2:TerminateInstances", "s3:DeleteObject", "s3:PutObject", "secretsmanager:GetSecretValue"],
            id="everything but something",
        ),
    ],
)
def test_what_a_role_gained(now: Powers, gained: list[str]) -> None:
    assert now.gained([BEFORE])[:4] == gained


@pytest.mark.parametrize(
    ("trust", "anew"),
    [
        ({"Service": "ec2.amazonaws.com"}, []),
        ({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, ["lambda.amazonaws.com"]),
        ({"AWS": "999999999999"}, ["arn:aws:iam::999999999999:user/somebody"]),
    ],
)
def test_who_is_trusted_anew(trust: Any, anew: list[str]) -> None:
    assert powers(statement("s3:GetObject"), trust=trust).trusted_anew([BEFORE]) == anew


statements = st.lists(
    st.builds(statement, st.sampled_from(ACTIONS), st.sampled_from(RESOURCES), st.sampled_from(("Allow", "Deny"))),
    min_size=1,
    max_size=4,
)


@given(statements)
def test_nothing_is_gained_over_itself_or_by_a_further_deny(written: list[dict[str, Any]]) -> None:
    before = powers(*written)
    assert before.gained([before]) == []
    assert powers(*written, statement("s3:*", effect="Deny")).gained([before]) == []


@given(statements)
def test_administrator_access_is_a_gain_over_all_that_is_not_everything(written: list[dict[str, Any]]) -> None:
    before = powers(*written)
    everything = powers(statement("*")).gained([before])
    assert bool(everything) == (not before.allows("anything:anything"))
