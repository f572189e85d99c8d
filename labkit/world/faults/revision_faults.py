"""Faults of a revision: its bundle in S3, its AppSpec file, its scripts.

What is wrong with the files is committed to the repository on top of its head, so the next deployment of the head
meets it; undoing commits the files as they were.
"""

import posixpath
import re
from collections.abc import Callable, Mapping

import yaml

from labkit.rules.agent_errors import AgentError
from labkit.rules.appspec import Script, parse_appspec
from labkit.simulation.misuse import MisuseError
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault
from labkit.world.github import Repository

APPSPEC = "appspec.yml"

BAD_APPSPECS: Mapping[str, Callable[[str], str]] = {
    "os": lambda text: re.sub(r"(?m)^os:.*$", "os: ubuntu", text),
    "version": lambda text: re.sub(r"(?m)^version:.*$", "version: 1.0", text),
    "yaml": lambda text: re.sub(r"(?m)^(hooks:.*)$", r"\1\n\t- wrong", text),
    "destination": lambda text: re.sub(r"(?m)^\s+destination:.*\n", "", text, count=1),
    "empty": lambda _text: "# nothing yet\n",
}
"""What can be wrong with an AppSpec file, and how it comes about."""

FAILING = "#!/bin/bash\necho 'hello-web: cannot connect to the database' >&2\nexit 1\n"
HANGING = "#!/bin/bash\necho 'waiting for the database …'\nsleep 86400\n"
BACKGROUND = "\n# Writes a heartbeat for ever, and keeps this script's output open.\nsleep 86400 &\n"


@fault
def bundle_missing(scene: Scene, *, bucket: str, key: str) -> Undo:
    """The bundle that a revision names is not in S3: somebody deleted the object.

    DownloadBundle fails with UnknownError, "The specified key does not exist."; HeadObject answers 404.
    """
    return scene.account.delete_object(bucket, key)


