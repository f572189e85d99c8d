"""What an Application Load Balancer reports to CloudWatch, taken from the record of what happened.

Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer": namespace ``AWS/ApplicationELB``,
dimensions ``LoadBalancer`` or ``LoadBalancer`` and ``TargetGroup``. Counts are reported when there is something to
count, host counts every minute while targets are registered with a group that is in use.
"""

from collections import Counter

from labkit.simulation.history import Event, History
from labkit.world.cloudwatch.metrics import Datapoint, MetricId, Metrics, metric_id
from labkit.world.events import RequestAnswered, TargetGroupForwarded, TargetHealthChanged

NAMESPACE = "AWS/ApplicationELB"
ONE = Datapoint(1, 1, 1, 1, "Count")
CHECKED = ("initial", "healthy", "unhealthy")
"""The states of targets that are registered and in use."""
OWN_ERRORS = (500, 502, 503, 504)
"""The statuses of the load balancer itself that have a metric each."""


class LoadBalancerMetrics:
    """Listens to ``history`` from now on and reports to ``metrics``."""

    def __init__(self, history: History, metrics: Metrics) -> None:
        self._metrics = metrics
        self._balancers: dict[str, list[str]] = {}
        self._states: dict[str, dict[tuple[str, int], str]] = {}
        self._counts: dict[str, Counter[str]] = {}
        history.listen(self._heard)

    def _heard(self, event: Event) -> None:
        if isinstance(event, RequestAnswered):
            self._request(event)
        elif isinstance(event, TargetHealthChanged):
            self._health(event)
        elif isinstance(event, TargetGroupForwarded):
            balancers = self._balancers.setdefault(event.target_group, [])
            if event.load_balancer not in balancers:
                balancers.append(event.load_balancer)

    def _request(self, event: RequestAnswered) -> None:
        if event.target_group is not None:
            self._count("RequestCount", event.load_balancer, event.target_group)
        if event.target_status is not None:
            name = f"HTTPCode_Target_{event.target_status // 100}XX_Count"
            self._count(name, event.load_balancer, event.target_group)
            return
        self._count(f"HTTPCode_ELB_{event.status // 100}XX_Count", event.load_balancer)
        if event.status in OWN_ERRORS:
            self._count(f"HTTPCode_ELB_{event.status}_Count", event.load_balancer)

    def _count(self, name: str, load_balancer: str, target_group: str | None = None) -> None:
        self._metrics.report(_metric(name, load_balancer), ONE)
        if target_group is not None:
            self._metrics.report(_metric(name, load_balancer, target_group), ONE)

    def _health(self, event: TargetHealthChanged) -> None:
        states = self._states.setdefault(event.target_group, {})
        counts = self._counts.setdefault(event.target_group, Counter())
        target = event.instance_id, event.port
        counts[states.get(target, "unused")] -= 1
        states[target] = event.state
        counts[event.state] += 1
        reported = sum(counts[state] for state in CHECKED) > 0
        for load_balancer in self._balancers.get(event.target_group, ()):
            for name, state in (("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")):
                metric = _metric(name, load_balancer, event.target_group)
                self._metrics.level(metric, counts[state] if reported else None)


def _metric(name: str, load_balancer: str, target_group: str | None = None) -> MetricId:
    dimensions = [("LoadBalancer", load_balancer.rsplit("loadbalancer/", 1)[-1])]
    if target_group is not None:
        dimensions.append(("TargetGroup", target_group.rsplit(":", 1)[-1]))
    return metric_id(NAMESPACE, name, dimensions)
