"""DescribeAlarmHistory: what happened to the alarms. CloudWatch API reference; moto has no such operation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from labkit.aws.cloudwatch.errors import refuse
from labkit.aws.overrides import Overrides
from labkit.simulation.clock import Clock
from labkit.world.cloudwatch.alarm import Evaluation

MAX_RECORDS = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One ``AlarmHistoryItem``; ``kind``: its HistoryItemType."""

    alarm: str
    alarm_type: str
    at: datetime
    kind: str
    summary: str
    data: str


class AlarmHistory:
    """The items of all alarms, oldest first; those of a deleted alarm stay."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def install(self, overrides: Overrides) -> None:
        """Answers the operation until ``overrides.undo()``."""
        # A function, unlike a bound method, is given the response it is called on.
        overrides.add(CloudWatchResponse, "describe_alarm_history", lambda response: self._describe(response))  # noqa: PLW0108

    def configured(self, alarm: Alarm, at: datetime, *, created: bool) -> None:
        """PutMetricAlarm made an alarm, or changed one."""
        kind = "Create" if created else "Update"
        self._add(alarm, at, "ConfigurationUpdate", f'Alarm "{alarm.name}" {kind.lower()}d', {"type": kind})

    def changed(self, alarm: Alarm, before: str, at: datetime) -> None:
        """An alarm came from the state ``before`` to the one it has now."""
        new = {
            "stateValue": alarm.state_value,
            "stateReason": alarm.state_reason,
            "stateReasonData": json.loads(alarm.state_reason_data or "{}"),
        }
        summary = f"Alarm updated from {before} to {alarm.state_value}"
        self._add(alarm, at, "StateUpdate", summary, {"oldState": {"stateValue": before}, "newState": new})

    def _add(self, alarm: Alarm, at: datetime, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        alarm_type = "MetricAlarm" if alarm.rule is None else "CompositeAlarm"
        text = json.dumps({"version": "1.0", **data})
        self._items.append(Item(alarm.name, alarm_type, at, kind, summary, text))

    def _describe(self, response: CloudWatchResponse) -> ActionResult:
        asked = response._get_params()  # noqa: SLF001 - moto's way to read parameters
        found = [item for item in self._items if _fits(item, asked)]
        if asked.get("ScanBy") != "TimestampAscending":
            found.reverse()
        begin, limit = _place(asked.get("NextToken")), int(asked.get("MaxRecords") or MAX_RECORDS)
        end = begin + min(limit, MAX_RECORDS)
        shown = [_shape(item) for item in found[begin:end]]
        return ActionResult({"AlarmHistoryItems": shown, "NextToken": str(end) if end < len(found) else None})


def reason_data(evaluation: Evaluation, alarm: Alarm, clock: Clock) -> str:
    """``StateReasonData``: the same as the reason, for programs."""
    reported = [(start_s, datapoint) for start_s, datapoint in evaluation.periods if datapoint is not None]
    data: dict[str, Any] = {"version": "1.0", "queryDate": _moment(clock.moment(evaluation.at_s))}
    if reported:
        data["startDate"] = _moment(clock.moment(reported[0][0]))
    data |= {"statistic": alarm.statistic, "period": int(alarm.period)}
    data["recentDatapoints"] = [datapoint.statistic(alarm.statistic) for _, datapoint in reported]
    data["threshold"] = float(alarm.threshold)
    data["evaluatedDatapoints"] = [
        {
            "timestamp": _moment(clock.moment(start_s)),
            "sampleCount": datapoint.sample_count,
            "value": datapoint.statistic(alarm.statistic),
        }
        for start_s, datapoint in reversed(reported)
    ]
    return json.dumps(data)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def _fits(item: Item, asked: Mapping[str, Any]) -> bool:
    start, end = (_utc(asked.get(name)) for name in ("StartDate", "EndDate"))
    return (
        asked.get("AlarmName") in (None, item.alarm)
        and item.alarm_type in (asked.get("AlarmTypes") or ["MetricAlarm"])
        and asked.get("HistoryItemType") in (None, item.kind)
        and (start is None or start <= item.at)
        and (end is None or item.at <= end)
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _place(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise refuse("The token is not valid.", "InvalidNextToken")
    return int(token)


def _shape(item: Item) -> dict[str, Any]:
    return {
        "AlarmName": item.alarm,
        "AlarmType": item.alarm_type,
        "Timestamp": item.at,
        "HistoryItemType": item.kind,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }
