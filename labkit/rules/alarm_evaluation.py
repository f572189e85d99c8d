"""When a CloudWatch alarm changes its state.

CloudWatch user guide, "Evaluating an alarm", "Configuring how CloudWatch alarms treat missing data" and "Avoiding
premature transitions to alarm state". CloudWatch looks at more periods than the alarm asks for, so that data that is
late or sparse still counts: it "attempts to retrieve a higher number of data points than the number specified as
Evaluation Periods". AWS names no formula; its examples look at five periods for three, and so do we: two more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
MISSING, IGNORE, BREACHING, NOT_BREACHING = "missing", "ignore", "breaching", "notBreaching"
"""The values of ``TreatMissingData``."""

MORE_PERIODS: Final = 2

_COMPARISONS: Final = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
COMPARISON_OPERATORS: Final = tuple(_COMPARISONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """What PutMetricAlarm says about the evaluation; ``datapoints_to_alarm`` of ``evaluation_periods`` must breach."""

    comparison_operator: str
    threshold: float
    period_s: int
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: str = MISSING

    @property
    def evaluation_range(self) -> int:
        """How many periods are looked at.

        >>> rule = AlarmRule(
        ...     comparison_operator="GreaterThanThreshold",
        ...     threshold=3,
        ...     period_s=60,
        ...     evaluation_periods=3,
        ...     datapoints_to_alarm=3,
        ... )
        >>> rule.evaluation_range
        5
        """
        return self.evaluation_periods + MORE_PERIODS

    def breaches(self, value: float) -> bool:
        """Whether ``value`` is beyond the threshold."""
        if self.comparison_operator == "GreaterThanThreshold":
            return value > self.threshold
        if self.comparison_operator == "GreaterThanOrEqualToThreshold":
            return value >= self.threshold
        if self.comparison_operator == "LessThanThreshold":
            return value < self.threshold
        return value <= self.threshold


@dataclass(frozen=True, slots=True)
class Verdict:
    """``state``, and why.

    ``used``: the real data points evaluated, as places in the range, newest first. ``filled``: how many missing ones
    were evaluated with them.
    """

    state: AlarmState
    used: tuple[int, ...]
    filled: int


def evaluate(rule: AlarmRule, points: Sequence[float | None], present: AlarmState) -> Verdict:
    """The state after looking at ``points``: one for each period of the range, oldest first, None if it is missing."""
    there = [place for place in reversed(range(len(points))) if points[place] is not None]
    used = tuple(there[: rule.evaluation_periods])
    filled = rule.evaluation_periods - len(used)
    breaching = sum(rule.breaches(value) for place in used if (value := points[place]) is not None)
    if filled and rule.treat_missing_data == BREACHING:
        breaching += filled
    if breaching >= rule.datapoints_to_alarm:
        return Verdict("ALARM", used, filled)
    within = len(used) - breaching
    if not filled or within > 0 or rule.treat_missing_data in (BREACHING, NOT_BREACHING):
        return Verdict("OK", used, filled)
    return Verdict(_without_enough_data(rule, used, len(points), present), used, filled)


def _without_enough_data(rule: AlarmRule, used: Sequence[int], length: int, present: AlarmState) -> AlarmState:
    """No data point is within the threshold, too few breach it, and missing ones are not to be replaced."""
    if rule.treat_missing_data == IGNORE:
        return present
    # "…designed to always go into ALARM state when the oldest available breaching datapoint … is at least as old as
    # the value of Datapoints to Alarm, and all other more recent data points are breaching or missing."
    if used and length - min(used) >= rule.datapoints_to_alarm:
        return "ALARM"
    return "INSUFFICIENT_DATA"


def reason(rule: AlarmRule, verdict: Verdict, points: Sequence[float | None], moments: Sequence[str]) -> str:
    """``StateReason`` in CloudWatch's words; ``moments``: the beginning of each period of the range, as a text."""
    if verdict.state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_count(verdict.filled, 'datapoint')} {_were(verdict.filled)} unknown."
    told = telling(rule, verdict, points)
    filling = verdict.filled and rule.treat_missing_data in (BREACHING, NOT_BREACHING)
    parts = [_compared(rule, verdict, [f"{points[place]} ({moments[place]})" for place in told])] if told else []
    if filling and not verdict.used:
        parts.append(f"no datapoints were received for {_count(verdict.filled, 'period')}")
    if filling:
        parts.append(_treated(rule, verdict.filled))
    return f"Threshold Crossed: {' and '.join(parts)}."


def telling(rule: AlarmRule, verdict: Verdict, points: Sequence[float | None]) -> tuple[int, ...]:
    """Those of the data points evaluated that speak for the state; the others are not named in the reason."""
    breaching = verdict.state == "ALARM"
    return tuple(p for p in verdict.used if (value := points[p]) is not None and rule.breaches(value) is breaching)


def _compared(rule: AlarmRule, verdict: Verdict, data: Sequence[str]) -> str:
    count = len(data)
    how_many = (
        _count(count, "datapoint")
        if verdict.filled
        else f"{count} out of the last {rule.evaluation_periods} datapoints"
    )
    comparison = f"{'' if verdict.state == 'ALARM' else 'not '}{_COMPARISONS[rule.comparison_operator]}"
    minimum = "" if verdict.filled else f" ({_minimum(rule, verdict.state)})"
    values, threshold = ", ".join(data), f"the threshold ({float(rule.threshold)})"
    return f"{how_many} [{values}] {_were(count)} {comparison} {threshold}{minimum}"


def _minimum(rule: AlarmRule, state: AlarmState) -> str:
    if state == "ALARM":
        return f"minimum {_count(rule.datapoints_to_alarm, 'datapoint')} for OK -> ALARM transition"
    needed = rule.evaluation_periods - rule.datapoints_to_alarm + 1
    return f"minimum {_count(needed, 'datapoint')} for ALARM -> OK transition"


def _treated(rule: AlarmRule, filled: int) -> str:
    how = "Breaching" if rule.treat_missing_data == BREACHING else "NonBreaching"
    return f"{_count(filled, 'missing datapoint')} {_were(filled)} treated as [{how}]"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
