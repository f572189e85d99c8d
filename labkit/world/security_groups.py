"""Security groups: which inbound connections reach an instance or a load balancer, and which are dropped unanswered.

EC2 user guide, "Security group rules" and "Security group connection tracking": rules only allow, they are added up
over all groups, and what no rule allows is dropped. Outbound rules are not followed: everything may go out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

TCP = "tcp"
ALL_PROTOCOLS = "-1"
CLOSED = "closed"
"""The group that ``close`` puts something into; it has no rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressRule:
    """One ``IpPermissions`` entry. Ports are None for all; ``cidrs``: IPv4 ranges; ``groups``: ids of source groups."""

    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidrs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def covers(self, port: int) -> bool:
        """Whether it is about TCP connections to ``port``."""
        if self.protocol not in (TCP, ALL_PROTOCOLS):
            return False
        every = self.protocol == ALL_PROTOCOLS or self.from_port is None or self.to_port is None
        return every or self.from_port <= port <= self.to_port  # type: ignore[operator] # both are numbers here


@dataclass(frozen=True, slots=True)
class Source:
    """Where a connection comes from: its possible addresses, and the groups whose member it is."""

    addresses: tuple[str, ...]
    groups: tuple[str, ...] = ()


VISITOR = Source(("203.0.113.25",))
"""Somebody on the internet (an address that RFC 5737 keeps for examples)."""


class SecurityGroups:
    """The rules of all groups, and who is in which. Who is in none of them is open to everybody: nobody told us."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[IngressRule, ...]] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._listeners: list[Callable[[str | None], None]] = []

    def put_rules(self, group_id: str, rules: Sequence[IngressRule]) -> None:
        """Gives a group its inbound rules."""
        if self._rules.get(group_id) != tuple(rules):
            self._rules[group_id] = tuple(rules)
            self._tell(None)

    def assign(self, owner: str, group_ids: Sequence[str], addresses: Sequence[str] = ()) -> None:
        """Puts ``owner`` (an instance id or a load balancer's ARN) into these groups and no others.

        ``addresses``: the private ones it sends from, kept as they were if none is given.
        """
        if addresses:
            self._addresses[owner] = tuple(addresses)
        if self._members.get(owner) != tuple(group_ids):
            self._members[owner] = tuple(group_ids)
            self._tell(owner)

    def close(self, owner: str) -> Callable[[], None]:
        """Puts ``owner`` into a group without rules; the result puts it back."""
        before = self._members.get(owner)
        self.assign(owner, [CLOSED])
        return lambda: self._reassign(owner, before)

    def of(self, owner: str) -> tuple[str, ...]:
        """The ids of the groups that ``owner`` is in, none if nobody said."""
        return self._members.get(owner, ())

    def source(self, owner: str) -> Source:
        """``owner`` as the one who connects."""
        return Source(self._addresses.get(owner, ()), self.of(owner))

    def admits(self, owner: str, port: int, source: Source) -> bool:
        """Whether a connection from ``source`` to ``port`` of ``owner`` gets through."""
        if owner not in self._members:
            return True
        rules = (rule for group in self._members[owner] for rule in self._rules.get(group, ()) if rule.covers(port))
        return any(_allows(rule, source) for rule in rules)

    def on_change(self, listener: Callable[[str | None], None]) -> None:
        """Calls ``listener`` whenever the answer of ``admits`` may have changed: for one owner, or for all (None)."""
        self._listeners.append(listener)

    def _reassign(self, owner: str, before: tuple[str, ...] | None) -> None:
        if before is not None:
            self.assign(owner, before)
        elif self._members.pop(owner, None) is not None:
            self._tell(owner)

    def _tell(self, owner: str | None) -> None:
        for listener in tuple(self._listeners):
            listener(owner)


def _allows(rule: IngressRule, source: Source) -> bool:
    if set(rule.groups) & set(source.groups):
        return True
    if not source.addresses:
        return "0.0.0.0/0" in rule.cidrs
    return all(_within(address, rule.cidrs) for address in source.addresses)


def _within(address: str, cidrs: Sequence[str]) -> bool:
    return any(ip_address(address) in ip_network(cidr, strict=False) for cidr in cidrs)
