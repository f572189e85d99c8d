"""Revisions to and from the API."""

import pytest

from labkit.rules.revision import GitHubRevision, InvalidRevisionError, S3Revision, from_location

COMMIT = "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b"


@pytest.mark.parametrize(
    ("revision", "label"),
    [
        (S3Revision("bucket", "key", "zip"), "s3://bucket/key"),
        (S3Revision("bucket", "a/b.tgz", "tgz", "v1", '"e"'), "s3://bucket/a/b.tgz"),
        (GitHubRevision("student/hello-web", COMMIT), "student/hello-web@1a2b3c4"),
    ],
)
def test_a_revision_survives_the_way_through_the_api(revision, label):
    assert from_location(revision.to_location()) == revision
    assert revision.label == label


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ({"revisionType": "AppSpecContent"}, "found 'AppSpecContent'"),
        ({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k"}}, "found ['bucket', 'key']"),
        ({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "YAML"}}, "found 'YAML'"),
        ({"revisionType": "GitHub", "gitHubLocation": {"repository": "web", "commitId": COMMIT}}, "found 'web'"),
        ({"revisionType": "GitHub"}, "found '' and ''"),
    ],
)
def test_a_location_that_no_instance_can_use_is_refused(location, found):
    with pytest.raises(InvalidRevisionError) as caught:
        from_location(location)
    assert found in str(caught.value)
