"""Metrics: what was measured, kept as it came, added up for a period when somebody asks.

CloudWatch user guide, "Metrics concepts" (namespaces, names, dimensions, statistics, periods). A metric is its
namespace, its name and exactly its dimensions. Values that are reported once are ``Samples``; what is reported every
minute and stays as it is until it changes is a ``Level``, which costs nothing while it stays.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from labkit.simulation.clock import Clock

MINUTE_S = 60.0
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True, slots=True)
class MetricId:
    """``dimensions``: pairs of name and value, in the order of their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


def metric_id(namespace: str, name: str, dimensions: Iterable[tuple[str, str]] = ()) -> MetricId:
    """A metric's identity, in whatever order its dimensions are given.

    >>> metric_id("shop", "errors", [("zone", "a"), ("app", "web")]).dimensions
    (('app', 'web'), ('zone', 'a'))
    """
    return MetricId(namespace, name, tuple(sorted(dimensions)))


@dataclass(frozen=True, slots=True)
class Datapoint:
    """A statistic set: what was measured in some period."""

    sample_count: float
    total: float
    minimum: float
    maximum: float
    unit: str = "None"

    def statistic(self, name: str) -> float:
        """SampleCount, Average, Sum, Minimum or Maximum.

        >>> Datapoint(sample_count=4, total=10, minimum=1, maximum=5).statistic("Average")
        2.5
        """
        if name == "Average":
            return self.total / self.sample_count
        return {"SampleCount": self.sample_count, "Sum": self.total, "Minimum": self.minimum}.get(name, self.maximum)


class Samples:
    """Values that were reported once, each at its moment."""

    def __init__(self) -> None:
        self._moments: list[float] = []
        self._samples: list[Datapoint] = []

    def add(self, at_s: float, sample: Datapoint) -> None:
        """Takes ``sample`` in; late ones go to their place."""
        place = bisect_right(self._moments, at_s)
        self._moments.insert(place, at_s)
        self._samples.insert(place, sample)

    def between(self, start_s: float, end_s: float, unit: str | None) -> Datapoint | None:
        """What was reported from ``start_s`` to just before ``end_s`` (in ``unit``, if one is named) together."""
        found = self._samples[bisect_left(self._moments, start_s) : bisect_left(self._moments, end_s)]
        found = [sample for sample in found if unit in (None, sample.unit) and sample.sample_count]
        if not found:
            return None
        return Datapoint(
            sum(sample.sample_count for sample in found),
            sum(sample.total for sample in found),
            min(sample.minimum for sample in found),
            max(sample.maximum for sample in found),
            found[0].unit,
        )


class Level:
    """A value that is reported every minute, such as how many targets are healthy; None while nobody reports it."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._moments: list[float] = []
        self._values: list[float | None] = []

    def set(self, at_s: float, value: float | None) -> bool:
        """From now on it is ``value``; whether that is new."""
        if (self._values[-1] if self._values else None) == value:
            return False
        self._moments.append(at_s)
        self._values.append(value)
        return True

    def between(self, start_s: float, end_s: float, unit: str | None) -> Datapoint | None:
        """The level from ``start_s`` to ``end_s``: its average is weighted by time, its samples are minutes."""
        if unit not in (None, self._unit):
            return None
        stretches = [(length_s, value) for length_s, value in self._stretches(start_s, end_s) if length_s > 0]
        reported_s = sum(length_s for length_s, _ in stretches)
        if not reported_s:
            return None
        samples = max(1.0, round(reported_s / MINUTE_S))
        average = sum(length_s * value for length_s, value in stretches) / reported_s
        values = [value for _, value in stretches]
        return Datapoint(samples, average * samples, min(values), max(values), self._unit)

    def _stretches(self, start_s: float, end_s: float) -> Iterable[tuple[float, float]]:
        """How long the level had each value, without the times nobody reported it."""
        first = max(bisect_right(self._moments, start_s) - 1, 0)
        for place in range(first, bisect_left(self._moments, end_s)):
            value = self._values[place]
            until_s = self._moments[place + 1] if place + 1 < len(self._moments) else end_s
            if value is not None:
                yield min(until_s, end_s) - max(self._moments[place], start_s), value


class Metrics:
    """All metrics of a region."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[MetricId, Samples | Level] = {}
        self._followers: dict[MetricId, list[Callable[[float], None]]] = {}

    @property
    def known(self) -> tuple[MetricId, ...]:
        """The metrics there is data of, in the order of their first."""
        return tuple(self._known)

    def report(self, metric: MetricId, sample: Datapoint, at_s: float | None = None) -> None:
        """A value of ``metric`` comes in, for the present moment or for ``at_s``."""
        series = self._known.setdefault(metric, Samples())
        moment_s = self._clock.now_s if at_s is None else at_s
        if isinstance(series, Samples):
            series.add(moment_s, sample)
            self._tell(metric, moment_s)

    def level(self, metric: MetricId, value: float | None, unit: str = "Count") -> None:
        """From now on ``metric`` is reported as ``value`` every minute; None: not any more."""
        series = self._known.setdefault(metric, Level(unit))
        if isinstance(series, Level) and series.set(self._clock.now_s, value):
            self._tell(metric, self._clock.now_s)

    def datapoint(self, metric: MetricId, start_s: float, end_s: float, unit: str | None = None) -> Datapoint | None:
        """What was measured from ``start_s`` to just before ``end_s``, as far as it has happened; None if nothing."""
        series = self._known.get(metric)
        if isinstance(series, Level):
            return series.between(start_s, min(end_s, self._clock.now_s), unit)
        return None if series is None else series.between(start_s, end_s, unit)

    def follow(self, metric: MetricId, listener: Callable[[float], None]) -> Callable[[], None]:
        """Calls ``listener`` with the moment of each new value or change; the result ends that."""
        self._followers.setdefault(metric, []).append(listener)
        return lambda: self._followers[metric].remove(listener)

    def _tell(self, metric: MetricId, at_s: float) -> None:
        for listener in tuple(self._followers.get(metric, ())):
            listener(at_s)
