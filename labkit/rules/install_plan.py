"""What Install is going to do: every copy, folder and permission, in order, before anything is done.

AWS pages "AppSpec 'files' section" and "'permissions' section"; where they are silent, the CodeDeploy agent 1.8.1. The
plan only looks at the machine, it changes nothing; what it refuses stops Install before the first file is copied.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from labkit.rules.agent_errors import FAILED, refuse
from labkit.rules.appspec import AppSpec, FileMapping
from labkit.rules.appspec_permissions import Permission
from labkit.rules.install_instructions import (
    ChangeAcl,
    ChangeContext,
    ChangeMode,
    ChangeOwner,
    Copy,
    InstallPlanError,
    Instruction,
    MakeDirectory,
)
from labkit.rules.install_permissions import matches
from labkit.rules.posix_paths import Homes, Tree, basename, dirname, exists, expand, is_dir, join, too_long
from labkit.rules.ruby_text import Value, inspect, to_s

MAX_INSTRUCTIONS = 20_000
SHOWN_CHARACTERS = 80
"""Links that lead back up make a bundle endless; nobody deploys more than this."""

_AGAIN = "and then try again."


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
        steps = [step.to_dict() for step in self.instructions]
        return json.dumps({"instructions": steps}, default=to_s, ensure_ascii=False)

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


def _check_length(path: str) -> None:
    if too_long(path):
        refuse("os", f"File name too long - {path[:SHOWN_CHARACTERS]}…")


@dataclass(frozen=True, slots=True)
class _Copier:
    """Plans the copies of the ``files`` section."""

    plan: InstallPlan
    tree: Tree
    behavior: str

    def add(self, archive: str, mapping: FileMapping) -> None:
        source = join(archive, *_texts(mapping.source, "source"))
        _check_length(source)
        destination = _destination(mapping.destination)
        if is_dir(self.tree, source):
            self._ancestors(_only_text(mapping.destination))
            self._directory(source, destination)
        else:
            target = join(destination, basename(source))
            self._ancestors(target)
            self._file(source, target)

    def _ancestors(self, destination: str) -> None:
        _check_length(destination)
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
    texts: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(reversed(item))
        elif isinstance(item, str) and "\0" not in item:
            texts.append(item)
        else:
            _no_path(item, what)
    return texts


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
