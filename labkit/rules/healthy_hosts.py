"""How many instances may be out of service, and when a deployment has failed.

CodeDeploy user guide, "Instance health" and "Deployment configurations"; API reference,
``MinimumHealthyHosts``. The guide's percentages round *up* to whole hosts: 40 % of nine keeps four.
"""

from dataclasses import dataclass
from enum import Enum

DEFAULT_PREFIX = "CodeDeployDefault."


class HostType(Enum):
    """How ``MinimumHealthyHosts.value`` is meant; MOST_CONCURRENCY is readable only."""

    HOST_COUNT = "HOST_COUNT"
    FLEET_PERCENT = "FLEET_PERCENT"
    MOST_CONCURRENCY = "MOST_CONCURRENCY"


@dataclass(frozen=True, slots=True)
class ZonalConfig:
    """``ZonalConfig``: one Availability Zone after another.

    ``monitor_s``: how long each zone is watched before the next begins, ``first_zone_monitor_s``: the first one.
    ``type`` and ``value``: ``minimumHealthyHostsPerZone``.
    """

    monitor_s: int
    first_zone_monitor_s: int
    type: HostType
    value: int


@dataclass(frozen=True, slots=True)
class DeploymentConfig:
    """A deployment configuration of the EC2/On-Premises platform.

    ``value``: hosts for HOST_COUNT, per cent for FLEET_PERCENT, instances at a time for MOST_CONCURRENCY.
    ``zonal``: None when the zones do not matter.
    """

    name: str
    type: HostType
    value: int
    zonal: ZonalConfig | None = None

    @property
    def predefined(self) -> bool:
        """Whether CodeDeploy brings it along (its name starts with ``CodeDeployDefault.``)."""
        return self.name.startswith(DEFAULT_PREFIX)


ONE_AT_A_TIME = DeploymentConfig("CodeDeployDefault.OneAtATime", HostType.MOST_CONCURRENCY, 1)
HALF_AT_A_TIME = DeploymentConfig("CodeDeployDefault.HalfAtATime", HostType.FLEET_PERCENT, 50)
ALL_AT_ONCE = DeploymentConfig("CodeDeployDefault.AllAtOnce", HostType.FLEET_PERCENT, 0)
PREDEFINED = (ONE_AT_A_TIME, HALF_AT_A_TIME, ALL_AT_ONCE)


class Verdict(Enum):
    """What the service does after an instance's result."""

    GO_ON = "go on"
    FAIL = "fail"
    SUCCEED = "succeed"


def minimum_healthy(config: DeploymentConfig, fleet_size: int) -> int:
    """How many of ``fleet_size`` instances must stay (and end) healthy.

    OneAtATime keeps all but one; the predefined configurations let a fleet of one be deployed to.

    >>> minimum_healthy(DeploymentConfig("forty", HostType.FLEET_PERCENT, 40), fleet_size=9)
    4
    """
    if config.type is HostType.MOST_CONCURRENCY:
        return max(fleet_size - config.value, 0)
    if config.type is HostType.HOST_COUNT:
        return config.value
    wanted = -(-fleet_size * config.value // 100)
    return min(wanted, fleet_size - 1) if config.predefined else wanted


def can_start(config: DeploymentConfig, fleet_size: int) -> bool:
    """Whether any instance may be taken down at all; if not, the deployment fails before it begins.

    The guide's case: 95 % of ten instances is ten, so none may go (HEALTH_CONSTRAINTS_INVALID).
    """
    return minimum_healthy(config, fleet_size) < fleet_size


def at_a_time(config: DeploymentConfig, fleet_size: int) -> int:
    """How many healthy instances may be down at the same moment.

    >>> at_a_time(DeploymentConfig("forty", HostType.FLEET_PERCENT, 40), fleet_size=9)
    5
    """
    return max(fleet_size - minimum_healthy(config, fleet_size), 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a deployment stands: instances by result; the rest of ``fleet_size`` was not attempted yet.

    ``unhealthy``: how many were unhealthy when it began. They are taken first, and since nobody counts on them,
    taking them down costs no healthy host (user guide, "Instance health").
    """

    fleet_size: int
    succeeded: int = 0
    failed: int = 0
    in_progress: int = 0
    unhealthy: int = 0

    @property
    def begun(self) -> int:
        """Instances whose turn has come."""
        return self.succeeded + self.failed + self.in_progress

    @property
    def untouched(self) -> int:
        """Instances whose turn has not come."""
        return self.fleet_size - self.begun

    @property
    def unhealthy_waiting(self) -> int:
        """Instances that were unhealthy from the beginning and whose turn has not come."""
        return max(self.unhealthy - self.begun, 0)


def may_begin_another(config: DeploymentConfig, progress: Progress) -> bool:
    """Whether one more instance may be taken down now.

    Failed instances are unhealthy, so each of them uses up one of the places.
    """
    if not progress.untouched or progress.in_progress >= at_a_time(config, progress.fleet_size):
        return False
    if progress.unhealthy_waiting:
        return True
    healthy = progress.fleet_size - progress.in_progress - progress.failed
    return healthy > minimum_healthy(config, progress.fleet_size)


def verdict(config: DeploymentConfig, progress: Progress) -> Verdict:
    """What to do now that an instance has ended.

    The guide's rule: healthy instances at or below the minimum while others still wait their turn stops
    and fails the deployment; if the failure that reaches the minimum was on the last instance, it still
    succeeds. At least one instance must succeed whatever the minimum is.
    """
    if progress.unhealthy_waiting:
        return Verdict.GO_ON
    if progress.untouched:
        exhausted = progress.failed >= at_a_time(config, progress.fleet_size)
        return Verdict.FAIL if exhausted else Verdict.GO_ON
    if progress.in_progress:
        return Verdict.GO_ON
    enough = progress.succeeded >= minimum_healthy(config, progress.fleet_size)
    return Verdict.SUCCEED if enough and progress.succeeded else Verdict.FAIL
