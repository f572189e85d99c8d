import json

import pytest

from labkit.view.trace import UnknownDeploymentError, trace
from labkit.world.events import MachineChanged, RequestAnswered
from tests.view.synthetic import (
    LABELS,
    NEW,
    STORIES,
    Script,
    answers,
    begin,
    fleet,
    health,
    instance_id,
    one_at_a_time,
    roll,
    status,
    stuck_at_allow_traffic,
)


def rolled(script: Script, size: int = 2):
    at_s = begin(script, size, size - 1)
    for number in range(1, size + 1):
        at_s = roll(script, number, at_s) + 1
    script.at(at_s, status("Succeeded"))
    return script.history()


def test_it_begins_a_little_before_the_deployment_and_ends_a_little_after():
    made = trace(one_at_a_time(), NEW)
    assert made["from_s"] == made["deployment"]["created_s"] - 20
    assert made["to_s"] == made["deployment"]["ended_s"] + 20


def test_a_deployment_that_has_not_ended_reaches_up_to_what_is_known():
    history = stuck_at_allow_traffic()
    made = trace(history, NEW)
    assert made["deployment"]["ended_s"] is None
    assert made["to_s"] == history[-1].at_s


def test_an_unknown_deployment_is_refused_with_the_known_ones():
    with pytest.raises(UnknownDeploymentError) as refused:
        trace(one_at_a_time(), "d-NOSUCH")
    assert str(refused.value) == (
        "Expected the id of a deployment of this lab, found 'd-NOSUCH'; the lab knows d-FIRST0001, d-75I7MBT7C."
    )
    assert isinstance(refused.value, ValueError)


def test_a_lab_without_deployments_says_so():
    with pytest.raises(ValueError, match="the lab has seen no deployment yet"):
        trace([], "d-NOSUCH")


def test_the_same_history_gives_the_same_bytes():
    assert json.dumps(trace(one_at_a_time(), NEW)) == json.dumps(trace(one_at_a_time(), NEW))


def test_four_instances_stay_under_64_kb():
    assert len(json.dumps(trace(one_at_a_time(), NEW)).encode()) < 64_000


def test_it_grows_with_events_and_not_with_time():
    short, long = (len(json.dumps(trace(one_at_a_time(drain_s=drain_s), NEW))) for drain_s in (60, 3600))
    assert long < short * 1.05


def test_it_does_not_grow_with_requests():
    def asked(times: int):
        script = Script()
        fleet(script, 2)
        requests = [
            RequestAnswered(
                load_balancer="arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/hello-web-alb/0",
                path="/",
                status=200,
                instance_id=instance_id(1),
                revision=LABELS[1],
            )
        ]
        script.at(130, *(requests * times))
        return trace(rolled(script), NEW)

    many, more = asked(1000), asked(2000)
    assert (many["requests_made"], more["requests_made"]) == (1000, 2000)
    assert len(json.dumps(more)) == len(json.dumps(many))
    assert more["load_balancer"] == "hello-web-alb"


def test_versions_keep_their_number_word_and_color_from_trace_to_trace():
    history = one_at_a_time()
    new = trace(history, NEW)
    old = trace(history, "d-FIRST0001")
    pictured = {(v["label"], v["number"], v["word"], v["light"], v["path"]) for v in new["versions"] if v["number"]}
    assert {row for row in pictured if row[1] == 1} == {
        (v["label"], v["number"], v["word"], v["light"], v["path"]) for v in old["versions"] if v["number"] == 1
    }


def test_a_short_commit_message_is_the_versions_word():
    words = {version["label"]: version["word"] for version in trace(one_at_a_time(), NEW)["versions"]}
    assert (words[LABELS[1]], words[LABELS[2]]) == ("v1", "v2")


def test_errors_are_versions_of_their_own():
    script = Script()
    fleet(script, 2)
    script.at(95, answers(1, 1, 500))
    made = trace(rolled(script), NEW)
    words = {version["word"] for version in made["versions"] if version["kind"] == "error"}
    assert {"500", "down"} <= words


def test_an_instance_that_served_no_deployment_has_no_name_and_no_row():
    script = Script()
    builder = MachineChanged(instance_id="i-builder", state="running", availability_zone="ap-northeast-2a")
    script.at(0.5, builder)
    fleet(script, 2)
    made = trace(rolled(script), NEW)
    assert [(i["id"], i["name"]) for i in made["instances"]] == [(instance_id(1), "web-1"), (instance_id(2), "web-2")]


def test_an_instance_that_serves_but_is_not_deployed_to_is_shown():
    script = Script()
    fleet(script, 3)
    made = trace(rolled(script, 2), NEW)
    assert [instance["name"] for instance in made["instances"]] == ["web-1", "web-2", "web-3"]
    assert made["instances"][2]["in_service"] == [[made["from_s"], made["to_s"]]]


def test_a_machine_that_was_terminated_before_is_not_shown():
    script = Script()
    fleet(script, 3)
    script.at(
        70,
        health(3, "unused", "Target.NotRegistered"),
        MachineChanged(instance_id=instance_id(3), state="terminated", availability_zone="ap-northeast-2a"),
    )
    assert [i["name"] for i in trace(rolled(script, 2), NEW)["instances"]] == ["web-1", "web-2"]


def test_without_a_load_balancer_every_running_instance_is_asked():
    script = Script()
    fleet(script, 2)
    script.events = [pair for pair in script.events if pair[1].kind != "TargetHealthChanged"]
    begin(script, 2, 1)
    script.at(150, status("Succeeded"))
    made = trace(script.history(), NEW)
    assert made["target_group"] is None
    assert [instance["in_service"] for instance in made["instances"]] == [[[80.0, 170.0]], [[80.0, 170.0]]]


def test_the_files_that_were_installed_change_the_version_even_if_the_page_is_the_same():
    made = trace(one_at_a_time(), NEW)
    words = [made["versions"][row["version"]]["word"] for row in made["instances"][0]["answers"]]
    assert words == ["v1", "down", "v2"]


@pytest.mark.parametrize("name", STORIES)
def test_in_service_intervals_are_in_order_and_inside(name):
    made = trace(STORIES[name](), NEW)
    for instance in made["instances"]:
        edges = [edge for pair in instance["in_service"] for edge in pair]
        assert edges == sorted(edges)
        assert all(made["from_s"] <= edge <= made["to_s"] for edge in edges)


def test_an_instance_waits_from_the_moment_the_fleet_is_known():
    made = trace(one_at_a_time(), NEW)
    assert made["instances"][3]["target"][0] == {"at_s": 103.0, "state": "Pending"}


def test_an_instance_that_answers_with_an_error_is_asked_only_while_the_others_are_no_better():
    script = Script()
    fleet(script, 2)
    script.at(95, answers(1, 1, 500), health(1, "unhealthy", "Target.ResponseCodeMismatch"))
    script.at(99, health(2, "unhealthy", "Target.ResponseCodeMismatch"))
    made = trace(rolled(script), NEW)
    assert made["instances"][0]["in_service"][:2] == [[80.0, 95.0], [99.0, 104.0]]
