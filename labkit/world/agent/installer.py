"""Install: takes away what the last deployment of the group put there, then carries out the new plan.

AWS page "Working with application revisions", agent files ``<group>-cleanup`` and ``<group>-install.json``. A copy is
noted in the cleanup file before it is made and a folder after, so an Install that stops midway can be cleaned up.
"""

import errno
import posixpath
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

from labkit.rules.acl import Acl, completed, mode_of
from labkit.rules.agent_errors import FAILED, refuse
from labkit.rules.install_instructions import (
    ChangeAcl,
    ChangeContext,
    ChangeMode,
    ChangeOwner,
    Copy,
    Instruction,
    MakeDirectory,
)
from labkit.rules.install_plan import InstallPlan
from labkit.rules.posix_paths import basename, exists, join
from labkit.rules.ruby_text import Value, inspect, strip, to_s
from labkit.world.execution import Host
from labkit.world.files import Directory, File, FileSystem, Symlink, os_error

SEMANAGE = "semanage\0"
"""How the cleanup file marks an SELinux context to take back."""

Steps = Generator[simpy.Event, Any, None]


def remove_last_install(host: Host, cleanup: str) -> Steps:
    """Undoes what the cleanup file lists, last line first, and removes the file; folders go only when empty.

    A last line without an end was never finished and does not count.
    """
    if not host.files.exists(cleanup):
        return
    *lines, _unfinished = host.files.read_text(cleanup).split("\n")
    for line in reversed(lines):
        if line.startswith(SEMANAGE):
            yield from host.run(f"semanage fcontext -d {strip(line.removeprefix(SEMANAGE))}")
        else:
            _remove(host.files, strip(line))
    host.files.remove(cleanup)


def _remove(files: FileSystem, path: str) -> None:
    node = files.lstat(path) if path else None
    busy = isinstance(node, Directory) and (node.children or posixpath.normpath(path) == "/")
    if node is not None and not busy:
        files.remove(path)


@dataclass(slots=True)
class Installation:
    """Carries out one plan on one machine, noting in ``cleanup`` what there will be to remove."""

    host: Host
    cleanup: str
    _notes: list[str] = field(default_factory=list)
    _acls: dict[int, Acl] = field(default_factory=dict)

    def carry_out(self, plan: InstallPlan) -> Steps:
        """Does everything in order. Raises AgentError at the first thing that fails; what is done stays."""
        try:
            for instruction in plan.instructions:
                yield from self._do(instruction)
        except OSError as error:
            refuse("os", f"{error.strerror} - {error.filename}")
        finally:
            self.host.files.write(self.cleanup, "".join(f"{note}\n" for note in self._notes))

    def _do(self, instruction: Instruction) -> Steps:
        files = self.host.files
        match instruction:
            case Copy(source, destination):
                self._notes.append(destination)
                copy(files, source, destination)
            case MakeDirectory(directory):
                files.mkdir(directory)
                self._notes.append(directory)
            case ChangeMode(file, mode):
                files.chmod(file, int(mode, 8))
            case ChangeAcl(file, acl, permission):
                self._set_acl(file, acl, permission)
            case ChangeOwner(file, owner, group):
                uid = _id(owner, "user", self.host.user_id)
                files.chown(file, uid, _id(group, "group", self.host.group_id))
            case ChangeContext():
                yield from self._set_context(instruction)

    def _set_acl(self, path: str, acl: Acl, permission: int) -> None:
        node = self.host.files.stat(path)
        if node is None:
            raise os_error(errno.ENOENT, path)
        # What the agent added for the object before is still there for this one.
        entries = self._acls[permission] = completed(self._acls.get(permission, acl), node.mode)
        command = f"setfacl --set {','.join(entry.text for entry in entries)} {path}"
        known = {"user": self.host.user_id, "group": self.host.group_id}
        for entry in entries:
            if entry.name and not entry.name.isdigit() and known[entry.kind](entry.name) is None:
                refuse(
                    "deployment",
                    f"{FAILED}of a problem with the acls permission settings in the application specification file "
                    f"for this object: {path}. Failed command: {command}. Exit code: exit 2",
                )
        self.host.files.chmod(path, mode_of(entries, node.mode))
        last = {(entry.default, entry.kind, entry.name): entry.text for entry in entries}
        self.host.files.set_acl(path, tuple(last.values()))

    def _set_context(self, instruction: ChangeContext) -> Steps:
        context = instruction.context
        user = "" if context.user is None else f"-s {to_s(context.user)} "
        place = self.host.files.real_path(instruction.file)
        settings = f"{user}-t {to_s(context.type)} -r {context.range}"
        for command in (f"semanage fcontext -a {settings} {place}", f"restorecon -v {place}"):
            execution = yield from self.host.run(command)
            if execution.exit_code != 0:
                refuse(
                    "deployment",
                    f"{FAILED}the application specification file contains an error in the settings for the context "
                    "parameter. Update the permissions section of the AppSpec file, and then try again. "
                    f"Failed command: {command}. Exit code: exit {execution.exit_code}",
                )
        self._notes.append(SEMANAGE + place)


def _id(name: Value, what: str, look_up: Callable[[str], int | None]) -> int | None:
    if name is None or name is False:
        return None
    found = look_up(name) if isinstance(name, str) else None
    if found is None:
        shown = to_s(name) if isinstance(name, str) else f"{inspect(name)}, which is not text"
        refuse("ruby", f"can't find {what} for {shown}")
    return found


def copy(files: FileSystem, source: str, destination: str) -> None:
    """Copies one file with mode, owner and time, or a link as a link; into ``destination`` if that is a folder.

    A file is written through a link at ``destination``. Raises OSError, AgentError.
    """
    node = files.lstat(source)
    if isinstance(node, Symlink):
        inside = files.is_dir(destination)
        files.symlink(node.target, join(destination, basename(node.target)) if inside else destination)
        return
    if not exists(files, source):
        raise os_error(errno.ENOTDIR if files.exists(source.rstrip("/")) else errno.ENOENT, source)
    target = files.real_path(join(destination, basename(source)) if files.is_dir(destination) else destination)
    if target == files.real_path(source):
        refuse("ruby", f"same file: {source} and {destination}")
    if files.is_dir(target) or not isinstance(node, File):
        raise os_error(errno.EISDIR, target)
    files.put(target, replace(node, acl=()))
