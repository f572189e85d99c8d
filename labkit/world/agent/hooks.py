"""Lifecycle event hooks: whose scripts run, in which order and surroundings, and how they fail.

AWS page "AppSpec 'hooks' section" (lifecycle event hook availability, environment variables); the texts and the rules
for time-outs and outputs left open are the agent's.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NoReturn

import simpy

from labkit.rules.agent_errors import AgentError, refuse
from labkit.rules.appspec import AppSpec, Script, parse_appspec
from labkit.rules.lifecycle import PREVIOUS_REVISION_EVENTS
from labkit.rules.posix_paths import exists, expand, join
from labkit.rules.revision import GitHubRevision, S3Revision
from labkit.simulation.clock import Clock
from labkit.world.agent.command_line import ERRNO_NAMES, EXECUTABLE, command_of
from labkit.world.agent.configuration import read_configuration, read_on_premises_variables
from labkit.world.agent.deployment_root import DeploymentFolder, GroupFiles, folder_of
from labkit.world.agent.outcome import CommandOutcome, ErrorCode
from labkit.world.agent.script_log import ScriptLog, output_entries
from labkit.world.agent.specification import DeploymentSpecification
from labkit.world.execution import Execution, Host

HOOK_COMMANDS = (
    "BeforeBlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    "BeforeInstall",
    "AfterInstall",
    "ApplicationStart",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
    "ValidateService",
)
"""The events that scripts can be hooked to, in the order in which the agent lists them."""

NO_APPSPEC = (
    "The CodeDeploy agent did not find an AppSpec file within the unpacked revision directory at revision-relative "
    'path "{name}". The revision was unpacked to directory "{archive}", and the AppSpec file was expected but not '
    'found at path "{path}". Consult the AWS CodeDeploy Appspec documentation for more information at '
    "http://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file.html"
)


class ScriptError(AgentError):
    """A script failed. ``error_code``, ``script_name`` and ``log`` go into the diagnostics."""

    def __init__(self, error_code: ErrorCode, script: Script, message: str) -> None:
        super().__init__("script", message)
        self.error_code = error_code
        self.script_name = script.location


def fail(error_code: ErrorCode, script: Script, message: str) -> NoReturn:
    """Raises ScriptError."""
    raise ScriptError(error_code, script, message)


@dataclass(frozen=True, slots=True)
class Hook:
    """One lifecycle event of one deployment on one machine. ``event`` is one of ``HOOK_COMMANDS``."""

    host: Host
    clock: Clock
    specification: DeploymentSpecification
    event: str

    def bundle(self) -> DeploymentFolder | None:
        """The deployment whose scripts run; None if nothing has been installed yet."""
        current = folder_of(self.specification)
        if self.host.files.exists(current.archive):
            return current
        group = GroupFiles(self.host.files, self.specification.deployment_group_id)
        back_to_blue = self.specification.rolls_back_blue_green
        if back_to_blue and self.event.endswith("BlockTraffic"):
            folder = group.most_recent
        elif self.event in PREVIOUS_REVISION_EVENTS or (back_to_blue and self.event.endswith("AllowTraffic")):
            folder = group.last_successful
        else:
            return current
        return None if folder is None else DeploymentFolder(folder)

    def scripts(self) -> tuple[Script, ...]:
        """The scripts to run, none if there is nothing to do. Raises AgentError if the AppSpec file is bad."""
        bundle = self.bundle()
        return () if bundle is None else self._appspec(bundle).scripts(self.event)

    def _appspec(self, bundle: DeploymentFolder) -> AppSpec:
        name = self.specification.appspec_filename
        path = join(bundle.archive, name)
        if not self.host.files.is_file(path):
            refuse("deployment", NO_APPSPEC.format(name=name, archive=bundle.archive, path=path))
        return parse_appspec(self.host.files.read(path))

    def run(self) -> Generator[simpy.Event, Any, CommandOutcome]:
        """Runs the scripts one after another until one fails. Raises AgentError if the AppSpec file is bad."""
        scripts, bundle = self.scripts(), self.bundle()
        if not scripts or bundle is None:
            return CommandOutcome()
        log = ScriptLog(
            self.host.files,
            folder_of(self.specification).scripts_log,
            self.specification.deployment_id,
            read_configuration(self.host.files).enable_deployments_log,
        )
        log.add([f"LifecycleEvent - {self.event}\n"], self.clock.now)
        try:
            for script in scripts:
                yield from self._run(script, bundle, log)
        except ScriptError as error:
            return CommandOutcome(
                error_code=error.error_code,
                script_name=error.script_name,
                message=error.message,
                log=log.tail,
                category=error.category,
            )
        return CommandOutcome(log=log.tail)

    def _run(self, script: Script, bundle: DeploymentFolder, log: ScriptLog) -> Generator[simpy.Event, Any, None]:
        path = join(bundle.archive, script.location)
        self._make_ready(script, path)
        log.add([f"Script - {script.location}\n"], self.clock.now)
        command = command_of(script, path)
        variables = self._variables()
        execution = yield from self.host.run(command, env=variables, timeout_s=float(script.timeout_s))
        held_too_long = yield from self._wait_for_outputs(script, execution)
        log.add(output_entries(execution.chunks), self.clock.now)
        if execution.start_error:
            self._fail_to_start(script, execution.start_error, command.split()[0])
        self._check(script, execution, held_too_long=held_too_long)

    def _make_ready(self, script: Script, path: str) -> None:
        files = self.host.files
        if not exists(files, path):
            place = expand(path, self.host.home)
            fail(ErrorCode.SCRIPT_MISSING, script, f"Script does not exist at specified location: {place}")
        node = files.stat(path)
        if node and not node.mode & EXECUTABLE:
            try:
                files.chmod(path, node.mode | EXECUTABLE)
            except PermissionError:
                where = f"Unable to set script at specified location: {script.location}"
                fail(ErrorCode.SCRIPT_NOT_EXECUTABLE, script, f"{where} as executable")

    def _wait_for_outputs(self, script: Script, execution: Execution) -> Generator[simpy.Event, Any, bool]:
        """Waits while a background child holds an output; whether it did so until the time-out."""
        if execution.open_stream is None or execution.timed_out:
            return False
        held_s = max(execution.open_until_s - execution.duration_s, 0.0)
        yield self.clock.timeout(min(held_s, script.timeout_s))
        return held_s > script.timeout_s

    def _check(self, script: Script, execution: Execution, *, held_too_long: bool) -> None:
        where = f"Script at specified location: {script.location}"
        if execution.timed_out:
            message = f"{where} failed to complete in {script.timeout_s} seconds"
            fail(ErrorCode.SCRIPT_TIMED_OUT, script, message)
        if held_too_long:
            stream = str(execution.open_stream).upper()
            fail(ErrorCode.OUTPUTS_LEFT_OPEN, script, f"{where} failed to close {stream}")
        if execution.exit_code != 0:
            code = "" if execution.exit_code is None else execution.exit_code
            fail(ErrorCode.SCRIPT_FAILED, script, f"{where}{_as_user(script)} failed with exit code {code}")

    @staticmethod
    def _fail_to_start(script: Script, text: str, program: str) -> NoReturn:
        name = ERRNO_NAMES.get(text, "SystemCallError")
        where = f"Script at specified location: {script.location}{_as_user(script)}"
        fail(ErrorCode.SCRIPT_FAILED, script, f"{where} failed with error {name} with message {text} - {program}")

    def _variables(self) -> dict[str, str]:
        specification = self.specification
        variables: dict[str, str | None] = {
            "LIFECYCLE_EVENT": self.event,
            "DEPLOYMENT_ID": specification.deployment_id,
            "APPLICATION_NAME": specification.application_name,
            "DEPLOYMENT_GROUP_NAME": specification.deployment_group_name,
            "DEPLOYMENT_GROUP_ID": specification.deployment_group_id,
        }
        match specification.revision:
            case S3Revision(bucket, key, _, version, etag):
                variables |= {"BUNDLE_BUCKET": bucket, "BUNDLE_KEY": key}
                variables |= {"BUNDLE_VERSION": version, "BUNDLE_ETAG": etag}
            case GitHubRevision(_, commit_id):
                variables["BUNDLE_COMMIT"] = commit_id
        known = {name: value for name, value in variables.items() if value is not None}
        return read_on_premises_variables(self.host.files) | known


def _as_user(script: Script) -> str:
    return "" if script.runas is None else f" run as user {script.runas}"
