"""What a check may look at: the lab's record, what boto3 and the load balancer answer. Never the code of a cell.

Looking changes nothing: a check calls describing operations only and lets no lab time pass.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

import boto3
import requests

from labkit.simulation.history import Event, History
from labkit.view.replay import NOBODY, Segment, Server, segments
from labkit.view.trace import trace
from labkit.view.trace_types import Trace
from labkit.world.events import DeploymentChanged, DeploymentCreated, DeploymentStarted
from labkit.world.github import GitHub

E = TypeVar("E", bound=Event)

ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
NO_ERROR = range(200, 400)
ANSWER_WITHIN_S = 10
"""No visitor of the lab waits: it answers at once."""


class OpenLab(Protocol):
    """What lessons need of a lab."""

    @property
    def now(self) -> datetime:
        """The lab's present moment (UTC)."""

    @property
    def ready_at(self) -> datetime:
        """When its stage stood."""

    @property
    def history(self) -> History:
        """The one record of everything that happened."""

    @property
    def github(self) -> GitHub:
        """The GitHub of the lab."""

    @property
    def drill(self) -> Any:
        """``lab.drill``; its ``latest`` is the drill that began last."""

    def machine(self, instance_id: str) -> Any:
        """A machine of the lab."""


@dataclass(frozen=True, slots=True)
class DeploymentOutcome:
    """One deployment as the record tells it; moments in lab seconds, None for what has not happened.

    ``status``: DeploymentInfo's. ``creator``: user, codeDeployRollback, autoscaling … ``revision``: a Revision.label.
    """

    deployment_id: str
    application: str
    deployment_group: str
    deployment_config: str
    revision: str
    creator: str
    created_s: float
    status: str
    started_s: float | None = None
    ended_s: float | None = None
    minimum_healthy_hosts: int | None = None
    instance_ids: tuple[str, ...] = ()
    error_code: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen in it."""
        return self.status in ENDED

    @property
    def duration_s(self) -> float | None:
        """Lab seconds from its creation to its end."""
        return None if self.ended_s is None else self.ended_s - self.created_s


class Outcomes:
    """The open lab, as a check sees it."""

    def __init__(self, lab: OpenLab) -> None:
        self.lab = lab

    @property
    def history(self) -> History:
        """The one record of everything that happened."""
        return self.lab.history

    def events(self, kind: type[E], where: Callable[[E], bool] = lambda _event: True) -> list[E]:
        """The events of this kind for which ``where`` holds, oldest first."""
        return [event for event in self.history.of(kind) if where(event)]

    def deployments(self, **fields: str) -> list[DeploymentOutcome]:
        """All deployments, oldest first, whose fields have these values (``deployment_group="hello-web-group"``)."""
        return [
            deployment
            for deployment in _deployments(self.history)
            if all(getattr(deployment, name) == value for name, value in fields.items())
        ]

    def client(self, service: str, **keys: str) -> Any:
        """A boto3 client; with ``aws_access_key_id=…`` and so on as somebody else than the student."""
        return boto3.client(service, **keys)

    def get(self, url: str) -> requests.Response:
        """What a visitor gets there. Raises ``requests.RequestException`` if nobody answers."""
        return requests.get(url, timeout=ANSWER_WITHIN_S)

    def load_balancer_url(self, name: str) -> str:
        """``http://…/`` of the load balancer. Raises botocore's ``ClientError`` if there is none of this name."""
        found = self.client("elbv2").describe_load_balancers(Names=[name])["LoadBalancers"][0]
        return f"http://{found['DNSName']}/"

    def trace(self, deployment_id: str) -> Trace:
        """What the theater and the charts draw."""
        return trace(self.history, deployment_id)

    def fewest_in_service(self, deployment_id: str) -> int:
        """The smallest number of instances that took requests at any moment of the deployment."""
        return min(len(_serving(segment)) for _, segment in self._segments(deployment_id))

    def seconds_with_versions(self, deployment_id: str, count: int) -> float:
        """For how many lab seconds of the deployment visitors met exactly ``count`` versions in turn."""
        return sum(
            seconds
            for seconds, segment in self._segments(deployment_id)
            if len({server["version"] for server in _serving(segment)}) == count
        )

    def seconds_with_errors(self, deployment_id: str) -> float:
        """For how many lab seconds of the deployment some or all visitors got an error."""
        return sum(
            seconds
            for seconds, segment in self._segments(deployment_id)
            if not all(server["status"] in NO_ERROR for server in segment.servers)
        )

    def seconds_with_its_revision(self, deployment_id: str) -> float:
        """For how many lab seconds of the deployment some visitors got the revision that it deploys."""
        own = self.trace(deployment_id)["deployment"]["version"]
        return sum(
            seconds
            for seconds, segment in self._segments(deployment_id)
            if own in {server["version"] for server in _serving(segment)}
        )

    def _segments(self, deployment_id: str) -> Iterator[tuple[float, Segment]]:
        """The stretches between a deployment's creation and its end (or now), each with its length in seconds."""
        picture = self.trace(deployment_id)
        deployment = picture["deployment"]
        end_s = picture["to_s"] if deployment["ended_s"] is None else deployment["ended_s"]
        for segment in segments(picture):
            seconds = min(segment.to_s, end_s) - max(segment.from_s, deployment["created_s"])
            if seconds > 0:
                yield seconds, segment


def _serving(segment: Segment) -> list[Server]:
    return [server for server in segment.servers if server["instance"] != NOBODY]


def _deployments(history: History) -> Iterator[DeploymentOutcome]:
    changes: dict[str, list[DeploymentChanged]] = {}
    for change in history.of(DeploymentChanged):
        changes.setdefault(change.deployment_id, []).append(change)
    started = {event.deployment_id: event for event in history.of(DeploymentStarted)}
    for created in history.of(DeploymentCreated):
        yield _outcome(created, started.get(created.deployment_id), changes.get(created.deployment_id, []))


def _outcome(
    created: DeploymentCreated, started: DeploymentStarted | None, changes: list[DeploymentChanged]
) -> DeploymentOutcome:
    last = changes[-1] if changes else None
    return DeploymentOutcome(
        deployment_id=created.deployment_id,
        application=created.application,
        deployment_group=created.deployment_group,
        deployment_config=created.deployment_config,
        revision=created.revision,
        creator=created.creator,
        created_s=created.at_s,
        status=last.status if last else "Created",
        started_s=started.at_s if started else None,
        ended_s=last.at_s if last and last.status in ENDED else None,
        minimum_healthy_hosts=started.minimum_healthy_hosts if started else None,
        instance_ids=started.instance_ids if started else (),
        error_code=last.error_code if last else None,
    )
