"""Deployment specifications as the service sends them."""

import pytest

from labkit.rules.agent_errors import AgentError
from labkit.rules.revision import GitHubRevision, LocalRevision, S3Revision
from labkit.world.agent.specification import parse_specification

S3 = {"RevisionType": "S3", "S3Revision": {"Bucket": "b", "Key": "k", "BundleType": "zip", "ETag": "e"}}
DATA = {
    "DeploymentId": "d-1",
    "DeploymentGroupId": "g",
    "DeploymentGroupName": "group",
    "ApplicationName": "app",
    "Revision": S3,
}


def test_what_is_not_said_has_its_default():
    parsed = parse_specification(DATA)
    assert parsed.revision == S3Revision("b", "k", "zip", None, "e")
    assert (parsed.deployment_creator, parsed.deployment_type) == ("user", "IN_PLACE")
    assert (parsed.appspec_filename, parsed.file_exists_behavior) == ("appspec.yml", "DISALLOW")


def test_what_is_said_counts():
    overrides = {"AgentOverrides": {"FileExistsBehavior": "overwrite"}}
    arn = "arn:aws:codedeploy:ap-northeast-2:123456789012:deployment/d-2"
    parsed = parse_specification({**DATA, "DeploymentId": arn, "AgentActionOverrides": overrides})
    assert (parsed.deployment_id, parsed.file_exists_behavior) == ("d-2", "OVERWRITE")


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        (
            {"RevisionType": "GitHub", "GitHubRevision": {"Account": "a", "Repository": "r", "CommitId": "c"}},
            GitHubRevision("a/r", "c"),
        ),
        (
            {"RevisionType": "Local Directory", "LocalRevision": {"Location": "/x", "BundleType": "directory"}},
            LocalRevision("/x", "directory", directory=True),
        ),
    ],
)
def test_other_revisions(revision, expected):
    assert parse_specification({**DATA, "Revision": revision}).revision == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"DeploymentGroupId": ""}, "Deployment Spec has no DeploymentGroupId", id="empty is missing"),
        pytest.param({"Revision": None}, "Must specify a revison", id="sic"),
        pytest.param({"Revision": {}}, "Must specify a revision source", id="a revision has a type"),
        pytest.param(
            {"Revision": {"RevisionType": "Git"}},
            "Exactly one of S3Revision, GitHubRevision, or LocalRevision must be specified",
            id="a known type",
        ),
        pytest.param(
            {"Revision": {"RevisionType": "S3", "S3Revision": {"Bucket": "b", "Key": "k", "BundleType": "rar"}}},
            "BundleType in S3Revision must be tar, tgz or zip",
            id="a known bundle type",
        ),
        pytest.param(
            {"Revision": {"RevisionType": "GitHub", "GitHubRevision": {"Account": "a"}}},
            "GitHubRevision in Deployment Spec must specify Account, Repository and CommitId",
            id="the whole of GitHub",
        ),
    ],
)
def test_what_is_missing_is_said_in_the_words_of_the_agent(changes, message):
    with pytest.raises(AgentError) as caught:
        parse_specification({**DATA, **changes})
    assert caught.value.message == message
