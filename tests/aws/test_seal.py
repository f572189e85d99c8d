"""Nothing leaves the machine while a lab is open, and nothing of the lab is left when it has stopped."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
import requests

import labkit
from labkit.aws.air_gap import LeavesTheLabError, NoLabOpenError
from labkit.simulation.misuse import MisuseError
from tests.aws.stories import instance_ids


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to reach an address outside the machine is noted and fails."""
    attempts: list[object] = []

    def refuse(_self: socket.socket, address: object) -> None:
        attempts.append(address)
        message = f"a packet would have left for {address}"
        raise OSError(message)

    def no_lookup(host: object, *_: object, **__: object) -> None:
        attempts.append(host)
        message = f"a look-up would have left for {host}"
        raise OSError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)
    return attempts


def test_real_looking_keys_and_profiles_are_put_out_of_sight(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closed_network: list[object]
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nregion = us-west-2\nendpoint_url = https://example.com\n[profile work]\nregion = eu-west-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://example.com")
    with labkit.start():
        s3 = boto3.client("s3")
        assert s3.meta.region_name == "ap-northeast-2"
        assert s3.list_buckets()["Buckets"] == []
        assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE"
    assert closed_network == []


def test_a_client_made_before_the_lab_was_opened_is_answered_by_the_lab(closed_network: list[object]) -> None:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="AKIAREAL", aws_secret_access_key="real")
    with labkit.start():
        assert client.list_buckets()["Buckets"] == []
    assert closed_network == []


def test_a_client_made_before_moto_was_imported_is_answered_by_the_lab() -> None:
    script = (
        "import socket, boto3\n"
        "s3 = boto3.client('s3', region_name='us-east-1', aws_access_key_id='AKIAREAL', aws_secret_access_key='real')\n"
        "import labkit\n"
        "lab = labkit.start()\n"
        "socket.socket.connect = None\n"
        "print(s3.list_buckets()['Buckets'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_another_endpoint_is_refused_in_one_sentence(closed_network: list[object]) -> None:
    with labkit.start(), pytest.raises(Exception, match=r"nothing leaves this machine while a lab is open"):
        boto3.client("s3", endpoint_url="https://example.com").list_buckets()
    assert closed_network == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://api.github.com/repos/student/hello-web",
        "https://s3.cn-north-1.example.com.cn/bucket",
        "http://203.0.113.7/",
    ],
)
def test_requests_to_elsewhere_are_refused_in_one_sentence(url: str, closed_network: list[object]) -> None:
    with labkit.start(), pytest.raises(LeavesTheLabError, match="nothing leaves this machine"):
        requests.get(url, timeout=5)
    assert closed_network == []


def test_the_metadata_service_does_not_answer_a_notebook(closed_network: list[object]) -> None:
    with labkit.start(), pytest.raises(requests.exceptions.ConnectionError, match="answers on an instance only"):
        requests.get("http://169.254.169.254/latest/meta-data/", timeout=5)
    assert closed_network == []


def test_a_load_balancer_that_does_not_exist_is_not_looked_up(closed_network: list[object]) -> None:
    with labkit.start(), pytest.raises(requests.exceptions.ConnectionError, match="no load balancer of this lab"):
        requests.get("http://nobody-1.ap-northeast-2.elb.amazonaws.com/", timeout=5)
    assert closed_network == []


def test_a_stopped_lab_leaves_nothing_behind() -> None:
    before = (dict(os.environ), time.sleep, requests.adapters.HTTPAdapter.send, boto3.DEFAULT_SESSION)
    labkit.start().stop()
    assert (dict(os.environ), time.sleep, requests.adapters.HTTPAdapter.send, boto3.DEFAULT_SESSION) == before


def test_a_client_used_after_the_lab_has_stopped_is_refused_in_one_sentence(closed_network: list[object]) -> None:
    with labkit.start():
        made_inside = boto3.client("s3")
    for client in (made_inside, boto3.client("s3", aws_access_key_id="AKIAREAL", aws_secret_access_key="real")):
        with pytest.raises(NoLabOpenError, match=r"labkit\.start\(\)"):
            client.list_buckets()
    with labkit.start():
        assert made_inside.list_buckets()["Buckets"] == []
    assert closed_network == []


def test_the_time_of_a_stopped_lab_stands_still_while_another_is_open() -> None:
    old = labkit.start(stage="fleet", fleet_size=1)
    instance_id = instance_ids()[0]
    with labkit.start() as fresh:
        for move in (lambda: old.advance(60), lambda: old.machine(instance_id).run("true")):
            with pytest.raises(MisuseError, match="has been stopped"):
                move()
        fresh.advance(60)
        assert boto3.client("ec2").describe_instances()["Reservations"] == []
    assert len(old.history) > 0
