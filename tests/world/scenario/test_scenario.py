"""A scenario: a world from plain parameters, in which a deployment really deploys."""

import gc
import subprocess
import sys
from collections import Counter

import pytest

from labkit.rules.healthy_hosts import ALL_AT_ONCE, HALF_AT_A_TIME
from labkit.simulation.misuse import MisuseError
from labkit.world.agent.bundle import GitHubStatusError
from labkit.world.base_image import base_image
from labkit.world.events import (
    DeploymentStarted,
    GroupInstanceChanged,
    MachineChanged,
    PageChanged,
    RevisionInstalled,
    TargetHealthChanged,
)
from labkit.world.scenario.image import image_after
from labkit.world.scenario.parameters import ApplicationVersion, FaultAt, Names, Scenario
from labkit.world.scenario.run import run
from tests.world.scenario.hello import RESOURCES, changed, play, scenario, versions

STYLES = ("IN_PLACE", "BLUE_GREEN")


@pytest.fixture(scope="module")
def in_place():
    return play(fleet_size=4)


@pytest.fixture(scope="module")
def blue_green():
    return play(fleet_size=3, style="BLUE_GREEN", config=ALL_AT_ONCE, termination_wait_s=120.0)


def last_pages(played):
    """What the machines that run at the end answer: the status and the revision, counted."""
    pages, gone = {}, set()
    for event in played.history:
        if isinstance(event, PageChanged):
            pages[event.instance_id] = (event.status, event.revision)
        elif isinstance(event, MachineChanged) and event.state == "terminated":
            gone.add(event.instance_id)
    return Counter(page for instance_id, page in pages.items() if instance_id not in gone)


