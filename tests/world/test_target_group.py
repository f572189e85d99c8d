from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.rules.target_health import HealthCheck, first_check_delay_s
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import TargetHealthChanged
from labkit.world.target import REGISTRATION_S
from labkit.world.target_group import TargetGroup, TargetGroupSettings, TargetHealth
from tests.world.fake_web_host import FakeWebHost

ALB = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/hello-web-alb/1"
ARN = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/hello-web-targets/1"
CHECK = HealthCheck(interval_s=10, healthy_threshold=5, unhealthy_threshold=2)
FIRST_CHECK_S = REGISTRATION_S + first_check_delay_s(0, CHECK.interval_s)


class Lab:
    """A target group that a load balancer uses, with its clock and history."""

    def __init__(self, *, in_use: bool = True, health_check: HealthCheck = CHECK, delay_s: int = 300) -> None:
        self.clock = Clock()
        self.history = History(self.clock)
        group_settings = TargetGroupSettings(
            arn=ARN, name="hello-web-targets", health_check=health_check, deregistration_delay_s=delay_s
        )
        self.group = TargetGroup(group_settings, self.clock, self.history)
        if in_use:
            self.group.put_in_use(ALB)

    def register(self, *, count=1, settle_s=60.0, **host) -> list[FakeWebHost]:
        machines = [FakeWebHost(f"i-{number}", **host) for number in range(count)]
        for machine in machines:
            self.group.register(machine)
        self.clock.advance(settle_s)
        return machines

    def story(self, instance_id: str = "i-0") -> list[tuple[float, str, str | None]]:
        changes = [event for event in self.history.of(TargetHealthChanged) if event.instance_id == instance_id]
        return [(event.at_s, event.state, event.reason) for event in changes]

    def state(self, instance_id: str = "i-0") -> str:
        return self.group.health_of(instance_id).state

    def steps_of(self, action) -> int:
        """How many SimPy events happen while ``action()`` runs."""
        steps = 0
        step = self.clock.environment.step

        def counted_step() -> None:
            nonlocal steps
            steps += 1
            step()

        self.clock.environment.step = counted_step
        action()
        self.clock.environment.step = step
        return steps


def test_a_registered_target_is_initial_until_it_passes_one_check():
    lab = Lab()
    lab.register()

    assert lab.story() == [
        (0.0, "initial", "Elb.RegistrationInProgress"),
        (REGISTRATION_S, "initial", "Elb.InitialHealthChecking"),
        (FIRST_CHECK_S, "healthy", None),
    ]


def test_a_new_target_that_keeps_failing_becomes_unhealthy_after_the_unhealthy_threshold():
    lab = Lab()
    lab.register(status=404)

    assert lab.story()[-1] == (FIRST_CHECK_S + 10, "unhealthy", "Target.ResponseCodeMismatch")
    assert lab.group.health() == [
        TargetHealth(
            "i-0", 80, "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"
        )
    ]


def test_an_unhealthy_target_comes_back_after_the_healthy_threshold():
    lab = Lab()
    (machine,) = lab.register(status=404, settle_s=20)
    machine.change(status=200)
    lab.clock.advance(100)

    # Checks two and three are the failing one and the first that passes; the fifth in a row is check seven.
    assert lab.story()[-1] == (round(FIRST_CHECK_S + 6 * 10, 3), "healthy", None)


def test_an_unhealthy_target_shows_why_its_latest_check_failed():
    lab = Lab()
    (machine,) = lab.register(status=404)
    machine.change(status=None)
    lab.clock.advance(10)
    machine.change(status=200, delay_s=CHECK.timeout_s + 1)
    lab.clock.advance(10)

    assert [reason for _at_s, state, reason in lab.story() if state == "unhealthy"] == [
        "Target.ResponseCodeMismatch",
        "Target.FailedHealthChecks",
        "Target.Timeout",
    ]


def test_one_failed_check_between_two_passed_ones_changes_nothing():
    lab = Lab()
    (machine,) = lab.register()
    for _ in range(4):
        machine.change(status=500)
        lab.clock.advance(10)
        machine.change(status=200)
        lab.clock.advance(10)

    assert lab.state() == "healthy"
    assert len(lab.story()) == 3


