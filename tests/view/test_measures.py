"""The numbers of a deployment, and the sentence made of them."""

import pytest
from hypothesis import given, settings

from labkit.view import replay
from labkit.view.measures import Measures, capacity, measure, minutes_and_seconds
from labkit.view.outcome import ending, outcome
from labkit.view.trace import trace
from tests.view.made_traces import traces
from tests.view.synthetic import NEW, fails_at_start, first_deployment, one_at_a_time, stuck_at_allow_traffic


def measured(history, rate_per_s=10.0) -> Measures:
    return measure(trace(history, NEW), rate_per_s)


def made(**changes) -> Measures:
    usual = {"status": "Succeeded", "duration_s": 326.0, "fleet": 4, "lowest_capacity": 3, "mixed_s": 163.0}
    return Measures(
        **{
            **usual,
            "requests": 3257,
            "failed_requests": 0,
            "rate_per_s": 10.0,
            "extra_instance_minutes": 0.0,
            **changes,
        }
    )


def test_one_at_a_time_keeps_all_but_one_and_mixes_for_most_of_the_time():
    found = measured(one_at_a_time())
    assert (found.status, found.fleet, found.lowest_capacity) == ("Succeeded", 4, 3)
    assert found.mixed_s == 168.8  # from the first instance's return to the last one's leaving
    assert (found.failed_requests, found.extra_instance_minutes) == (0, 0.0)


def test_requests_are_those_of_the_visitors_between_creation_and_end():
    found = measured(one_at_a_time(), 2.0)
    assert abs(found.requests - 2 * found.duration_s) <= 1


def test_a_first_deployment_serves_errors_to_whom_it_has_not_reached():
    found = measured(first_deployment())
    assert (found.fleet, found.lowest_capacity) == (4, 0)
    assert 0 < found.failed_requests < found.requests


def test_a_deployment_that_runs_has_no_duration_yet():
    found = measured(stuck_at_allow_traffic())
    assert found.duration_s is None
    assert ending(found) == "still running"


def test_a_failed_one_says_so():
    assert ending(measured(fails_at_start())).startswith("failed after ")


@settings(max_examples=60, deadline=None)
@given(traces())
def test_measures_agree_with_every_single_answer(made_trace):
    found = measure(made_trace, 3.0)
    deployment = made_trace["deployment"]
    end_s = made_trace["to_s"] if deployment["ended_s"] is None else deployment["ended_s"]
    answers = replay.answers(made_trace, 3.0, deployment["created_s"], end_s)
    errors = [a for a in answers if made_trace["versions"][a["version"]]["kind"] == "error"]
    assert (found.requests, found.failed_requests) == (len(answers), len(errors))
    assert 0 <= found.lowest_capacity <= len(made_trace["instances"])
    assert found.extra_instance_minutes >= 0


@settings(max_examples=60, deadline=None)
@given(traces())
def test_capacity_covers_the_whole_time_without_a_gap(made_trace):
    rows = capacity(made_trace)
    assert [row[0] for row in rows[1:]] == [row[1] for row in rows[:-1]]
    assert (rows[0][0], rows[-1][1]) == (made_trace["from_s"], made_trace["to_s"])


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        pytest.param(
            made(),
            None,
            "5 min 26 s; capacity never below 3 of 4; both versions live for 2 min 43 s.",
            id="by itself",
        ),
        pytest.param(
            made(),
            made(),
            "5 min 26 s, as before; capacity never below 3 of 4; both versions live for 2 min 43 s.",
            id="nothing changed",
        ),
        pytest.param(
            made(duration_s=720.0, mixed_s=0.0),
            made(),
            "12 min 0 s instead of 5 min 26 s; capacity never below 3 of 4.",
            id="slower",
        ),
        pytest.param(
            made(duration_s=87.0, lowest_capacity=0, mixed_s=0.0, requests=868, failed_requests=738),
            made(),
            "1 min 27 s instead of 5 min 26 s; capacity down to 0 of 4; 738 of 868 requests fail.",
            id="nobody left to serve",
        ),
        pytest.param(
            made(status="Failed", duration_s=3725.0, mixed_s=0.0),
            made(),
            "Failed after 1 h 2 min (before: 5 min 26 s); capacity never below 3 of 4.",
            id="it fails now",
        ),
        pytest.param(
            made(mixed_s=0.0, extra_instance_minutes=7.13),
            made(status="Stopped", duration_s=9.0),
            "5 min 26 s (before: stopped after 9 s); capacity never below 3 of 4; 7.1 extra instance-minutes.",
            id="it was stopped before",
        ),
        pytest.param(
            made(status="InProgress", duration_s=None, mixed_s=0.0),
            made(),
            "Still running (before: 5 min 26 s); capacity never below 3 of 4.",
            id="still running",
        ),
    ],
)
def test_the_outcome_is_one_sentence(now, before, sentence):
    assert outcome(now, before) == sentence


def test_lengths_of_time_in_tables():
    assert [minutes_and_seconds(s) for s in (0, 9.6, 319, 3725)] == ["0:00", "0:10", "5:19", "1:02:05"]
