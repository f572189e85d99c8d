"""GitHub's webhooks and the functions that receive them: what is told, to whom, signed how, and what is kept of it."""

import hashlib
import hmac
import json

import pytest

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.world.events import CommitMade, FunctionInvoked, WebhookDelivered
from labkit.world.function_url import FunctionUrls
from labkit.world.github import GitHub

SECRET = "open sesame"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(clock):
    return History(clock)


@pytest.fixture
def functions(clock, history):
    return FunctionUrls(clock, history)


@pytest.fixture
def repository(clock, history, functions):
    return GitHub(clock, history, functions).repository("student/hello-web")


def keeping(received: list):
    def handler(event, context):
        received.append((event, context))
        return {"statusCode": 202, "body": "thank you"}

    return handler


def test_a_new_webhook_is_tried_out_with_a_ping(repository):
    received = []
    hook = repository.webhook(keeping(received))
    [(event, context)] = received
    assert (event["headers"]["x-github-event"], json.loads(event["body"])["hook_id"]) == ("ping", hook.id)
    assert context.function_name == "handler"
    assert [(d.event, d.status_code, d.response) for d in hook.deliveries] == [("ping", 202, "thank you")]


def test_each_commit_is_told_with_its_parent_and_what_changed(repository):
    first = repository.commit({"a.html": "1", "b.html": "1"}, message="v1")
    received = []
    repository.webhook(keeping(received))
    second = repository.commit({"a.html": "2", "b.html": None, "c.html": "1"}, message="v2")
    body = json.loads(received[-1][0]["body"])
    assert (body["ref"], body["before"], body["after"], body["created"]) == ("refs/heads/main", first, second, False)
    head = body["head_commit"]
    assert (head["id"], head["message"], head["timestamp"]) == (second, "v2", "2026-03-02T09:00:00+00:00")
    assert (head["added"], head["removed"], head["modified"]) == (["c.html"], ["b.html"], ["a.html"])
    assert body["repository"]["full_name"] == "student/hello-web"


def test_before_the_first_commit_stand_forty_zeros(repository):
    received = []
    repository.webhook(keeping(received))
    repository.commit({"a.html": "1"}, message="v1")
    body = json.loads(received[-1][0]["body"])
    assert (body["before"], body["created"]) == ("0" * 40, True)


def test_the_signature_is_the_hmac_of_the_body_with_the_secret(repository):
    received = []
    repository.webhook(keeping(received), secret=SECRET)
    repository.commit({"a.html": "1"}, message="v1")
    for event, _ in received:
        expected = hmac.new(SECRET.encode(), event["body"].encode(), hashlib.sha256).hexdigest()
        assert event["headers"]["x-hub-signature-256"] == f"sha256={expected}"


def test_without_a_secret_nothing_is_signed(repository):
    received = []
    repository.webhook(keeping(received))
    assert "x-hub-signature-256" not in received[0][0]["headers"]


def broken(event, context):
    return json.loads(event["body"])["after"]


def test_a_receiver_that_fails_gives_a_502_its_log_says_why_and_the_commit_stands(repository, history):
    hook = repository.webhook(broken)
    [ping] = hook.deliveries
    assert (ping.status_code, ping.response) == (502, "Internal Server Error")
    line = broken.__code__.co_firstlineno + 1
    assert ping.log == f"[ERROR] KeyError: 'after' (line {line}, in broken)"
    commit_id = repository.commit({"a.html": "1"}, message="v1")
    assert repository.head == commit_id
    assert hook.deliveries[0].response == commit_id
    assert [event.error is None for event in history.of(FunctionInvoked)] == [False, True]


