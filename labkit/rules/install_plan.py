"""What Install is going to do: every copy, folder and permission, in order, before anything is done.

AWS pages "AppSpec 'files' section" and "'permissions' section"; where they are silent, the CodeDeploy agent 1.8.1. The
plan only looks at the machine, it changes nothing; what it refuses stops Install before the first file is copied.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from labkit.rules.acl import Acl
from labkit.rules.agent_errors import FAILED, AgentError, Category
from labkit.rules.appspec import AppSpec, Context, FileMapping, Permission
from labkit.rules.install_permissions import matches
from labkit.rules.posix_paths import Homes, Tree, basename, dirname, exists, expand, is_dir, join
from labkit.rules.ruby_text import Value, inspect

MAX_INSTRUCTIONS = 100_000
"""Links that lead back up make a bundle endless; nobody deploys more than this."""

_AGAIN = "and then try again."


class InstallPlanError(AgentError):
    """Install cannot be planned."""

    def __init__(self, message: str, category: Category = "deployment") -> None:
        super().__init__(category, message)


@dataclass(frozen=True, slots=True)
class Copy:
    """Copies a file or link of the archive to ``destination``."""

    source: str
    destination: str

    def to_dict(self) -> dict[str, Any]:
        """As install.json shows it."""
        return {"type": "copy", "source": self.source, "destination": self.destination}


@dataclass(frozen=True, slots=True)
class MakeDirectory:
    """Makes a folder (mode 0777 less umask)."""

    directory: str

    def to_dict(self) -> dict[str, Any]:
        """As install.json shows it."""
        return {"type": "mkdir", "directory": self.directory}


@dataclass(frozen=True, slots=True)
class ChangeMode:
    """Sets permission bits; ``mode``: three or four octal digits."""

    file: str
    mode: str

    def to_dict(self) -> dict[str, Any]:
        """As install.json shows it."""
        return {"type": "chmod", "mode": self.mode, "file": self.file}


@dataclass(frozen=True, slots=True)
class ChangeAcl:
    """Sets an access control list. ``permission``: the number of the AppSpec entry it comes from."""

    file: str
    acl: Acl
    permission: int

    def to_dict(self) -> dict[str, Any]:
        """As install.json shows it."""
        return {"type": "setfacl", "acl": [entry.text for entry in self.acl], "file": self.file}


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """Sets an SELinux context."""

    file: str
    context: Context

    def to_dict(self) -> dict[str, Any]:
        """As install.json shows it. Raises InstallPlanError without a range: the agent crashes here."""
        if self.context.range is None:
            message = f"The context for {self.file} has no range, and the agent crashes without one; add a range (s0)."
            raise InstallPlanError(message, "ruby")
        context = {"user": self.context.user, "role": None, "type": self.context.type, "range": self.context.range}
        return {"type": "semanage", "context": context, "file": self.file}


@dataclass(frozen=True, slots=True)
class ChangeOwner:
    """Sets owner and group, each if it is not None. They are kept as AppSpec has them."""

    file: str
    owner: Value
    group: Value

    def to_dict(self) -> dict[str, Any]:
        """As install.json shows it."""
        return {"type": "chown", "owner": self.owner, "group": self.group, "file": self.file}


Instruction: TypeAlias = Copy | MakeDirectory | ChangeMode | ChangeAcl | ChangeContext | ChangeOwner


@dataclass(slots=True)
class InstallPlan:
    """The instructions, and what they will have made. ``copies``: destination to source; ``directories``: in order."""

    homes: Homes
    instructions: list[Instruction] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    directories: dict[str, None] = field(default_factory=dict)
    permitted: set[str] = field(default_factory=set)

    def to_json(self) -> str:
        """The text of install.json. Raises InstallPlanError."""
        return json.dumps({"instructions": [step.to_dict() for step in self.instructions]}, default=str)

    def copy(self, source: str, destination: str) -> None:
        """Adds a copy. Raises InstallPlanError if something else of the plan goes there."""
        place = expand(destination, self.homes)
        if place in self.copies:
            _fail(
                f"the application specification file specifies two source files named {source} and "
                f"{self.copies[place]} for the same destination ({place}). Remove one of the source file paths from "
                f"the AppSpec file, {_AGAIN}"
            )
        if place in self.directories:
            _fail(
                f"the application specification file calls for installing the file {source}, but a file with that "
                f"name already exists at the location ({place}). Update your AppSpec file or directory structure, "
                f"{_AGAIN}"
            )
        self._add(Copy(source, place))
        self.copies[place] = source

    def make_directory(self, destination: str) -> None:
        """Adds a folder, once. Raises InstallPlanError if a file of the plan goes there."""
        place = expand(destination, self.homes)
        if place in self.copies:
            _fail(
                "the application specification file includes an mkdir command more than once for the same "
                f"destination path ({place}) from ({self.copies[place]}). Update the files section of the AppSpec "
                f"file, {_AGAIN}"
            )
        if place not in self.directories:
            self._add(MakeDirectory(place))
            self.directories[place] = None

    def permit(self, place: str, permission: Permission, number: int) -> None:
        """Adds what ``permission`` (the AppSpec's entry ``number``) sets for ``place``. Raises InstallPlanError."""
        if place in self.permitted:
            _fail(
                f"the permissions setting for ({place}) is specified more than once in the application specification "
                f"file. Update the files section of the AppSpec file, {_AGAIN}"
            )
        self.permitted.add(place)
        if permission.mode is not None:
            self._add(ChangeMode(place, permission.mode))
        if permission.acl is not None:
            self._add(ChangeAcl(place, permission.acl, number))
        if permission.context is not None:
            self._add(ChangeContext(place, permission.context))
        if permission.owner is not None or permission.group is not None:
            self._add(ChangeOwner(place, permission.owner, permission.group))

    def _add(self, instruction: Instruction) -> None:
        if len(self.instructions) >= MAX_INSTRUCTIONS:
            message = f"Expected at most {MAX_INSTRUCTIONS} files and folders to install, found more; "
            raise InstallPlanError(message + "look for links in the bundle that lead to a folder above them.")
        self.instructions.append(instruction)


def _fail(message: str) -> NoReturn:
    raise InstallPlanError(FAILED + message)


@dataclass(frozen=True, slots=True)
class _Copier:
    """Plans the copies of the ``files`` section."""

    plan: InstallPlan
    tree: Tree
    behavior: str

    def add(self, archive: str, mapping: FileMapping) -> None:
        source = join(archive, *_texts(mapping.source, "source"))
        destination = _destination(mapping.destination)
        if is_dir(self.tree, source):
            self._ancestors(_only_text(mapping.destination))
            self._directory(source, destination)
        else:
            target = join(destination, basename(source))
            self._ancestors(target)
            self._file(source, target)

    def _ancestors(self, destination: str) -> None:
        missing = []
        parent = dirname(destination)
        while not exists(self.tree, parent) and parent not in (".", "/"):
            missing.append(parent)
            parent = dirname(parent)
        for folder in reversed(missing):
            self.plan.make_directory(folder)

    def _directory(self, source: str, destination: str) -> None:
        for entry, target, is_folder in self._walk(source, destination):
            if not is_folder:
                self._file(entry, target)
            elif not is_dir(self.tree, target):
                self.plan.make_directory(target)

    def _walk(self, source: str, destination: str) -> Iterator[tuple[str, str, bool]]:
        """(source, destination, whether a folder), each folder before what it holds; links to folders are folders."""
        pending = [(source, destination)]
        while pending:
            entry, target = pending.pop()
            is_folder = is_dir(self.tree, entry)
            yield entry, target, is_folder
            if is_folder:
                names = reversed(self.tree.listdir(entry))
                pending.extend((join(entry, name), join(target, name)) for name in names)

    def _file(self, source: str, destination: str) -> None:
        if not exists(self.tree, destination) or self.behavior == "OVERWRITE":
            self.plan.copy(source, destination)
        elif self.behavior == "DISALLOW":
            _fail(f"a specified file already exists at this location: {destination}")
        elif self.behavior != "RETAIN":
            options = "Valid options include OVERWRITE, RETAIN, and DISALLOW."
            _fail(f"an invalid option was specified for fileExistsBehavior: {self.behavior}. {options}")


def _destination(value: Value) -> str:
    first, *others = _texts(value, "destination") or [""]
    return join(first, *others)


def _only_text(destination: Value) -> str:
    if not isinstance(destination, str):
        _no_path(destination, "destination")
    return destination


def _texts(value: Value, what: str) -> list[str]:
    """The parts of a path: Ruby joins the items of a list."""
    if isinstance(value, list):
        return [text for item in value for text in _texts(item, what)]
    if not isinstance(value, str) or "\0" in value:
        _no_path(value, what)
    return [value]


def _no_path(value: Value, what: str) -> NoReturn:
    message = (
        f"Expected the {what} of a file to be a path, found {inspect(value)}; put it in quotes in the AppSpec file."
    )
    raise InstallPlanError(message, "ruby")


def plan_install(appspec: AppSpec, archive: str, tree: Tree, homes: Homes, behavior: str) -> InstallPlan:
    """Everything Install will do with the revision unpacked at ``archive``.

    ``tree``: the machine's files, the archive among them. ``behavior``: the deployment's FileExistsBehavior, which the
    AppSpec's own overrides. Raises AgentError.
    """
    plan = InstallPlan(homes)
    copier = _Copier(plan, tree, appspec.file_exists_behavior or behavior)
    for mapping in appspec.files:
        copier.add(archive, mapping)
    for number, permission in enumerate(appspec.permissions):
        for place in list(matches(permission, plan.copies, plan.directories, tree, homes)):
            plan.permit(place, permission, number)
    return plan
