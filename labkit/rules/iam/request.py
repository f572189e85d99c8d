"""What a decision is made from: who asks for what, and the policies that are looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labkit.rules.iam.policy import Policy


@dataclass(frozen=True, slots=True)
class Request:
    """One question to IAM.

    ``principal``: ARN of a user or of a role session, or a service's name (``codedeploy.amazonaws.com``).
    ``action``: ``s3:GetObject``, in any letter case. ``resource``: an ARN, ``*`` for actions that take none.
    ``resource_account``: the account that owns it. ``context``: all condition keys there are, without regard to
    letter case; nothing is inferred from the principal.
    """

    principal: str
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy and where it comes from.

    ``name``: its ARN if it is managed, else its own name. ``attached_to``: ARN of the user, group or role that holds
    it (identity policies), or of the resource. ``inline``: embedded in that holder, not managed.
    """

    name: str
    policy: Policy
    attached_to: str | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class ControlLevel:
    """The service control policies at one level of an organization: ``target`` is its root, a unit or the account."""

    target: str
    policies: tuple[NamedPolicy, ...]


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that bear on a request.

    ``resource``: the resource's own (for ``sts:AssumeRole`` the role's trust policy). ``boundaries`` and ``sessions``:
    none or one. ``service_control``: root first, account last, each level must allow; empty without an organization.
    """

    identity: tuple[NamedPolicy, ...] = ()
    resource: NamedPolicy | None = None
    boundaries: tuple[NamedPolicy, ...] = ()
    sessions: tuple[NamedPolicy, ...] = ()
    service_control: tuple[ControlLevel, ...] = ()
