"""What PutMetricAlarm's settings must be, and what they mean. CloudWatch API reference, PutMetricAlarm."""

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import Alarm

from labkit.aws.cloudwatch.errors import refuse
from labkit.rules.alarm_evaluation import BREACHING, IGNORE, MISSING, NOT_BREACHING, AlarmRule
from labkit.world.cloudwatch.alarm import Watched
from labkit.world.cloudwatch.metrics import metric_id

DAY_S = 86_400
MINUTE_S = 60
SHORT_PERIODS_S = (10, 20, 30)
NEEDED = {"namespace": "Namespace", "period": "Period", "threshold": "Threshold", "statistic": "Statistic"}
TREATMENTS = (BREACHING, NOT_BREACHING, IGNORE, MISSING)


def check(settings: Mapping[str, Any]) -> None:
    """Refuses settings (moto's names for PutMetricAlarm's) of an alarm on one metric that cannot be evaluated."""
    treatment = settings.get("treat_missing_data")
    if treatment and treatment not in TREATMENTS:
        raise refuse(
            f"Option {treatment} is not supported. Supported options for parameter TreatMissingData are "
            f"{', '.join(TREATMENTS)}."
        )
    if not settings.get("metric_name"):
        return  # metric math or a composite alarm
    for name, member in NEEDED.items():
        if settings.get(name) is None and not (name == "statistic" and settings.get("extended_statistic")):
            raise refuse(f"The parameter {member} is required for an alarm on a metric.")
    _check_lengths(int(settings["period"]), int(settings["evaluation_periods"]), settings.get("datapoints_to_alarm"))


def _check_lengths(period_s: int, periods: int, to_alarm: int | None) -> None:
    if period_s not in SHORT_PERIODS_S and (period_s < MINUTE_S or period_s % MINUTE_S):
        raise refuse("Period must be 10, 20, 30 or a multiple of 60.")
    if periods * period_s > DAY_S:
        raise refuse(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        )
    if to_alarm is not None and int(to_alarm) > periods:
        raise refuse("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")


def watched_by(alarm: Alarm) -> Watched | None:
    """What an alarm watches; None for metric math, percentiles and composite alarms."""
    if not alarm.metric_name or not alarm.statistic:
        return None
    dimensions = [(str(dimension.name), str(dimension.value)) for dimension in alarm.dimensions]
    return Watched(metric_id(alarm.namespace, alarm.metric_name, dimensions), alarm.statistic, alarm.unit)


def rule_of(alarm: Alarm) -> AlarmRule:
    """When an alarm on a metric changes its state; ``DatapointsToAlarm`` is all of its periods unless it says."""
    return AlarmRule(
        comparison_operator=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        period_s=int(alarm.period),
        evaluation_periods=int(alarm.evaluation_periods),
        datapoints_to_alarm=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        treat_missing_data=alarm.treat_missing_data or MISSING,
    )
