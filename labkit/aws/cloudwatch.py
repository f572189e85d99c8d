"""CloudWatch alarms as deployments look at them: moto keeps them, a change of state is passed on at once."""

from collections.abc import Callable, Sequence
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends

from labkit.aws.overrides import Overrides

CHANGES = ("set_alarm_state", "put_metric_alarm", "delete_alarms")


class CloudWatch:
    """The alarms of the lab's region (``world.ports.Alarms``)."""

    def __init__(self, account_id: str, region_name: str) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self._listeners: list[Callable[[], None]] = []

    def install(self, overrides: Overrides) -> None:
        """Follows moto's alarms until ``overrides.undo()``."""
        for name in CHANGES:
            overrides.around(CloudWatchBackend, name, self._changed)

    def in_alarm(self, names: Sequence[str]) -> list[str]:
        """Those of the alarms called ``names`` whose state is ALARM."""
        alarms = cloudwatch_backends[self._account_id][self._region_name].alarms
        return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` whenever an alarm may have changed its state."""
        self._listeners.append(listener)

    def _changed(self, original: Callable[..., Any], backend: CloudWatchBackend, *args: Any, **kwargs: Any) -> Any:
        result = original(backend, *args, **kwargs)
        for listener in self._listeners:
            listener()
        return result
