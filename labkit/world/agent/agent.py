"""The CodeDeploy agent of one machine: carries out the commands that the service has for it.

AWS page "Working with the CodeDeploy agent". The agent knows no order and no rollback: it does what it is told, one
command at a time, and reports. Whether it is installed, running and has credentials is its owner's business: a machine
without the service ``codedeploy-agent`` simply never calls ``perform``.
"""

from collections.abc import Generator
from typing import Any

import simpy

from labkit.rules.agent_errors import AgentError, refuse
from labkit.rules.appspec import AppSpec, parse_appspec
from labkit.rules.install_plan import plan_install
from labkit.rules.lifecycle_names import check_lifecycle_events
from labkit.rules.posix_paths import join
from labkit.rules.revision import GitHubRevision, LocalRevision, S3Revision
from labkit.simulation.clock import Clock
from labkit.world.agent import agent_log
from labkit.world.agent.archive import copy_directory, unpack
from labkit.world.agent.bundle import (
    GITHUB_RETRY_DELAYS_S,
    BundleSource,
    DownloadFailedError,
    GitHubStatusError,
    archive_url,
)
from labkit.world.agent.configuration import read_configuration
from labkit.world.agent.deployment_root import (
    INSTRUCTIONS,
    ONGOING,
    DeploymentFolder,
    GroupFiles,
    folder_of,
    remove_old_revisions,
)
from labkit.world.agent.hooks import HOOK_COMMANDS, Hook
from labkit.world.agent.installer import Installation, remove_last_install
from labkit.world.agent.outcome import CommandOutcome, ErrorCode
from labkit.world.agent.specification import DEFAULT_APPSPEC_FILENAME, DeploymentSpecification
from labkit.world.execution import Host

DOWNLOAD_S = 1.0
DOWNLOAD_BYTES_PER_S = 25e6
INSTALL_S = 0.5
INSTALL_STEPS_PER_S = 500.0
"""Lab seconds a command takes: plausible for a small machine, not measured on AWS."""

LONGEST_RECOVERY_S = 86_400.0
"""What an agent was doing longer ago than this it forgets."""

FALLBACK_APPSPEC_FILENAMES = ("appspec.yaml", DEFAULT_APPSPEC_FILENAME)

Work = Generator[simpy.Event, Any, CommandOutcome]


