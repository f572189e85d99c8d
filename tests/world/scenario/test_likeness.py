"""A scenario like a deployment of another world tells the same story, without touching that world."""

from dataclasses import replace

import pytest

from labkit.rules.healthy_hosts import ALL_AT_ONCE, HALF_AT_A_TIME
from labkit.simulation.misuse import MisuseError
from labkit.view.trace import trace
from labkit.world.region import Region
from labkit.world.scenario.likeness import like
from labkit.world.scenario.run import deploy, run
from labkit.world.scenario.stand import build
from tests.world.scenario.hello import changed, scenario


def lived(**parameters):
    """The world and the deployment of a scenario, as if somebody had done all that by hand."""
    asked = scenario(**parameters)
    stand = build(asked)
    return stand.region, deploy(stand, asked).deployment


def told(history, deployment_id):
    """What pictures tell of a deployment: everything from its creation to its end."""
    whole = trace(history, deployment_id)
    created_s = whole["deployment"]["created_s"]
    rows = [
        [
            *(instance[kind] for kind in ("name", "id", "zone", "lifecycle", "target")),
            *([row for row in instance[kind] if row["at_s"] > created_s] for kind in ("health", "answers", "machine")),
        ]
        for instance in whole["instances"]
    ]
    return whole["deployment"], whole["versions"], whole["story"], rows


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"fleet_size": 5}, id="one at a time"),
        pytest.param({"fleet_size": 5, "config": HALF_AT_A_TIME, "health_check_interval_s": 25}, id="half at a time"),
        pytest.param({"before": None, "config": ALL_AT_ONCE, "deregistration_delay_s": 0}, id="a first deployment"),
        pytest.param({"after": changed("scripts/start_server.sh", "exit 1\n")}, id="a failing script"),
        pytest.param({"behind_load_balancer": False}, id="without a load balancer"),
        pytest.param({"style": "BLUE_GREEN", "fleet_size": 3, "config": ALL_AT_ONCE}, id="blue/green"),
        pytest.param({"availability_zones": ("eu-west-1c",), "seed": 3}, id="another zone and seed"),
    ],
)
def test_unchanged_it_tells_the_same_story_to_the_millisecond(parameters):
    region, deployment = lived(**parameters)
    again = run(like(region, deployment.id))
    assert told(again.history, deployment.id) == told(region.history, deployment.id)


def test_a_blue_green_deployment_is_found_with_the_fleet_it_began_with():
    region, deployment = lived(style="BLUE_GREEN", fleet_size=2, termination_wait_s=60.0)
    found = like(region, deployment.id)
    assert (found.style, found.fleet_size, found.termination_wait_s) == ("BLUE_GREEN", 2, 60.0)
    again = run(found)
    assert again.deployment.completed_s == deployment.completed_s
    assert set(again.fleet) == {i for i, target in deployment.targets.items() if target.label == "Blue"}


def test_the_world_it_is_like_is_not_touched():
    region, deployment = lived(fleet_size=2)
    before, now_s = region.history.to_json(), region.clock.now_s
    run(replace(like(region, deployment.id), fleet_size=3))
    assert (region.history.to_json(), region.clock.now_s) == (before, now_s)


def test_a_larger_fleet_keeps_the_instances_there_were():
    region, deployment = lived(fleet_size=2)
    grown = run(replace(like(region, deployment.id), fleet_size=4))
    assert set(deployment.targets) < set(grown.fleet)


def test_what_is_not_known_is_said_in_a_sentence():
    with pytest.raises(MisuseError, match="Expected the id of a deployment of this lab, found 'd-NONE'"):
        like(Region(1), "d-NONE")


def test_a_deployment_that_has_not_begun_has_no_fleet_yet():
    asked = scenario(fleet_size=1)
    stand = build(asked)
    first = next(iter(stand.engine.find(i) for i in stand.group.installed_by.values()))
    order = replace(first.order, deployment_id="d-NEW", revision=asked.after.revision)
    stand.engine.start(order)
    with pytest.raises(MisuseError, match=r"found none for d-NEW \(Created\); let lab time pass"):
        like(stand.region, "d-NEW")
