"""PutMetricData, GetMetricStatistics, GetMetricData, ListMetrics: answered from the lab's metrics.

CloudWatch API reference. A metric's dimensions must be named exactly; periods are counted from the start asked for,
rounded down to a whole minute. Metric math is moto's (very little), percentiles are refused.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.metric_data_expression_parser import parse_expression
from moto.cloudwatch.models import CloudWatchBackend, MetricDatum

from labkit.aws.cloudwatch.errors import refuse
from labkit.aws.overrides import Overrides
from labkit.simulation.clock import Clock
from labkit.world.cloudwatch.metrics import MINUTE_S, STATISTICS, Datapoint, MetricId, Metrics, metric_id

MAX_DATAPOINTS = 1440
Original = Callable[..., Any]
Found = list[tuple[datetime, Datapoint]]


class MetricOperations:
    """The operations on metrics."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics

    def install(self, overrides: Overrides) -> None:
        """Takes over from moto until ``overrides.undo()``."""
        overrides.around(CloudWatchBackend, "put_metric_data", self._put)
        overrides.around(CloudWatchBackend, "get_metric_statistics", self._statistics)
        overrides.around(CloudWatchBackend, "get_metric_data", self._data)
        overrides.around(CloudWatchBackend, "get_all_metrics", self._all)

    # --- PutMetricData -------------------------------------------------------------------------

    def _put(
        self, _original: Original, backend: CloudWatchBackend, namespace: str, metric_data: Sequence[dict[str, Any]]
    ) -> None:
        for number, member in enumerate(metric_data, start=1):
            backend._validate_parameters_put_metric_data(member, number)  # noqa: SLF001 - moto's checks are AWS's
        for member in metric_data:
            metric = metric_id(namespace, member["MetricName"], _dimensions(member))
            at_s = self._seconds(member["Timestamp"]) if member.get("Timestamp") else None
            for sample in _samples(member):
                self._metrics.report(metric, sample, at_s)

    # --- the questions -------------------------------------------------------------------------

    def _statistics(
        self, _original: Original, _backend: CloudWatchBackend, *args: Any, **asked: Any
    ) -> list[dict[str, Any]]:
        names = ("namespace", "metric_name", "start_time", "end_time", "period", "stats")
        asked |= dict(zip(names, args, strict=False))
        if asked["start_time"] >= asked["end_time"]:
            raise refuse("The parameter StartTime must be less than the parameter EndTime.", "InvalidParameterValue")
        metric = metric_id(asked["namespace"], asked["metric_name"], _dimensions({"Dimensions": asked["dimensions"]}))
        _check_statistics(asked["stats"] or ["a percentile"])
        _check_size(asked["start_time"], asked["end_time"], int(asked["period"]))
        found = self._found(metric, (asked["start_time"], asked["end_time"]), int(asked["period"]), asked.get("unit"))
        return [_shape(start, datapoint, asked["stats"]) for start, datapoint in found]

    def _data(
        self,
        original: Original,
        backend: CloudWatchBackend,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        for query in queries:
            if "MetricStat" in query:
                _check_statistics([query["MetricStat"]["Stat"]])
        # moto checks the times; without one of its own metrics it has nothing else to say about them.
        original(backend, [], start_time, end_time, scan_by)
        results = [self._result(query, (start_time, end_time), scan_by) for query in queries if "MetricStat" in query]
        for query in queries:
            if "Expression" in query:
                results.append(_calculated(query, results))
        return [result for query in queries for result in results if _is_wanted(query, result)]

    def _result(self, query: dict[str, Any], span: tuple[datetime, datetime], scan_by: str) -> dict[str, Any]:
        asked = query["MetricStat"]
        metric = metric_id(asked["Metric"]["Namespace"], asked["Metric"]["MetricName"], _dimensions(asked["Metric"]))
        found = self._found(metric, span, int(asked["Period"]), asked.get("Unit"))
        if scan_by == "TimestampDescending":
            found.reverse()
        return {
            "id": query["Id"],
            "label": query.get("Label") or f"{metric.name} {asked['Stat']}",
            "values": [datapoint.statistic(asked["Stat"]) for _, datapoint in found],
            "timestamps": [start for start, _ in found],
            "status_code": "Complete",
        }

    def _found(self, metric: MetricId, span: tuple[datetime, datetime], period_s: int, unit: str | None) -> Found:
        """The periods of ``span`` in which there is data, each with its beginning."""
        round_to_s = min(period_s, MINUTE_S)
        start_s, end_s = (self._seconds(moment) for moment in span)
        since_1970_s = self._clock.start.timestamp()
        start_s = (start_s + since_1970_s) // round_to_s * round_to_s - since_1970_s
        found: Found = []
        while start_s < end_s:
            datapoint = self._metrics.datapoint(metric, start_s, start_s + period_s, unit)
            if datapoint is not None:
                found.append((self._clock.moment(start_s), datapoint))
            start_s += period_s
        return found

    def _all(self, _original: Original, _backend: CloudWatchBackend) -> list[MetricDatum]:
        """One datum of each metric: what ListMetrics lists."""
        return [
            MetricDatum(
                known.namespace,
                known.name,
                0.0,
                [{"Name": name, "Value": value} for name, value in known.dimensions],
                self._clock.now,
            )
            for known in self._metrics.known
        ]

    def _seconds(self, moment: datetime) -> float:
        with_zone = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (with_zone - self._clock.start).total_seconds()


def _dimensions(owner: dict[str, Any]) -> list[tuple[str, str]]:
    return [(dimension["Name"], dimension["Value"]) for dimension in owner.get("Dimensions") or ()]


def _samples(member: dict[str, Any]) -> Iterable[Datapoint]:
    """The values of a MetricDatum: one, several with their counts, or a statistic set."""
    unit = member.get("Unit") or "None"
    if member.get("StatisticValues"):
        given = {name: float(value) for name, value in member["StatisticValues"].items()}
        yield Datapoint(given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"], unit)
        return
    values = [float(value) for value in member.get("Values") or [member.get("Value", 0.0)]]
    counts = [float(count) for count in member.get("Counts") or [1.0] * len(values)]
    for value, count in zip(values, counts, strict=True):
        yield Datapoint(count, value * count, value, value, unit)


def _check_statistics(names: Iterable[str]) -> None:
    for name in names:
        if name not in STATISTICS:
            raise refuse(f"This lab knows the statistics {', '.join(STATISTICS)}, not {name}; ask for one of them.")


def _check_size(start: datetime, end: datetime, period_s: int) -> None:
    count = -(-(end - start) // timedelta(seconds=period_s))
    if count > MAX_DATAPOINTS:
        raise refuse(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of {MAX_DATAPOINTS:,}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
            "InvalidParameterCombination",
        )


def _shape(start: datetime, datapoint: Datapoint, statistics: Sequence[str]) -> dict[str, Any]:
    values = {name: datapoint.statistic(name) for name in statistics}
    return {"Timestamp": start, "Unit": datapoint.unit, **values}


def _calculated(query: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    values, timestamps = parse_expression(query["Expression"], results)
    return {
        "id": query["Id"],
        "label": query.get("Label") or query["Id"],
        "values": values,
        "timestamps": timestamps,
        "status_code": "Complete",
    }


def _is_wanted(query: dict[str, Any], result: dict[str, Any]) -> bool:
    return bool(result["id"] == query["Id"] and query.get("ReturnData", True))
