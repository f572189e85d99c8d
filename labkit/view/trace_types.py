"""The shape of a trace: what goes from Python to the browser, once, as JSON.

Moments (``…_s``) are lab seconds since the lab's start. ``version`` and ``instance`` are places in the trace's
``versions`` and ``instances``, ``page`` one in ``pages``. Rows of one kind are oldest first, and each holds
until the next.
"""

from typing import TypedDict

from labkit.view.versions import Version


class StateRow(TypedDict):
    """From ``at_s`` on: EC2's instance state, or the status of a deployment's target."""

    at_s: float
    state: str


class HealthRow(TypedDict):
    """From ``at_s`` on: Elastic Load Balancing's TargetHealth."""

    at_s: float
    state: str
    reason: str | None
    description: str | None


class AnswerRow(TypedDict):
    """From ``at_s`` on: what the instance answers to ``GET /``; ``page`` None when nothing listens."""

    at_s: float
    version: int
    status: int | None
    page: int | None


class LifecycleRow(TypedDict):
    """One lifecycle event of one instance; ``status`` is how it ended, or InProgress if it has not.

    ``phase``: leave, install or return (see ``palette.phase``).
    """

    event: str
    phase: str
    status: str
    from_s: float | None
    to_s: float | None
    error_code: str | None
    script_name: str | None
    message: str | None
    log_tail: str | None


class InstanceTrace(TypedDict):
    """One instance. ``in_service``: from when to when it gets requests.

    ``label``: InstanceTarget's instanceLabel in a blue/green deployment (Blue: original, Green: replacement).
    """

    id: str
    name: str
    zone: str
    label: str | None
    machine: list[StateRow]
    target: list[StateRow]
    health: list[HealthRow]
    answers: list[AnswerRow]
    in_service: list[list[float]]
    lifecycle: list[LifecycleRow]


class StatusRow(TypedDict):
    """From ``at_s`` on: the deployment's status, with AWS's ErrorInformation."""

    at_s: float
    status: str
    error_code: str | None
    message: str | None


class DeploymentTrace(TypedDict):
    """The deployment; ``ended_s`` and ``minimum_healthy_hosts`` are None while unknown."""

    id: str
    application: str
    group: str
    config: str
    creator: str
    version: int
    created_s: float
    ended_s: float | None
    minimum_healthy_hosts: int | None
    statuses: list[StatusRow]


class Sentence(TypedDict):
    """A sentence of the words table, with what fills its gaps."""

    key: str
    gaps: dict[str, str | list[str]]


class StoryRow(TypedDict):
    """From ``at_s`` on: what happens, in at most two sentences."""

    at_s: float
    sentences: list[Sentence]


class RequestRow(TypedDict):
    """A request that was really made through the load balancer; ``instance`` None: it answered by itself."""

    at_s: float
    instance: int | None
    version: int
    status: int


class NamedMoment(TypedDict):
    """A moment worth jumping to; ``key`` names its label in the words table."""

    at_s: float
    key: str
    gaps: dict[str, str | list[str]]


class Trace(TypedDict):
    """Everything a picture of one deployment needs. ``from_s`` … ``to_s`` is the time it covers.

    ``unavailable`` and ``refused``: the versions that stand for the load balancer's own answer when nobody is in
    service (503), and for an instance on which nothing listens (which the load balancer makes a 502).
    ``load_balancer`` is its name and ``address`` its DNS name, None while nothing forwards to the target group.
    """

    format: int
    lab_start: str
    from_s: float
    to_s: float
    deployment: DeploymentTrace
    load_balancer: str | None
    address: str | None
    target_group: str | None
    zones: list[str]
    versions: list[Version]
    unavailable: int
    refused: int
    pages: list[str]
    instances: list[InstanceTrace]
    story: list[StoryRow]
    moments: list[NamedMoment]
    requests: list[RequestRow]
    requests_made: int
