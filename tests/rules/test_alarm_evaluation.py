"""CloudWatch's own tables ("How alarm state is evaluated when data is missing"): 0 within, X breaching, - missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.alarm_evaluation import COMPARISON_OPERATORS, AlarmRule, evaluate, reason, telling

VALUES = {"0": 1.0, "X": 9.0, "-": None}


def rule(most: int = 3, of: int = 3, treat: str = "missing", operator: str = "GreaterThanThreshold") -> AlarmRule:
    return AlarmRule(
        comparison_operator=operator,
        threshold=5,
        period_s=60,
        evaluation_periods=of,
        datapoints_to_alarm=most,
        treat_missing_data=treat,
    )


def state(its_rule: AlarmRule, text: str, present: str = "OK") -> str:
    return evaluate(its_rule, [VALUES[mark] for mark in text.split()], present).state


@pytest.mark.parametrize(
    ("datapoints_to_alarm", "data", "missing", "ignore", "breaching", "not_breaching"),
    [
        pytest.param(3, "0 - X - X", "OK", "OK", "OK", "OK", id="3 of 3, enough real data: missing data is ignored"),
        pytest.param(3, "0 - - - -", "OK", "OK", "OK", "OK", id="3 of 3, one within, two filled in"),
        pytest.param(3, "- - - - -", "INSUFFICIENT_DATA", "retained", "ALARM", "OK", id="3 of 3, nothing at all"),
        pytest.param(3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM", id="3 of 3, the last three real ones breach"),
        pytest.param(3, "- - X - -", "ALARM", "retained", "ALARM", "OK", id="3 of 3, the oldest breach is old enough"),
        pytest.param(3, "- - - - X", "INSUFFICIENT_DATA", "retained", "ALARM", "OK", id="3 of 3, not prematurely"),
        pytest.param(3, "- - - X -", "INSUFFICIENT_DATA", "retained", "ALARM", "OK", id="3 of 3, still premature"),
        pytest.param(2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM", id="2 of 3, two of the last three real ones"),
        pytest.param(2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM", id="2 of 3, not one after the other"),
        pytest.param(2, "0 - X - -", "OK", "OK", "ALARM", "OK", id="2 of 3, one filled in decides"),
        pytest.param(2, "- - - - 0", "OK", "OK", "ALARM", "OK", id="2 of 3, two filled in decide"),
        pytest.param(2, "- - - X -", "ALARM", "retained", "ALARM", "OK", id="2 of 3, old enough for two"),
        pytest.param(2, "- - - - X", "INSUFFICIENT_DATA", "retained", "ALARM", "OK", id="2 of 3, not prematurely"),
    ],
)
def test_the_state_follows_awss_tables(datapoints_to_alarm, data, missing, ignore, breaching, not_breaching):
    found = [
        state(rule(datapoints_to_alarm, treat=treat), data, "retained")
        for treat in ("missing", "ignore", "breaching", "notBreaching")
    ]
    assert found == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("operator", "breaching"),
    [
        ("GreaterThanThreshold", [6]),
        ("GreaterThanOrEqualToThreshold", [5, 6]),
        ("LessThanThreshold", [4]),
        ("LessThanOrEqualToThreshold", [4, 5]),
    ],
)
def test_a_value_is_compared_as_the_operator_says(operator, breaching):
    assert [value for value in (4, 5, 6) if rule(operator=operator).breaches(value)] == breaching


def words(its_rule: AlarmRule, data: str) -> str:
    points = [VALUES[mark] for mark in data.split()]
    moments = [f"02/03/26 09:0{place}:00" for place in range(len(points))]
    return reason(its_rule, evaluate(its_rule, points, "OK"), points, moments)


@pytest.mark.parametrize(
    ("its_rule", "data", "sentence"),
    [
        pytest.param(
            rule(1, 1),
            "0 0 X",
            "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (02/03/26 09:02:00)] was greater than the "
            "threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
            id="one of one",
        ),
        pytest.param(
            rule(2, 2, operator="GreaterThanOrEqualToThreshold"),
            "0 0 X X",
            "Threshold Crossed: 2 out of the last 2 datapoints [9.0 (02/03/26 09:03:00), 9.0 (02/03/26 09:02:00)] were "
            "greater than or equal to the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
            id="two of two, the newest first",
        ),
        pytest.param(
            rule(2, 3),
            "- - X 0 0",
            "Threshold Crossed: 2 out of the last 3 datapoints [1.0 (02/03/26 09:04:00), 1.0 (02/03/26 09:03:00)] were "
            "not greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition).",
            id="back to OK, only what speaks for it",
        ),
        pytest.param(
            rule(1, 1, "notBreaching"),
            "- - -",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
            id="nothing came, which is good",
        ),
        pytest.param(
            rule(3, 3, "breaching"),
            "- - - - -",
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[Breaching].",
            id="nothing came, which is bad",
        ),
        pytest.param(
            rule(3, 3, "breaching"),
            "- - - - X",
            "Threshold Crossed: 1 datapoint [9.0 (02/03/26 09:04:00)] was greater than the threshold (5.0) and 2 "
            "missing datapoints were treated as [Breaching].",
            id="one came, two are filled in",
        ),
        pytest.param(
            rule(2, 3, "notBreaching"),
            "- - - - X",
            "Threshold Crossed: 2 missing datapoints were treated as [NonBreaching].",
            id="one came that does not speak for OK",
        ),
        pytest.param(rule(1, 1), "- - -", "Insufficient Data: 1 datapoint was unknown.", id="one unknown"),
        pytest.param(rule(3, 3), "- - - - -", "Insufficient Data: 3 datapoints were unknown.", id="three unknown"),
    ],
)
def test_the_reason_has_cloudwatchs_words(its_rule, data, sentence):
    assert words(its_rule, data) == sentence


points = st.lists(st.one_of(st.none(), st.floats(0, 10)), min_size=5, max_size=5)
treatments = st.sampled_from(["missing", "ignore", "breaching", "notBreaching"])


@given(points, treatments, st.integers(1, 3), st.sampled_from(COMPARISON_OPERATORS))
def test_with_enough_real_data_the_treatment_of_missing_data_does_not_matter(found, treat, most, operator):
    if sum(value is not None for value in found) >= 3:
        by_default = evaluate(rule(most, operator=operator), found, "OK")
        assert evaluate(rule(most, treat=treat, operator=operator), found, "OK") == by_default


@given(points, treatments, st.integers(1, 3))
def test_as_many_points_are_evaluated_as_there_are_evaluation_periods(found, treat, most):
    verdict = evaluate(rule(most, treat=treat), found, "OK")
    assert len(verdict.used) + verdict.filled == 3


def test_only_data_that_speaks_for_the_state_is_told():
    data = [1.0, 1.0, 9.0, 1.0, 9.0]
    assert telling(rule(2), evaluate(rule(2), data, "OK"), data) == (4, 2)
