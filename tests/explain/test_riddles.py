"""The chapter's riddle in its three forms: symptom, evidence, explanation, fix applied, healthy."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import requests

import labkit
from labkit.explain.answer import Answer
from labkit.lab import Lab
from labkit.lessons.stages import sample_app
from tests.aws.stories import address, commit, deploy, deployment, finish, instance_ids, seen
from tests.aws.test_faults import ALL_AT_ONCE, head, health
from tests.explain.evidence_check import roots_of, untrue_in_boto3, untrue_on_machines

WELL = {"State": "healthy"}
DEPLOYED = ["Hello, version 1", "Hello, version 1"]


@contextmanager
def riddle(stage: str) -> Iterator[Lab]:
    with labkit.start(stage=stage, seed=7, fleet_size=2) as lab:
        yield lab


def untrue(lab: Lab, answer: Answer) -> list[tuple[str, str]]:
    def said(instance_id: str, command: str) -> str:
        done = lab.machine(instance_id).run(command)
        return done.stdout + done.stderr

    return untrue_on_machines(answer, said) + untrue_in_boto3(answer, lab=lab)


def well(lab: Lab) -> bool:
    lab.advance(seconds=60)
    subjects = ("hello-web-targets", address(), *instance_ids())
    return list(health().values()) == [WELL, WELL] and {lab.why(one).root_cause.id for one in subjects} == {"healthy"}


def test_an_empty_image_answers_404_before_the_first_deployment_and_the_first_deployment_ends_it() -> None:
    with riddle("riddle-empty-image") as lab:
        assert {one["Description"] for one in health().values()} == {"Health checks failed with these codes: [404]"}
        answers = [
            lab.why(requests.get(address(), timeout=5)),
            lab.why("hello-web-targets"),
            lab.why(instance_ids()[0]),
        ]
        assert [roots_of(one) for one in answers] == [["nothing-deployed-yet"]] * 3
        assert [link.id for link in answers[0].links] == [
            "http-404",
            "answered-by",
            "target-not-healthy",
            "nothing-deployed-yet",
        ]
        assert [untrue(lab, one) for one in answers] == [[]] * 3
        assert answers[0].explanation.fix.startswith("Deploy to it")
        finish(lab, deploy(head(lab), **ALL_AT_ONCE))
        assert (seen(2), well(lab)) == (DEPLOYED, True)


def test_a_destination_that_is_not_the_document_root_hangs_at_allow_traffic_until_appspec_names_the_root() -> None:
    with riddle("riddle-wrong-destination") as lab:
        listed = boto3.client("codedeploy").list_deployments(
            applicationName="hello-web", deploymentGroupName="hello-web-group"
        )
        (stuck,) = listed["deployments"]
        answer = lab.why(stuck)
        assert [link.id for link in answer.links] == [
            "deployment-status",
            "event-in-progress",
            "target-not-healthy",
            "wrong-document-root",
        ]
        assert answer.explanation.title == f"Why deployment {stuck} is InProgress"
        assert "AllowTraffic" in answer.links[1].says
        assert "/var/www/html, but the web server" in answer.root_cause.says
        assert untrue(lab, answer) == []
        assert answer.explanation.fix.startswith("Let appspec.yml name /var/www as destination")
        boto3.client("codedeploy").stop_deployment(deploymentId=stuck, autoRollbackEnabled=False)
        finish(lab, stuck)
        assert "wrong-document-root" in roots_of(lab.why(stuck))
        mended = deploy(commit(lab, sample_app(), "AppSpec: to /var/www"), **ALL_AT_ONCE)
        assert finish(lab, mended)["deploymentOverview"]["Succeeded"] == 2
        assert (seen(2), well(lab), roots_of(lab.why(mended))) == (DEPLOYED, True, ["healthy"])


def test_a_group_that_believes_the_load_balancer_replaces_for_ever_until_it_looks_at_ec2_only() -> None:
    with riddle("riddle-endless-replacement") as lab:
        before = instance_ids()
        present, visitor = lab.why(before[0]), lab.why(address())
        assert [link.id for link in present.links] == [
            "instance",
            "target-not-healthy",
            "endless-replacement",
            "nothing-deployed-yet",
        ]
        assert (roots_of(visitor), untrue(lab, present)) == (["nothing-deployed-yet"], [])
        lab.advance(seconds=600)
        assert set(before) & set(instance_ids()) == set()
        gone = lab.why(before[0])
        assert [link.id for link in gone.links] == [
            "instance",
            "instance-gone",
            "endless-replacement",
            "nothing-deployed-yet",
        ]
        assert untrue(lab, gone) == []
        eval(gone.explanation.fix_command or "", {"boto3": boto3})  # noqa: S307 - the fix, carried out as written
        lab.advance(seconds=600)
        deployment_id = deploy(head(lab), **ALL_AT_ONCE)
        finish(lab, deployment_id)
        assert deployment(deployment_id)["status"] == "Succeeded"
        autoscaling = boto3.client("autoscaling")
        autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", HealthCheckType="ELB")
        calm = instance_ids()
        lab.advance(seconds=3600)
        assert (instance_ids(), seen(2), well(lab)) == (calm, DEPLOYED, True)
