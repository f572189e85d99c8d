"""PutMetricAlarm, SetAlarmState, DeleteAlarms: moto keeps an alarm's settings, the world's alarm watches its metric.

CloudWatch API reference. An alarm on metric math, on a percentile, or on other alarms is kept and described, and
SetAlarmState sets it; the lab does not evaluate it.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from labkit.aws.cloudwatch.alarm_history import AlarmHistory, reason_data
from labkit.aws.cloudwatch.alarm_settings import check, rule_of, watched_by
from labkit.aws.gate import Gate
from labkit.aws.overrides import Overrides
from labkit.rules.alarm_evaluation import AlarmState
from labkit.world.cloudwatch.alarm import Evaluation, MetricAlarm
from labkit.world.cloudwatch.metrics import Metrics
from labkit.world.events import AlarmStateChanged
from labkit.world.region import Region

Original = Callable[..., Any]
CREATED = "Unchecked: Initial alarm creation"
NOT_EVALUATED = (
    "Unchecked: this lab evaluates alarms on one metric with SampleCount, Average, Sum, Minimum or Maximum; "
    "set this one with set_alarm_state."
)


class Alarms:
    """The alarms. ``listeners`` are called whenever one may have changed its state; ``home``: account and region."""

    def __init__(
        self, region: Region, gate: Gate, metrics: Metrics, history: AlarmHistory, home: tuple[str, str]
    ) -> None:
        self.listeners: list[Callable[[], None]] = []
        self._region = region
        self._gate = gate
        self._metrics = metrics
        self._history = history
        self._home = home
        self._watching: dict[str, MetricAlarm] = {}

    def install(self, overrides: Overrides) -> None:
        """Follows moto's alarms until ``overrides.undo()``."""
        overrides.around(CloudWatchBackend, "put_metric_alarm", self._put)
        overrides.around(CloudWatchBackend, "set_alarm_state", self._set_state)
        overrides.around(CloudWatchBackend, "delete_alarms", self._delete)

    def in_alarm(self, names: Sequence[str]) -> list[str]:
        """Those of the alarms called ``names`` whose state is ALARM."""
        known = self._known
        return [name for name in names if name in known and known[name].state_value == "ALARM"]

    @property
    def _known(self) -> dict[str, Alarm]:
        account_id, region_name = self._home
        alarms: dict[str, Alarm] = cloudwatch_backends[account_id][region_name].alarms
        return alarms

    def _put(self, original: Original, backend: CloudWatchBackend, *args: Any, **settings: Any) -> Alarm:
        check(settings)
        name = settings["name"]
        before = backend.alarms.get(name)
        alarm: Alarm = original(backend, *args, **settings)
        alarm.evaluation_periods = int(alarm.evaluation_periods or 1)
        self._forget(name)
        if before is None:
            alarm.state_value, alarm.state_reason = "INSUFFICIENT_DATA", CREATED
        else:
            # "When you update an existing alarm, its state is left unchanged" (API reference); moto makes it OK.
            alarm.state_value, alarm.state_updated_timestamp = before.state_value, before.state_updated_timestamp
            alarm.state_reason, alarm.state_reason_data = before.state_reason, before.state_reason_data
        self._history.configured(alarm, self._region.clock.now, created=before is None)
        watched = watched_by(alarm)
        if watched is not None:
            self._watch(alarm, watched)
        elif before is None:
            alarm.state_reason = NOT_EVALUATED
        self._tell()
        return alarm

    def _watch(self, alarm: Alarm, watched: Any) -> None:
        def changed(evaluation: Evaluation) -> None:
            data = reason_data(evaluation, alarm, self._region.clock)
            self._enter(alarm, evaluation.state, evaluation.reason, data)

        self._watching[alarm.name] = MetricAlarm(
            self._region.clock, self._metrics, watched, rule_of(alarm), _state(alarm), changed
        )

    def _enter(self, alarm: Alarm, state: str, reason: str, data: str) -> None:
        """An alarm's state is ``state`` from now on."""
        before = alarm.state_value
        with self._gate.lab_time():
            alarm.update_state(reason, data, state)
        self._changed(alarm, before)

    def _changed(self, alarm: Alarm, before: str) -> None:
        if alarm.state_value != before:
            self._history.changed(alarm, before, self._region.clock.now)
            self._region.history.record(
                AlarmStateChanged(alarm=alarm.name, state=alarm.state_value, reason=alarm.state_reason)
            )
        self._tell()

    def _set_state(
        self,
        original: Original,
        backend: CloudWatchBackend,
        alarm_name: str,
        reason: str,
        reason_data: str,
        state_value: str,
    ) -> None:
        """SetAlarmState: the change lasts only until the alarm compares again (CloudWatch API reference)."""
        known = backend.alarms.get(alarm_name)
        before = known.state_value if known else ""
        original(backend, alarm_name, reason, reason_data, state_value)
        alarm = backend.alarms[alarm_name]
        watching = self._watching.get(alarm_name)
        if watching is not None:
            watching.state = _state(alarm)
            watching.look_again()
        self._changed(alarm, before)

    def _delete(self, original: Original, backend: CloudWatchBackend, alarm_names: list[str]) -> None:
        original(backend, alarm_names)
        for name in alarm_names:
            self._forget(name)
        self._tell()

    def _forget(self, name: str) -> None:
        watching = self._watching.pop(name, None)
        if watching is not None:
            watching.end()

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def _state(alarm: Alarm) -> AlarmState:
    """The state of moto's record, which takes no other than CloudWatch's three."""
    return cast(AlarmState, alarm.state_value)
