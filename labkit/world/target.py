"""One target of a target group: a machine, a port, and how the load balancer sees it.

Elastic Load Balancing, "Health checks for Application Load Balancer target groups". No check is made while its
result cannot change anything. An event waits only for a check that will change the target's health, or for the
first check after the machine or the settings changed; all the others are counted by arithmetic when needed. Only a
machine that answers now so, now otherwise is asked at every check.
"""

from collections.abc import Callable

from labkit.rules.target_health import (
    DEREGISTRATION_IN_PROGRESS,
    NOT_REGISTERED,
    REGISTRATION_IN_PROGRESS,
    CheckGrid,
    Health,
    HealthCheck,
    Standing,
    after_checks,
    check_result,
    first_check_delay_s,
    next_change_s,
)
from labkit.simulation.clock import Appointment, Clock
from labkit.world.http import UNREACHABLE, Answer, WebHost

REGISTRATION_S = 2.0
"""How long ``Elb.RegistrationInProgress`` lasts. AWS gives no figure; it is seen for a few seconds."""


class Target:
    """A registered target. ``changed`` is called with it whenever ``health`` has changed.

    ``number``: which registration of its group this was, from 0. ``admitted``: whether the load balancer's connections
    to a port of the machine get through its security groups.
    """

    def __init__(  # noqa: PLR0913 - all but what is registered by name
        self,
        machine: WebHost,
        port: int,
        *,
        number: int,
        clock: Clock,
        health_check: HealthCheck,
        changed: Callable[["Target"], None],
        admitted: Callable[[int], bool] = lambda _port: True,
    ) -> None:
        self.machine = machine
        self.port = port
        self.number = number
        self.health: Health = NOT_REGISTERED
        self._clock = clock
        self._check = health_check
        self._changed = changed
        self._admitted = admitted
        self._checks: _Checks | None = None
        self._appointment: Appointment | None = None

    @property
    def is_checked(self) -> bool:
        """Whether its health is checked: it is registered, in use and running."""
        return self._checks is not None

    def answer(self, port: int, path: str) -> Answer | None:
        """What the load balancer gets for ``GET path`` on ``port`` of the machine; see ``WebHost.answer``."""
        return self.machine.answer(port, path) if self._admitted(port) else UNREACHABLE

    def reconsider(self, obstacle: Health | None) -> None:
        """Takes note that the machine, or the group's use, may have changed.

        ``obstacle``: the health that keeps the target from being checked at all, None if it is to be checked.
        """
        if self.health.state == "draining":
            return
        if obstacle is not None:
            self.stop()
            self._show(obstacle)
        elif self.health.state == "unused":
            self._meet(self._clock.now_s + REGISTRATION_S, self._start_checks)
            self._show(REGISTRATION_IN_PROGRESS)
        else:
            self._look_at_next_check()

    def change_health_check(self, health_check: HealthCheck) -> None:
        """Goes on with other settings; checks passed and failed so far keep counting."""
        self._count_silent_checks()
        respaced = health_check.interval_s != self._check.interval_s
        self._check = health_check
        if self._checks is not None and respaced:
            self._checks = _Checks(self._grid(), self._checks.standing)
        self._look_at_next_check()

    def drain(self, delay_s: float) -> None:
        """Stops new requests; ``delay_s`` seconds later the target is gone."""
        self.stop()
        self._meet(self._clock.now_s + delay_s, self.leave)
        self._show(DEREGISTRATION_IN_PROGRESS)

    def leave(self) -> None:
        """Is not registered any more."""
        self.stop()
        self._show(NOT_REGISTERED)

    def stop(self) -> None:
        """Makes no more checks and calls off what was to come."""
        self._checks = None
        if self._appointment is not None:
            self._appointment.cancel()
            self._appointment = None

    def _start_checks(self) -> None:
        self._checks = _Checks(self._grid(), Standing())
        self._show(self._checks.standing.health)
        self._look_at_next_check()

    def _grid(self) -> CheckGrid:
        first_s = self._clock.now_s + first_check_delay_s(self.number, self._check.interval_s)
        return CheckGrid(first_s, self._check.interval_s)

    def _look_at_next_check(self) -> None:
        # Nobody knows what the next check will find until it is made, so it is really made.
        if self._checks is not None:
            self._count_silent_checks()
            self._meet(self._checks.grid.moment_s(self._checks.made + 1), self._make_check)

    def _make_check(self) -> None:
        checks = self._checks
        if checks is None:
            return
        self._count_silent_checks()
        answer = self.answer(self._check.port_for(self.port), self._check.path)
        checks.result = _result(self._check, answer)
        checks.standing = after_checks(checks.standing, checks.result, 1, self._check)
        checks.made += 1
        change_s = next_change_s(checks.standing, checks.result, self._check, checks.grid, checks.made)
        if answer is not None and answer.varies:
            # The next check may find something else, so it has to be made.
            change_s = checks.grid.moment_s(checks.made + 1)
        if change_s is not None:
            self._meet(change_s, self._make_check)
        self._show(checks.standing.health)

    def _count_silent_checks(self) -> None:
        checks = self._checks
        if checks is None or checks.result is None:
            return
        missed = max(0, checks.grid.count_before(self._clock.now_s) - checks.made)
        checks.standing = after_checks(checks.standing, checks.result, missed, self._check)
        checks.made += missed

    def _meet(self, at_s: float, action: Callable[[], None]) -> None:
        if self._appointment is not None:
            if self._appointment.at_s == at_s:
                return
            self._appointment.cancel()

        def keep() -> None:
            self._appointment = None
            action()

        self._appointment = self._clock.call_at(at_s, keep)

    def _show(self, health: Health) -> None:
        if health != self.health:
            self.health = health
            self._changed(self)


def _result(check: HealthCheck, answer: Answer | None) -> Health:
    return check_result(check, None) if answer is None else check_result(check, answer.status, answer.delay_s)


class _Checks:
    """The checks of one target: when they fall, how many were ``made``, what the latest said."""

    def __init__(self, grid: CheckGrid, standing: Standing) -> None:
        self.grid = grid
        self.standing = standing
        self.made = 0
        self.result: Health | None = None