@fault
def bundle_corrupt(scene: Scene, *, bucket: str, key: str) -> Undo:
    """The bundle in S3 is only half there: its upload was cut off.

    DownloadBundle fails with UnknownError: a tar ends with "Error extracting tar archive: 2", a zip with the complaint
    of unzip; the object's ContentLength is too small.
    """
    return scene.account.change_object(bucket, key, lambda data: data[: len(data) // 2])


@fault
def bundle_wrong_etag(scene: Scene, *, bucket: str, key: str) -> Undo:
    """The bundle in S3 was uploaded again after the revision with its eTag was named.

    DownloadBundle of a deployment whose revision names the former eTag fails with UnknownError, "Expected deployment
    artifact bundle etag … but was actually …". A deployment without an eTag installs the new object.
    """
    return scene.account.change_object(bucket, key, lambda data: data + b"\0")


@fault
def no_appspec(scene: Scene, *, repository: str | None = None) -> Undo:
    """The newest commit of a repository has no AppSpec file at its root: it was moved into a folder.

    The first event that needs it (BeforeInstall) fails with UnknownError, "The CodeDeploy agent did not find an AppSpec
    file within the unpacked revision directory at revision-relative path "appspec.yml". …".
    """
    at = scene.repository(repository)
    text = _text(at, APPSPEC)
    return commit_files(at, {APPSPEC: None, f"deploy/{APPSPEC}": text}, "Tidy up: AppSpec moves into its own folder")


@fault
def bad_appspec(scene: Scene, *, repository: str | None = None, problem: str = "os") -> Undo:
    """The newest commit of a repository has an AppSpec file that the agent can't accept.

    ``problem``: os, version, yaml, destination or empty. BeforeInstall fails with UnknownError and the agent's
    sentence, such as "The deployment failed because the application specification file specifies an unsupported
    operating system (ubuntu). …".
    """
    if problem not in BAD_APPSPECS:
        message = f"Expected problem to be one of {', '.join(BAD_APPSPECS)}; found {problem!r}."
        raise MisuseError(message)
    at = scene.repository(repository)
    return commit_files(at, {APPSPEC: BAD_APPSPECS[problem](_text(at, APPSPEC))}, "AppSpec: new template")


@fault
def script_missing(scene: Scene, *, repository: str | None = None, lifecycle_event: str = "ApplicationStart") -> Undo:
    """The newest commit of a repository lacks a script that its AppSpec file names.

    The event fails with ScriptMissing, "Script does not exist at specified location: …"; scriptName is the location.
    """
    at = scene.repository(repository)
    path = script_path(at, lifecycle_event)
    return commit_files(at, {path: None}, f"Remove {posixpath.basename(path)}, nobody uses it")


@fault
def script_failing(scene: Scene, *, repository: str | None = None, lifecycle_event: str = "ApplicationStart") -> Undo:
    """A hook script of a repository's newest commit exits with 1.

    The event fails with ScriptFailed, "Script at specified location: … failed with exit code 1"; logTail and
    ``scripts.log`` have what the script wrote ("[stderr]…").
    """
    return _with_script(scene, repository, lifecycle_event, lambda _old: FAILING)


@fault
def script_hanging(scene: Scene, *, repository: str | None = None, lifecycle_event: str = "ApplicationStart") -> Undo:
    """A hook script of a repository's newest commit does not come to an end.

    The event is InProgress until the script's timeout (of the AppSpec file, an hour without one) and fails with
    ScriptTimedOut, "Script at specified location: … failed to complete in 60 seconds".
    """
    return _with_script(scene, repository, lifecycle_event, lambda _old: HANGING)


@fault
def script_leaves_background_process(
    scene: Scene, *, repository: str | None = None, lifecycle_event: str = "ApplicationStart"
) -> Undo:
    """A hook script of a repository's newest commit starts a child in the background that keeps its output open.

    The script itself ends at once, but the event is InProgress until the script's timeout and fails with UnknownError,
    "Script at specified location: … failed to close STDOUT"; ``ps aux`` on the instance shows the child.
    """
    return _with_script(scene, repository, lifecycle_event, lambda old: old + BACKGROUND)


# --- what commits need, here and in other modules ---------------------------------------------------


def appspec_of(at: Repository) -> dict[str, object]:
    """The AppSpec file at the head of a repository as YAML gives it. Raises ``MisuseError`` if it is no mapping."""
    try:
        found = yaml.safe_load(_text(at, APPSPEC))
    except yaml.YAMLError:
        found = None
    if not isinstance(found, dict):
        message = f"Expected an AppSpec file of keys and values at the head of {at.name}; mend it, or undo its fault."
        raise MisuseError(message)
    return found


def appspec_text(appspec: Mapping[str, object]) -> str:
    """An AppSpec file of these contents."""
    return yaml.safe_dump(dict(appspec), sort_keys=False)


def commit_files(at: Repository, files: Mapping[str, str | None], message: str) -> Undo:
    """Commits ``files`` (None: removed); undoing commits what was there before."""
    before = at.files()
    at.commit(files, message)
    former = {path: before.get(path) for path in files}
    return lambda: _restore(at, former, f'Revert "{message}"')


def _restore(at: Repository, former: Mapping[str, bytes | None], message: str) -> None:
    now = at.files()
    changed = {path: content for path, content in former.items() if now.get(path) != content}
    if changed:
        at.commit(changed, message)


def _with_script(scene: Scene, repository: str | None, lifecycle_event: str, change: Callable[[str], str]) -> Undo:
    at = scene.repository(repository)
    path = script_path(at, lifecycle_event)
    return commit_files(at, {path: change(_text(at, path))}, f"{posixpath.basename(path)}: new start-up sequence")


def _text(at: Repository, path: str) -> str:
    files = at.files()
    if path not in files:
        message = f"Expected {path} at the head of {at.name}, found {', '.join(files) or 'no files'}; commit it first."
        raise MisuseError(message)
    return files[path].decode("utf-8", errors="replace")


def script_path(at: Repository, lifecycle_event: str) -> str:
    """The path in the repository of the first script that the head's AppSpec file hooks to an event."""
    text = _text(at, APPSPEC)
    try:
        scripts: tuple[Script, ...] = parse_appspec(text.encode()).scripts(lifecycle_event)
    except AgentError as error:
        message = f"Expected an AppSpec file that the agent accepts in {at.name}, found: {error.message}"
        raise MisuseError(message) from None
    if not scripts:
        message = f"Expected a script at {lifecycle_event} in the AppSpec file of {at.name}, found none; name another."
        raise MisuseError(message)
    return posixpath.normpath(scripts[0].location)
