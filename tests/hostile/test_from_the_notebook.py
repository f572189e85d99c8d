"""What a notebook can hand in that no machine could bear: each attack by name, and a lab that works afterwards."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
from labkit.lab import Lab
from labkit.simulation.misuse import MisuseError

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with labkit.start(stage="v1-deployed", fleet_size=1) as opened:
        yield opened


@pytest.fixture
def machine(lab: Lab) -> Any:
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    [reservation] = boto3.client("ec2").describe_instances(Filters=running)["Reservations"]
    return lab.machine(reservation["Instances"][0]["InstanceId"])


# --- nginx ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("configuration", "path", "status"),
    [
        pytest.param("location ~ ^/(a|aa)+$ { return 204; }", "/" + 60 * "a" + "!", 500, id="a search without end"),
        pytest.param("location ~ ^/(a|aa)+$ { return 204; }", "/aaa", 204, id="the same where it ends"),
        pytest.param("location / { try_files /nothing /; }", "/x", 500, id="a ring of try_files"),
        pytest.param("error_page 404 /gone; root /nowhere;", "/x", 404, id="an error page that is not there"),
    ],
)
def test_nginx_answers_what_it_would_answer(machine: Any, configuration: str, path: str, status: int) -> None:
    machine.run(f"cat > /etc/nginx/conf.d/hostile.conf <<'END'\nserver {{ listen 81; {configuration} }}\nEND")
    assert machine.run("nginx -t && systemctl reload nginx").exit_code == 0
    assert machine.answer(path, port=81).status == status
    machine.run("rm /etc/nginx/conf.d/hostile.conf && systemctl reload nginx")
    assert machine.answer("/").status == 200


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("include /etc/nginx/conf.d/*.conf;", id="it includes itself"),
        pytest.param("server {" * 5000, id="a thousand open blocks"),
        pytest.param("server { location ~ ( { } }", id="no regular expression"),
        pytest.param('server { root "/var/www; }', id="an open quote"),
    ],
)
def test_nginx_refuses_a_configuration_and_serves_on_with_the_old_one(machine: Any, text: str) -> None:
    machine.run(f"cat > /etc/nginx/conf.d/hostile.conf <<'END'\n{text}\nEND")
    assert machine.run("nginx -t").exit_code == 1
    assert machine.run("systemctl reload nginx").exit_code != 0
    assert machine.answer("/").status == 200
    machine.run("rm /etc/nginx/conf.d/hostile.conf")


# --- commits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "message", "sentence"),
    [
        pytest.param({"../x": "x"}, "m", "Expected a path inside the repository", id="out of the repository"),
        pytest.param({".GIT/config": "x"}, "m", "Expected a path inside the repository", id="git's own folder"),
        pytest.param({"a\0b": "x"}, "m", "Expected a path inside the repository", id="a zero byte"),
        pytest.param({"d/" * 3000 + "x": "x"}, "m", "4,096 bytes and 200 folders", id="three thousand folders"),
        pytest.param({"a" * 5000: "x"}, "m", "4,096 bytes and 200 folders", id="a name of 5,000 letters"),
        pytest.param({"\ud800": "x"}, "m", "UTF-8 can hold", id="a path that is no text"),
        pytest.param({"x": "\ud800"}, "m", "UTF-8 can hold", id="a content that is no text"),
        pytest.param({"x": "x"}, "\ud800", "UTF-8 can hold", id="a message that is no text"),
    ],
)
def test_a_commit_that_no_machine_could_hold_is_refused_and_changes_nothing(
    lab: Lab, files: Mapping[str, str], message: str, sentence: str
) -> None:
    repository = lab.github.repository("student/hello-web")
    head = repository.head
    with pytest.raises(MisuseError, match=sentence):
        repository.commit(files, message=message)
    assert repository.head == head


# --- commands through SSM -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commands", "status"),
    [
        pytest.param(["while true; do :; done"], "TimedOut", id="a loop without end"),
        pytest.param(["yes"], "Failed", id="output without end"),
        pytest.param([":(){ :|:& };:"], "Failed", id="a fork bomb"),
        pytest.param(["sleep 99999999"], "TimedOut", id="three years of sleep"),
        pytest.param(["echo " + "x" * 1_000_000], "Success", id="a word of a million letters"),
        pytest.param(["dd if=/dev/zero of=/x bs=1M count=100000"], "Failed", id="a file of 100 GB"),
    ],
)
def test_a_command_ends_as_on_a_machine(lab: Lab, machine: Any, commands: list[str], status: str) -> None:
    instance_id, ssm = repr(machine).split()[1], boto3.client("ssm")
    sent = ssm.send_command(
        InstanceIds=[instance_id], DocumentName="AWS-RunShellScript", Parameters={"commands": commands}
    )["Command"]["CommandId"]
    lab.advance(seconds=4000)
    assert ssm.get_command_invocation(CommandId=sent, InstanceId=instance_id)["Status"] == status
    assert machine.answer("/").status == 200


# --- policies -------------------------------------------------------------------------------------


def allows(**more: Any) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MALFORMED = "MalformedPolicyDocument"
LONG = allows(Resource=["arn:aws:s3:::" + "x" * 50] * 400)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param("[" * 2000, MALFORMED, id="two thousand brackets"),
        pytest.param('{"a":' * 900 + "1" + "}" * 900, MALFORMED, id="as deep as JSON is still read"),
        pytest.param('{"Version":' + "9" * 5000 + "}", MALFORMED, id="a number of five thousand digits"),
        pytest.param('{"Version": NaN}', MALFORMED, id="no number"),
        pytest.param(LONG, "LimitExceeded", id="longer than a managed policy may be"),
    ],
)
def test_a_managed_policy_is_refused_in_awss_words(lab: Lab, document: str, code: str) -> None:
    iam = boto3.client("iam")
    with pytest.raises(ClientError) as refused:
        iam.create_policy(PolicyName="hostile", PolicyDocument=document)
    assert refused.value.response["Error"]["Code"] == code
    assert iam.list_policies(Scope="Local")["Policies"] == []


def put_for_user(document: str) -> None:
    boto3.client("iam").put_user_policy(UserName="mina", PolicyName="p", PolicyDocument=document)


def put_for_group(document: str) -> None:
    boto3.client("iam").put_group_policy(GroupName="developers", PolicyName="p", PolicyDocument=document)


def put_for_role(document: str) -> None:
    boto3.client("iam").put_role_policy(RoleName="hello-web-instance", PolicyName="p", PolicyDocument=document)


@pytest.mark.parametrize(
    ("put", "message"),
    [
        pytest.param(put_for_user, "Maximum policy size of 2048 bytes exceeded for user mina", id="user"),
        pytest.param(put_for_group, "Maximum policy size of 5120 bytes exceeded for group developers", id="group"),
        pytest.param(
            put_for_role, "Maximum policy size of 10240 bytes exceeded for role hello-web-instance", id="role"
        ),
    ],
)
def test_inline_policies_have_a_limit_that_white_space_does_not_count_in(
    lab: Lab, put: Callable[[str], None], message: str
) -> None:
    iam = boto3.client("iam")
    if put is not put_for_role:
        kind, name = ("user", "mina") if put is put_for_user else ("group", "developers")
        getattr(iam, f"create_{kind}")(**{f"{kind.capitalize()}Name": name})
    put(allows() + " " * 20_000)
    with pytest.raises(ClientError, match=message):
        put(LONG)


def test_a_managed_policy_of_6144_characters_is_not_too_long(lab: Lab) -> None:
    room = 6144 - len(allows(Resource="arn:aws:s3:::").replace(" ", ""))
    iam = boto3.client("iam")
    arn = iam.create_policy(PolicyName="longest", PolicyDocument=allows(Resource="arn:aws:s3:::" + "x" * room))[
        "Policy"
    ]["Arn"]
    with pytest.raises(ClientError, match="Cannot exceed quota for PolicySize: 6144"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allows(Resource="arn:aws:s3:::" + "x" * (room + 1)))
    iam.delete_policy(PolicyArn=arn)


def test_a_trust_policy_has_a_limit_too(lab: Lab) -> None:
    principals = [f"arn:aws:iam::{account:012}:root" for account in range(111_111_111_111, 111_111_111_211)]
    trust = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with pytest.raises(ClientError, match="Cannot exceed quota for ACLSizePerRole: 2048"):
        boto3.client("iam").create_role(RoleName="everybody", AssumeRolePolicyDocument=document)