class CodeDeployAgent:
    """The agent of the machine ``host``; ``bundles`` hands out what the machine may read."""

    def __init__(self, host: Host, clock: Clock, bundles: BundleSource) -> None:
        self._host = host
        self._clock = clock
        self._bundles = bundles

    def is_noop(self, command: str, specification: DeploymentSpecification) -> bool:
        """Whether ``command`` has nothing to do, as the agent tells the service beforehand.

        Raises AgentError when the AppSpec file cannot be read: the command would fail in the same way.
        """
        if command in ("DownloadBundle", "Install"):
            return False
        return command not in HOOK_COMMANDS or not self._hook(command, specification).scripts()

    def perform(self, command: str, specification: DeploymentSpecification) -> Work:
        """Carries out ``command`` (DownloadBundle, Install or a lifecycle event) in lab time; never raises.

        While it runs, a file in ``ongoing-deployment`` says so: an agent that dies leaves it behind.
        """
        files = self._host.files
        agent_log.write(files, self._clock.now, "INFO", f"{command} of deployment {specification.deployment_id} begins")
        marker = f"{ONGOING}/{specification.deployment_id}"
        files.mkdir(ONGOING, parents=True)
        files.write(marker, command)
        try:
            outcome = yield from self._carry_out(command, specification)
        except AgentError as error:
            outcome = _failure(error)
        except OSError as error:
            outcome = _failure(AgentError("os", f"{error.strerror} - {error.filename}"))
        if files.exists(marker):
            files.remove(marker)
        agent_log.write(files, self._clock.now, *_closing(command, outcome))
        return outcome

    def recover(self) -> tuple[str, ...]:
        """Ids of the deployments that were in progress when the agent died; it reports each as FAILED_AFTER_RESTART.

        Call it when the agent starts. The traces are removed; those older than a day do not count.
        """
        files = self._host.files
        if not files.is_dir(ONGOING):
            return ()
        nodes = {name: files.stat(f"{ONGOING}/{name}") for name in files.listdir(ONGOING)}
        files.remove_tree(ONGOING)
        since_s = self._clock.now_s - LONGEST_RECOVERY_S
        return tuple(name for name, node in nodes.items() if node is not None and node.mtime_s >= since_s)

    def _hook(self, event: str, specification: DeploymentSpecification) -> Hook:
        return Hook(self._host, self._clock, specification, event)

    def _carry_out(self, command: str, specification: DeploymentSpecification) -> Work:
        if command not in HOOK_COMMANDS and command not in ("DownloadBundle", "Install"):
            refuse("deployment", f"Unsupported command type: {command}.")
        self._host.files.mkdir(folder_of(specification).path, parents=True)
        if command == "DownloadBundle":
            return (yield from self._download_bundle(specification))
        if command == "Install":
            return (yield from self._install(specification))
        return (yield from self._hook(command, specification).run())

    # --- DownloadBundle ------------------------------------------------------------------------

    def _download_bundle(self, specification: DeploymentSpecification) -> Work:
        files, folder = self._host.files, folder_of(specification)
        group = specification.deployment_group_id
        remove_old_revisions(files, specification, read_configuration(files).max_revisions)
        revision = specification.revision
        if isinstance(revision, LocalRevision):
            yield from self._take_local(revision, folder)
        else:
            bundle = yield from self._fetch(revision)
            yield self._clock.timeout(DOWNLOAD_S + len(bundle) / DOWNLOAD_BYTES_PER_S)
            files.write(folder.bundle, bundle)
        if revision.bundle_type != "directory":
            self._unpack(folder, revision.bundle_type)
        GroupFiles(files, group).remember_most_recent(folder.path)
        return CommandOutcome()

    def _take_local(self, revision: LocalRevision, folder: DeploymentFolder) -> Generator[simpy.Event, Any, None]:
        files = self._host.files
        yield self._clock.timeout(DOWNLOAD_S)
        if revision.directory:
            copy_directory(files, revision.location, folder.archive, self._clock.now_s)
        elif files.lstat(folder.bundle) is not None:
            refuse("ruby", f"same file: {revision.location} and {folder.bundle}")
        else:
            files.symlink(revision.location, folder.bundle)

    def _unpack(self, folder: DeploymentFolder, bundle_type: str) -> None:
        files = self._host.files
        bundle = files.read(folder.bundle) if files.is_file(folder.bundle) else b""
        unpack(self._host, folder.archive, bundle, bundle_type, self._clock.start.timestamp())

    def _fetch(self, revision: S3Revision | GitHubRevision) -> Generator[simpy.Event, Any, bytes]:
        try:
            if isinstance(revision, GitHubRevision):
                return (yield from self._fetch_from_github(revision))
            return self._bundles.fetch(revision)
        except DownloadFailedError as error:
            refuse("deployment", error.message)

    def _fetch_from_github(self, revision: GitHubRevision) -> Generator[simpy.Event, Any, bytes]:
        if revision.bundle_type not in ("tar", "zip"):
            found = f"other than zip or tar [bundle_type={revision.bundle_type}"
            refuse("deployment", f"GitHub revision specified with bundle_type {found}")
        answers: list[str] = []
        for delay_s in (*GITHUB_RETRY_DELAYS_S, None):
            try:
                return self._bundles.fetch(revision)
            except GitHubStatusError as error:
                answers.append(error.message)
            if delay_s is not None:
                yield self._clock.timeout(delay_s)
        found = f"after {len(GITHUB_RETRY_DELAYS_S)} retries. Server returned codes: {'; '.join(answers)}."
        refuse("deployment", f"Could not download bundle at '{archive_url(revision)}' {found}")

    # --- Install -------------------------------------------------------------------------------

    def _install(self, specification: DeploymentSpecification) -> Work:
        host, folder = self._host, folder_of(specification)
        group = GroupFiles(host.files, specification.deployment_group_id)
        host.files.mkdir(INSTRUCTIONS, parents=True)
        appspec = self._appspec_to_install(folder.archive, specification)
        yield from remove_last_install(host, group.cleanup)
        yield self._clock.timeout(INSTALL_S)
        plan = plan_install(appspec, folder.archive, host.files, host.home, specification.file_exists_behavior)
        host.files.write(group.install_json, "")
        host.files.write(group.install_json, plan.to_json())
        yield self._clock.timeout(len(plan.instructions) / INSTALL_STEPS_PER_S)
        yield from Installation(host, group.cleanup).carry_out(plan)
        group.remember_last_successful(folder.path)
        return CommandOutcome()

    def _appspec_to_install(self, archive: str, specification: DeploymentSpecification) -> AppSpec:
        names = (specification.appspec_filename, *FALLBACK_APPSPEC_FILENAMES)
        found = (name for name in names if self._host.files.exists(join(archive, name)))
        name = next(found, FALLBACK_APPSPEC_FILENAMES[-1])
        appspec = parse_appspec(self._host.files.read(join(archive, name)))
        if specification.all_possible_lifecycle_events is not None:
            check_lifecycle_events(appspec, name, specification.all_possible_lifecycle_events, HOOK_COMMANDS)
        return appspec


def _failure(error: AgentError) -> CommandOutcome:
    return CommandOutcome(error_code=ErrorCode.UNKNOWN_ERROR, message=error.message, category=error.category)


def _closing(command: str, outcome: CommandOutcome) -> tuple[str, str]:
    """Level and text of the agent log's line for the end of a command."""
    if outcome.succeeded:
        return "INFO", f"{command} succeeded"
    return "ERROR", f"Error during perform: {outcome.lifecycle_error_code} - {outcome.message}"
