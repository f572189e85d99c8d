"""Where an agent's bundles come from: S3 with the permissions of the instance's role, GitHub anonymously.

The agent downloads by itself, so what S3 or GitHub answer becomes the diagnostics of DownloadBundle.
"""

from functools import lru_cache

from moto.s3.models import FakeKey, S3Backend, s3_backends

from labkit.rules.revision import DeployableRevision, GitHubRevision, S3Revision
from labkit.world.agent.bundle import BundleSource, DownloadFailedError, GitHubStatusError, check_etag
from labkit.world.github import GitHub, NotFoundError
from labkit.world.ports import Permissions


class Bundles:
    """All bundles there are; ``of(role, instance_id)`` shows them as that machine may see them."""

    def __init__(self, github: GitHub, permissions: Permissions, account_id: str) -> None:
        self.permissions = permissions
        self._account_id = account_id
        self._github = github
        # The same bytes object for the same bundle, so that a fleet shares it.
        self.commit = lru_cache(maxsize=64)(self._commit)

    def of(self, role: str, instance_id: str) -> BundleSource:
        """The bundles as the agent of an instance with the credentials of ``role`` (ARN) gets them."""
        return _RoleBundles(self, role, instance_id)

    def object(self, revision: S3Revision) -> bytes:
        """The object's bytes. Raises DownloadFailedError."""
        backend: S3Backend = s3_backends[self._account_id]["aws"]
        if revision.bucket not in backend.buckets:
            message = "The specified bucket does not exist"
            raise DownloadFailedError(message)
        key = backend.get_object(revision.bucket, revision.key, version_id=revision.version)
        if not isinstance(key, FakeKey):
            message = (
                "The specified version does not exist." if revision.version else "The specified key does not exist."
            )
            raise DownloadFailedError(message)
        check_etag(revision.etag, key.etag)
        return bytes(key.value)

    def _commit(self, repository: str, commit_id: str, bundle_type: str) -> bytes:
        found = self._github.find(repository)
        return found.zipball(commit_id) if bundle_type == "zip" else found.tarball(commit_id)


class _RoleBundles:
    def __init__(self, bundles: Bundles, role: str, instance_id: str) -> None:
        self._bundles = bundles
        self._role = role
        self._instance_id = instance_id

    def fetch(self, revision: DeployableRevision) -> bytes:
        if isinstance(revision, GitHubRevision):
            return self._from_github(revision)
        arn = f"arn:aws:s3:::{revision.bucket}/{revision.key}"
        action = "s3:GetObjectVersion" if revision.version else "s3:GetObject"
        if self._bundles.permissions.denial(self._role, action, arn, self._instance_id) is not None:
            message = "Access Denied"
            raise DownloadFailedError(message)
        return self._bundles.object(revision)

    def _from_github(self, revision: GitHubRevision) -> bytes:
        try:
            return self._bundles.commit(revision.repository, revision.commit_id, revision.bundle_type)
        except NotFoundError:
            raise GitHubStatusError(404, "Not Found") from None
