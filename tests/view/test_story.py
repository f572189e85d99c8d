import pytest

from labkit.view.trace import trace
from labkit.view.words import ENGLISH, fill
from tests.view.synthetic import NEW, STORIES, fails_at_start, first_deployment, one_at_a_time, stuck_at_allow_traffic


def told(made, at_s):
    row = [row for row in made["story"] if row["at_s"] <= at_s][-1]
    return " ".join(fill(ENGLISH, sentence["key"], sentence["gaps"]) for sentence in row["sentences"])


@pytest.mark.parametrize(
    ("story", "at_s", "sentence"),
    [
        pytest.param(
            one_at_a_time,
            85,
            "Nothing is being deployed yet: visitors get what the instances have served so far.",
            id="before it begins",
        ),
        pytest.param(
            one_at_a_time,
            103,
            "4 instances will take turns as CodeDeployDefault.OneAtATime says; at least 3 must stay healthy.",
            id="the promise",
        ),
        pytest.param(
            one_at_a_time,
            130,
            "BlockTraffic: the load balancer stops sending web-1 new requests and waits for open ones.",
            id="draining",
        ),
        pytest.param(
            one_at_a_time,
            187,
            "web-1 finished: v2 is installed. web-1 is back with v2: from now on visitors meet v1 and v2 in turn.",
            id="the first mix",
        ),
        pytest.param(
            one_at_a_time,
            356,
            "BlockTraffic: the load balancer stops sending web-4 new requests and waits for open ones. "
            "The last instance with v1 has left: every visitor now gets v2.",
            id="the last of the old version",
        ),
        pytest.param(one_at_a_time, 440, "The deployment succeeded.", id="success"),
        pytest.param(
            fails_at_start,
            256,
            "ApplicationStart failed on web-2: Script at specified location: scripts/start_server.sh failed with exit "
            "code 1 (the log ends with “nginx: [emerg] unexpected end of file”). "
            "web-2 failed; all later lifecycle events there are skipped.",
            id="a script fails and its log says why",
        ),
        pytest.param(
            fails_at_start,
            260,
            "web-3 and web-4 keep what they had: the deployment ended before their turn. The deployment failed: "
            "The overall deployment failed because too many individual instances failed deployment.",
            id="the deployment fails",
        ),
        pytest.param(
            stuck_at_allow_traffic,
            400,
            "AllowTraffic still waits: web-1 fails the health check (Health checks failed with these codes: [404]).",
            id="stuck at AllowTraffic",
        ),
        pytest.param(
            first_deployment,
            85,
            "No target is healthy, so the load balancer sends requests to all of them (fail open): "
            "Health checks failed with these codes: [404].",
            id="fail open",
        ),
        pytest.param(
            lambda: one_at_a_time(1),
            110,
            "BlockTraffic: the load balancer stops sending web-1 new requests and waits for open ones. "
            "No instance takes requests: the load balancer itself answers 503.",
            id="nobody in service",
        ),
    ],
)
def test_the_narrator_says_what_happens_and_why(story, at_s, sentence):
    assert told(trace(story(), NEW), at_s) == sentence


@pytest.mark.parametrize("name", STORIES)
def test_every_sentence_is_in_the_words_and_leaves_no_gap_open(name):
    made = trace(STORIES[name](), NEW)
    for row in made["story"]:
        for sentence in row["sentences"]:
            assert "{" not in fill(ENGLISH, sentence["key"], sentence["gaps"])


@pytest.mark.parametrize("name", STORIES)
def test_the_story_starts_with_the_trace_and_never_goes_back(name):
    made = trace(STORIES[name](), NEW)
    moments = [row["at_s"] for row in made["story"]]
    assert moments[0] == made["from_s"]
    assert moments == sorted(set(moments))
    assert all(1 <= len(row["sentences"]) <= 2 for row in made["story"])


def test_the_named_moments_of_a_rollout_are_its_first_mix_and_the_last_of_the_old():
    assert [(m["key"], m["at_s"]) for m in trace(one_at_a_time(), NEW)["moments"]] == [
        ("first_mix", 186.9),
        ("last_old_moment", 355.7),
    ]


def test_a_health_check_that_stays_refused_is_a_named_moment():
    assert [m["key"] for m in trace(STORIES["stuck-at-allow-traffic"](), NEW)["moments"]] == ["first_refusal"]


def test_a_failure_is_a_named_moment():
    assert [m["key"] for m in trace(fails_at_start(), NEW)["moments"]] == ["first_mix", "first_failure"]
