"""``lab.why``: faults of the account's records, requests and targets; the evidence is carried out in the lab."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests

import labkit
from labkit.explain.answer import Answer
from labkit.lab import Lab
from labkit.simulation.misuse import MisuseError
from tests.aws.stories import address, commit, deploy, events, finish, instance_ids, page
from tests.aws.test_faults import ALL_AT_ONCE, BUCKET, KEY, bundle, head, in_s3
from tests.explain.evidence_check import roots_of, untrue_in_boto3, untrue_on_machines

OLD_ETAG = "d41d8cd98f00b204e9800998ecf8427e"
IN_S3 = {"bucket": BUCKET, "key": KEY}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Two instances with version 1; each test leaves them able to take a deployment."""
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=bundle())
        yield lab


def untrue(lab: Lab, *answers: Answer) -> list[tuple[str, str]]:
    def said(instance_id: str, command: str) -> str:
        done = lab.machine(instance_id).run(command)
        return done.stdout + done.stderr

    return [one for it in answers for one in (*untrue_on_machines(it, said), *untrue_in_boto3(it, lab=lab))]


def _failed(deployment_id: str, instance_id: str) -> bool:
    return any(event["status"] == "Failed" for event in events(deployment_id, instance_id).values())


@pytest.mark.parametrize(
    ("fault_id", "parameters", "revision"),
    [
        ("no-instance-profile", {}, None),
        ("profile-attached-late", {}, None),
        ("service-role-missing-permission", {}, None),
        ("bundle-missing", IN_S3, {}),
        ("bundle-corrupt", IN_S3, {}),
        ("bundle-wrong-etag", IN_S3, {"eTag": OLD_ETAG}),
        ("s3-read-denied", {}, {}),
    ],
)
def test_a_failed_deployment_and_its_instance_have_the_same_root_cause(
    lab: Lab, fault_id: str, parameters: dict[str, str], revision: dict[str, str] | None
) -> None:
    first = instance_ids()[0]
    asks = lab.faults.describe(fault_id)
    subject = {"instance_id": first} if "instance_id" in asks.parameters else {}  # type: ignore[union-attr]
    fault = lab.faults.inject(fault_id, **(parameters or subject))
    deployment_id = deploy(head(lab) if revision is None else in_s3(**revision), **ALL_AT_ONCE)
    finish(lab, deployment_id)
    failed = next(one for one in instance_ids() if _failed(deployment_id, one))
    deployment, instance = lab.why(deployment_id), lab.why(failed)
    assert roots_of(deployment) == [fault_id]
    assert instance.root_cause.id == fault_id
    assert untrue(lab, deployment, instance) == []
    fault.undo()
    again = deploy(head(lab), **ALL_AT_ONCE)
    finish(lab, again)
    assert roots_of(lab.why(again)) == ["healthy"]


def test_a_stop_script_of_the_version_before_is_passed_by_because_no_commit_changes_it(lab: Lab) -> None:
    good = lab.github.repository("student/hello-web").files()["scripts/stop_server.sh"].decode()
    broken = commit(lab, {"scripts/stop_server.sh": good.replace("nginx", "apache")}, "v2")
    assert finish(lab, deploy(broken, **ALL_AT_ONCE))["status"] == "Succeeded"
    mended = commit(lab, {"scripts/stop_server.sh": good}, "v3")
    failed = deploy(mended, **ALL_AT_ONCE)
    assert finish(lab, failed)["status"] == "Failed"
    answer = lab.why(failed)
    assert roots_of(answer) == ["script-failing"]
    assert "ignoreApplicationStopFailures=True" in repr(answer)
    again = deploy(mended, ignoreApplicationStopFailures=True, **ALL_AT_ONCE)
    assert finish(lab, again)["status"] == "Succeeded"