def test_a_group_that_no_listener_uses_makes_no_checks():
    lab = Lab(in_use=False)
    (machine,) = lab.register()

    assert lab.story() == [(0.0, "unused", "Target.NotInUse")]
    assert machine.asked == []

    lab.group.put_in_use(ALB)
    lab.clock.advance(20)
    assert lab.state() == "healthy"

    lab.group.take_out_of_use(ALB)
    assert lab.group.health_of("i-0").description == (
        "Target group is not configured to receive traffic from the load balancer"
    )


def test_a_target_in_a_zone_that_is_not_enabled_is_unused():
    lab = Lab(in_use=False)
    lab.group.put_in_use(ALB, {"ap-northeast-2a"})
    lab.register(zone="ap-northeast-2c")

    assert lab.group.health_of("i-0").description == (
        "Target is in an Availability Zone that is not enabled for the load balancer"
    )


def test_a_stopped_machine_is_unused_until_it_runs_and_passes_a_check_again():
    lab = Lab()
    (machine,) = lab.register()
    machine.change(running=False)
    assert lab.group.health_of("i-0").reason == "Target.InvalidState"
    assert lab.group.in_service() == ()

    machine.change(running=True)
    assert lab.group.health_of("i-0").reason == "Elb.RegistrationInProgress"
    lab.clock.advance(20)
    assert lab.state() == "healthy"


def test_a_deregistering_target_is_draining_for_the_deregistration_delay_then_unused():
    lab = Lab(delay_s=30)
    lab.register(settle_s=60)
    lab.group.deregister("i-0")
    lab.clock.advance(29.9)
    assert lab.state() == "draining"
    assert lab.group.in_service() == ()

    lab.clock.advance(0.1)
    assert lab.group.health_of("i-0").reason == "Target.NotRegistered"
    assert lab.group.health() == []
    assert lab.story()[-2:] == [
        (60.0, "draining", "Target.DeregistrationInProgress"),
        (90.0, "unused", "Target.NotRegistered"),
    ]


def test_a_draining_target_that_is_registered_again_is_initial_again():
    lab = Lab(delay_s=30)
    (machine,) = lab.register()
    lab.group.deregister("i-0")
    lab.clock.advance(10)
    lab.group.register(machine)
    assert lab.group.health_of("i-0").reason == "Elb.RegistrationInProgress"

    lab.clock.advance(60)
    assert lab.state() == "healthy"
    assert [state for _at_s, state, _reason in lab.story()][-4:] == ["draining", "initial", "initial", "healthy"]
    assert len(machine.listeners) == 1


def test_a_target_without_traffic_has_nothing_to_drain():
    lab = Lab(in_use=False)
    (machine,) = lab.register()
    lab.group.deregister("i-0")

    assert lab.group.health_of("i-0").reason == "Target.NotRegistered"
    assert machine.listeners == []


def test_deregistering_a_target_that_does_not_exist_is_harmless():
    lab = Lab()
    lab.group.deregister("i-0")
    assert len(lab.history) == 0


def test_a_machine_may_be_registered_on_several_ports():
    lab = Lab()
    machine = FakeWebHost("i-0")
    lab.group.register(machine)
    lab.group.register(machine, 8080)
    lab.clock.advance(60)
    lab.group.deregister("i-0", 8080)

    assert [(health.port, health.state) for health in lab.group.health()] == [(80, "healthy"), (8080, "draining")]


def test_the_health_check_asks_for_its_path_on_its_port():
    lab = Lab(health_check=HealthCheck(path="/health", port="9000"))
    (machine,) = lab.register()
    assert set(machine.asked) == {(9000, "/health")}


def test_registering_twice_changes_nothing():
    lab = Lab()
    (machine,) = lab.register()
    lab.group.register(machine)
    assert len(lab.story()) == 3
    assert len(machine.listeners) == 1


def test_without_a_healthy_target_all_registered_ones_get_requests():
    lab = Lab()
    sick, new = FakeWebHost("i-0", status=404), FakeWebHost("i-1")
    lab.group.register(sick)
    lab.clock.advance(60)
    lab.group.register(new)
    assert [target.machine.instance_id for target in lab.group.in_service()] == ["i-0"]

    lab.clock.advance(REGISTRATION_S)
    assert [target.machine.instance_id for target in lab.group.in_service()] == ["i-0", "i-1"]

    lab.clock.advance(20)
    assert [target.machine.instance_id for target in lab.group.in_service()] == ["i-1"]