def test_it_needs_neither_boto3_nor_moto():
    script = (
        "import sys; from tests.world.scenario.hello import play; assert play().deployment.status == 'Succeeded'; "
        "print([name for name in ('boto3', 'botocore', 'moto') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_version_2_is_on_every_machine_at_the_end(in_place):
    assert in_place.deployment.status == "Succeeded"
    assert last_pages(in_place) == {(200, versions()[1].revision.label): 4}


def test_version_1_was_there_before(in_place):
    installed = in_place.history.of(RevisionInstalled)
    assert [event.revision for event in installed] == [versions()[0].revision.label] * 4 + [
        versions()[1].revision.label
    ] * 4


def test_the_fleet_is_spread_over_its_zones(in_place):
    zones = {event.instance_id: event.availability_zone for event in in_place.history.of(MachineChanged)}
    assert Counter(zones.values()) == {"ap-northeast-2a": 2, "ap-northeast-2b": 2}


def test_nothing_was_deployed_before_if_there_is_no_version_before():
    played = play(before=None, fleet_size=2)
    assert played.deployment.status == "Succeeded"
    assert len(played.history.of(DeploymentStarted)) == 1


def test_blue_green_gives_the_traffic_to_a_copy_of_the_fleet_and_ends_the_old_one(blue_green):
    assert blue_green.deployment.status == "Succeeded"
    green = [target.instance_id for target in blue_green.deployment.targets.values() if target.label == "Green"]
    assert len(set(green) - set(blue_green.fleet)) == 3
    ended = {event.instance_id for event in blue_green.history.of(MachineChanged) if event.state == "shutting-down"}
    assert ended == set(blue_green.fleet)


def test_blue_instances_live_on_for_the_termination_wait(blue_green):
    blue = set(blue_green.fleet)
    drained = [
        e.at_s
        for e in blue_green.history.of(TargetHealthChanged)
        if (e.state, e.instance_id in blue) == ("unused", True)
    ]
    ended = [e.at_s for e in blue_green.history.of(MachineChanged) if e.state == "shutting-down"]
    assert min(ended) - max(drained) >= 120


def test_a_scenario_without_a_load_balancer_has_no_traffic_to_block():
    played = play(fleet_size=2, behind_load_balancer=False)
    assert played.deployment.status == "Succeeded"
    assert not played.history.of(TargetHealthChanged)
    assert "BlockTraffic" not in {e.name for t in played.deployment.targets.values() for e in t.lifecycle_events}


@pytest.mark.parametrize(
    ("parameters", "event", "message"),
    [
        pytest.param(
            {"after": changed("scripts/start_server.sh", "#!/bin/bash\nexit 3\n")},
            "ApplicationStart",
            "Script at specified location: scripts/start_server.sh run as user root failed with exit code 3",
            id="a failing script fails its lifecycle event",
        ),
        pytest.param(
            {"after": ApplicationVersion(versions()[1].revision, GitHubStatusError(404, "Not Found"))},
            "DownloadBundle",
            "404 'Not Found'",
            id="a bundle that cannot be had fails DownloadBundle",
        ),
        pytest.param(
            {"health_check_path": "/health"},
            "AllowTraffic",
            "The load balancer did not report the instance as healthy within 60 minutes.",
            id="a health check that asks for a page that is not there lets AllowTraffic wait for its hour",
        ),
    ],
)
def test_what_goes_wrong_goes_wrong_as_in_the_lab(parameters, event, message):
    played = play(fleet_size=2, **parameters)
    [target] = [target for target in played.deployment.targets.values() if target.status == "Failed"]
    [failed] = [e for e in target.lifecycle_events if e.status == "Failed"]
    assert (failed.name, message in failed.diagnostics.message) == (event, True), failed.diagnostics
    assert played.deployment.error.code == "HEALTH_CONSTRAINTS"


def test_a_fault_comes_at_its_moment_on_its_instance():
    told = []

    def inject(region, fault, instance_id):
        told.append((region.clock.now_s, fault, instance_id))
        region.fleet.machine(instance_id).stop()

    asked = scenario(fleet_size=3, faults=(FaultAt("machine-stopped", 2, 45.0),))
    played = run(asked, inject)
    assert told == [(played.deployment.created_s + 45, "machine-stopped", played.fleet[2])]


def test_a_fault_of_the_catalogue_needs_no_account():
    played = play(fleet_size=3, faults=(FaultAt("fail-next-script", 1, 10.0),))
    [failed] = [target for target in played.deployment.targets.values() if target.status == "Failed"]
    assert failed.instance_id == played.fleet[1]
    assert "ScriptFailed" in {e.diagnostics.error_code for e in failed.lifecycle_events if e.diagnostics}


def test_a_fault_that_needs_records_says_so():
    with pytest.raises(MisuseError, match="a world without records"):
        play(fleet_size=1, faults=(FaultAt("no-instance-profile", 0, 5.0),))


def test_it_takes_the_names_and_the_moment_it_is_given():
    instances = (("i-0aaa", "eu-west-1b"), ("i-0bbb", "eu-west-1a"))
    names = Names(application="shop", deployment_id="d-SHOPSHOP1", instances=instances, target_group="shop-targets")
    played = play(fleet_size=3, names=names, availability_zones=("eu-west-1a", "eu-west-1b"), created_s=5000.0)
    assert played.deployment_id == "d-SHOPSHOP1"
    assert played.deployment.created_s == 5000.0
    assert {"i-0aaa", "i-0bbb"} < set(played.fleet)
    zones = {event.instance_id: event.availability_zone for event in played.history.of(MachineChanged)}
    assert (zones["i-0aaa"], zones["i-0bbb"]) == ("eu-west-1b", "eu-west-1a")
    assert {event.target_group.split("/")[1] for event in played.history.of(TargetHealthChanged)} == {"shop-targets"}


def test_instances_are_in_service_in_auto_scaling_before_anything_is_deployed(in_place):
    entered = [e.at_s for e in in_place.history.of(GroupInstanceChanged) if e.lifecycle_state == "InService"]
    assert max(entered) < min(e.at_s for e in in_place.history.of(DeploymentStarted))


def test_keeping_is_a_configuration_that_promises_so_many_hosts():
    asked = scenario(fleet_size=4).keeping(3)
    assert (asked.minimum_healthy_hosts, asked.config.name) == (3, "at-least-3-healthy")
    assert scenario(fleet_size=5, config=HALF_AT_A_TIME).minimum_healthy_hosts == 3


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        pytest.param({"fleet_size": 0}, "Expected fleet_size to be 1 or more", id="no instance"),
        pytest.param({"availability_zones": ()}, "Expected the names of one or more", id="no zone"),
        pytest.param({"deregistration_delay_s": 3601}, "from 0 to 3600 seconds", id="too long a delay"),
        pytest.param({"health_check_interval_s": 4}, "HealthCheckIntervalSeconds", id="too short an interval"),
        pytest.param({"matcher": "two hundred"}, "Expected a matcher of HTTP codes", id="an unreadable matcher"),
        pytest.param({"faults": (FaultAt("x", 4, 0.0),)}, "a fault on one of 4 instances", id="a fault on nobody"),
    ],
)
def test_parameters_out_of_range_are_refused_in_a_sentence(wrong, sentence):
    with pytest.raises(MisuseError, match=sentence):
        scenario(**wrong)


def test_a_fleet_may_begin_with_user_data_instead_of_an_image():
    user_data = (RESOURCES / "user-data" / "web-server.sh").read_text()
    played = play(image=base_image(), user_data=user_data, fleet_size=2)
    assert played.deployment.status == "Succeeded"
    assert last_pages(played) == {(200, versions()[1].revision.label): 2}


def test_user_data_that_fails_makes_no_image():
    with pytest.raises(MisuseError, match="found 7; try it"):
        image_after("#!/bin/bash\nexit 7\n")


@pytest.mark.parametrize("style", STYLES)
def test_the_same_scenario_is_played_the_same_way_byte_by_byte(style):
    asked = {"fleet_size": 3, "style": style, "seed": 11}
    assert play(**asked).history.to_json() == play(**asked).history.to_json()


def test_pythons_collector_is_as_it_was_afterwards():
    gc.disable()
    try:
        play(fleet_size=1)
        assert not gc.isenabled()
    finally:
        gc.enable()
    with pytest.raises(MisuseError):
        play(fleet_size=1, faults=(FaultAt("no-such-fault", 0, 1.0),))
    assert gc.isenabled()


def test_another_seed_gives_other_ids():
    assert not set(play(fleet_size=2, seed=1).fleet) & set(play(fleet_size=2, seed=2).fleet)


def test_a_scenario_is_a_value():
    assert scenario() == scenario()
    assert len(repr(scenario())) < 2000  # neither the image nor the bundles
    assert isinstance(scenario(), Scenario)
