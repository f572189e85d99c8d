"""``lab.what_if`` and ``lab.compare``, beside a lab that they leave as it is."""

import pytest

import labkit
from labkit.lessons.alternatives import FAULTS
from labkit.simulation.misuse import MisuseError
from labkit.view.trace import trace
from labkit.world.events import DeploymentCreated
from labkit.world.faults.catalogue import find
from tests.aws.stories import commit, deploy, finish, page


@pytest.fixture(scope="module")
def lab():
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=4) as lab:
        yield lab


@pytest.fixture(scope="module")
def deployment_id(lab):
    deployment_id = deploy(commit(lab, {"index.html": page("version 2")}))
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    lab.advance(seconds=20)
    return deployment_id


@pytest.fixture(autouse=True)
def untouched(lab, deployment_id):
    """What every test here must leave alone: the lab's history and its clock."""
    before = (lab.history.to_json(), lab.now)
    yield
    assert (lab.history.to_json(), lab.now) == before


@pytest.fixture
def what_if(lab, deployment_id):
    return lab.what_if(deployment_id)


def test_it_begins_with_the_students_own_deployment_to_the_millisecond(lab, deployment_id, what_if):
    own, shown = trace(lab.history, deployment_id), what_if.theater.trace
    for key in ("deployment", "versions", "story", "moments", "load_balancer", "address", "zones"):
        assert shown[key] == own[key], key
    for mine, played in zip(own["instances"], shown["instances"], strict=True):
        assert (played["id"], played["lifecycle"]) == (mine["id"], mine["lifecycle"])
    assert what_if.outcome == "5 min 26 s, as before; capacity never below 3 of 4; both versions live for 2 min 43 s."


@pytest.mark.parametrize(
    ("control", "value", "sentence"),
    [
        pytest.param("fleet_size", 2, "capacity never below 1 of 2", id="fleet size"),
        pytest.param("style", "BLUE_GREEN", "extra instance-minutes", id="deployment type"),
        pytest.param("config", "CodeDeployDefault.AllAtOnce", "capacity down to 0 of 4", id="configuration"),
        pytest.param("minimum_healthy_hosts", 2, "capacity never below 2 of 4", id="minimum healthy"),
        pytest.param("health_check_interval_s", 30, "instead of 5 min 26 s", id="health check interval"),
        pytest.param("deregistration_delay_s", 0, "1 min 26 s instead of", id="deregistration delay"),
    ],
)
def test_a_change_plays_it_again_and_says_what_came_of_it(what_if, control, value, sentence):
    what_if.controls.set(**{control: value})
    assert sentence in what_if.outcome
    assert repr(what_if) == f"<What if, for {what_if.scenario.names.deployment_id}: {what_if.outcome}>"


def test_a_fault_on_the_instance_that_is_taken_first_fails_the_deployment(what_if):
    began = [instance["lifecycle"][0]["from_s"] for instance in what_if.theater.trace["instances"]]
    what_if.controls.set(fault="fail-next-script", fault_instance=str(began.index(min(began))))
    assert "Failed after" in what_if.outcome


def test_a_fault_on_the_last_instance_does_not_fail_it_as_one_may_be_missing(what_if):
    began = [instance["lifecycle"][0]["from_s"] for instance in what_if.theater.trace["instances"]]
    what_if.controls.set(fault="fail-next-script", fault_instance=str(began.index(max(began))))
    assert "Failed" not in what_if.outcome


def test_the_playhead_stays_where_it_is(what_if):
    what_if.theater.playhead_s = 555.0
    what_if.controls.set(fleet_size=6)
    assert what_if.theater.playhead_s == 555.0
    assert len(what_if.theater.trace["instances"]) == 6


def test_the_other_controls_follow_what_they_depend_on(what_if):
    panel = what_if.controls.panel

    def field(name):
        return next(field for field in panel.fields if field["name"] == name)

    assert (panel.values["minimum_healthy_hosts"], field("fault_at_s")["disabled"]) == (3, True)
    what_if.controls.set(fleet_size=8)
    assert (panel.values["minimum_healthy_hosts"], field("minimum_healthy_hosts")["max"]) == (7, 8)
    what_if.controls.set(minimum_healthy_hosts=5)
    assert panel.values["config"] == "own-minimum"
    what_if.controls.set(fault="agent-stopped", fault_instance="7")
    assert (field("fault_at_s")["disabled"], field("fault")["tip"]) == (False, find("agent-stopped").description)
    what_if.controls.set(fleet_size=2)
    assert (panel.values["minimum_healthy_hosts"], panel.values["fault_instance"]) == (2, "1")


def test_as_it_was_takes_everything_back(what_if):
    start, first = what_if.scenario, what_if.theater.trace
    what_if.controls.set(fleet_size=2)
    what_if.controls.set(fault="agent-stopped")
    what_if.controls.reset()
    assert (what_if.scenario, what_if.theater.trace) == (start, first)


