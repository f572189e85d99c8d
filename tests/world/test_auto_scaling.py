"""An Auto Scaling group in lab time: instances come, wait, serve, are replaced and go."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.simulation.clock import Clock
from labkit.world.auto_scaling.choice import give_up, spread
from labkit.world.auto_scaling.lifecycle_hooks import ABANDON, CONTINUE, LAUNCHING, TERMINATING, LifecycleHook
from labkit.world.auto_scaling.member import new_member
from labkit.world.events import GroupInstanceChanged, ScalingActivityChanged
from tests.world.auto_scaling_groups import World


@pytest.fixture
def world() -> World:
    return World()


def hook(name: str = "warm-up", transition: str = LAUNCHING, **more: Any) -> LifecycleHook:
    return LifecycleHook(name=name, auto_scaling_group="web", transition=transition, **more)


def action(world: World, instance_id: str, name: str = "warm-up") -> Any:
    found = world.group.action(name, token=None, instance_id=instance_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("count", "present", "launches"),
    [
        pytest.param(2, "", {"a": 1, "b": 1}, id="an empty group is filled evenly"),
        pytest.param(1, "ab", {"a": 1}, id="equal zones: the first one named"),
        pytest.param(3, "aa", {"b": 2, "a": 1}, id="the zone with fewest comes first"),
    ],
)
def test_new_instances_go_where_there_are_fewest(count, present, launches) -> None:
    assert spread(count, "ab", present) == launches


@given(st.integers(0, 30), st.lists(st.sampled_from("abc"), max_size=30))
def test_launching_never_makes_zones_more_uneven_than_they_were(count: int, present: list[str]) -> None:
    before = [present.count(zone) for zone in "abc"]
    launches = spread(count, "abc", present)
    after = [n + launches.get(zone, 0) for zone, n in zip("abc", before, strict=True)]
    assert sum(after) == sum(before) + count
    assert max(after) - min(after) <= max(max(before) - min(before), 1)


@pytest.mark.parametrize(
    ("zones", "protected", "policies", "chosen"),
    [
        pytest.param("ab", "", ("Default",), "0", id="equal zones: the oldest"),
        pytest.param("abb", "", ("Default",), "1", id="the fullest zone gives, though an older one is elsewhere"),
        pytest.param("aa", "", ("NewestInstance",), "1", id="the newest if the policy says so"),
        pytest.param("aa", "0", ("Default",), "1", id="a protected one stays"),
        pytest.param("a", "0", ("Default",), "", id="nobody if all are protected"),
    ],
)
def test_scaling_in_chooses(zones, protected, policies, chosen) -> None:
    clock = Clock()
    members = [new_member(clock, str(n), zone, protected=str(n) in protected) for n, zone in enumerate(zones)]
    assert [member.instance_id for member in give_up(1, members, policies)] == list(chosen)


def test_without_hooks_an_instance_serves_when_its_machine_runs(world: World) -> None:
    world.want(1)
    world.clock.advance(10)
    assert world.states("i-1") == ["Pending", "InService"]


def test_an_instance_waits_for_its_hook_and_goes_on_when_it_is_told_to(world: World) -> None:
    world.group.put_hook(hook())
    world.want(1)
    world.clock.advance(100)
    action(world, "i-1").complete(CONTINUE)
    world.clock.advance(0)
    assert world.states("i-1") == ["Pending", "Pending:Wait", "Pending:Proceed", "InService"]


@pytest.mark.parametrize(
    ("default", "after_the_wait"),
    [
        pytest.param(CONTINUE, {"i-1": "InService"}, id="CONTINUE: it serves, ready or not"),
        pytest.param(ABANDON, {"i-1": "Terminating"}, id="ABANDON: it goes"),
    ],
)
def test_when_nobody_answers_the_default_result_decides(world: World, default, after_the_wait) -> None:
    world.group.put_hook(hook(heartbeat_timeout_s=60, default_result=default))
    world.want(1)
    world.clock.advance(69)
    assert world.now() == {"i-1": "Pending:Wait"}
    world.clock.advance(1)
    assert world.now() == after_the_wait


def test_heartbeats_prolong_the_wait_up_to_a_hundred_timeouts(world: World) -> None:
    world.group.put_hook(hook(heartbeat_timeout_s=60))
    world.want(1)
    world.clock.advance(10)
    waiting, beats = action(world, "i-1"), 0
    while waiting.open:
        waiting.heartbeat()
        beats += 1
        world.clock.advance(50)
    assert (beats, world.clock.now_s) == (120, 10 + 100 * 60)


def test_the_longest_wait_is_two_days() -> None:
    assert (hook().global_timeout_s, hook(heartbeat_timeout_s=600).global_timeout_s) == (172_800, 60_000)


def test_an_instance_serves_when_the_last_of_its_hooks_has_ended(world: World) -> None:
    world.group.put_hook(hook("first"))
    world.group.put_hook(hook("second"))
    world.want(1)
    world.clock.advance(10)
    action(world, "i-1", "second").complete(CONTINUE)
    world.clock.advance(10)
    assert world.now() == {"i-1": "Pending:Wait"}
    action(world, "i-1", "first").complete(CONTINUE)
    world.clock.advance(0)
    assert world.now() == {"i-1": "InService"}


def test_one_abandoned_hook_ends_the_others(world: World) -> None:
    world.group.put_hook(hook("first"))
    world.group.put_hook(hook("second"))
    world.want(1)
    world.clock.advance(10)
    first = action(world, "i-1", "first")
    action(world, "i-1", "second").complete(ABANDON)
    world.clock.advance(0)
    assert (first.open, world.now()) == (False, {"i-1": "Terminating"})


def test_an_abandoned_instance_is_terminated_and_another_launched_without_end(world: World) -> None:
    world.group.put_hook(hook(heartbeat_timeout_s=30))
    world.want(1)
    world.clock.advance(3600)
    launched = {event.instance_id for event in world.history.of(GroupInstanceChanged)}
    one_round_s = 10 + 30 + 25  # boot, wait, shut down
    assert len(launched) == 1 + 3600 // one_round_s


def test_an_abandoned_launch_says_so_in_its_activity(world: World) -> None:
    world.group.put_hook(hook())
    world.want(1)
    world.clock.advance(10)
    waiting = action(world, "i-1")
    waiting.complete(ABANDON)
    world.clock.advance(0)
    assert world.activities()[0] == (
        "Cancelled",
        (
            "Launching a new EC2 instance: i-1.  Status Reason: Instance failed to complete user's Lifecycle Action: "
            f"Lifecycle Action with token {waiting.token} was abandoned: Lifecycle Action Completed with ABANDON Result"
        ),
    )


@pytest.mark.parametrize("result", [CONTINUE, ABANDON])
def test_a_terminating_instance_waits_and_goes_whatever_the_result(world: World, result: str) -> None:
    world.group.put_hook(hook(transition=TERMINATING))
    world.want(1)
    world.clock.advance(10)
    world.want(0)
    world.clock.advance(100)
    action(world, "i-1").complete(result)
    world.clock.advance(25)
    assert world.states("i-1")[2:] == ["Terminating", "Terminating:Wait", "Terminating:Proceed", None]


def test_an_instance_let_go_while_it_waits_to_serve_waits_for_its_last_hook_only(world: World) -> None:
    world.group.put_hook(hook("in"))
    world.group.put_hook(hook("out", TERMINATING))
    world.want(1)
    world.clock.advance(10)
    world.want(0)
    world.clock.advance(10)
    assert world.now() == {"i-1": "Terminating:Wait"}
    assert world.group.action("in", token=None, instance_id="i-1") is None
    action(world, "i-1", "out").complete(CONTINUE)
    world.clock.advance(25)
    assert world.now() == {}


@pytest.mark.parametrize(
    ("transition", "state"),
    [
        pytest.param(LAUNCHING, "Terminating", id="a launching instance is abandoned"),
        pytest.param(TERMINATING, "Terminating:Proceed", id="a terminating one continues"),
    ],
)
def test_deleting_a_hook_completes_what_waits_for_it(world: World, transition, state) -> None:
    world.group.put_hook(hook(transition=transition))
    world.want(1)
    world.clock.advance(10)
    if transition == TERMINATING:
        world.want(0)
        world.clock.advance(0)
    world.group.delete_hook("warm-up")
    world.clock.advance(0)
    assert world.now() == {"i-1": state}


def test_a_machine_that_dies_before_it_serves_is_replaced(world: World) -> None:
    world.group.put_hook(hook())
    world.want(1)
    world.clock.advance(20)
    world.machines.terminate(["i-1"])
    world.clock.advance(90)
    assert world.now() == {"i-2": "Pending:Wait"}
    status, description = world.activities()[0]
    assert (status, description.partition("Status Reason: ")[2]) == (
        "Cancelled",
        "Instance became unhealthy while waiting for instance to be in InService state.",
    )


def test_a_stopped_machine_is_found_after_half_a_minute_and_replaced_after_another(world: World) -> None:
    world.want(1)
    world.clock.advance(10)
    world.fleet.machine("i-1").stop()
    seen = []
    for _ in range(3):
        member = world.group.roster.members["i-1"]
        seen.append((member.health_status, member.lifecycle_state))
        world.clock.advance(30)
    assert seen == [("Healthy", "InService"), ("Unhealthy", "InService"), ("Unhealthy", "Terminating")]


def test_a_launch_that_ec2_refuses_is_tried_again_after_twice_as_long_each_time(world: World) -> None:
    world.machines.refusal = "The image id '[ami-1]' does not exist."
    world.want(1)
    world.clock.advance(60 + 120 + 240)
    failed = [event.at_s for event in world.history.of(ScalingActivityChanged) if event.status_code == "Failed"]
    assert failed == [0, 60, 180, 420]
    world.machines.refusal = None
    world.clock.advance(480 + 10)
    assert world.now() == {"i-1": "InService"}


def test_a_group_deleted_by_force_is_gone_when_its_last_instance_is(world: World) -> None:
    world.group.put_hook(hook(transition=TERMINATING))
    world.want(2)
    world.clock.advance(10)
    gone: list[float] = []
    world.groups.delete("web", lambda: gone.append(world.clock.now_s))
    world.clock.advance(300)
    assert (gone, world.groups.find("web"), len(world.groups.former)) == ([10 + 25], None, 1)
