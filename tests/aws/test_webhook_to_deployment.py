"""A push deploys nothing by itself. With a webhook and a few lines of Python it does; and who else may ask there."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests

import labkit
from labkit.lab import Lab
from labkit.world.events import FunctionInvoked
from tests.aws.stories import REPOSITORY, commit, deploy, deployment, finish, page, seen

SECRET = "open sesame"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        yield lab


def deployments() -> list[str]:
    found: list[str] = boto3.client("codedeploy").list_deployments(
        applicationName="hello-web", deploymentGroupName="hello-web-group"
    )["deployments"]
    return found


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """As a student writes it for AWS Lambda."""
    expected = "sha256=" + hmac.new(SECRET.encode(), event["body"].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, event["headers"].get("x-hub-signature-256", "")):
        return {"statusCode": 401, "body": "not signed by GitHub"}
    if event["headers"]["x-github-event"] != "push":
        return {"statusCode": 200, "body": "nothing to do"}
    push = json.loads(event["body"])
    location = {"repository": push["repository"]["full_name"], "commitId": push["after"]}
    return {"statusCode": 200, "body": deploy({"revisionType": "GitHub", "gitHubLocation": location})}


def test_a_push_alone_deploys_nothing(lab: Lab) -> None:
    before = deployments()
    commit(lab, {"index.html": page("2")})
    lab.advance(seconds=3600)
    assert (deployments(), set(seen())) == (before, {"Hello, version 1"})


def test_with_a_webhook_each_push_is_deployed(lab: Lab) -> None:
    hook = lab.github.repository(REPOSITORY).webhook(handler, secret=SECRET)
    revision = commit(lab, {"index.html": page("2")})
    deployment_id = hook.deliveries[0].response
    assert deployment(deployment_id)["revision"] == revision
    assert finish(lab, deployment_id)["status"] == "Succeeded"
    assert set(seen()) == {"2"}


@pytest.mark.parametrize("signature", [{}, {"X-Hub-Signature-256": "sha256=" + "0" * 64}], ids=["unsigned", "wrong"])
def test_anybody_may_post_to_the_address_and_the_signature_tells_them_apart(
    lab: Lab, signature: dict[str, str]
) -> None:
    hook = lab.github.repository(REPOSITORY).webhook(handler, secret=SECRET)
    before = deployments()
    forged = json.dumps({"after": "0" * 40, "repository": {"full_name": REPOSITORY}})
    answer = requests.post(hook.url, data=forged, headers={"X-GitHub-Event": "push", **signature}, timeout=5)
    assert (answer.status_code, answer.text) == (401, "not signed by GitHub")
    assert (deployments(), len(hook.deliveries)) == (before, 1)
    assert lab.history.of(FunctionInvoked)[-1].delivery_id is None


def test_an_address_of_no_function_is_told(lab: Lab) -> None:
    with pytest.raises(requests.ConnectionError, match="no function of this lab has that address"):
        requests.post("https://abc.lambda-url.ap-northeast-2.on.aws/", data="{}", timeout=5)
    assert lab.history.of(FunctionInvoked) == []
