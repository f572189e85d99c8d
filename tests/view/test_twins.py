"""Python and the browser must say the same of every moment: both are run on the same traces."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.view import replay
from labkit.view.trace import trace
from labkit.view.words import ENGLISH, fill
from tests.js.node import evaluate, needs_node
from tests.view.made_traces import traces
from tests.view.synthetic import NEW, STORIES

RATES = (0.5, 2.0, 3.0, 7.3)

BOTH = """({
    states: x.moments.map((t) => m.stateAt(x.trace, t)),
    answers: x.rates.map((r) => m.answers(x.trace, r, x.from_s, x.to_s)),
    counts: x.rates.map((r) => m.counts(x.trace, r, x.from_s, x.to_s)),
    shares: m.shares(x.trace),
    healthy: m.healthyHosts(x.trace),
    last: x.moments.map((t) => m.lastAnswers(x.trace, m.segments(x.trace), x.rates[0], t, 60)),
    refreshed: x.moments.map((t) => m.refreshed(x.trace, m.segments(x.trace), x.rates[0], t, 9)),
})"""


def said_by_python(made, moments, rates, from_s, to_s):
    said = {
        "states": [replay.state_at(made, at_s) for at_s in moments],
        "answers": [replay.answers(made, rate, from_s, to_s) for rate in rates],
        "counts": [replay.counts(made, rate, from_s, to_s) for rate in rates],
        "shares": replay.shares(made),
        "healthy": replay.healthy_hosts(made),
        "last": [replay.last_answers(made, rates[0], at_s, 60) for at_s in moments],
        "refreshed": [replay.refreshed(made, rates[0], at_s, 9) for at_s in moments],
    }
    return json.loads(json.dumps(said))


def agree(made, moments, rates, from_s, to_s):
    asked = {"trace": made, "moments": moments, "rates": rates, "from_s": from_s, "to_s": to_s}
    [browser] = evaluate("replay.js", BOTH, asked)
    assert browser == said_by_python(made, moments, rates, from_s, to_s)


@needs_node
@pytest.mark.parametrize("name", STORIES)
def test_the_browser_agrees_with_python_on_every_story(name):
    made = trace(STORIES[name](), NEW)
    edges = [row["at_s"] for row in made["story"]]
    moments = [made["from_s"] - 1, *edges, *(edge + 0.05 for edge in edges), made["to_s"], made["to_s"] + 1]
    agree(made, moments, RATES, made["from_s"], made["to_s"])


@needs_node
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(traces(), st.lists(st.floats(0, 130), max_size=8), st.floats(0, 130), st.floats(0, 130), st.floats(0.01, 40))
def test_the_browser_agrees_with_python_on_any_trace(made, moments, one_s, other_s, rate):
    agree(made, [*moments, made["to_s"]], [rate], min(one_s, other_s), max(one_s, other_s))


@needs_node
@pytest.mark.parametrize("name", STORIES)
def test_the_browser_tells_the_story_in_pythons_words(name):
    made = trace(STORIES[name](), NEW)
    here = [" ".join(fill(ENGLISH, s["key"], s["gaps"]) for s in row["sentences"]) for row in made["story"]]
    [there] = evaluate(
        "words.js", "x.story.map((row) => m.told(x.words, row))", {"story": made["story"], "words": ENGLISH}
    )
    assert there == here
