"""Patterns with many stars: decided as a plain regular expression decides them, and at once."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labkit.rules.iam.wildcards import ARN_FIELDS, glob, glob_pieces, resource_glob

PATTERNS = st.text("ab*?", max_size=8)
FIELDS = st.lists(st.text("a*?", max_size=4), min_size=1, max_size=7).map(lambda fields: ":".join(["arn", *fields]))
ARNS = st.lists(st.text("ab", max_size=3), min_size=3, max_size=9).map(lambda fields: ":".join(["arn", *fields]))


def plainly(pattern: str, text: str) -> bool:
    """Every star is ``.*``, every question mark ``.``."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def plainly_an_arn(pattern: str, text: str) -> bool:
    """Inside of a field that is not the last, a star stays within the field."""
    fields = pattern.split(":", ARN_FIELDS - 1)
    fields += ["*"] * (ARN_FIELDS - len(fields))
    expressions = []
    for field in fields[:-1]:
        inner, last = (field[:-1], ".*") if field.endswith("*") else (field, "")
        expressions.append(re.escape(inner).replace(r"\*", "[^:]*").replace(r"\?", "[^:]") + last)
    expressions.append(re.escape(fields[-1]).replace(r"\*", ".*").replace(r"\?", "."))
    return re.fullmatch(":".join(expressions), text, re.DOTALL) is not None


@given(PATTERNS, st.text("ab", max_size=10))
@example("*a*b", "aab")
@example("a**", "a")
def test_a_pattern_means_what_a_plain_expression_means(pattern: str, text: str):
    assert glob(pattern)(text) == plainly(pattern, text)
    assert glob_pieces((pattern,))(text) == plainly(pattern, text)


@given(FIELDS, ARNS)
@example("arn:a*:*a", "arn:a:b:::a")
@example("arn:*a*:b:*", "arn:ba:a:b::")
def test_a_resource_means_what_a_plain_expression_means(pattern: str, arn: str):
    assert resource_glob(pattern)(arn) == plainly_an_arn(pattern, arn)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param("arn:aws:s3:::x/" + "*a" * 300 + "*b", "arn:aws:s3:::x/" + "a" * 1000, id="in a name"),
        pytest.param("arn:*:*:*:*:*x", "arn:" + "a:" * 1000, id="a star a field"),
        pytest.param("arn:*a*a*:*a*a*:*a*a*:*a*a*:*x", "arn:" + "a" * 200 + ":a" * 500, id="stars in fields"),
        pytest.param("arn:*a*a:*a*a:*a*a:*a*a:*x", "arn:" + ("a" * 100 + ":") * 9, id="stars within fields"),
    ],
)
def test_many_stars_are_decided_at_once(pattern: str, text: str):
    assert not resource_glob(pattern)(text)
