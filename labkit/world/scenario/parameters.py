"""What a scenario is made of, as plain values: which fleet, which two versions, how they are deployed, what breaks.

Nothing happens here; ``labkit.world.scenario.run`` plays it.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, Self

from labkit.rules.healthy_hosts import ONE_AT_A_TIME, DeploymentConfig, HostType, minimum_healthy
from labkit.rules.revision import DeployableRevision
from labkit.rules.target_health import HealthCheck
from labkit.simulation.misuse import MisuseError
from labkit.world.agent.bundle import DownloadFailedError
from labkit.world.files import Directory

IN_PLACE: Literal["IN_PLACE"] = "IN_PLACE"
BLUE_GREEN: Literal["BLUE_GREEN"] = "BLUE_GREEN"
Style = Literal["IN_PLACE", "BLUE_GREEN"]
"""``deploymentType`` of a ``DeploymentStyle``."""

MAX_DEREGISTRATION_DELAY_S = 3600


@dataclass(frozen=True, slots=True)
class ApplicationVersion:
    """One version of the application: a revision and what an agent gets that asks for it.

    ``bundle``: the archive's bytes, or what an agent that asks for it is refused with. ``message``: the
    commit's, from which pictures take the version's name.
    """

    revision: DeployableRevision
    bundle: bytes | DownloadFailedError = field(repr=False)
    message: str = ""


@dataclass(frozen=True, slots=True)
class FaultAt:
    """A fault of ``labkit.world.faults`` by its id, on one instance, some seconds after the deployment was created.

    ``instance``: counted from 0 in the order in which the fleet was launched.
    """

    fault: str
    instance: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What things are called, so that a scenario can tell the story of somebody's own deployment.

    ``instances``: id and Availability Zone of the first instances; further ones get ids from the seed. The ids of
    deployments and of the deployment group take part in chance (the order of the instances) and are made from the
    seed where they are None.
    """

    application: str = "hello-web"
    deployment_group: str = "hello-web-group"
    deployment_group_id: str | None = None
    auto_scaling_group: str = "hello-web-asg"
    target_group: str = "hello-web-targets"
    load_balancer: str = "hello-web-alb"
    dns_name: str = "hello-web-alb-1.ap-northeast-2.elb.amazonaws.com"
    deployment_id: str | None = None
    instances: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One deployment to one fleet behind one load balancer.

    ``after`` is deployed where ``before`` stands (None: nothing was ever deployed). ``image``: the files that a
    machine starts with, ``user_data`` what it runs at its first boot. ``health_check_…`` and ``…_threshold`` are the
    target group's. ``termination_wait_s``: blue/green only, how long blue instances live on. ``created_s``: the lab
    second at which the deployment is created, None: as soon as the fleet stands. ``request_rate_per_s``: the visitors
    that pictures count; no world needs it.

    Raises ``MisuseError`` when a number is out of AWS's range.
    """

    after: ApplicationVersion
    image: Directory = field(repr=False, compare=False)
    before: ApplicationVersion | None = None
    user_data: str = field(default="", repr=False)
    seed: int = 7
    fleet_size: int = 4
    availability_zones: tuple[str, ...] = ("ap-northeast-2a", "ap-northeast-2b")
    config: DeploymentConfig = ONE_AT_A_TIME
    style: Style = IN_PLACE
    behind_load_balancer: bool = True
    health_check_path: str = "/"
    health_check_interval_s: int = 10
    health_check_timeout_s: int = 5
    healthy_threshold: int = 2
    unhealthy_threshold: int = 2
    matcher: str = "200"
    deregistration_delay_s: int = 60
    termination_wait_s: float = 0.0
    file_exists_behavior: str = "DISALLOW"
    ignore_application_stop_failures: bool = False
    faults: tuple[FaultAt, ...] = ()
    request_rate_per_s: float = 10.0
    created_s: float | None = None
    names: Names = Names()

    def __post_init__(self) -> None:
        if self.fleet_size < 1:
            raise MisuseError(f"Expected fleet_size to be 1 or more instances, found {self.fleet_size!r}; give it one.")
        if not self.availability_zones:
            raise MisuseError("Expected the names of one or more Availability Zones, found none; name one.")
        if not 0 <= self.deregistration_delay_s <= MAX_DEREGISTRATION_DELAY_S:
            found = f"found {self.deregistration_delay_s!r}; give it a number in between"
            raise MisuseError(
                f"Expected deregistration_delay_s to be from 0 to {MAX_DEREGISTRATION_DELAY_S} seconds, {found}."
            )
        try:
            _ = self.health_check
        except ValueError as error:
            raise MisuseError(str(error)) from None
        for fault in self.faults:
            if not 0 <= fault.instance < self.fleet_size:
                found = f"found {fault.instance}; the first instance is number 0"
                raise MisuseError(f"Expected a fault on one of {self.fleet_size} instances, {found}.")

    @property
    def health_check(self) -> HealthCheck:
        """The target group's health check. Raises ``ValueError`` when a number is out of AWS's range."""
        return HealthCheck(
            path=self.health_check_path,
            interval_s=self.health_check_interval_s,
            timeout_s=self.health_check_timeout_s,
            healthy_threshold=self.healthy_threshold,
            unhealthy_threshold=self.unhealthy_threshold,
            matcher=self.matcher,
        )

    @property
    def minimum_healthy_hosts(self) -> int:
        """How many instances the configuration promises to keep healthy."""
        return minimum_healthy(self.config, self.fleet_size)

    def keeping(self, healthy_hosts: int) -> Self:
        """The same with a configuration of its own that keeps so many hosts healthy."""
        name = f"at-least-{healthy_hosts}-healthy"
        return replace(self, config=DeploymentConfig(name, HostType.HOST_COUNT, healthy_hosts))
