"""An Application Load Balancer: it takes a request on a listener's port and has one of its targets answer.

Elastic Load Balancing, "Listeners for your Application Load Balancers" (forward to one or several weighted target
groups, fixed response), "Routing algorithms" (round robin) and "Troubleshoot your Application Load Balancers"
(which HTTP error the load balancer gives by itself, and when). Zones share their targets, as with cross-zone load
balancing, which an Application Load Balancer always has on.
"""

from collections.abc import Collection
from dataclasses import dataclass

from labkit.simulation.history import History
from labkit.world.events import RequestAnswered, TargetGroupForwarded
from labkit.world.http import UNREACHABLE, Answer
from labkit.world.security_groups import VISITOR, SecurityGroups
from labkit.world.target import Target
from labkit.world.target_group import TargetGroup

IDLE_TIMEOUT_S = 60.0
"""``idle_timeout.timeout_seconds``, its default: how long a target may take over its answer."""

CONNECT_TIMEOUT_S = 10.0
"""How long it tries to connect to a target: "before the connection timeout expired (10 seconds)"."""

_BAD_GATEWAY = "502 Bad Gateway"
_SERVICE_UNAVAILABLE = "503 Service Temporarily Unavailable"
_GATEWAY_TIMEOUT = "504 Gateway Time-out"


class NoListenerError(ConnectionRefusedError):
    """A request came to a port on which the load balancer does not listen."""


class ClosedToVisitorsError(TimeoutError):
    """No security group of the load balancer lets visitors connect to a port: nothing ever comes back."""


@dataclass(frozen=True, slots=True)
class WeightedTargetGroup:
    """A ``TargetGroupTuple``; ``weight`` is its share of the requests (0 to 999)."""

    target_group: TargetGroup
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Forward:
    """A ``forward`` action: to one target group, or to several by weight."""

    target_groups: tuple[WeightedTargetGroup, ...]


