"""A target group: which machines a load balancer may send requests to, and how each of them is.

Elastic Load Balancing, "Target groups for your Application Load Balancers" (registered targets, deregistration
delay) and "Target group health" (fail open). Registering, deregistering or a change of one target costs the
same whatever the size of the group; only calls that list or reconfigure look at all targets. Every change of a
target's health becomes a ``TargetHealthChanged`` in the history.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

import simpy

from labkit.rules.target_health import (
    NOT_IN_USE,
    NOT_REGISTERED,
    STOPPED,
    ZONE_NOT_ENABLED,
    Health,
    HealthCheck,
    HealthState,
)
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import TargetHealthChanged
from labkit.world.http import WebHost
from labkit.world.rotation import Rotation
from labkit.world.security_groups import SecurityGroups
from labkit.world.target import Target

_Key = tuple[str, int]
"""Instance id and port: what makes a target one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroupSettings:
    """What CreateTargetGroup and ModifyTargetGroupAttributes say.

    ``port``: where targets get requests unless they were registered with another. ``deregistration_delay_s``:
    ``deregistration_delay.timeout_seconds``.
    """

    arn: str
    name: str
    protocol: str = "HTTP"
    port: int = 80
    health_check: HealthCheck = field(default_factory=HealthCheck)
    deregistration_delay_s: int = 300


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """One target's line of DescribeTargetHealth; ``reason`` and ``description`` are None when it is healthy."""

    instance_id: str
    port: int
    state: HealthState
    reason: str | None = None
    description: str | None = None


