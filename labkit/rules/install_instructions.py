"""The single steps of an install plan, as ``<group>-install.json`` lists them."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from labkit.rules.acl import Acl
from labkit.rules.agent_errors import AgentError, Category
from labkit.rules.appspec_permissions import Context
from labkit.rules.ruby_text import Value


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
