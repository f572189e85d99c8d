from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.target_health import HealthCheck
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import RequestAnswered
from labkit.world.load_balancer import (
    FixedResponse,
    Forward,
    Listener,
    LoadBalancer,
    NoListenerError,
    WeightedTargetGroup,
)
from labkit.world.target_group import TargetGroup, TargetGroupSettings
from tests.world.fake_web_host import FakeWebHost


class Lab:
    """A load balancer named hello-web-alb with one target group behind port 80."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.history = History(self.clock)
        self.alb = LoadBalancer(self.history, arn="arn:alb", name="hello-web-alb", dns_name="hello-web-alb.elb")
        self.group = self.new_group("hello-web-targets")
        self.forward(WeightedTargetGroup(self.group))

    def new_group(self, name: str) -> TargetGroup:
        group_settings = TargetGroupSettings(arn=f"arn:{name}", name=name, health_check=HealthCheck(interval_s=5))
        return TargetGroup(group_settings, self.clock, self.history)

    def forward(self, *target_groups: WeightedTargetGroup) -> None:
        self.alb.put_listener(Listener("arn:listener", 80, Forward(target_groups)))

    def register(self, count: int, group: TargetGroup | None = None, prefix: str = "i-") -> list[FakeWebHost]:
        machines = [FakeWebHost(f"{prefix}{number}") for number in range(count)]
        for machine in machines:
            (group or self.group).register(machine)
        self.clock.advance(20)
        return machines

    def served(self, requests: int) -> list[str | None]:
        before = len(self.history.of(RequestAnswered))
        for _ in range(requests):
            self.alb.request(80, "/")
        return [event.instance_id for event in self.history.of(RequestAnswered)[before:]]


def test_healthy_targets_answer_in_turn():
    lab = Lab()
    lab.register(3)
    assert lab.served(7) == ["i-0", "i-1", "i-2", "i-0", "i-1", "i-2", "i-0"]


def test_the_turn_goes_on_where_it_was_when_targets_leave_and_join():
    lab = Lab()
    machines = lab.register(4)
    assert lab.served(2) == ["i-0", "i-1"]

    lab.group.deregister("i-2")
    assert lab.served(2) == ["i-3", "i-0"]

    lab.group.register(machines[2])
    lab.clock.advance(20)
    assert lab.served(4) == ["i-1", "i-3", "i-2", "i-0"]


def test_the_answer_is_the_machines_own():
    lab = Lab()
    (machine,) = lab.register(1)
    machine.revision = "v1"
    answer = lab.alb.request(80, "/hello")

    assert (answer.status, answer.body) == (200, b"i-0 at /hello")
    assert lab.history[-1] == RequestAnswered(
        at_s=20.0,
        load_balancer="arn:alb",
        path="/hello",
        status=200,
        instance_id="i-0",
        revision="v1",
        target_group=lab.group.arn,
        target_status=200,
    )


def test_without_registered_targets_the_load_balancer_answers_503_by_itself():
    lab = Lab()
    answer = lab.alb.request(80, "/")

    assert answer.status == 503
    assert answer.body.startswith(b"<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>")
    assert answer.headers == {"Server": "awselb/2.0", "Content-Type": "text/html", "Content-Length": "162"}
    assert lab.served(1) == [None]


def test_draining_targets_get_no_requests():
    lab = Lab()
    lab.register(1)
    lab.group.deregister("i-0")
    assert lab.alb.request(80, "/").status == 503


@pytest.mark.parametrize(
    ("change", "status", "title", "delay_s"),
    [
        pytest.param({"status": None}, 502, b"502 Bad Gateway", 0.0, id="received a TCP RST: 502"),
        pytest.param(
            {"delay_s": 60.1}, 504, b"504 Gateway Time-out", 60.0, id="no answer within the idle timeout: 504"
        ),
        pytest.param({"delay_s": 60.0}, 200, b"i-0 at /", 60.0, id="an answer within the idle timeout is passed on"),
        pytest.param({"status": 500}, 500, b"i-0 at /", 0.0, id="the load balancer forwards a target's HTTP errors"),
    ],
)
def test_what_a_visitor_gets_from_a_target_in_trouble(change, status, title, delay_s):
    lab = Lab()
    (machine,) = lab.register(1)
    machine.change(**change)
    answer = lab.alb.request(80, "/")

    assert (answer.status, answer.delay_s) == (status, delay_s)
    assert title in answer.body
    assert lab.served(1) == ["i-0"]


def test_an_error_of_the_load_balancer_shows_no_revision():
    lab = Lab()
    (machine,) = lab.register(1)
    machine.revision = "v1"
    machine.change(status=None)
    lab.alb.request(80, "/")
    assert lab.history.of(RequestAnswered)[-1].revision is None


def test_if_all_targets_are_unhealthy_the_load_balancer_fails_open():
    lab = Lab()
    for machine in lab.register(2):
        machine.change(status=500)
    lab.clock.advance(30)

    assert {health.state for health in lab.group.health()} == {"unhealthy"}
    assert lab.served(2) == ["i-0", "i-1"]


def test_a_port_without_a_listener_refuses_the_connection_and_says_which_ports_listen():
    lab = Lab()
    with pytest.raises(NoListenerError, match=r"port 443 of hello-web-alb, found listeners on these ports: 80;"):
        lab.alb.request(443, "/")


def test_a_fixed_response_needs_no_target():
    lab = Lab()
    lab.alb.put_listener(Listener("arn:l", 81, FixedResponse(404, "nothing here")))
    answer = lab.alb.request(81, "/")

    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (404, b"nothing here", "text/plain")
    assert lab.history[-1].instance_id is None


def test_requests_are_shared_by_weight():
    lab = Lab()
    green = lab.new_group("green")
    lab.forward(WeightedTargetGroup(lab.group, 3), WeightedTargetGroup(green, 1))
    lab.register(1, prefix="i-blue-")
    lab.register(1, group=green, prefix="i-green-")

    assert lab.served(4) == ["i-blue-0", "i-blue-0", "i-green-0", "i-blue-0"]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(any), st.integers(1, 3))
def test_after_a_full_round_every_group_had_exactly_its_weight(weights, rounds):
    lab = Lab()
    groups = [lab.new_group(f"group-{number}") for number in range(len(weights))]
    lab.forward(*(WeightedTargetGroup(group, weight) for group, weight in zip(groups, weights, strict=True)))
    for number, group in enumerate(groups):
        group.register(FakeWebHost(f"i-{number}"))
    lab.clock.advance(10)

    counts = Counter(lab.served(sum(weights) * rounds))
    assert [counts[f"i-{number}"] for number in range(len(weights))] == [weight * rounds for weight in weights]


def test_a_group_of_weight_zero_gets_nothing():
    lab = Lab()
    lab.register(1)
    lab.forward(WeightedTargetGroup(lab.group, 0))
    assert lab.alb.request(80, "/").status == 503


def test_a_group_is_in_use_as_long_as_any_listener_forwards_to_it():
    lab = Lab()
    lab.register(1)
    lab.alb.put_listener(Listener("arn:other", 8080, Forward((WeightedTargetGroup(lab.group),))))
    lab.alb.remove_listener(80)
    assert lab.group.load_balancer_arns == ("arn:alb",)
    assert lab.group.health_of("i-0").state == "healthy"

    lab.alb.remove_listener(8080)
    assert lab.group.load_balancer_arns == ()
    assert lab.group.health_of("i-0").reason == "Target.NotInUse"


def test_changing_a_listener_changes_which_group_is_in_use():
    lab = Lab()
    green = lab.new_group("green")
    lab.forward(WeightedTargetGroup(green))

    assert lab.group.load_balancer_arns == ()
    assert green.load_balancer_arns == ("arn:alb",)
    assert [listener.port for listener in lab.alb.listeners] == [80]


def test_only_enabled_zones_get_requests():
    lab = Lab()
    zonal = LoadBalancer(lab.history, arn="arn:z", name="z", dns_name="z.elb", availability_zones=["ap-northeast-2a"])
    group = lab.new_group("zonal")
    zonal.put_listener(Listener("arn:l", 80, Forward((WeightedTargetGroup(group),))))
    group.register(FakeWebHost("i-a"))
    group.register(FakeWebHost("i-c", zone="ap-northeast-2c"))
    lab.clock.advance(20)

    assert {zonal.request(80, "/").body for _ in range(4)} == {b"i-a at /"}


def test_the_same_requests_leave_the_same_record():
    def record() -> str:
        lab = Lab()
        lab.register(3)
        lab.served(5)
        return lab.history.to_json()

    assert record() == record()
