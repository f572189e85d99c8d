"""What a lab would have cost on AWS, from its record."""

import boto3
import pytest

import labkit
from labkit.lessons import prices
from labkit.lessons.cost import balancer_hours, machine_seconds
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import ApiCalled, MachineChanged


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(clock):
    return History(clock)


def machine(history, state: str) -> None:
    history.record(MachineChanged(instance_id="i-1", state=state, availability_zone="ap-northeast-2a"))


def call(history, operation: str, error: str | None = None) -> None:
    history.record(
        ApiCalled(service="elastic-load-balancing-v2", operation=operation, caller="student", error_code=error)
    )


def test_an_instance_is_billed_from_running_to_its_end_by_the_second(clock, history):
    machine(history, "pending")
    clock.advance(20)
    machine(history, "running")
    clock.advance(600)
    machine(history, "shutting-down")
    clock.advance(50)
    machine(history, "terminated")
    clock.advance(50)
    assert machine_seconds(history, clock.now_s) == {"i-1": (600, False)}


def test_an_instance_costs_at_least_a_minute_each_time_it_starts(clock, history):
    for _ in range(2):
        machine(history, "running")
        clock.advance(10)
        machine(history, "stopping")
        clock.advance(10)
    assert machine_seconds(history, clock.now_s) == {"i-1": (2 * prices.MINIMUM_S, False)}


def test_an_instance_that_still_runs_is_billed_up_to_now(clock, history):
    machine(history, "running")
    clock.advance(90)
    assert machine_seconds(history, clock.now_s) == {"i-1": (90, True)}


def test_a_load_balancer_costs_every_hour_that_has_begun(clock, history):
    call(history, "CreateLoadBalancer")
    call(history, "CreateLoadBalancer", error="DuplicateLoadBalancerName")
    clock.advance(3601)
    assert balancer_hours(history, clock.now_s) == (2, 1)
    call(history, "DeleteLoadBalancer")
    clock.advance(9000)
    assert balancer_hours(history, clock.now_s) == (2, 0)


def test_the_bill_adds_up_and_says_how_long_it_would_have_taken():
    with labkit.start(stage="empty") as lab:
        lesson = labkit.lesson("06")
        ec2 = boto3.client("ec2")
        image = boto3.client("ssm").get_parameter(
            Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        )["Parameter"]["Value"]
        ec2.run_instances(ImageId=image, InstanceType="t3.small", MinCount=1, MaxCount=1)
        lab.advance(seconds=2 * 3600)
        bill = lesson.on_aws()
    assert "would have taken 2 h 0 min of waiting, after 0 min" in repr(bill)
    assert bill.rows[0].what == "EC2 t3.small, running"
    assert bill.usd == pytest.approx(2 * (0.026 + 0.005 + 8 * 0.0912 / 730), rel=0.02)
    assert "Together" in bill._repr_html_()
    assert "Left running for a month" in repr(bill)


def test_a_lab_without_anything_to_pay_shows_no_empty_table():
    with labkit.start(stage="empty"):
        bill = labkit.lesson("01").on_aws()
    assert "<table" not in bill._repr_html_()
    assert repr(bill).endswith("Together: 0 USD")
