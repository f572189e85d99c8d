"""An instance's own address: who gets through to it, and what an answer there says."""

import socket
from collections.abc import Iterator

import boto3
import pytest
import requests

import labkit
from labkit.lab import Lab
from labkit.world.events import InstanceVisited, RequestAnswered
from tests.aws.stories import instance_ids


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labkit.start(stage="v1-deployed", fleet_size=2) as opened:
        yield opened


def described(instance_id: str) -> dict[str, str]:
    found = boto3.client("ec2").describe_instances(InstanceIds=[instance_id])
    instance: dict[str, str] = found["Reservations"][0]["Instances"][0]
    return instance


def first() -> dict[str, str]:
    return described(instance_ids()[0])


def close_port_80() -> None:
    ec2 = boto3.client("ec2")
    group = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    ec2.revoke_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")


@pytest.mark.parametrize("name", ["PublicIpAddress", "PublicDnsName"])
def test_an_instance_serves_its_page_at_its_public_address(lab: Lab, name: str) -> None:
    assert "version 1" in requests.get(f"http://{first()[name]}/", timeout=5).text


def test_a_visit_is_written_down_and_no_load_balancer_counts_it(lab: Lab) -> None:
    before = len(lab.history.of(RequestAnswered))
    requests.get(f"http://{first()['PublicIpAddress']}/nothing-here", timeout=5)
    visit = lab.history.of(InstanceVisited)[-1]
    assert (visit.instance_id, visit.path, visit.status) == (instance_ids()[0], "/nothing-here", 404)
    assert len(lab.history.of(RequestAnswered)) == before


def test_two_machines_keep_their_own_versions_apart(lab: Lab) -> None:
    one, other = (described(each)["PublicIpAddress"] for each in instance_ids())
    lab.machine(instance_ids()[0]).run("echo only here > /var/www/own.txt")
    assert [requests.get(f"http://{ip}/own.txt", timeout=5).status_code for ip in (one, other)] == [200, 404]


def test_where_nothing_listens_the_connection_is_refused(lab: Lab) -> None:
    lab.machine(instance_ids()[0]).run("systemctl stop nginx")
    with pytest.raises(requests.exceptions.ConnectionError, match="nothing listens on port 80"):
        requests.get(f"http://{first()['PublicIpAddress']}/", timeout=5)


def test_what_a_security_group_does_not_allow_times_out_in_lab_time(lab: Lab) -> None:
    close_port_80()
    before = lab.now
    with pytest.raises(requests.exceptions.ConnectTimeout, match="timed out"):
        requests.get(f"http://{first()['PublicIpAddress']}/", timeout=5)
    assert (lab.now - before).total_seconds() == 5


def test_a_private_address_is_out_of_reach_and_says_so(lab: Lab) -> None:
    with pytest.raises(requests.exceptions.ConnectTimeout, match=r"private address of i-.*PublicIpAddress"):
        requests.get(f"http://{first()['PrivateIpAddress']}/", timeout=5)


def test_a_terminated_instance_gives_its_address_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    address = first()["PublicIpAddress"]
    boto3.client("ec2").terminate_instances(InstanceIds=[instance_ids()[0]])
    lab.advance(seconds=120)
    monkeypatch.setattr(socket.socket, "connect", None)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"http://{address}/", timeout=5)


def test_why_names_the_security_group_that_lets_no_visitor_in(lab: Lab) -> None:
    close_port_80()
    answer = lab.why(f"http://{first()['PublicIpAddress']}/")
    assert answer.root_cause.id == "security-group-closed"
    exec(answer.explanation.fix_command, {"boto3": boto3})  # noqa: S102 - what a student would paste
    assert requests.get(f"http://{first()['PublicIpAddress']}/", timeout=5).ok


def test_why_tells_a_private_address_from_a_public_one(lab: Lab) -> None:
    assert lab.why(f"http://{first()['PrivateIpAddress']}/").root_cause.id == "private-address"


def test_why_explains_the_instance_behind_an_address(lab: Lab) -> None:
    lab.machine(instance_ids()[0]).run("systemctl stop nginx")
    lab.advance(seconds=60)
    address = f"http://{first()['PublicIpAddress']}/"
    assert lab.why(address).root_cause == lab.why(instance_ids()[0]).root_cause
