"""What the CodeDeploy API remembers, apart from running deployments (``labkit.world.deployment.records``)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labkit.rules.revision import DeployableRevision
from labkit.world.deployment.records import DeploymentGroup


@dataclass(slots=True)
class RevisionRecord:
    """A registered revision of an application."""

    revision: DeployableRevision
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
