"""Where the agent gets a revision's bundle from, and how that may go wrong.

What a source refuses becomes the diagnostics of DownloadBundle: AWS pages "Troubleshoot EC2/On-Premises deployment
issues" and "Integrating CodeDeploy with GitHub"; the texts are the agent's.
"""

from typing import Protocol

from labkit.rules.revision import GitHubRevision, S3Revision

GITHUB_RETRY_DELAYS_S = (10.0, 30.0, 90.0)
"""How long the agent waits before it asks GitHub again."""


class DownloadFailedError(Exception):
    """The bundle cannot be had; ``message`` is what the diagnostics will say."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class GitHubStatusError(DownloadFailedError):
    """GitHub answered with an HTTP status other than 200; the agent tries again after each delay."""

    def __init__(self, status: int, reason: str) -> None:
        """``status`` and ``reason``: such as 404 and "Not Found"."""
        super().__init__(f"{status} '{reason}'")


class BundleSource(Protocol):
    """Hands out bundles with the permissions of the machine it was made for."""

    def fetch(self, revision: S3Revision | GitHubRevision) -> bytes:
        """The bundle's bytes: the object in S3, or the commit as GitHub packs it (``.tar.gz``).

        Give the same ``bytes`` object for the same bundle, so that many machines share it. Raises
        DownloadFailedError, for GitHub's refusals GitHubStatusError.
        """


def check_etag(expected: str | None, actual: str) -> None:
    """Compares the ETag that the deployment names, if any, with the object's; quotes do not matter.

    Raises DownloadFailedError when they differ.
    """
    if expected is not None and expected.replace('"', "") != actual.replace('"', ""):
        message = f"Expected deployment artifact bundle etag {expected} but was actually {actual}"
        raise DownloadFailedError(message)


def archive_url(revision: GitHubRevision) -> str:
    """Where the agent asks GitHub for the commit as a tar archive (on Linux; for a zip bundle as a zip)."""
    form = "zipball" if revision.bundle_type == "zip" else "tarball"
    return f"https://api.github.com/repos/{revision.repository}/{form}/{revision.commit_id}"
