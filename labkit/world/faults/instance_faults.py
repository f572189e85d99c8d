"""Faults of what lies on one instance: a file in the way, scripts that were tampered with."""

import posixpath
from collections.abc import Callable

from labkit.rules.agent_errors import AgentError
from labkit.rules.appspec import parse_appspec
from labkit.world.agent.deployment_root import INSTRUCTIONS
from labkit.world.agent.specification import DEFAULT_APPSPEC_FILENAME
from labkit.world.events import LifecycleEventChanged
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault
from labkit.world.faults.revision_faults import FAILING
from labkit.world.files import File, FileSystem
from labkit.world.machine import Machine


@fault
def file_already_at_destination(scene: Scene, *, instance_id: str, path: str = "/var/www/index.html") -> Undo:
    """A file that the next revision brings is on the instance already, and the agent did not put it there.

    As after somebody cleaned up the agent's ``deployment-instructions``, where it keeps what it installed. Install
    fails with UnknownError, "The deployment failed because a specified file already exists at this location: …",
    unless the deployment says fileExistsBehavior OVERWRITE or RETAIN.
    """
    files = scene.machine(instance_id).files
    before = files.root
    if not files.exists(path):
        files.mkdir(posixpath.dirname(path), parents=True)
        files.write(path, "put here by hand\n")
    names = files.listdir(INSTRUCTIONS) if files.is_dir(INSTRUCTIONS) else []
    lists = [f"{INSTRUCTIONS}/{name}" for name in names if name.endswith("-cleanup")]
    kept = {name: node for name in lists if (node := files.lstat(name)) is not None}
    for name in kept:
        files.remove(name)
    made = FileSystem(before).lstat(path) is None

    def undo() -> None:
        for name, node in kept.items():
            files.put(name, node)
        if made:
            files.remove_tree(path)

    return undo


@fault
def fail_next_script(scene: Scene, *, instance_id: str) -> Undo:
    """Somebody edited the hook scripts on one instance: the next one that runs there exits with 1.

    The scripts below ``deployment-root/<group>/<deployment>/deployment-archive`` of the revision at hand differ from
    those of the commit; where nothing is unpacked yet, it happens as soon as DownloadBundle has succeeded. The event
    fails with ScriptFailed, "… failed with exit code 1".
    """
    machine = scene.machine(instance_id)
    return _on_unpacked(scene, machine, lambda: _rewrite_scripts(machine, FAILING.encode(), immutable=False))


@fault
def script_not_executable(scene: Scene, *, instance_id: str) -> Undo:
    """Hardening software took the right to execute from the hook scripts on an instance and made them immutable.

    The agent would make a script executable by itself, but may not change an immutable file (``lsattr`` shows "i"). The
    event fails with ScriptNotExecutable, "Unable to set script at specified location: … as executable".
    """
    machine = scene.machine(instance_id)
    return _on_unpacked(scene, machine, lambda: _rewrite_scripts(machine, None, immutable=True))


# --- scripts on the instance -----------------------------------------------------------------------


def _on_unpacked(scene: Scene, machine: Machine, change: Callable[[], Undo]) -> Undo:
    """Makes a change once the agent has an unpacked revision: now if it has."""
    undone: list[Undo] = []

    def act() -> None:
        undone.append(change())

    def downloaded(event: LifecycleEventChanged) -> bool:
        ended = (machine.instance_id, "DownloadBundle", "Succeeded")
        return (event.instance_id, event.lifecycle_event, event.status) == ended

    call_off = scene.when(downloaded, act) if unpacked_revision(machine.files) is None else _nothing
    if call_off is _nothing:
        act()

    def undo() -> None:
        call_off()
        for step in undone:
            step()

    return undo


def _nothing() -> None:
    """Nothing to call off."""


def unpacked_revision(files: FileSystem) -> str | None:
    """The folder with the unpacked revision whose scripts run next, None before the first."""
    names = files.listdir(INSTRUCTIONS) if files.is_dir(INSTRUCTIONS) else []
    pointers = [f"{INSTRUCTIONS}/{name}" for name in names if name.endswith("_most_recent_install")]
    newest = max(pointers, key=lambda path: _mtime_s(files, path), default=None)
    return None if newest is None else f"{files.read_text(newest).strip()}/deployment-archive"


def _mtime_s(files: FileSystem, path: str) -> float:
    node = files.stat(path)
    return node.mtime_s if node else 0.0


def _rewrite_scripts(machine: Machine, content: bytes | None, *, immutable: bool) -> Undo:
    """Gives every hook script of the unpacked revision ``content`` (None: as it is, but not executable)."""
    files, archive = machine.files, unpacked_revision(machine.files)
    before = {path: node for path in _hook_scripts(files, archive) if isinstance(node := files.stat(path), File)}
    for path, node in before.items():
        mode = node.mode & ~0o111 if immutable else node.mode
        new = File(
            mode=mode,
            uid=node.uid,
            gid=node.gid,
            mtime_s=machine.clock.now_s,
            content=node.content if content is None else content,
            immutable=immutable,
        )
        files.put(path, new)
    return lambda: _put_back(files, before)


def _hook_scripts(files: FileSystem, archive: str | None) -> list[str]:
    path = f"{archive}/{DEFAULT_APPSPEC_FILENAME}"
    if archive is None or not files.is_file(path):
        return []
    try:
        hooks = parse_appspec(files.read(path)).hooks
    except AgentError:
        return []
    return [f"{archive}/{script.location}" for scripts in hooks.values() for script in scripts]


def _put_back(files: FileSystem, before: dict[str, File]) -> None:
    for path, node in before.items():
        if files.exists(path):
            files.put(path, node)