@pytest.mark.parametrize(
    "fault_id",
    [
        "health-check-wrong-path",
        "health-check-wrong-port",
        "health-check-wrong-matcher",
        "target-group-on-no-listener",
    ],
)
def test_target_group_target_instance_and_answer_have_the_same_root_cause(lab: Lab, fault_id: str) -> None:
    first = instance_ids()[0]
    fault = lab.faults.inject(fault_id)
    lab.advance(seconds=60)
    elbv2 = boto3.client("elbv2")
    arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
    line = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"][0]
    subjects: list[Any] = ["hello-web-targets", arn, line, first, address(), requests.get(address(), timeout=5)]
    answers = [lab.why(subject) for subject in subjects]
    assert [roots_of(answer) for answer in answers] == [[fault_id]] * len(subjects)
    assert untrue(lab, *answers) == []
    fault.undo()
    lab.advance(seconds=60)
    assert {lab.why(subject).root_cause.id for subject in subjects[:-1]} == {"healthy"}


def test_a_visitor_who_hears_nothing_learns_of_the_load_balancers_security_group(lab: Lab) -> None:
    fault = lab.faults.inject("security-group-closed", load_balancer="hello-web-alb")
    with pytest.raises(requests.ConnectTimeout) as caught:
        requests.get(address(), timeout=7)
    answer = lab.why(caught.value)
    assert [link.id for link in answer.links] == ["no-answer", "security-group-closed"]
    fault.undo()
    assert roots_of(lab.why(address())) == ["healthy"]


def test_a_502_leads_to_the_instance_that_was_asked(lab: Lab) -> None:
    first = instance_ids()[0]
    fault = lab.faults.inject("web-server-not-started", instance_id=first)
    answer = next(one for one in (requests.get(address(), timeout=5) for _ in range(3)) if one.status_code == 502)
    found = lab.why(answer)
    assert found.explanation.aws_says == "HTTP 502 Bad Gateway"
    assert [link.id for link in found.links][:2] == ["http-502", "answered-by"]
    assert (first in found.links[1].says, roots_of(found)) == (True, ["web-server-not-started"])
    assert untrue(lab, found) == []
    fault.undo()
    lab.advance(seconds=60)


@pytest.mark.parametrize(
    ("subject", "complaint"),
    [
        pytest.param("d-NOTHERE00", "Expected the id of one of this lab's deployments, found 'd-NOTHERE00'", id="d-"),
        pytest.param(
            "i-0123", "Expected the id of one of this lab's instances, found 'i-0123'; there are: i-", id="i-"
        ),
        pytest.param("hello-web", "found 'hello-web'. Target groups: hello-web-targets.", id="another name"),
        pytest.param("http://example.com/", "one of this lab's load balancers, found 'http://example.com/'", id="URL"),
        pytest.param(42, "Expected the id of a deployment .* found int.", id="a number"),
        pytest.param(None, "Expected the id of a deployment .* found NoneType.", id="nothing"),
        pytest.param({"State": "healthy"}, "found a dictionary without Target.", id="half a line"),
        pytest.param(requests.ConnectionError("x"), "found ConnectionError.", id="an error without a request"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_sentence(lab: Lab, subject: object, complaint: str) -> None:
    with pytest.raises(MisuseError, match=complaint):
        lab.why(subject)


# --- capacity: these leave another fleet, so they have a lab of their own ---------------------------


@pytest.mark.parametrize("fault_id", ["scale-in-during-deployment", "scale-out-during-deployment"])
def test_an_auto_scaling_group_that_changes_its_size_during_a_deployment_is_named(fault_id: str) -> None:
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        lab.faults.inject(fault_id, auto_scaling_group="hello-web-asg")
        deployment_id = deploy(commit(lab, {"index.html": page("Hello, version 2")}), **ALL_AT_ONCE)
        finish(lab, deployment_id)
        answer = lab.why(deployment_id)
        assert roots_of(answer) == [fault_id]
        assert untrue(lab, answer) == []
        lab.advance(seconds=600)
        assert roots_of(lab.why(deployment_id)) == [fault_id], "what happened stays true"
