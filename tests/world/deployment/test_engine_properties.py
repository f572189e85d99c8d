"""What holds for every deployment, whatever is deployed where and whatever breaks meanwhile."""

from collections import defaultdict
from itertools import groupby

from hypothesis import HealthCheck as Slow
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.rules.healthy_hosts import ALL_AT_ONCE, HALF_AT_A_TIME, ONE_AT_A_TIME, DeploymentConfig, HostType
from labkit.rules.lifecycle import BLUE, GREEN, IN_PLACE_BEHIND_LOAD_BALANCER
from labkit.world.agent.bundle import GitHubStatusError
from labkit.world.events import (
    DeploymentChanged,
    DeploymentStarted,
    LifecycleEventChanged,
    TargetHealthChanged,
)
from labkit.world.scenario.parameters import ApplicationVersion, FaultAt
from labkit.world.scenario.run import run
from tests.world.scenario.hello import changed, scenario, versions

MOST = 5
MODEST = settings(max_examples=30, deadline=None, suppress_health_check=[Slow.too_slow])


def stop_agent(machine, clock):
    clock.process(machine.run("systemctl stop codedeploy-agent"))


def stop_web_server(machine, clock):
    clock.process(machine.run("systemctl stop nginx"))


BREAKS = {
    "agent-stopped": stop_agent,
    "web-server-stopped": stop_web_server,
    "machine-stopped": lambda machine, _clock: machine.stop(),
    "machine-rebooted": lambda machine, _clock: machine.reboot(),
    "machine-terminated": lambda machine, _clock: machine.terminate(),
}


def inject(region, fault, instance_id):
    BREAKS[fault](region.fleet.machine(instance_id), region.clock)


def custom(kind, value):
    return DeploymentConfig(f"{kind.value}-{value}", kind, value)


CONFIGS = st.one_of(
    st.sampled_from([ONE_AT_A_TIME, HALF_AT_A_TIME, ALL_AT_ONCE]),
    st.builds(custom, st.just(HostType.HOST_COUNT), st.integers(0, MOST)),
    st.builds(custom, st.just(HostType.FLEET_PERCENT), st.integers(0, 99)),
)
VERSIONS = {
    "good": lambda: versions()[1],
    "does not start": lambda: changed("scripts/start_server.sh", "#!/bin/bash\nexit 1\n"),
    "leaves its server stopped": lambda: changed("scripts/validate_service.sh", "#!/bin/bash\nsystemctl stop nginx\n"),
    "is not there": lambda: ApplicationVersion(versions()[1].revision, GitHubStatusError(404, "Not Found")),
}
FAULTS = st.builds(FaultAt, st.sampled_from(sorted(BREAKS)), st.integers(0, 20), st.integers(0, 500).map(float))


@st.composite
def scenarios(draw, *, faults=2):
    size = draw(st.integers(1, MOST))
    broken = draw(st.lists(FAULTS, max_size=faults))
    return scenario(
        seed=draw(st.integers(0, 99)),
        fleet_size=size,
        config=draw(CONFIGS),
        style=draw(st.sampled_from(["IN_PLACE", "IN_PLACE", "BLUE_GREEN"])),
        after=VERSIONS[draw(st.sampled_from(["good", "good", *VERSIONS]))](),
        health_check_interval_s=draw(st.sampled_from([6, 10, 30])),
        unhealthy_threshold=draw(st.integers(2, 4)),
        deregistration_delay_s=draw(st.sampled_from([0, 15, 60])),
        faults=tuple(FaultAt(fault.fault, fault.instance % size, fault.at_s) for fault in broken),
    )


def healthy_counts(played):
    """The moments from the promise to the end of the deployment, and how many instances were healthy then."""
    [started] = [e for e in played.history.of(DeploymentStarted) if e.deployment_id == played.deployment_id]
    state, counts = {}, {}
    changes = [e for e in played.history.of(TargetHealthChanged) if e.at_s <= played.deployment.completed_s]
    for at_s, together in groupby(changes, key=lambda event: event.at_s):
        state.update((event.instance_id, event.state) for event in together)
        counts[at_s] = sum(value == "healthy" for value in state.values())
    before = [count for at_s, count in counts.items() if at_s <= started.at_s]
    return started, {started.at_s: before[-1], **{at: count for at, count in counts.items() if at > started.at_s}}


@MODEST
@given(scenarios(faults=0))
def test_never_fewer_hosts_are_healthy_than_were_promised(asked):
    played = run(asked, inject)
    if played.history.of(DeploymentStarted)[1:]:
        started, counts = healthy_counts(played)
        assert min(counts.values()) >= started.minimum_healthy_hosts, counts


@MODEST
@given(scenarios())
def test_each_broken_instance_costs_at_most_one_healthy_host_of_the_promise(asked):
    played = run(asked, inject)
    if played.history.of(DeploymentStarted)[1:]:
        started, counts = healthy_counts(played)
        for at_s, count in counts.items():
            broken = {f.instance for f in asked.faults if played.deployment.created_s + f.at_s <= at_s}
            assert count + len(broken) >= started.minimum_healthy_hosts, (at_s, counts)


@MODEST
@given(scenarios())
def test_a_deployment_always_ends(asked):
    played = run(asked, inject)
    assert played.deployment.status in {"Succeeded", "Failed", "Stopped"}
    assert all(target.status in {"Succeeded", "Failed", "Skipped"} for target in played.deployment.targets.values())
    changes = [e.status for e in played.history.of(DeploymentChanged) if e.deployment_id == played.deployment_id]
    assert changes[-1] == played.deployment.status


@MODEST
@given(scenarios())
def test_the_events_of_an_instance_come_in_the_order_of_the_lifecycle(asked):
    played = run(asked, inject)
    began, open_events = defaultdict(list), defaultdict(set)
    for event in played.history.of(LifecycleEventChanged):
        if event.deployment_id != played.deployment_id:
            continue
        if event.status == "InProgress":
            assert not open_events[event.instance_id], event
            open_events[event.instance_id].add(event.lifecycle_event)
            began[event.instance_id].append(event.lifecycle_event)
        else:
            open_events[event.instance_id].discard(event.lifecycle_event)
    orders = (IN_PLACE_BEHIND_LOAD_BALANCER,) if asked.style == "IN_PLACE" else (GREEN, BLUE)
    for names in began.values():
        assert any(names == [name for name in order if name in names] for order in orders), names
    assert not any(open_events.values())


@settings(MODEST, max_examples=15)
@given(scenarios())
def test_the_same_scenario_has_the_same_history(asked):
    first, second = run(asked, inject), run(asked, inject)
    assert list(first.deployment.targets) == list(second.deployment.targets)
    assert first.history.to_json() == second.history.to_json()
