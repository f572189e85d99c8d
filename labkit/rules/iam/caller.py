"""Who makes a request, and whether a policy's ``Principal`` element means them.

IAM User Guide, "AWS JSON policy elements: Principal" and "…: NotPrincipal".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Grant = Literal["principal", "role", "account"]
"""How a ``Principal`` element means a caller.

``principal``: by name, or as everybody (``*``). ``role``: through the role behind the session (or the user behind a
federated session). ``account``: through its account, which leaves the decision to that account's own policies.
"""

ACCOUNT_ID_DIGITS = 12
RESOURCE_FIELD = 5


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal taken apart.

    ``kind``: ``user``, ``session`` (of a role), ``federated-user``, ``role``, ``root`` or ``service``. ``account`` is
    None for a service. ``name``: of the user or the role, without a path.
    """

    text: str
    kind: str
    account: str | None
    name: str


@lru_cache(maxsize=1024)
def caller_of(principal: str) -> Caller:
    """The caller behind a ``Request.principal``.

    >>> caller_of("arn:aws:sts::111122223333:assumed-role/Deploy/alice").name
    'Deploy'
    """
    fields = principal.split(":", RESOURCE_FIELD)
    if len(fields) <= RESOURCE_FIELD or fields[0] != "arn":
        return Caller(principal, "service", None, principal)
    account, resource = fields[4], fields[RESOURCE_FIELD]
    kind, _, path = resource.partition("/")
    if kind == "assumed-role":
        return Caller(principal, "session", account, path.partition("/")[0])
    return Caller(principal, kind, account, path.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Principals:
    """A ``Principal`` or ``NotPrincipal`` element, compiled. ``element`` is its name, ``texts`` what it lists."""

    element: str
    texts: tuple[str, ...]
    everybody: bool
    aws: frozenset[str]
    accounts: frozenset[str]
    services: frozenset[str]

    def grant(self, caller: Caller) -> Grant | None:
        """How the element means ``caller``; None if it does not.

        ``NotPrincipal`` means everybody it doesn't list: neither by name, nor by role, nor by account.
        """
        listed = self._listed(caller)
        if self.element == "Principal":
            return listed
        return "principal" if listed is None else None

    def _listed(self, caller: Caller) -> Grant | None:
        if self.everybody:
            return "principal"
        if caller.account is None:
            return "principal" if caller.text in self.services else None
        if caller.text in self.aws:
            return "role" if caller.kind == "role" else "principal"
        if self._holder_listed(caller):
            return "role"
        return "account" if caller.account in self.accounts else None

    def _holder_listed(self, caller: Caller) -> bool:
        """Whether the role or user behind a session is listed; a session's ARN doesn't hold the role's path."""
        behind = {"session": "role", "federated-user": "user"}.get(caller.kind)
        if behind is None:
            return False
        others = (caller_of(text) for text in self.aws)
        return any((o.kind, o.account, o.name) == (behind, caller.account, caller.name) for o in others)


def compile_principals(element: str, value: str | Mapping[str, str | list[str]]) -> Principals:
    """The compiled form of a valid ``Principal`` or ``NotPrincipal`` element."""
    if isinstance(value, str):
        return Principals(element, (value,), value == "*", *[frozenset[str]()] * 3)
    lists = {kind: [names] if isinstance(names, str) else list(names) for kind, names in value.items()}
    aws = lists.get("AWS", [])
    accounts = {account for account in map(_account_of, aws) if account}
    return Principals(
        element,
        tuple(name for names in lists.values() for name in names),
        "*" in aws,
        frozenset(aws) | frozenset(lists.get("Federated", [])),
        frozenset(accounts),
        frozenset(lists.get("Service", [])),
    )


def _account_of(name: str) -> str | None:
    if len(name) == ACCOUNT_ID_DIGITS and name.isdigit():
        return name
    caller = caller_of(name)
    return caller.account if caller.kind == "root" else None
