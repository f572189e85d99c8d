"""Versions of an application for a scenario, committed to a GitHub in memory."""

from collections.abc import Mapping

from labkit.rules.revision import GitHubRevision
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.github import GitHub
from labkit.world.scenario.parameters import ApplicationVersion

Files = Mapping[str, str | bytes | None]


def committed(repository: str, commits: Mapping[str, Files]) -> tuple[ApplicationVersion, ...]:
    """The versions of ``repository`` (owner/name) after each of ``commits``: changed files by message, oldest first.

    Raises ``MisuseError`` if git could not hold such files.
    """
    clock = Clock()
    github = GitHub(clock, History(clock)).repository(repository)
    versions = []
    for message, files in commits.items():
        commit_id = github.commit(files, message)
        revision = GitHubRevision(github.name, commit_id)
        versions.append(ApplicationVersion(revision, github.tarball(commit_id), message))
    return tuple(versions)