def test_settings_changed_while_running_hold_from_the_next_check():
    lab = Lab()
    lab.register()
    lab.group.modify(health_check=HealthCheck(interval_s=10, matcher="301", unhealthy_threshold=3))
    changed_s = lab.clock.now_s
    lab.clock.advance(100)

    at_s, state, reason = lab.story()[-1]
    assert (state, reason) == ("unhealthy", "Target.ResponseCodeMismatch")
    assert 20 < at_s - changed_s <= 30


def test_a_new_interval_spaces_the_checks_anew():
    lab = Lab()
    (machine,) = lab.register()
    lab.group.modify(health_check=HealthCheck(interval_s=100))
    machine.change(status=500)
    lab.clock.advance(300)

    first_s = 60 + first_check_delay_s(0, 100)
    assert lab.story()[-1] == (first_s + 100, "unhealthy", "Target.ResponseCodeMismatch")


def test_a_new_deregistration_delay_holds_for_later_deregistrations():
    lab = Lab(delay_s=300)
    lab.register(count=2)
    lab.group.deregister("i-0")
    lab.group.modify(deregistration_delay_s=10)
    lab.group.deregister("i-1")
    lab.clock.advance(10)

    assert (lab.state("i-0"), lab.state("i-1")) == ("draining", "unused")


def test_a_process_can_wait_until_a_target_is_healthy_and_until_it_is_drained():
    lab = Lab(delay_s=30)
    machine = FakeWebHost("i-0")

    def in_and_out():
        lab.group.register(machine)
        healthy = yield lab.group.when_health("i-0", "healthy")
        lab.group.deregister("i-0")
        gone = yield lab.group.when_health("i-0", "unused")
        return healthy.state, gone.reason, lab.clock.now_s

    assert lab.clock.run_process(in_and_out()) == ("healthy", "Target.NotRegistered", FIRST_CHECK_S + 30)


def test_waiting_for_a_state_that_holds_already_takes_no_time():
    lab = Lab()

    def wait():
        yield lab.group.when_health("i-unknown", "unused")
        return lab.clock.now_s

    assert lab.clock.run_process(wait()) == 0.0


def test_the_end_of_a_wait_is_not_taken_from_another_target():
    lab = Lab()
    waiting = lab.group.when_health("i-1", "healthy")
    lab.register(count=1)
    assert not waiting.triggered


def test_an_idle_day_of_a_thousand_targets_has_no_events():
    lab = Lab()
    lab.register(count=500)
    sick = [FakeWebHost(f"i-sick-{number}", status=404) for number in range(500)]
    for machine in sick:
        lab.group.register(machine)
    lab.clock.advance(60)
    recorded = len(lab.history)

    # SimPy's own marks for the end of the run before and of this one.
    assert lab.steps_of(lambda: lab.clock.advance(86_400)) <= 2
    assert len(lab.history) == recorded


def test_a_machine_that_changes_often_is_asked_once_a_check():
    lab = Lab()
    (machine,) = lab.register()
    asked = len(machine.asked)
    for _ in range(50):
        machine.change(status=200)

    # The check, and SimPy's own marks for the ends of runs.
    assert lab.steps_of(lambda: lab.clock.advance(1000)) <= 3
    assert len(machine.asked) == asked + 1


def test_a_change_at_the_very_moment_of_a_check_shows_in_the_next_one():
    lab = Lab()
    (machine,) = lab.register(settle_s=FIRST_CHECK_S)
    machine.change(status=500)
    lab.clock.advance(100)

    assert lab.story()[-1] == (FIRST_CHECK_S + 20, "unhealthy", "Target.ResponseCodeMismatch")