class TargetGroup:
    """The targets of one group in lab time. It is not in use until a load balancer's listener forwards to it."""

    def __init__(
        self,
        settings: TargetGroupSettings,
        clock: Clock,
        history: History,
        security_groups: SecurityGroups | None = None,
    ) -> None:
        """``security_groups``: what connections of the load balancers have to get through; None for nothing."""
        self._security_groups = security_groups
        if security_groups is not None:
            security_groups.on_change(self._admission_changed)
        self._settings = settings
        self._clock = clock
        self._history = history
        self._targets: dict[_Key, Target] = {}
        self._ends_of_watch: dict[_Key, Callable[[], None]] = {}
        self._registrations = 0
        self._healthy = Rotation()
        self._checked = Rotation()
        self._zones: dict[str, Collection[str] | None] = {}
        self._waiting: dict[_Key, list[tuple[HealthState, simpy.Event]]] = {}

    @property
    def arn(self) -> str:
        """The group's ARN."""
        return self._settings.arn

    @property
    def settings(self) -> TargetGroupSettings:
        """The present settings; ``modify`` changes them."""
        return self._settings

    @property
    def load_balancer_arns(self) -> tuple[str, ...]:
        """The load balancers that forward to the group."""
        return tuple(self._zones)

    def register(self, machine: WebHost, port: int | None = None) -> None:
        """Registers ``machine``, on ``port`` or else the group's own; a draining target begins anew.

        Registering a target that is registered already changes nothing.
        """
        key = (machine.instance_id, port or self._settings.port)
        former = self._targets.get(key)
        if former is not None and former.health.state != "draining":
            return
        if former is not None:
            former.stop()
            self._forget(key)
        target = Target(
            machine,
            key[1],
            number=self._registrations,
            clock=self._clock,
            health_check=self._settings.health_check,
            changed=self._record_change,
            admitted=lambda port: self._admits(machine.instance_id, port),
        )
        self._registrations += 1
        self._targets[key] = target
        self._ends_of_watch[key] = machine.on_change(lambda: self._reconsider(target))
        self._reconsider(target)

    def deregister(self, instance_id: str, port: int | None = None) -> None:
        """Stops requests to the target and lets it drain for the deregistration delay, then drops it.

        A target that is unused (no listener, stopped machine) has nothing to drain and is dropped at once. One
        that is not registered, or draining already, is left alone, as AWS does.
        """
        target = self._targets.get((instance_id, port or self._settings.port))
        if target is None or target.health.state == "draining":
            return
        self._end_watch(_key(target))
        if target.health.state == "unused":
            target.leave()
        else:
            target.drain(self._settings.deregistration_delay_s)

    def modify(self, *, health_check: HealthCheck | None = None, deregistration_delay_s: int | None = None) -> None:
        """Changes the settings named, from now on; targets that are draining keep the delay they began with."""
        if deregistration_delay_s is not None:
            self._settings = replace(self._settings, deregistration_delay_s=deregistration_delay_s)
        if health_check is not None:
            self._settings = replace(self._settings, health_check=health_check)
            for target in tuple(self._targets.values()):
                target.change_health_check(health_check)

    def put_in_use(self, load_balancer_arn: str, availability_zones: Collection[str] | None = None) -> None:
        """A listener of this load balancer forwards to the group: its targets are checked from now on.

        ``availability_zones``: the zones enabled for the load balancer, None for all.
        """
        self._zones[load_balancer_arn] = availability_zones
        self._reconsider_all()

    def take_out_of_use(self, load_balancer_arn: str) -> None:
        """No listener of this load balancer forwards to the group any more."""
        self._zones.pop(load_balancer_arn, None)
        self._reconsider_all()

    def health(self) -> list[TargetHealth]:
        """The health of every target, also of those that are draining, in the order of their registration."""
        return [_describe(_key(target), target.health) for target in self._targets.values()]

    def health_of(self, instance_id: str, port: int | None = None) -> TargetHealth:
        """The health of one target: ``unused``, ``Target.NotRegistered`` if the group does not know it."""
        key = (instance_id, port or self._settings.port)
        target = self._targets.get(key)
        return _describe(key, NOT_REGISTERED if target is None else target.health)

    def when_health(self, instance_id: str, state: HealthState, port: int | None = None) -> simpy.Event:
        """An event that comes with the target's ``TargetHealth`` as soon as its state is ``state``: now if it is.

        ``unused`` is what a deregistered target ends as, once it is drained.
        """
        event = self._clock.event()
        present = self.health_of(instance_id, port)
        if present.state == state:
            return event.succeed(present)
        self._waiting.setdefault((instance_id, present.port), []).append((state, event))
        return event

    def in_service(self) -> tuple[Target, ...]:
        """The targets that get requests, in the order of their registration.

        They are the healthy ones. "If the load balancer doesn't have enough healthy targets, it automatically
        sends traffic to all registered targets (fail open)": without a healthy one they are all that are being
        checked, unhealthy or still initial. A target whose registration is in progress is not yet one of them.
        """
        return (self._healthy or self._checked).targets

    def next_in_service(self, after: int) -> Target | None:
        """The target in service that follows registration number ``after``, round and round; None if there is none."""
        return (self._healthy or self._checked).after(after)

    def _admits(self, instance_id: str, port: int) -> bool:
        """Whether the instance's security groups let one of the load balancers connect to ``port``."""
        groups = self._security_groups
        return groups is None or any(groups.admits(instance_id, port, groups.source(arn)) for arn in self._zones)

    def _admission_changed(self, owner: str | None) -> None:
        if owner is None or owner in self._zones:
            self._reconsider_all()
        for target in [self._targets[key] for key in self._targets if key[0] == owner]:
            self._reconsider(target)

    def _obstacle(self, machine: WebHost) -> Health | None:
        if not self._zones:
            return NOT_IN_USE
        if not any(zones is None or machine.availability_zone in zones for zones in self._zones.values()):
            return ZONE_NOT_ENABLED
        return None if machine.running else STOPPED

    def _reconsider(self, target: Target) -> None:
        target.reconsider(self._obstacle(target.machine))

    def _reconsider_all(self) -> None:
        for target in tuple(self._targets.values()):
            self._reconsider(target)

    def _record_change(self, target: Target) -> None:
        key, health = _key(target), target.health
        (self._healthy.add if health.state == "healthy" else self._healthy.drop)(target)
        (self._checked.add if target.is_checked else self._checked.drop)(target)
        if health == NOT_REGISTERED:
            self._forget(key)
        self._history.record(
            TargetHealthChanged(
                target_group=self.arn,
                instance_id=key[0],
                port=key[1],
                state=health.state,
                reason=health.reason,
                description=health.description,
            )
        )
        self._wake(key, health)

    def _wake(self, key: _Key, health: Health) -> None:
        waiting = self._waiting.pop(key, [])
        still = [(state, event) for state, event in waiting if state != health.state]
        if still:
            self._waiting[key] = still
        for state, event in waiting:
            if state == health.state:
                event.succeed(_describe(key, health))

    def _forget(self, key: _Key) -> None:
        self._end_watch(key)
        del self._targets[key]

    def _end_watch(self, key: _Key) -> None:
        end = self._ends_of_watch.pop(key, None)
        if end is not None:
            end()


def _key(target: Target) -> _Key:
    return target.machine.instance_id, target.port


def _describe(key: _Key, health: Health) -> TargetHealth:
    return TargetHealth(key[0], key[1], health.state, health.reason, health.description)
