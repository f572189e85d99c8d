"""A revision: where the files of one version of the application lie.

AWS CodeDeploy API, ``RevisionLocation``, ``S3Location``, ``GitHubLocation``. The local ones are those that the agent
takes from ``codedeploy-local``; the API does not know them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

BUNDLE_TYPES = ("tar", "tgz", "zip")
SHORT_COMMIT_LENGTH = 7


class InvalidRevisionError(ValueError):
    """A ``RevisionLocation`` is not one that an EC2/On-Premises deployment can use."""


@dataclass(frozen=True, slots=True)
class S3Revision:
    """A bundle in S3. ``bundle_type``: tar, tgz or zip; ``version`` and ``etag`` None: whatever is there."""

    bucket: str
    key: str
    bundle_type: str
    version: str | None = None
    etag: str | None = None

    @property
    def label(self) -> str:
        """Short text for people, such as ``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    def to_location(self) -> dict[str, Any]:
        """As ``RevisionLocation``; what is not set is left out."""
        location = {"bucket": self.bucket, "key": self.key, "bundleType": self.bundle_type}
        optional = {"version": self.version, "eTag": self.etag}
        return {
            "revisionType": "S3",
            "s3Location": location | {name: value for name, value in optional.items() if value is not None},
        }


@dataclass(frozen=True, slots=True)
class GitHubRevision:
    """A commit on GitHub. ``repository``: ``account/repository``; ``commit_id``: the full SHA-1."""

    repository: str
    commit_id: str
    bundle_type: str = "tar"

    @property
    def account(self) -> str:
        """The part of ``repository`` before the slash."""
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        """The part of ``repository`` after the slash."""
        return self.repository.partition("/")[2]

    @property
    def label(self) -> str:
        """Short text for people, such as ``student/hello-web@1a2b3c4``."""
        return f"{self.repository}@{self.commit_id[:SHORT_COMMIT_LENGTH]}"

    def to_location(self) -> dict[str, Any]:
        """As ``RevisionLocation``."""
        return {
            "revisionType": "GitHub",
            "gitHubLocation": {"repository": self.repository, "commitId": self.commit_id},
        }


@dataclass(frozen=True, slots=True)
class LocalRevision:
    """A bundle on the machine itself. ``bundle_type``: tar, tgz, zip or directory; ``directory``: copied as it is."""

    location: str
    bundle_type: str
    directory: bool = False

    @property
    def label(self) -> str:
        """Short text for people, such as ``file:///bundles/site.tar``."""
        return f"file://{self.location}"


DeployableRevision: TypeAlias = S3Revision | GitHubRevision
"""The revisions that the service can deploy."""

Revision: TypeAlias = DeployableRevision | LocalRevision


def from_location(location: Mapping[str, Any]) -> DeployableRevision:
    """The revision that a boto3 ``RevisionLocation`` names. Raises InvalidRevisionError."""
    kind = location.get("revisionType")
    if kind == "S3":
        return _from_s3(location.get("s3Location") or {})
    if kind == "GitHub":
        return _from_github(location.get("gitHubLocation") or {})
    message = f"Expected revisionType S3 or GitHub for an EC2/On-Premises deployment, found {kind!r}; name one of them."
    raise InvalidRevisionError(message)


def _from_s3(location: Mapping[str, Any]) -> S3Revision:
    if not all(location.get(key) for key in ("bucket", "key", "bundleType")):
        message = f"Expected s3Location with bucket, key and bundleType, found {sorted(location)}; add what is missing."
        raise InvalidRevisionError(message)
    if location["bundleType"] not in BUNDLE_TYPES:
        message = (
            f"Expected bundleType tar, tgz or zip, found {location['bundleType']!r}; pack the bundle as one of them."
        )
        raise InvalidRevisionError(message)
    return S3Revision(
        location["bucket"], location["key"], location["bundleType"], location.get("version"), location.get("eTag")
    )


def _from_github(location: Mapping[str, Any]) -> GitHubRevision:
    repository, commit_id = location.get("repository") or "", location.get("commitId") or ""
    account, _, name = repository.partition("/")
    if not account or not name or "/" in name or not commit_id:
        found = f"found {repository!r} and {commit_id!r}; write them like 'student/hello-web' and the full SHA-1"
        message = f"Expected gitHubLocation with a repository 'account/repository' and a commitId, {found}."
        raise InvalidRevisionError(message)
    return GitHubRevision(repository, commit_id)
