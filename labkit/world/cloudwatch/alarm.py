"""An alarm that watches a metric in lab time.

It looks at the end of each of its periods, but only as long as a look can change something: until what it saw last
has left the periods it looks at. A day without news costs nothing. (CloudWatch looks every minute, or every ten
seconds, and a little later, since data takes its time to arrive.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

from labkit.rules.alarm_evaluation import AlarmRule, AlarmState, evaluate, reason
from labkit.simulation.clock import Appointment, Clock
from labkit.world.cloudwatch.metrics import Datapoint, MetricId, Metrics


@dataclass(frozen=True, slots=True)
class Watched:
    """What an alarm watches: a ``statistic`` of a metric; ``unit`` None: in whatever unit it is reported."""

    metric: MetricId
    statistic: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An alarm has come to another state.

    ``periods``: the range it looked at, oldest first: when each began (lab seconds), and what was measured in it.
    """

    state: AlarmState
    reason: str
    at_s: float
    periods: tuple[tuple[float, Datapoint | None], ...]


class MetricAlarm:
    """A metric alarm. ``changed`` hears of each change of its state; ``state`` can be set from outside for a while."""

    def __init__(
        self,
        clock: Clock,
        metrics: Metrics,
        watched: Watched,
        rule: AlarmRule,
        state: AlarmState,
        changed: Callable[[Evaluation], None],
    ) -> None:
        self.state = state
        self._clock = clock
        self._metrics = metrics
        self._watched = watched
        self._rule = rule
        self._changed = changed
        self._appointment: Appointment | None = None
        self._until_s = clock.now_s
        self._forget = metrics.follow(watched.metric, self._news)
        self._news(clock.now_s)

    def look_again(self) -> None:
        """Evaluates at the end of this period, whatever happens."""
        if self._appointment is None:
            self._appointment = self._clock.call_at(self._end_of_period(), self._look)

    def end(self) -> None:
        """Stops watching."""
        self._forget()
        if self._appointment is not None:
            self._appointment.cancel()

    def _news(self, at_s: float) -> None:
        self._until_s = max(self._until_s, at_s + self._rule.evaluation_range * self._rule.period_s)
        self.look_again()

    def _end_of_period(self) -> float:
        # Periods begin at whole multiples of their length since 1970, wherever the lab's own clock began.
        since_1970_s, period_s = self._clock.start.timestamp(), self._rule.period_s
        return (floor((self._clock.now_s + since_1970_s) / period_s) + 1) * period_s - since_1970_s

    def _look(self) -> None:
        self._appointment = None
        now_s, rule = self._clock.now_s, self._rule
        starts = [now_s - age * rule.period_s for age in range(rule.evaluation_range, 0, -1)]
        found = [self._measured(start_s) for start_s in starts]
        points = [None if datapoint is None else datapoint.statistic(self._watched.statistic) for datapoint in found]
        verdict = evaluate(rule, points, self.state)
        if now_s <= self._until_s:
            self.look_again()
        if verdict.state != self.state:
            self.state = verdict.state
            moments = [f"{self._clock.moment(start_s):%d/%m/%y %H:%M:%S}" for start_s in starts]
            because = reason(rule, verdict, points, moments)
            self._changed(Evaluation(verdict.state, because, now_s, tuple(zip(starts, found, strict=True))))

    def _measured(self, start_s: float) -> Datapoint | None:
        end_s = start_s + self._rule.period_s
        return self._metrics.datapoint(self._watched.metric, start_s, end_s, self._watched.unit)
