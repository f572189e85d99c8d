"""On-premises instances: registered, tagged, found, deregistered."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

USER = "arn:aws:iam::123456789012:user/{}".format
SESSION = "arn:aws:sts::123456789012:assumed-role/shed/{}".format


@pytest.fixture
def codedeploy() -> Iterator[Any]:
    """A client; ``attic`` and ``cellar`` are registered, ``attic`` with a tag."""
    with labkit.start(stage="empty"):
        client = boto3.client("codedeploy")
        client.register_on_premises_instance(instanceName="attic", iamUserArn=USER("attic"))
        client.register_on_premises_instance(instanceName="cellar", iamSessionArn=SESSION("cellar"))
        client.add_tags_to_on_premises_instances(tags=[{"Key": "env", "Value": "prod"}], instanceNames=["attic"])
        yield client


def test_a_registered_instance_is_described(codedeploy: Any) -> None:
    info = codedeploy.get_on_premises_instance(instanceName="attic")["instanceInfo"]
    assert info["instanceArn"].startswith("arn:aws:codedeploy:ap-northeast-2:123456789012:instance/attic_")
    assert (info["iamUserArn"], info["tags"]) == (USER("attic"), [{"Key": "env", "Value": "prod"}])
    assert "deregisterTime" not in info


def test_instances_are_found_by_tag_and_by_status(codedeploy: Any) -> None:
    codedeploy.deregister_on_premises_instance(instanceName="cellar")
    by_tag = codedeploy.list_on_premises_instances(tagFilters=[{"Key": "env", "Type": "KEY_ONLY"}])
    gone = codedeploy.list_on_premises_instances(registrationStatus="Deregistered")
    everyone = codedeploy.list_on_premises_instances()
    assert [by_tag["instanceNames"], gone["instanceNames"], everyone["instanceNames"]] == [
        ["attic"],
        ["cellar"],
        ["attic", "cellar"],
    ]


def test_a_deregistered_instance_stays_on_record_and_its_name_is_free(codedeploy: Any) -> None:
    codedeploy.deregister_on_premises_instance(instanceName="attic")
    codedeploy.deregister_on_premises_instance(instanceName="nobody")
    info = codedeploy.get_on_premises_instance(instanceName="attic")["instanceInfo"]
    assert info["deregisterTime"] >= info["registerTime"]
    codedeploy.register_on_premises_instance(instanceName="attic", iamUserArn=USER("attic"))
    again = codedeploy.get_on_premises_instance(instanceName="attic")["instanceInfo"]
    assert ("deregisterTime" in again, again["tags"]) == (False, [])


def test_a_tag_of_another_value_is_not_removed(codedeploy: Any) -> None:
    tags = [{"Key": "env", "Value": "test"}]
    codedeploy.remove_tags_from_on_premises_instances(tags=tags, instanceNames=["attic"])
    kept = codedeploy.get_on_premises_instance(instanceName="attic")["instanceInfo"]["tags"]
    codedeploy.remove_tags_from_on_premises_instances(tags=kept, instanceNames=["attic"])
    left = codedeploy.get_on_premises_instance(instanceName="attic")["instanceInfo"]["tags"]
    assert (kept, left) == ([{"Key": "env", "Value": "prod"}], [])


def test_tags_are_set_on_all_instances_or_on_none(codedeploy: Any) -> None:
    more = [{"Key": f"k{number}", "Value": "v"} for number in range(10)]
    with pytest.raises(ClientError, match="TagLimitExceeded"):
        codedeploy.add_tags_to_on_premises_instances(tags=more, instanceNames=["cellar", "attic"])
    assert codedeploy.get_on_premises_instance(instanceName="cellar")["instanceInfo"]["tags"] == []


def test_unknown_names_are_left_out_of_a_batch(codedeploy: Any) -> None:
    infos = codedeploy.batch_get_on_premises_instances(instanceNames=["cellar", "nobody"])["instanceInfos"]
    assert [info["instanceName"] for info in infos] == ["cellar"]
