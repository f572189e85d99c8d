"""Lists in pages: what botocore's paginators gather is the whole list, whatever happens meanwhile."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError
from hypothesis import given
from hypothesis import strategies as st

import labkit
from labkit.aws.codedeploy.paging import PAGE_SIZE, page

COUNT = 2 * PAGE_SIZE + 5
ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "1.zip", "bundleType": "zip"}}


@pytest.fixture(scope="module")
def codedeploy() -> Iterator[Any]:
    """A client; ``COUNT`` of everything that is listed."""
    with labkit.start(stage="roles"):
        client = boto3.client("codedeploy")
        client.create_application(applicationName="a-0000")
        for number in range(COUNT):
            name = f"a-{number:04}"
            client.create_deployment_group(applicationName="a-0000", deploymentGroupName=name, serviceRoleArn=ROLE)
            client.register_on_premises_instance(instanceName=name, iamUserArn=f"arn:aws:iam::123456789012:user/{name}")
            location = {**REVISION["s3Location"], "key": name}
            client.register_application_revision(
                applicationName="a-0000", revision={**REVISION, "s3Location": location}
            )
            client.create_deployment(applicationName="a-0000", deploymentGroupName=name, revision=REVISION)
        for number in range(1, COUNT):
            client.create_application(applicationName=f"a-{number:04}")
        yield client


@pytest.mark.parametrize(
    ("operation", "parameters", "member", "more"),
    [
        pytest.param("list_applications", {}, "applications", 0, id="applications"),
        pytest.param("list_deployment_groups", {"applicationName": "a-0000"}, "deploymentGroups", 0, id="groups"),
        pytest.param("list_application_revisions", {"applicationName": "a-0000"}, "revisions", 1, id="revisions"),
        pytest.param("list_on_premises_instances", {}, "instanceNames", 0, id="on-premises instances"),
        pytest.param("list_deployments", {}, "deployments", 0, id="deployments"),
    ],
)
def test_a_paginator_gathers_the_whole_list(
    codedeploy: Any, operation: str, parameters: dict[str, Any], member: str, more: int
) -> None:
    pages = [answer[member] for answer in codedeploy.get_paginator(operation).paginate(**parameters)]
    gathered = [str(item) for items in pages for item in items]
    assert (len(pages), len(gathered), len(set(gathered))) == (3, COUNT + more, COUNT + more)


def test_every_list_operation_with_a_paginator_pages(codedeploy: Any) -> None:
    deployment_id = codedeploy.list_deployments()["deployments"][0]
    needs = {
        "list_application_revisions": {"applicationName": "a-0000"},
        "list_deployment_groups": {"applicationName": "a-0000"},
        "list_deployment_instances": {"deploymentId": deployment_id},
        "list_deployment_targets": {"deploymentId": deployment_id},
    }
    with pytest.raises(WaiterError):  # there is no machine; its targets are known to be none
        codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
    names = [name for name in dir(codedeploy) if name.startswith("list_") and codedeploy.can_paginate(name)]
    pages = [len(list(codedeploy.get_paginator(name).paginate(**needs.get(name, {})))) for name in names]
    assert (len(pages), min(pages)) == (9, 1)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("2", id="a number"),
        pytest.param("bm9uc2Vuc2U=", id="base64 of anything"),
        pytest.param("W10=", id="base64 of an empty list"),
    ],
)
def test_a_token_that_is_none_is_refused(codedeploy: Any, token: str) -> None:
    with pytest.raises(ClientError, match="InvalidNextToken"):
        codedeploy.list_applications(nextToken=token)


def test_a_token_fits_only_the_list_it_came_from(codedeploy: Any) -> None:
    token = codedeploy.list_applications()["nextToken"]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        codedeploy.list_deployment_configs(nextToken=token)


names = st.lists(st.integers(0, 999), min_size=PAGE_SIZE + 1, max_size=PAGE_SIZE + 40, unique=True)


@given(names, st.data())
def test_what_is_deleted_between_two_pages_costs_no_other_item(items: list[int], data: st.DataObject) -> None:
    first = page("items", items, {})
    deleted = set(data.draw(st.lists(st.sampled_from(items), max_size=5))) - {items[PAGE_SIZE]}
    left = [item for item in items if item not in deleted]
    second = page("items", left, {"nextToken": first["nextToken"]})
    assert set(first["items"]) | set(second["items"]) >= set(left)


@given(names, st.lists(st.integers(1000, 1999), max_size=5, unique=True))
def test_what_is_created_in_front_is_not_counted_twice(items: list[int], new: list[int]) -> None:
    first = page("items", items, {})
    second = page("items", [*new, *items], {"nextToken": first["nextToken"]})
    assert [*first["items"], *second["items"]] == items
