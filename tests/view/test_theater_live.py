"""A theater of a lab that lives: what the browser asks for happens there, and the picture goes on."""

import boto3
import pytest

import labkit
from labkit.world.events import FaultInjected


@pytest.fixture(scope="module")
def commit():
    return {"index.html": "<h1>Hello, version 2</h1>"}


@pytest.fixture
def lab():
    with labkit.start(stage="v1-deployed", seed=7) as lab:
        yield lab


@pytest.fixture
def theater(lab, commit):
    commit_id = lab.github.repository("student/hello-web").commit(commit, "v2")
    location = {"repository": "student/hello-web", "commitId": commit_id}
    made = boto3.client("codedeploy").create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )
    theater = lab.theater(made["deploymentId"])
    ask(theater, kind="live")
    return theater


def ask(theater, **message):
    """What the browser sends."""
    theater._handle_custom_msg(message, [])


def test_what_is_saved_of_a_theater_offers_nothing(lab, theater):
    assert lab.theater(theater.trace["deployment"]["id"]).get_state()["live"] == {}


def test_the_picture_of_a_running_deployment_ends_at_the_labs_present(lab, theater):
    assert theater.live["running"]
    ask(theater, kind="advance", seconds=90)
    now_s = lab.now.timestamp() - labkit.simulation.clock.LAB_START.timestamp()
    assert theater.trace["to_s"] == pytest.approx(now_s)
    assert theater.live["now"] == f"{lab.now:%H:%M:%S}"


def test_time_passes_until_the_deployment_has_ended(theater):
    for _ in range(20):
        ask(theater, kind="advance", seconds=60)
    assert theater.trace["deployment"]["statuses"][-1]["status"] == "Succeeded"
    assert theater.live["running"] is False


def test_a_script_that_is_broken_by_a_click_fails_the_deployment(lab, theater):
    ask(theater, kind="advance", seconds=30)
    [taken_first] = [one for one in theater.trace["instances"] if one["target"][-1]["state"] == "InProgress"]
    ask(theater, kind="inject", fault="fail-next-script", instance=taken_first["id"])
    said = f"{taken_first['name']}: Fail the next script. Let time pass to see what comes of it."
    assert theater.live["said"] == said
    assert [event.fault for event in lab.history.of(FaultInjected)] == ["fail-next-script"]
    for _ in range(20):
        ask(theater, kind="advance", seconds=60)
    assert theater.trace["deployment"]["statuses"][-1]["status"] == "Failed"
    failed = [i["name"] for i in theater.trace["instances"] if i["target"] and i["target"][-1]["state"] == "Failed"]
    assert failed == [taken_first["name"]]


@pytest.mark.parametrize("fault", ["agent-stopped", "fail-next-script", "break-health-check"])
def test_every_offered_fault_has_a_word_and_can_be_made_to_happen(theater, fault):
    assert fault in theater.live["faults"]
    ask(theater, kind="inject", fault=fault, instance=theater.trace["instances"][2]["id"])
    assert theater.live["said"].startswith(f"web-3: {theater.words[f'fault_{fault}']}")


def test_what_can_not_be_done_is_said_and_not_raised(lab, theater):
    ask(theater, kind="inject", fault="agent-stopped", instance="i-0123456789abcdef0")
    assert theater.live["said"].startswith("Expected the id of an instance of this world")
    lab.stop()
    ask(theater, kind="advance", seconds=60)
    assert theater.live["said"].startswith("Expected the lab of this picture to be open")
