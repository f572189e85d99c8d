"""All of CloudWatch that the lab answers itself, put together."""

from collections.abc import Callable, Sequence

from labkit.aws.cloudwatch.alarm_history import AlarmHistory
from labkit.aws.cloudwatch.alarms import Alarms
from labkit.aws.cloudwatch.metrics import MetricOperations
from labkit.aws.gate import Gate
from labkit.aws.overrides import Overrides
from labkit.world.cloudwatch.load_balancing import LoadBalancerMetrics
from labkit.world.cloudwatch.metrics import Metrics
from labkit.world.region import Region


class CloudWatch:
    """The metrics and alarms of the lab's region (``world.ports.Alarms``)."""

    def __init__(self, region: Region, gate: Gate, account_id: str, region_name: str) -> None:
        self.metrics = Metrics(region.clock)
        LoadBalancerMetrics(region.history, self.metrics)
        self._operations = MetricOperations(region.clock, self.metrics)
        self._history = AlarmHistory()
        self._alarms = Alarms(region, gate, self.metrics, self._history, (account_id, region_name))

    def install(self, overrides: Overrides) -> None:
        """Stands in for moto's CloudWatch until ``overrides.undo()``."""
        self._operations.install(overrides)
        self._alarms.install(overrides)
        self._history.install(overrides)

    def in_alarm(self, names: Sequence[str]) -> list[str]:
        """Those of the alarms called ``names`` whose state is ALARM."""
        return self._alarms.in_alarm(names)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` whenever an alarm may have changed its state."""
        self._alarms.listeners.append(listener)
