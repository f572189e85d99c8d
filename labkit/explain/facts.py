"""Facts as plain values: what rules are applied to. Times are lab seconds."""

from dataclasses import dataclass

from labkit.rules.iam.decision import Decision
from labkit.rules.target_health import HealthCheck
from labkit.world.deployment.records import Diagnostics
from labkit.world.events import TargetHealthChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A web server that runs on a machine. ``roots``: the folders it serves on each port it listens on."""

    service: str
    software: str
    ports: tuple[int, ...]
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Why Auto Scaling ended an instance: the activity's cause, and when it began."""

    auto_scaling_group: str
    cause: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """One instance, now and before.

    ``left_s``: when it stopped running. ``agent_changes``: when its agent began (True) or ended (False), in order.
    ``role``: of its instance profile now; ``agent_role``: the one whose credentials its agent found when it started.
    ``idle_servers``: web servers that are installed and do not run. ``front``: what a visitor of ``/`` on port 80 gets;
    ``error_share``: how many (0 to 1) of such visitors get an error instead, by the web server's configuration.
    ``installed``: the files that CodeDeploy's agent has put there. ``dark``: nothing on it answers any more, though EC2
    calls it running. ``impaired_s``: when EC2's status checks began to fail. ``zone_lost``: how many instances of its
    zone went dark, if all did and none of another zone, else 0. ``departure``: Auto Scaling's word on its end.
    ``ended_by``: the EC2 call at the moment it left. ``last_health``: the last reason why a target group had to call it
    unhealthy. ``fellows_replaced``: how many instances of its Auto Scaling group were replaced for their ELB health.
    """

    instance_id: str
    state: str
    availability_zone: str
    auto_scaling_group: str | None
    left_s: float | None
    agent_installed: bool
    agent_running: bool
    agent_changes: tuple[tuple[float, bool], ...]
    role: str | None
    agent_role: str | None
    servers: tuple[Server, ...]
    idle_servers: tuple[str, ...]
    front: "Probe"
    error_share: float
    installed: tuple[str, ...]
    dark: bool
    impaired_s: float | None
    zone_lost: int
    departure: Departure | None
    ended_by: str | None
    last_health: TargetHealthChanged | None
    fellows_replaced: int

    @property
    def running(self) -> bool:
        """Whether EC2 calls it running."""
        return self.state == "running"

    @property
    def agent_stops(self) -> list[float]:
        """When its agent ended."""
        return [at_s for at_s, began in self.agent_changes if not began]

    @property
    def agent_starts(self) -> list[float]:
        """When its agent began."""
        return [at_s for at_s, began in self.agent_changes if began]

    def agent_ran_at(self, at_s: float) -> bool:
        """Whether its agent ran at that moment."""
        before = [began for changed_s, began in self.agent_changes if changed_s <= at_s]
        return bool(before) and before[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What ``GET path`` on ``port`` of a machine gives, asked on itself; ``status`` None: the connection is refused."""

    port: int
    path: str
    status: int | None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """An instance in a target group.

    ``listeners``: where load balancers forward to the group (``hello-web-alb:80``). ``checked``: what the health check
    gets if nothing is in its way; ``front``: what a visitor of ``/`` gets. ``closed``: the security groups that let the
    load balancer's requests not in (empty: they do); ``balancer_groups``: the load balancer's own.
    """

    group_name: str
    group_arn: str
    port: int
    health_check: HealthCheck
    listeners: tuple[str, ...]
    state: str
    reason: str | None
    description: str | None
    checked: Probe
    front: Probe
    closed: tuple[str, ...]
    balancer_groups: tuple[str, ...]
    machine: MachineFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """One lifecycle event on one instance. ``index``: its place in ``lifecycleEvents``; ``ended_s`` None: it runs."""

    name: str
    index: int
    status: str
    began_s: float
    ended_s: float | None
    diagnostics: Diagnostics


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """A deployment as a whole. ``denial``: what its service role was refused, if that is known."""

    id: str
    application: str
    group_name: str
    group_id: str
    config: str
    revision: str
    service_role: str
    tag_filters: int
    auto_scaling_groups: tuple[str, ...]
    target_groups: tuple[str, ...]
    status: str
    error_code: str | None
    error_message: str
    began_s: float
    ended_s: float | None
    instances: int
    failed: int
    minimum_healthy: int
    denial: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleFacts:
    """What keeps one instance of a deployment from going on.

    ``folder``: the deployment's folder on the machine whose files the event works with (ApplicationStop works with
    those of the deployment before); ``unpacked``: the names at the top of its archive; ``changed``: the scripts in it
    that were changed after the bundle had been unpacked. ``owner``:
    the deployment group that put the file there which is in the way, None if the agent knows nothing of it.
    ``targets``: the instance in the target groups of the deployment group. ``denial``: what the agent's role was
    refused, if that is known.
    """

    deployment: DeploymentFacts
    event: EventFacts
    machine: MachineFacts
    targets: tuple[TargetFacts, ...]
    folder: str
    unpacked: tuple[str, ...]
    changed: tuple[str, ...]
    owner: str | None
    denial: Decision | None
    now_s: float
