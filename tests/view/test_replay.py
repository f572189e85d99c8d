import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.view.replay import ERRORS, NOBODY, answers, counts, segments, shares, state_at
from labkit.view.trace import trace
from tests.view.made_traces import traces
from tests.view.synthetic import NEW, STORIES, first_deployment, one_at_a_time, stuck_at_allow_traffic


def words(made, found):
    return [made["versions"][answer["version"]]["word"] for answer in found]


def test_before_the_deployment_every_visitor_gets_the_old_version():
    made = trace(one_at_a_time(), NEW)
    assert set(words(made, answers(made, 2, 80, 160))) == {"v1"}


def test_between_the_first_and_the_last_instance_visitors_meet_both_versions_in_turn():
    made = trace(one_at_a_time(), NEW)
    assert words(made, answers(made, 1, 200, 206)) == ["v2", "v1", "v1", "v2", "v1", "v1"]


def test_the_instance_that_drains_gets_no_request():
    made = trace(one_at_a_time(), NEW)
    assert {answer["instance"] for answer in answers(made, 4, 104, 186)} == {1, 2, 3}


def test_requests_go_round_all_instances_in_service():
    made = trace(one_at_a_time(), NEW)
    assert [answer["instance"] for answer in answers(made, 1, 80, 88)] == [0, 1, 2, 3, 0, 1, 2, 3]


def test_nobody_in_service_means_the_load_balancer_answers_503():
    made = trace(one_at_a_time(1), NEW)
    found = answers(made, 1, 110, 150)
    assert {(answer["instance"], answer["status"]) for answer in found} == {(NOBODY, 503)}


def test_without_a_healthy_target_all_checked_ones_get_requests():
    made = trace(first_deployment(), NEW)
    found = answers(made, 4, 80, 100)
    assert ({answer["instance"] for answer in found}, {answer["status"] for answer in found}) == ({0, 1, 2, 3}, {404})


def test_shares_are_errors_until_the_first_instance_works():
    made = trace(first_deployment(), NEW)
    first, last = shares(made)
    assert first[2] == {ERRORS: 1.0}
    assert last[2] == {made["deployment"]["version"]: 1.0}


def test_a_moment_shows_what_each_instance_is_at():
    state = state_at(trace(one_at_a_time(), NEW), 130)
    busy, waiting = state["instances"][:2]
    assert (busy["health"], busy["event"], busy["since_s"], busy["in_service"]) == (
        "draining",
        "BlockTraffic",
        104,
        False,
    )
    assert (waiting["target"], waiting["event"], waiting["in_service"]) == ("Pending", None, True)
    assert (state["status"], state["healthy"], state["in_service"]) == ("InProgress", 3, 3)


def test_the_letters_follow_the_lifecycle_events():
    made = trace(one_at_a_time(), NEW)
    assert state_at(made, 90)["instances"][0]["events"] == "." * 13
    assert state_at(made, 130)["instances"][0]["events"] == "+>" + "." * 11
    assert state_at(made, 300)["instances"][0]["events"] == "+" * 13


def test_a_waiting_instance_says_why_its_health_check_fails():
    state = state_at(trace(stuck_at_allow_traffic(), NEW), 300)["instances"][0]
    assert (state["event"], state["health"]) == ("AllowTraffic", "unhealthy")
    assert state["reason"] == "Health checks failed with these codes: [404]"


@given(traces(), st.floats(0.05, 20), st.floats(0, 130), st.floats(0, 130))
def test_counting_by_arithmetic_equals_counting_one_by_one(made, rate, one_s, other_s):
    from_s, to_s = min(one_s, other_s), max(one_s, other_s)
    tally: dict[int, int] = {}
    for answer in answers(made, rate, from_s, to_s):
        tally[answer["version"]] = tally.get(answer["version"], 0) + 1
    assert counts(made, rate, from_s, to_s) == tally


@given(traces(), st.floats(0.05, 20))
def test_every_request_of_the_whole_time_is_answered_once_and_in_order(made, rate):
    found = answers(made, rate, made["from_s"], made["to_s"])
    assert [answer["number"] for answer in found] == list(range(len(found)))
    assert all(made["from_s"] <= answer["at_s"] < made["to_s"] for answer in found)
    assert len(found) == pytest.approx((made["to_s"] - made["from_s"]) * rate, abs=1.01)


@given(traces())
def test_the_segments_fill_the_time_without_a_gap(made):
    cut = segments(made)
    assert (cut[0].from_s, cut[-1].to_s) == (made["from_s"], made["to_s"])
    assert all(a.to_s == b.from_s for a, b in pairwise(cut))


@given(traces())
def test_the_shares_of_a_moment_make_a_whole(made):
    assert all(sum(share.values()) == pytest.approx(1) for _, _, share in shares(made))


@given(traces())
def test_between_two_changes_the_state_stays_the_same(made):
    for segment in segments(made):
        middle = (segment.from_s + segment.to_s) / 2
        serving = [state["in_service"] for state in state_at(made, middle)["instances"]]
        assert serving == [state["in_service"] for state in state_at(made, segment.from_s)["instances"]]


@pytest.mark.parametrize("name", STORIES)
def test_a_trace_survives_the_journey_as_json(name):
    made = trace(STORIES[name](), NEW)
    back = json.loads(json.dumps(made))
    assert back == made
    assert state_at(back, 150) == state_at(made, 150)
