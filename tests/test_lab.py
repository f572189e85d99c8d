"""The front door: a fresh world at every start, one sentence for every misuse."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import boto3
import pytest

import labkit
from labkit.simulation.misuse import MisuseError

SCRIPT = """
import hashlib, boto3, labkit
lab = labkit.start(stage="v1-deployed", seed={seed}, fleet_size=2)
commit_id = lab.github.repository("student/hello-web").commit({{"index.html": "<h1>2</h1>"}}, message="v2")
codedeploy = boto3.client("codedeploy")
deployment_id = codedeploy.create_deployment(
    applicationName="hello-web", deploymentGroupName="hello-web-group",
    revision={{
        "revisionType": "GitHub",
        "gitHubLocation": {{"repository": "student/hello-web", "commitId": commit_id}},
    }},
)["deploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
print(deployment_id, len(lab.history), hashlib.sha256(lab.history.to_json().encode()).hexdigest())
"""


def run(seed: int, **environment: str) -> str:
    """The main job in a fresh process: deployment id, number of events, digest of the whole history."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(seed=seed)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
        timeout=120,
    )
    return done.stdout


def test_same_seed_same_bytes_whatever_the_process_is_like() -> None:
    one = run(7, PYTHONHASHSEED="1", TZ="Asia/Seoul", LANG="ko_KR.UTF-8")
    other = run(7, PYTHONHASHSEED="2", TZ="America/New_York", LANG="C")
    assert one == other


def test_same_seed_same_bytes_when_started_again_in_the_same_process() -> None:
    histories = []
    for _ in range(2):
        with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
            histories.append(lab.history.to_json())
    assert histories[0] == histories[1]


def test_another_seed_gives_other_ids() -> None:
    assert run(7).split()[0] != run(8).split()[0]


def test_starting_again_resets_the_world() -> None:
    with labkit.start(stage="roles"):
        assert boto3.client("iam").list_roles()["Roles"]
        with labkit.start(stage="empty") as fresh:
            assert boto3.client("iam").list_roles()["Roles"] == []
            assert fresh.now == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_stopping_twice_does_no_harm() -> None:
    lab = labkit.start()
    lab.stop()
    lab.stop()
    assert "stopped" in repr(lab)


def test_a_misused_start_leaves_the_open_lab_as_it_is() -> None:
    with labkit.start(stage="roles"):
        with pytest.raises(MisuseError):
            labkit.start(stage="v9")
        assert boto3.client("iam").list_roles()["Roles"]


@pytest.mark.parametrize(
    ("misuse", "sentence"),
    [
        pytest.param(
            lambda _: labkit.start(stage="v9"), "Expected stage to be one of empty, roles", id="unknown stage"
        ),
        pytest.param(lambda _: labkit.start(seed="x"), "Expected seed to be a whole number", id="seed is no number"),
        pytest.param(lambda _: labkit.start(fleet_size=0), "from 1 to 1000, found 0", id="no fleet at all"),
        pytest.param(lambda lab: lab.machine("i-0"), "found 'i-0'; there are: none yet", id="unknown machine"),
        pytest.param(lambda lab: lab.advance(seconds=-1), "never runs backwards", id="time backwards"),
        pytest.param(lambda lab: lab.run_until(30), "use lab.advance", id="run_until with a number"),
        pytest.param(lambda lab: lab.run_until(datetime(2026, 3, 2)), "time zone", id="a moment without time zone"),  # noqa: DTZ001
        pytest.param(lambda lab: lab.theater("d-000000000"), "d-000000000", id="unknown deployment"),
        pytest.param(lambda lab: lab.github.repository("no slash"), "no slash", id="a repository without owner"),
    ],
)
def test_a_misuse_is_answered_in_one_sentence(misuse: object, sentence: str) -> None:
    with labkit.start() as lab, pytest.raises(MisuseError, match=sentence) as caught:
        misuse(lab)  # type: ignore[operator]
    assert caught.value._render_traceback_() == [f"{type(caught.value).__name__}: {caught.value}"]
    assert "\n" not in str(caught.value)


def test_lab_time_can_be_run_to_a_moment() -> None:
    with labkit.start() as lab:
        later = lab.now + timedelta(hours=1)
        lab.run_until(later)
        assert lab.now == later


def test_what_aws_stamps_carries_lab_time() -> None:
    with labkit.start() as lab:
        lab.advance(seconds=3600)
        boto3.client("s3").create_bucket(
            Bucket="releases", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        created = boto3.client("s3").list_buckets()["Buckets"][0]["CreationDate"]
        assert created == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_a_command_on_a_machine_takes_lab_time_and_shows_as_in_a_terminal() -> None:
    with labkit.start(stage="image") as lab:
        ec2 = boto3.client("ec2")
        instance_id = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "hello-web"}, MinCount=1, MaxCount=1)[
            "Instances"
        ][0]["InstanceId"]
        with pytest.raises(MisuseError, match="to be running, found it pending"):
            lab.machine(instance_id).run("true")
        ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
        before = lab.now
        result = lab.machine(instance_id).run("sleep 30; echo done; exit 4")
        assert (repr(result), (lab.now - before).total_seconds() >= 30) == ("done\n(exit code 4)", True)


def test_what_a_machine_answers_is_seen_without_lab_time_and_its_agent_says_that_it_has_started() -> None:
    with labkit.start(stage="image") as lab:
        ec2 = boto3.client("ec2")
        instance_id = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "hello-web"}, MinCount=1, MaxCount=1)[
            "Instances"
        ][0]["InstanceId"]
        ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
        lab.advance(seconds=60)
        machine, before = lab.machine(instance_id), lab.now
        assert ([machine.answer("/").status, machine.answer("/", port=81).status], lab.now) == ([404, 0], before)
        log = machine.run("cat /var/log/aws/codedeploy-agent/codedeploy-agent.log").stdout
        assert [line.partition("]: ")[2] for line in log.splitlines()[-2:]] == [
            "master 3812: Spawned child 1/1",
            "Started master 3812 with 1 children",
        ]


def test_the_history_of_a_lab_is_json() -> None:
    with labkit.start(stage="roles") as lab:
        digest = hashlib.sha256(lab.history.to_json().encode()).hexdigest()
        assert len(lab.history) > 5
        assert hashlib.sha256(lab.history.to_json().encode()).hexdigest() == digest
