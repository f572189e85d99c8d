"""What the service tells the agent about a deployment: the deployment specification.

The service makes a ``DeploymentSpecification`` itself; ``parse_specification`` reads the JSON form that AWS's service
sends, with the agent's refusals (and their spelling).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.rules.agent_errors import refuse
from labkit.rules.revision import GitHubRevision, LocalRevision, Revision, S3Revision

DEFAULT_APPSPEC_FILENAME = "appspec.yml"
REQUIRED = ("DeploymentId", "DeploymentGroupId", "DeploymentGroupName", "ApplicationName")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpecification:
    """One deployment as the agent sees it.

    ``deployment_creator``: user, autoscaling, codeDeployRollback …; ``deployment_type``: IN_PLACE or BLUE_GREEN.
    ``file_exists_behavior``: DISALLOW, OVERWRITE or RETAIN, any other value fails when a file is in the way.
    ``all_possible_lifecycle_events``: None if the service does not say.
    """

    deployment_id: str
    deployment_group_id: str
    deployment_group_name: str
    application_name: str
    revision: Revision
    deployment_creator: str = "user"
    deployment_type: str = "IN_PLACE"
    appspec_filename: str = DEFAULT_APPSPEC_FILENAME
    file_exists_behavior: str = "DISALLOW"
    all_possible_lifecycle_events: tuple[str, ...] | None = None

    @property
    def rolls_back_blue_green(self) -> bool:
        """Whether traffic goes back to the blue fleet, where nothing is installed again."""
        return self.deployment_creator == "codeDeployRollback" and self.deployment_type == "BLUE_GREEN"


def parse_specification(data: Mapping[str, Any]) -> DeploymentSpecification:
    """The specification in ``data`` (the agent's JSON keys). Raises AgentError."""
    for name in REQUIRED:
        if not _text(data, name):
            refuse("deployment", f"Deployment Spec has no {name}")
    events = data.get("AllPossibleLifecycleEvents")
    return DeploymentSpecification(
        deployment_id=_id_of(data["DeploymentId"]),
        deployment_group_id=data["DeploymentGroupId"],
        deployment_group_name=data["DeploymentGroupName"],
        application_name=data["ApplicationName"],
        revision=_revision(data.get("Revision")),
        deployment_creator=data.get("DeploymentCreator") or "user",
        deployment_type=data.get("DeploymentType") or "IN_PLACE",
        appspec_filename=_text(data, "AppSpecFilename") or DEFAULT_APPSPEC_FILENAME,
        file_exists_behavior=_file_exists_behavior(data),
        all_possible_lifecycle_events=tuple(events) if events else None,
    )


def _text(data: Mapping[str, Any], name: str) -> str:
    """The text under ``name``, empty if there is none."""
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        refuse(
            "ruby", f"Expected {name} of the deployment specification to be text, found {value!r}; put it in quotes."
        )
    return value or ""


def _id_of(deployment: str) -> str:
    return deployment.rpartition("/")[2] if deployment.startswith("arn:") else deployment


def _file_exists_behavior(data: Mapping[str, Any]) -> str:
    overrides = (data.get("AgentActionOverrides") or {}).get("AgentOverrides") or {}
    return (_text(overrides, "FileExistsBehavior") or "DISALLOW").upper()


def _revision(data: Mapping[str, Any] | None) -> Revision:
    if data is None:
        refuse("deployment", "Must specify a revison")
    kind = data.get("RevisionType")
    if not kind:
        refuse("deployment", "Must specify a revision source")
    if kind == "S3":
        return _s3(_details(data, "S3Revision"))
    if kind == "GitHub":
        return _github(_details(data, "GitHubRevision"))
    if kind not in ("Local File", "Local Directory"):
        refuse("deployment", "Exactly one of S3Revision, GitHubRevision, or LocalRevision must be specified")
    return _local(_details(data, "LocalRevision"), directory=kind == "Local Directory")


def _details(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    details = data.get(name)
    if not isinstance(details, Mapping):
        refuse("ruby", f"Expected the deployment specification's Revision to hold a {name}, found none; add it.")
    return details


def _s3(details: Mapping[str, Any]) -> S3Revision:
    if not all(name in details for name in ("Bucket", "Key", "BundleType")):
        refuse("deployment", "S3Revision in Deployment Spec must specify Bucket, Key and BundleType")
    if details["BundleType"] not in ("tar", "zip", "tgz"):
        refuse("deployment", "BundleType in S3Revision must be tar, tgz or zip")
    return S3Revision(
        details["Bucket"], details["Key"], details["BundleType"], details.get("Version"), details.get("ETag")
    )


def _github(details: Mapping[str, Any]) -> GitHubRevision:
    if not all(name in details for name in ("Account", "Repository", "CommitId")):
        refuse("deployment", "GitHubRevision in Deployment Spec must specify Account, Repository and CommitId")
    repository = f"{details['Account']}/{details['Repository']}"
    return GitHubRevision(repository, details["CommitId"], details.get("BundleType") or "tar")


def _local(details: Mapping[str, Any], *, directory: bool) -> LocalRevision:
    if not all(name in details for name in ("Location", "BundleType")):
        refuse("deployment", "LocalRevision in Deployment Spec must specify Location and BundleType")
    if details["BundleType"] not in ("tar", "zip", "tgz", "directory"):
        refuse("deployment", "BundleType in LocalRevision must be tar, tgz, zip, or directory")
    return LocalRevision(details["Location"], details["BundleType"], directory)
