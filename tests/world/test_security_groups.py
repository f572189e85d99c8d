"""Security groups: a row for each sentence of the EC2 user guide, "Security group rules"."""

import pytest

from labkit.rules.target_health import HealthCheck
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.load_balancer import (
    ClosedToVisitorsError,
    Forward,
    Listener,
    LoadBalancer,
    WeightedTargetGroup,
)
from labkit.world.security_groups import VISITOR, IngressRule, SecurityGroups, Source
from labkit.world.target_group import TargetGroup, TargetGroupSettings
from tests.world.fake_web_host import FakeWebHost

BALANCER = Source(("10.0.0.10", "10.0.1.10"), ("sg-balancer",))
WORLD = ("0.0.0.0/0",)


def tcp(low, high=None, *, cidrs=(), groups=()):
    return IngressRule(protocol="tcp", from_port=low, to_port=high or low, cidrs=cidrs, groups=groups)


@pytest.mark.parametrize(
    ("rules", "source", "port", "admitted"),
    [
        pytest.param([], VISITOR, 80, False, id="a group without rules allows no inbound traffic"),
        pytest.param([tcp(80, cidrs=WORLD)], VISITOR, 80, True, id="a rule allows its port"),
        pytest.param([tcp(443, cidrs=WORLD)], VISITOR, 80, False, id="a rule allows no other port"),
        pytest.param([tcp(1, 1024, cidrs=WORLD)], VISITOR, 80, True, id="a rule may name a range of ports"),
        pytest.param([IngressRule(protocol="-1", cidrs=WORLD)], VISITOR, 80, True, id="-1 is all protocols and ports"),
        pytest.param(
            [IngressRule(protocol="udp", from_port=80, to_port=80, cidrs=WORLD)], VISITOR, 80, False, id="not UDP"
        ),
        pytest.param([tcp(80, cidrs=("198.51.100.0/24",))], VISITOR, 80, False, id="a range of other addresses"),
        pytest.param([tcp(80, cidrs=("10.0.0.0/16",))], BALANCER, 80, True, id="the addresses of the VPC"),
        pytest.param([tcp(80, cidrs=("10.0.0.0/24",))], BALANCER, 80, False, id="the addresses of one subnet of two"),
        pytest.param([tcp(80, groups=("sg-balancer",))], BALANCER, 80, True, id="the members of another group"),
        pytest.param([tcp(80, groups=("sg-balancer",))], VISITOR, 80, False, id="who is no member of that group"),
        pytest.param([tcp(22, cidrs=WORLD), tcp(80, cidrs=WORLD)], VISITOR, 80, True, id="rules are added up"),
    ],
)
def test_rules_only_allow(rules, source, port, admitted):
    groups = SecurityGroups()
    groups.put_rules("sg-web", rules)
    groups.assign("i-1", ["sg-web"])
    assert groups.admits("i-1", port, source) is admitted


def test_the_rules_of_several_groups_are_added_up():
    groups = SecurityGroups()
    groups.put_rules("sg-web", [tcp(80, cidrs=WORLD)])
    groups.assign("i-1", ["sg-nothing", "sg-web"])
    assert groups.admits("i-1", 80, VISITOR)


def test_who_is_in_no_group_that_anybody_named_is_open():
    assert SecurityGroups().admits("i-1", 80, VISITOR)


@pytest.fixture
def behind():
    """A load balancer, its security groups, and a group with one healthy target."""
    clock, groups = Clock(), SecurityGroups()
    history = History(clock)
    settings = TargetGroupSettings(arn="arn:tg", name="web", health_check=HealthCheck(interval_s=10))
    targets = TargetGroup(settings, clock, history, groups)
    balancer = LoadBalancer(history, arn="arn:lb", name="web", dns_name="web.example", security_groups=groups)
    balancer.put_listener(Listener("arn:l", 80, Forward((WeightedTargetGroup(targets),))))
    targets.register(FakeWebHost("i-1"))
    clock.advance(60)
    return clock, groups, targets, balancer


def test_closing_an_instance_s_group_makes_its_health_checks_time_out(behind):
    clock, groups, targets, _ = behind
    open_again = groups.close("i-1")
    clock.advance(30)
    assert targets.health_of("i-1").reason == "Target.Timeout"
    open_again()
    clock.advance(60)
    assert targets.health_of("i-1").state == "healthy"


def test_the_load_balancer_answers_504_for_a_target_that_it_cannot_connect_to(behind):
    clock, groups, _, balancer = behind
    groups.close("i-1")
    clock.advance(30)
    answer = balancer.request(80, "/")
    assert (answer.status, answer.delay_s) == (504, 10.0)


def test_visitors_of_a_closed_load_balancer_hear_nothing_and_its_targets_stay_healthy(behind):
    clock, groups, targets, balancer = behind
    groups.close("arn:lb")
    clock.advance(60)
    with pytest.raises(ClosedToVisitorsError):
        balancer.request(80, "/")
    assert targets.health_of("i-1").state == "healthy"


def test_an_idle_day_behind_security_groups_makes_no_checks(behind):
    clock, _, targets, _ = behind
    (target,) = targets.in_service()
    before = len(target.machine.asked)
    clock.advance(86_400)
    assert len(target.machine.asked) == before
