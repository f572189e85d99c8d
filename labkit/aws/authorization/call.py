"""One API call as authorization sees it, and what it asks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.aws.authorization.services import Service

Values = str | Sequence[str]
"""The value of a condition key: one text or several."""

ALL = "*"


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its parameters in boto3's shape and names.

    ``user``: the name of the IAM user who calls, for operations that mean the caller when they name nobody.
    ``deployments``: finds application and deployment group of a deployment id.
    """

    service: Service
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account_id: str
    user: str | None = None
    deployments: Callable[[str], tuple[str, str] | None] = lambda _deployment_id: None

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