@dataclass(frozen=True, slots=True)
class FixedResponse:
    """A ``fixed-response`` action."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


Action = Forward | FixedResponse


@dataclass(frozen=True, slots=True)
class Listener:
    """What happens to requests on ``port``: the default action, as there are no rules before it yet."""

    arn: str
    port: int
    default_action: Action
    protocol: str = "HTTP"


class LoadBalancer:
    """A load balancer with its listeners; ``availability_zones``: the zones enabled for it, None for all.

    ``security_groups``: what visitors have to get through; None for nothing.
    """

    def __init__(
        self,
        history: History,
        *,
        arn: str,
        name: str,
        dns_name: str,
        availability_zones: Collection[str] | None = None,
        security_groups: SecurityGroups | None = None,
    ) -> None:
        self._security_groups = security_groups
        self.arn = arn
        self.name = name
        self.dns_name = dns_name
        self._history = history
        self._zones = availability_zones
        self._listeners: dict[int, Listener] = {}
        self._turns: dict[int, _WeightedTurns] = {}
        self._last_served: dict[str, int] = {}

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The listeners, in the order in which their ports were first used."""
        return tuple(self._listeners.values())

    def put_listener(self, listener: Listener) -> None:
        """Adds ``listener``, in place of the one on the same port if there is one."""
        before = self._target_groups()
        self._listeners[listener.port] = listener
        self._turns[listener.port] = _WeightedTurns(listener.default_action)
        self._tell(before)

    def remove_listener(self, port: int) -> None:
        """Stops listening on ``port``; harmless if nothing listens there."""
        before = self._target_groups()
        self._listeners.pop(port, None)
        self._turns.pop(port, None)
        self._tell(before)

    def request(self, port: int, path: str) -> Answer:
        """Answers ``GET path`` on ``port`` and writes it down.

        Raises ``ClosedToVisitorsError`` if its security groups drop the connection, ``NoListenerError`` if nothing
        listens there.
        """
        groups = self._security_groups
        if groups is not None and not groups.admits(self.arn, port, VISITOR):
            raise ClosedToVisitorsError(port)
        listener = self._listeners.get(port)
        if listener is None:
            raise NoListenerError(self._nothing_listens(port))
        if isinstance(listener.default_action, FixedResponse):
            answer = _fixed(listener.default_action)
            self._record(path, answer)
            return answer
        return self._forward(self._turns[port].take(), path)

    def _forward(self, group: TargetGroup | None, path: str) -> Answer:
        target = None if group is None else self._next_target(group)
        if group is None or target is None:
            answer = _error(503, _SERVICE_UNAVAILABLE)
            self._record(path, answer)
            return answer
        machine = target.machine
        served = target.answer(target.port, path)
        if served is not None and served.delay_s <= IDLE_TIMEOUT_S:
            self._record(path, served, _Forwarded(group, machine.instance_id, machine.revision, served.status))
            return served
        failed = _error(502, _BAD_GATEWAY) if served is None else _error(504, _GATEWAY_TIMEOUT, _patience_s(served))
        self._record(path, failed, _Forwarded(group, machine.instance_id))
        return failed

    def _next_target(self, group: TargetGroup) -> Target | None:
        # The position is the last target served, not a place in a list: whoever joins or leaves
        # meanwhile, the next in line is still the one after it.
        target = group.next_in_service(self._last_served.get(group.arn, -1))
        if target is not None:
            self._last_served[group.arn] = target.number
        return target

    def _record(self, path: str, answer: Answer, forwarded: "_Forwarded | None" = None) -> None:
        self._history.record(
            RequestAnswered(
                load_balancer=self.arn,
                path=path,
                status=answer.status,
                instance_id=forwarded.instance_id if forwarded else None,
                revision=forwarded.revision if forwarded else None,
                target_group=forwarded.group.arn if forwarded else None,
                target_status=forwarded.target_status if forwarded else None,
            )
        )

    def _target_groups(self) -> dict[str, TargetGroup]:
        actions = [listener.default_action for listener in self._listeners.values()]
        return {
            weighted.target_group.arn: weighted.target_group
            for action in actions
            if isinstance(action, Forward)
            for weighted in action.target_groups
        }

    def _tell(self, before: dict[str, TargetGroup]) -> None:
        after = self._target_groups()
        for arn, group in before.items():
            if arn not in after:
                group.take_out_of_use(self.arn)
        for arn, group in after.items():
            if arn not in before:
                self._history.record(
                    TargetGroupForwarded(target_group=arn, load_balancer=self.arn, dns_name=self.dns_name)
                )
                group.put_in_use(self.arn, self._zones)

    def _nothing_listens(self, port: int) -> str:
        found = ", ".join(str(known) for known in self._listeners) or "none"
        return (
            f"Expected a listener on port {port} of {self.name}, found listeners on these ports: {found}; "
            "create one with elbv2 create_listener."
        )


@dataclass(frozen=True, slots=True)
class _Forwarded:
    """Where a request went; ``target_status``: what the target answered, None if it gave no answer in time."""

    group: TargetGroup
    instance_id: str
    revision: str | None = None
    target_status: int | None = None


class _WeightedTurns:
    """Takes target groups in turn by weight, evenly mixed and without chance (smooth weighted round robin)."""

    def __init__(self, action: Action) -> None:
        self._shares = action.target_groups if isinstance(action, Forward) else ()
        self._credits = [0] * len(self._shares)

    def take(self) -> TargetGroup | None:
        """The group whose turn it is; None when no group has a weight above 0."""
        weights = [share.weight for share in self._shares]
        if not any(weights):
            return None
        self._credits = [credit + weight for credit, weight in zip(self._credits, weights, strict=True)]
        turn = self._credits.index(max(self._credits))
        self._credits[turn] -= sum(weights)
        return self._shares[turn].target_group


def _patience_s(served: Answer) -> float:
    """How long the load balancer waited for an answer that came too late, or not at all."""
    return CONNECT_TIMEOUT_S if served is UNREACHABLE else IDLE_TIMEOUT_S


def _fixed(action: FixedResponse) -> Answer:
    return _answer(action.status, action.body.encode(), action.content_type)


def _error(status: int, title: str, delay_s: float = 0.0) -> Answer:
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return _answer(status, page.encode(), "text/html", delay_s)


def _answer(status: int, body: bytes, content_type: str, delay_s: float = 0.0) -> Answer:
    headers = {"Server": "awselb/2.0", "Content-Type": content_type, "Content-Length": str(len(body))}
    return Answer(status, body, headers, delay_s)
