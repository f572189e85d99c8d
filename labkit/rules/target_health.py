"""When an Application Load Balancer calls a target healthy, and when it changes its mind.

Elastic Load Balancing, "Health checks for Application Load Balancer target groups" (settings, states, reason
codes and their descriptions) and the API shape ``TargetHealth``. AWS checks a target from every node of the
load balancer; here one node speaks for all. A check counts at the moment it is sent.

Nothing here polls: checks fall on a ``CheckGrid``, equal results are counted in one step (``after_checks``),
and the next change follows by arithmetic (``checks_until_change``).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

_SUCCESS_CODES: Final = range(200, 500)
"""What an ALB's matcher may name: "You can specify values or ranges of values between 200 and 499"."""

HealthState = Literal["initial", "healthy", "unhealthy", "draining", "unused"]


@dataclass(frozen=True, slots=True)
class Health:
    """What ``DescribeTargetHealth`` says of a target; ``reason`` and ``description`` are None when it is healthy."""

    state: HealthState
    reason: str | None = None
    description: str | None = None


HEALTHY: Final = Health("healthy")
REGISTRATION_IN_PROGRESS: Final = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
INITIAL_HEALTH_CHECKING: Final = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
DEREGISTRATION_IN_PROGRESS: Final = Health(
    "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
)
NOT_REGISTERED: Final = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
NOT_IN_USE: Final = Health(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
ZONE_NOT_ENABLED: Final = Health(
    "unused",
    "Target.NotInUse",
    "Target is in an Availability Zone that is not enabled for the load balancer",
)
STOPPED: Final = Health("unused", "Target.InvalidState", "Target is in the stopped state")
FAILED_HEALTH_CHECKS: Final = Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
TIMEOUT: Final = Health("unhealthy", "Target.Timeout", "Request timed out")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """A target group's health check settings, with the defaults of an ALB's HTTP group.

    ``port``: a number as text, or ``traffic-port`` for the port that gets the requests. ``matcher``: the
    ``HttpCode`` text, such as ``200``, ``200,202`` or ``200-299``. Raises ``ValueError`` when a number is out
    of AWS's range or the matcher cannot be read.
    """

    protocol: str = "HTTP"
    port: str = "traffic-port"
    path: str = "/"
    interval_s: int = 30
    timeout_s: int = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    matcher: str = "200"

    def __post_init__(self) -> None:
        _require("HealthCheckIntervalSeconds", self.interval_s, 5, 300)
        _require("HealthCheckTimeoutSeconds", self.timeout_s, 2, 120)
        _require("HealthyThresholdCount", self.healthy_threshold, 2, 10)
        _require("UnhealthyThresholdCount", self.unhealthy_threshold, 2, 10)
        matches(self.matcher, 200)

    def port_for(self, traffic_port: int) -> int:
        """The port that is checked on a target whose requests go to ``traffic_port``."""
        return traffic_port if self.port == "traffic-port" else int(self.port)


def matches(matcher: str, status: int) -> bool:
    """Whether an HTTP ``status`` counts as success for a group with this ``matcher``.

    Raises ``ValueError`` when the matcher is not made of codes and ranges from 200 to 499.

    >>> matches("200-299,404", 404)
    True
    """
    return any(low <= status <= high for low, high in _ranges(matcher))


def check_result(check: HealthCheck, status: int | None, delay_s: float = 0.0) -> Health:
    """What one check alone says: ``HEALTHY``, or unhealthy with its reason.

    ``status``: the HTTP status of the answer, None when the connection was refused. ``delay_s``: seconds until
    the answer was complete.
    """
    if delay_s > check.timeout_s:
        return TIMEOUT
    if status is None:
        return FAILED_HEALTH_CHECKS
    if matches(check.matcher, status):
        return HEALTHY
    return Health("unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a checked target stands: its health, and how many checks in a row it has passed or failed."""

    health: Health = INITIAL_HEALTH_CHECKING
    passes: int = 0
    failures: int = 0


def checks_until_change(standing: Standing, result: Health, check: HealthCheck) -> int | None:
    """How many more checks with this ``result`` it takes until the target's health changes; None: it never will.

    A change of the reason alone counts: an unhealthy target shows why its latest check failed.
    """
    if result == standing.health:
        return None
    if result.state == standing.health.state:
        return 1
    if result.state == "healthy":
        # A newly registered target has to pass one check; the threshold is for one that comes back.
        needed = 1 if standing.health.state == "initial" else check.healthy_threshold
        return max(1, needed - standing.passes)
    return max(1, check.unhealthy_threshold - standing.failures)


def after_checks(standing: Standing, result: Health, count: int, check: HealthCheck) -> Standing:
    """Where the target stands after ``count`` further checks that all gave ``result``."""
    if count == 0:
        return standing
    change = checks_until_change(standing, result, check)
    changed = change is not None and count >= change
    passed = result.state == "healthy"
    return Standing(
        health=result if changed else standing.health,
        passes=standing.passes + count if passed else 0,
        failures=0 if passed else standing.failures + count,
    )


@dataclass(frozen=True, slots=True)
class CheckGrid:
    """The moments of a target's checks: the first at ``first_s`` (lab seconds), then every ``interval_s``.

    Counted in whole milliseconds, so that no rounding of lab time can lose or double a check.
    """

    first_s: float
    interval_s: int

    def moment_s(self, number: int) -> float:
        """When check ``number`` (from 1) is made."""
        return (_milliseconds(self.first_s) + (number - 1) * self.interval_s * 1000) / 1000

    def count_before(self, at_s: float) -> int:
        """How many checks were made before ``at_s``, not counting one at that very moment."""
        since_first = _milliseconds(at_s) - _milliseconds(self.first_s)
        return 0 if since_first <= 0 else (since_first - 1) // (self.interval_s * 1000) + 1


def first_check_delay_s(registration: int, interval_s: int) -> float:
    """Seconds from the end of a target's registration to its first check, less than one interval.

    Targets are not all checked at once. The ``registration``-th (from 0) gets a share of the interval by the
    golden ratio, which keeps any number of them apart and the same on every run.
    """
    thousandths = 1 + (registration + 1) * 617 % 999
    return thousandths * interval_s / 1000


def next_change_s(standing: Standing, result: Health, check: HealthCheck, grid: CheckGrid, made: int) -> float | None:
    """When the target's health will change if every check after the first ``made`` ones gives ``result``.

    In lab seconds; None when it never will.
    """
    count = checks_until_change(standing, result, check)
    return None if count is None else grid.moment_s(made + count)


@lru_cache(maxsize=256)
def _ranges(matcher: str) -> tuple[tuple[int, int], ...]:
    ranges = []
    for part in matcher.split(","):
        low, dash, high = part.strip().partition("-")
        pair = (low, high) if dash else (low, low)
        if not all(code.isascii() and code.isdigit() for code in pair):
            raise ValueError(_unreadable(matcher))
        ranges.append((int(pair[0]), int(pair[1])))
    if not all(low in _SUCCESS_CODES and high in _SUCCESS_CODES and low <= high for low, high in ranges):
        raise ValueError(_unreadable(matcher))
    return tuple(ranges)


def _unreadable(matcher: str) -> str:
    return (
        f"Expected a matcher of HTTP codes from 200 to 499, such as '200', '200,202' or '200-299', found {matcher!r}; "
        "give HttpCode one of these forms."
    )


def _require(setting: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        message = f"Expected {setting} from {low} to {high}, found {value!r}; choose a value within that range."
        raise ValueError(message)


def _milliseconds(at_s: float) -> int:
    return round(at_s * 1000)