@pytest.mark.parametrize(
    ("returned", "status", "response"),
    [
        pytest.param("Hello", 200, "Hello", id="a string is the body"),
        pytest.param({"message": "Hello"}, 200, '{"message": "Hello"}', id="without statusCode: 200 and JSON"),
        pytest.param(None, 200, "null", id="nothing"),
        pytest.param({"statusCode": 401, "body": "no"}, 401, "no", id="with statusCode: as it is"),
        pytest.param({"statusCode": "204"}, 204, "", id="a status as text"),
        pytest.param({"statusCode": 200, "body": {"a": 1}}, 502, "Internal Server Error", id="a body that is no text"),
        pytest.param({"statusCode": "fine"}, 502, "Internal Server Error", id="no status"),
        pytest.param({"a": object()}, 502, "Internal Server Error", id="not JSON"),
    ],
)
def test_what_a_function_returns_becomes_the_answer(repository, returned, status, response):
    hook = repository.webhook(lambda event, context: returned)
    assert (hook.deliveries[0].status_code, hook.deliveries[0].response) == (status, response)


def test_an_answer_after_more_than_ten_seconds_is_a_failed_delivery(repository, clock):
    def slow(event, context):
        clock.advance(11)

    hook = repository.webhook(slow)
    assert hook.deliveries[0].status_code is None
    assert repr(hook.deliveries[0]) == "<Delivery of ping at 09:00:00: timed out>"


def test_a_function_of_the_same_name_takes_the_others_place_at_its_address(repository):
    first, second = [], []
    old = repository.webhook(keeping(first))
    new = repository.webhook(keeping(second))
    repository.commit({"a.html": "1"}, message="v1")
    assert (old.url, len(first), len(second)) == (new.url, 1, 2)


def test_functions_of_different_names_are_all_told(repository):
    def other(event, context):
        return "told"

    received = []
    repository.webhook(keeping(received))
    hook = repository.webhook(other)
    repository.commit({"a.html": "1"}, message="v1")
    assert (len(received), len(hook.deliveries)) == (2, 2)


def test_other_repositories_are_not_told(clock, history, functions):
    github, received = GitHub(clock, history, functions), []
    github.repository("student/hello-web").webhook(keeping(received))
    github.repository("student/other").commit({"a.html": "1"}, message="v1")
    assert len(received) == 1


def test_the_record_has_the_commit_the_functions_run_and_the_delivery_in_their_order(repository, history):
    repository.webhook(keeping([]))
    commit_id = repository.commit({"a.html": "1"}, message="v1")
    kinds = [type(event) for event in history][-3:]
    assert kinds == [CommitMade, FunctionInvoked, WebhookDelivered]
    told = history.of(WebhookDelivered)[-1]
    assert (told.commit_id, told.delivery_id) == (commit_id, history.of(FunctionInvoked)[-1].delivery_id)


def test_every_run_gives_the_same_deliveries():
    def run():
        clock = Clock()
        history = History(clock)
        repository = GitHub(clock, history).repository("student/hello-web")
        hook = repository.webhook(keeping([]), secret=SECRET)
        repository.commit({"a.html": "1"}, message="v1")
        return [(d.id, d.headers, d.payload) for d in hook.deliveries], history.to_json()

    assert run() == run()


@pytest.mark.parametrize(
    ("receiver", "secret", "sentence"),
    [
        pytest.param("https://example.com", None, "Expected a function that takes an event", id="an address"),
        pytest.param(keeping([]), "", "Expected the secret as text", id="an empty secret"),
        pytest.param(keeping([]), b"x", "Expected the secret as text", id="a secret of bytes"),
    ],
)
def test_misuse_is_one_sentence(repository, receiver, secret, sentence):
    with pytest.raises(MisuseError, match=sentence):
        repository.webhook(receiver, secret=secret)


def test_a_receiver_that_commits_again_and_again_comes_to_an_end_and_its_log_says_so(repository, history):
    def endless(event, context):
        repository.commit({"count.txt": str(len(repository.log()))}, message="again")

    repository.webhook(endless)
    assert "RecursionError" in history.of(FunctionInvoked)[0].error
    assert repository.head is not None
