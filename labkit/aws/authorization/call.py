"""One API call as authorization sees it, and what it asks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from labkit.aws.authorization.services import Service


class CodeDeployRecords(Protocol):
    """What a call about CodeDeploy does not say by itself. ``region``: such as ``ap-northeast-2``."""

    def group_of(self, deployment_id: str) -> tuple[str, str] | None:
        """Application and deployment group of a deployment; None if there is no such deployment."""

    def config_of(self, region: str, application: str, group: str) -> str | None:
        """The deployment configuration of a group; None if there is no such group."""

    def tags_of(self, region: str, arn: str) -> Mapping[str, str]:
        """The tags of an application or a deployment group."""


class NothingDeployed:
    """``CodeDeployRecords`` of an account without any."""

    def group_of(self, deployment_id: str) -> tuple[str, str] | None:
        """There is none."""
        del deployment_id
        return None

    def config_of(self, region: str, application: str, group: str) -> str | None:
        """There is none."""
        del region, application, group
        return None

    def tags_of(self, region: str, arn: str) -> Mapping[str, str]:
        """There are none."""
        del region, arn
        return {}


Values = str | Sequence[str]
"""The value of a condition key: one text or several."""

ALL = "*"


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its parameters in boto3's shape and names.

    ``user``: the name of the IAM user who calls, for operations that mean the caller when they name nobody.
    ``codedeploy``: what is looked up in CodeDeploy's records.
    """

    service: Service
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account_id: str
    user: str | None = None
    codedeploy: CodeDeployRecords = field(default_factory=NothingDeployed)

    @property
    def action(self) -> str:
        """The action that has the operation's own name."""
        return f"{self.service.prefix}:{self.operation}"

    def text(self, name: str) -> str | None:
        """A parameter that is a text, None without one."""
        found = self.parameters.get(name)
        return found if isinstance(found, str) and found else None


@dataclass(frozen=True, slots=True)
class Asked:
    """One action a call needs, on each of ``resources`` (ARNs, or ``*``), with its own condition keys.

    ``words``: what the service says instead of IAM's sentence when this is denied.
    """

    action: str
    resources: tuple[str, ...] = (ALL,)
    context: Mapping[str, Values] = field(default_factory=dict)
    words: str | None = None


Rule = Callable[[Call], Iterable[Asked]]
"""What an operation asks for beyond, or instead of, the action of its own name."""
