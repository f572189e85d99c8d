"""The instance metadata service as a script on the machine meets it."""

import json

import pytest

from tests.world.machines import ROLE, booted, run

BASE = "http://169.254.169.254/latest"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("meta-data/instance-id", "i-0000000000000000c"),
        ("meta-data/local-ipv4", "10.0.0.12"),
        ("meta-data/placement/availability-zone", "ap-northeast-2a"),
        ("meta-data/placement/region", "ap-northeast-2"),
        ("meta-data/placement/", "availability-zone\nregion"),
        ("meta-data/iam/security-credentials/", "hello-web-instance"),
    ],
)
def test_it_says_who_the_machine_is(path, text):
    assert run(booted(), f"curl -s {BASE}/{path}").stdout == text


def test_a_token_opens_it_and_a_wrong_one_does_not():
    made = booted()
    ask = f"curl -s -X PUT {BASE}/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'"
    header = '-H "X-aws-ec2-metadata-token: $T"'
    assert run(made, f"T=$({ask}); curl -s {header} {BASE}/meta-data/local-ipv4").stdout == "10.0.0.12"
    code = "-o /dev/null -w '%{http_code}'"
    assert run(made, f"T=wrong; curl -s {code} {header} {BASE}/meta-data/local-ipv4").stdout == "401"
    assert run(made, f"curl -s {code} -X PUT {BASE}/api/token").stdout == "400"


def test_credentials_are_those_of_the_role_and_stay_the_same():
    first, second = booted(), booted()
    texts = [
        run(made, f"curl -s {BASE}/meta-data/iam/security-credentials/hello-web-instance") for made in (first, second)
    ]
    credentials = json.loads(texts[0].stdout)
    assert credentials["Code"] == "Success"
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert credentials["Expiration"] == "2026-03-02T15:00:00Z"
    assert texts[0].stdout == texts[1].stdout


def test_a_machine_without_a_profile_has_no_credentials_until_it_gets_one():
    roles = [None]
    made = booted(role=lambda: roles[0])
    asked = f"curl -s -o /dev/null -w '%{{http_code}}' {BASE}/meta-data/iam/security-credentials/"
    assert run(made, asked).stdout == "404"
    roles[0] = ROLE
    assert run(made, asked).stdout == "200"


def test_the_identity_document_names_the_account():
    document = json.loads(run(booted(), f"curl -s {BASE}/dynamic/instance-identity/document").stdout)
    assert document["accountId"] == "123456789012"
    assert document["pendingTime"] == "2026-03-02T09:00:00Z"