def test_more_visitors_change_the_count_of_errors_alone(what_if):
    what_if.controls.set(config="CodeDeployDefault.AllAtOnce")
    shown = what_if.theater.trace
    assert "738 of 868 requests fail" in what_if.outcome
    what_if.controls.set(request_rate_per_s=100)
    assert "7,380 of 8,674 requests fail" in what_if.outcome
    assert what_if.theater.trace == shown


def test_a_minimum_that_leaves_nobody_to_deploy_to_is_the_deployments_own_failure(what_if):
    what_if.controls.set(minimum_healthy_hosts=4)
    assert what_if.outcome.startswith("Failed after 3 s (before: 5 min 26 s)")
    assert what_if.theater.trace["deployment"]["statuses"][-1]["error_code"] == "HEALTH_CONSTRAINTS_INVALID"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_it_offers_can_happen_in_a_world_without_records(what_if, fault):
    what_if.controls.set(fault=fault)
    what_if.controls.set(fault_at_s=20)
    assert " s; " in what_if.outcome or " min" in what_if.outcome
    assert "Expected" not in what_if.outcome
    assert find(fault).description


def test_every_control_has_a_label_a_description_and_a_unit_where_it_is_a_number(what_if):
    panel = what_if.controls.panel
    assert {field["name"] for field in panel.fields} == set(panel.values)
    for field in panel.fields:
        assert field["label"] != field["tip"]
        assert field["tip"]
        if field["kind"] == "range":
            assert field["label"].endswith(")"), field
            assert field["min"] <= panel.values[field["name"]] <= field["max"]
        else:
            assert panel.values[field["name"]] in [value for _, value in field["options"]]


def test_the_browsers_button_takes_everything_back(what_if):
    what_if.controls.set(fleet_size=2)
    what_if.controls.panel._handle_custom_msg({"kind": "reset"}, [])
    assert what_if.controls.panel.values["fleet_size"] == 4


def test_what_a_notebook_shows_without_a_browser_is_the_outcome_and_the_still_picture(what_if):
    data, _ = what_if._repr_mimebundle_()
    assert data["text/plain"] == repr(what_if)
    assert data["image/svg+xml"].startswith("<svg")


def test_configurations_are_compared_by_name(lab, deployment_id):
    names = (
        "CodeDeployDefault.OneAtATime",
        "CodeDeployDefault.HalfAtATime",
        "CodeDeployDefault.AllAtOnce",
        "BLUE_GREEN",
    )
    found = [run.cells() for run in lab.compare(*names, deployment_id=deployment_id)]
    assert found == [
        ("Succeeded", "5:26", "3 of 4", "2:43", "0 of 3257", "0.0"),
        ("Succeeded", "2:44", "2 of 4", "0:06", "0 of 1644", "0.0"),
        ("Succeeded", "1:27", "0 of 4", "0:00", "738 of 868", "0.0"),
        ("Succeeded", "1:50", "4 of 4", "0:08", "0 of 1096", "7.1"),
    ]


def test_deployments_are_compared_by_id(lab, deployment_id):
    [first, _] = [event.deployment_id for event in lab.history.of(DeploymentCreated)]
    both = lab.compare(first, deployment_id)
    assert [run.name for run in both] == [first, deployment_id]
    assert both[1].trace == trace(lab.history, deployment_id)


@pytest.mark.parametrize(
    ("names", "more", "sentence"),
    [
        pytest.param((), {}, "Expected two or more deployments or configurations to compare, found nothing", id="none"),
        pytest.param(("BLUE_GREEN",), {}, "found BLUE_GREEN; add one", id="one"),
        pytest.param(("OneAtATime", "x"), {}, "found 'OneAtATime'; check its spelling", id="a name of nothing"),
        pytest.param(
            ("CodeDeployDefault.OneAtATime", "BLUE_GREEN"), {}, "which deployment to play again", id="no deployment"
        ),
        pytest.param(
            ("BLUE_GREEN", "CodeDeployDefault.OneAtATime"),
            {"deployment_id": "d-NONE"},
            "Expected the id of a deployment of this lab, found 'd-NONE'",
            id="an unknown deployment",
        ),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(lab, names, more, sentence):
    with pytest.raises(MisuseError, match=sentence):
        lab.compare(*names, **more)


def test_an_unknown_deployment_has_no_what_if(lab):
    with pytest.raises(MisuseError, match="found 'd-NONE'"):
        lab.what_if("d-NONE")


def test_charts_draw_the_same(lab, deployment_id):
    assert lab.charts.healthy_hosts(deployment_id)._repr_png_().startswith(b"\x89PNG")
    assert "healthy_hosts(deployment_id)" in repr(lab.charts)
    compared = lab.compare(deployment_id, "BLUE_GREEN", deployment_id=deployment_id)
    assert lab.charts.comparison(compared)._repr_png_() == lab.charts.comparison(compared)._repr_png_()