@pytest.mark.parametrize("count", [1, 10, 300])
def test_taking_one_target_out_and_in_costs_the_same_in_a_group_of_any_size(count):
    lab = Lab(delay_s=10)
    machines = lab.register(count=count)
    asked = [len(machine.asked) for machine in machines]

    def out_and_in() -> None:
        lab.group.deregister("i-0")
        lab.clock.advance(10)
        lab.group.register(machines[0])
        lab.clock.advance(20)

    # The end of draining, the end of registration, the first check, and SimPy's own marks for the ends of runs.
    assert lab.steps_of(out_and_in) <= 7
    assert [len(machine.asked) for machine in machines][1:] == asked[1:]


answers = st.sampled_from([200, 404, 500, None])
changes = st.lists(st.tuples(st.integers(1, 900), answers), max_size=12, unique_by=lambda change: change[0])
health_checks = st.builds(
    HealthCheck,
    interval_s=st.integers(5, 30),
    healthy_threshold=st.integers(2, 10),
    unhealthy_threshold=st.integers(2, 10),
)


@settings(max_examples=150, deadline=None)
@given(first=answers, changes=changes, check=health_checks)
def test_health_by_arithmetic_equals_making_every_single_check(first, changes, check):
    lab = Lab(health_check=check)
    machine = FakeWebHost("i-0", status=first)
    lab.group.register(machine)
    # Tenths of a second never meet a check, whose moments have an odd hundredth or thousandth.
    for tenths, status in sorted(changes, key=lambda change: change[0]):
        lab.clock.advance(tenths / 10 - lab.clock.now_s)
        machine.change(status=status)
    lab.clock.advance(400)

    assert lab.story()[2:] == _by_making_every_check(first, changes, check, until_s=lab.clock.now_s)


def _by_making_every_check(first, changes, check, until_s):
    """The changes of health after the start of checks, found by making each check in turn."""
    story, state, reason, passes, failures, number = [], "initial", "Elb.InitialHealthChecking", 0, 0, 0
    at_s = REGISTRATION_S + first_check_delay_s(0, check.interval_s)
    while at_s <= until_s:
        status = _status_at(at_s, first, changes)
        if status == 200:
            passes, failures = passes + 1, 0
            up = state == "initial" or passes >= check.healthy_threshold
            new = ("healthy", None) if up else (state, reason)
        else:
            passes, failures = 0, failures + 1
            failed = "Target.FailedHealthChecks" if status is None else f"Target.ResponseCodeMismatch [{status}]"
            down = state == "unhealthy" or failures >= check.unhealthy_threshold
            new = ("unhealthy", failed) if down else (state, reason)
        if new != (state, reason):
            state, reason = new
            story.append((round(at_s, 3), state, None if reason is None else reason.split(" ")[0]))
        number += 1
        at_s = REGISTRATION_S + first_check_delay_s(0, check.interval_s) + number * check.interval_s
    return story


def _status_at(at_s, first, changes):
    past = [(0.0, first), *((tenths / 10, status) for tenths, status in changes if tenths / 10 < at_s)]
    return max(past, key=lambda change: change[0])[1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["register", "deregister", "stop", "break", "mend", "wait"]), st.integers(0, 3)))
)
def test_what_is_in_service_is_what_the_listing_says(actions):
    lab = Lab(delay_s=15)
    machines = [FakeWebHost(f"i-{number}") for number in range(4)]
    deeds = {
        "register": lab.group.register,
        "deregister": lambda machine: lab.group.deregister(machine.instance_id),
        "stop": lambda machine: machine.change(running=False),
        "break": lambda machine: machine.change(status=500),
        "mend": lambda machine: machine.change(),
        "wait": lambda _machine: lab.clock.advance(12),
    }
    for deed, number in actions:
        deeds[deed](machines[number])
        listed = lab.group.health()
        healthy = [line.instance_id for line in listed if line.state == "healthy"]
        checked = [
            line.instance_id
            for line in listed
            if line.state in {"initial", "unhealthy"} and line.reason != "Elb.RegistrationInProgress"
        ]
        assert sorted(target.machine.instance_id for target in lab.group.in_service()) == sorted(healthy or checked)
        states = [state for machine in machines for _at_s, state, _reason in lab.story(machine.instance_id)]
        assert set(states) <= {"initial", "healthy", "unhealthy", "draining", "unused"}
    assert all(earlier.at_s <= later.at_s for earlier, later in pairwise(lab.history))
