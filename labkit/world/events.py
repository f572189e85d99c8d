"""The kinds of event a lab's history holds, in the words AWS uses for them.

Identifiers are AWS's own (``i-…``, ``d-…``, ARNs). Each field that takes one of a few values names
them in its docstring; ``None`` means "does not apply".
"""

from dataclasses import dataclass

from labkit.simulation.history import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCalled(Event):
    """Somebody called an AWS API. ``error_code`` is None when the call succeeded."""

    service: str
    operation: str
    caller: str
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecided(Event):
    """IAM decided whether a principal may do something.

    ``principal``: ARN of a user or of a role session, or a service's name; ``answer``: allowed, explicitDeny,
    implicitDeny. ``number`` counts the lab's decisions from 0: by it their reasons are found again.
    """

    principal: str
    action: str
    resource: str
    answer: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitMade(Event):
    """A commit came into the lab's GitHub."""

    repository: str
    commit_id: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivered(Event):
    """GitHub told a webhook something. ``event``: ping, push; ``commit_id``: the new head of a push.

    ``status``: the receiver's HTTP status, None if it did not answer in time.
    """

    repository: str
    event: str
    delivery_id: str
    commit_id: str | None
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionInvoked(Event):
    """Somebody asked at a function's URL, and the function has answered.

    ``delivery_id``: the header X-GitHub-Delivery that came with it, which anybody can write; ``error``: the line that
    its runtime logged if the function failed.
    """

    function: str
    delivery_id: str | None
    status: int
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineChanged(Event):
    """``state`` is EC2's: pending, running, stopping, stopped, shutting-down, terminated."""

    instance_id: str
    state: str
    availability_zone: str
    auto_scaling_group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRan(Event):
    """A command ended on a machine. ``origin``: user-data, ssm, student."""

    instance_id: str
    origin: str
    command: str
    user: str
    exit_code: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanged(Event):
    """A systemd service of a machine started or stopped."""

    instance_id: str
    service: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChanged(Event):
    """What a machine answers to ``GET /`` on port 80 changed.

    ``status``: HTTP status, or None when nothing listens. ``page``: the body (text, at most 4096
    characters). ``revision``: the revision installed there by CodeDeploy, as ``Revision.label``. ``error_share``: the
    share (0 to 1) of such requests that is answered with a 5xx instead.
    """

    instance_id: str
    status: int | None
    page: str
    revision: str | None
    error_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealthChanged(Event):
    """``state`` and ``reason`` are Elastic Load Balancing's TargetHealth values.

    States: initial, healthy, unhealthy, draining, unused (deregistered or not in use).
    """

    target_group: str
    instance_id: str
    port: int
    state: str
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroupForwarded(Event):
    """A load balancer's listener began to forward to a target group; ``dns_name`` is where its visitors go."""

    target_group: str
    load_balancer: str
    dns_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInstanceChanged(Event):
    """``lifecycle_state`` and ``health_status`` are Auto Scaling's; state None: it is no longer in the group."""

    auto_scaling_group: str
    instance_id: str
    lifecycle_state: str | None
    health_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingActivityChanged(Event):
    """An Auto Scaling group did something; ``status_code`` is a ScalingActivityStatusCode."""

    activity_id: str
    auto_scaling_group: str
    description: str
    cause: str
    status_code: str
    status_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(Event):
    """A visitor's request through a load balancer was answered; ``instance_id`` None: by itself (503).

    ``target_group``: the one the request was forwarded to. ``target_status``: what the target answered, None if the
    load balancer answered by itself (an access log's ``target_status_code``).
    """

    load_balancer: str
    path: str
    status: int
    instance_id: str | None
    revision: str | None
    target_group: str | None = None
    target_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceVisited(Event):
    """A visitor's request to an instance's own address was answered, past every load balancer."""

    instance_id: str
    path: str
    status: int
    revision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStateChanged(Event):
    """A CloudWatch alarm changed its state: OK, ALARM or INSUFFICIENT_DATA; ``reason`` is its StateReason."""

    alarm: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentCreated(Event):
    """CreateDeployment was accepted. ``revision`` is a ``Revision.label``."""

    deployment_id: str
    application: str
    deployment_group: str
    deployment_config: str
    revision: str
    creator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStarted(Event):
    """The fleet is known: ``instance_ids`` in the order of their turn, and the promise made.

    ``instance_labels``: InstanceTarget's instanceLabel of each (Blue, Green); empty in place.
    """

    deployment_id: str
    instance_ids: tuple[str, ...]
    minimum_healthy_hosts: int
    instance_labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentChanged(Event):
    """``status`` is DeploymentInfo's: Created, Queued, InProgress, Succeeded, Failed, Stopped, Ready."""

    deployment_id: str
    status: str
    error_code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentTargetChanged(Event):
    """``status`` is InstanceTarget's: Pending, InProgress, Succeeded, Failed, Skipped."""

    deployment_id: str
    instance_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleEventChanged(Event):
    """``status`` is LifecycleEvent's: Pending, InProgress, Succeeded, Failed, Skipped.

    The diagnostics are filled when the event ends by running (see CodeDeploy's ``Diagnostics``).
    """

    deployment_id: str
    instance_id: str
    lifecycle_event: str
    status: str
    error_code: str | None = None
    script_name: str | None = None
    message: str | None = None
    log_tail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionInstalled(Event):
    """The agent's Install event finished: these files are now on the machine."""

    deployment_id: str
    instance_id: str
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStatusChanged(Event):
    """EC2's status checks of an instance changed their result; ``status`` is DescribeInstanceStatus's: ok, impaired."""

    instance_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultInjected(Event):
    """Somebody broke something on purpose (``labkit.world.faults``).

    It is for pictures and debriefings: whoever looks for a cause has to find it in the traces, not here. ``fault``: its
    id; ``subject``: what was broken.
    """

    fault: str
    subject: str
