"""What the CodeDeploy API remembers, apart from running deployments (``labkit.world.deployment.records``)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeAlias

from labkit.rules.healthy_hosts import DeploymentConfig
from labkit.rules.revision import DeployableRevision
from labkit.world.deployment.records import DeploymentGroup

COMPUTE_PLATFORMS = ("Server", "Lambda", "ECS")


@dataclass(frozen=True, slots=True)
class AppSpecRevision:
    """A revision of the platforms Lambda and ECS: an AppSpec file. The lab keeps and describes it as it was given."""

    text: str

    @classmethod
    def from_location(cls, location: Mapping[str, Any]) -> Self:
        """From a ``RevisionLocation``; equal locations make equal revisions."""
        return cls(json.dumps(location, sort_keys=True))

    @property
    def label(self) -> str:
        """Short text for people."""
        return f"an AppSpec file ({self.to_location()['revisionType']})"

    def to_location(self) -> dict[str, Any]:
        """As ``RevisionLocation``."""
        location: dict[str, Any] = json.loads(self.text)
        return location


RegisteredRevision: TypeAlias = DeployableRevision | AppSpecRevision


@dataclass(slots=True)
class RevisionRecord:
    """A registered revision of an application."""

    revision: RegisteredRevision
    description: str | None
    registered: datetime
    first_used: datetime | None = None
    last_used: datetime | None = None


@dataclass(slots=True)
class DeploymentGroupRecord:
    """A deployment group as the API knows it: ``settings`` in API shape beside the engine's ``group``."""

    group: DeploymentGroup
    settings: dict[str, Any]
    deployment_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Application:
    """An application with all that belongs to it."""

    id: str
    name: str
    compute_platform: str
    created: datetime
    groups: dict[str, DeploymentGroupRecord] = field(default_factory=dict)
    revisions: list[RevisionRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRecord:
    """A deployment configuration of any platform.

    ``healthy_hosts``: what the engine needs, on the platform Server only. ``traffic_routing``: in API shape, on the
    others only. ``created``: None for those that CodeDeploy brings along.
    """

    id: str
    name: str
    compute_platform: str = "Server"
    healthy_hosts: DeploymentConfig | None = None
    traffic_routing: dict[str, Any] | None = None
    zonal: dict[str, Any] | None = None
    created: datetime | None = None


@dataclass(slots=True)
class OnPremisesInstance:
    """A registered on-premises instance; ``deregistered``: when it stopped being one."""

    name: str
    arn: str
    registered: datetime
    iam_user_arn: str | None = None
    iam_session_arn: str | None = None
    deregistered: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)
