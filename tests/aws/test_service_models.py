"""botocore's descriptions of AWS are read once in a process."""

from collections.abc import Callable
from unittest import mock

import boto3
import botocore.session
import pytest
from botocore.loaders import JSONFileLoader, Loader
from moto.core.loaders import create_loader as moto_loader

import labkit
from labkit.aws.service_models import _find_services, share_service_models


@pytest.fixture(autouse=True)
def _shared():
    share_service_models()


@pytest.mark.parametrize(
    "new_session", [botocore.session.Session, lambda: boto3.Session()._session], ids=["botocore", "boto3"]
)
def test_a_second_session_reads_no_file_again(new_session: Callable[[], botocore.session.Session]):
    first = new_session().get_service_data("codedeploy")
    with mock.patch.object(JSONFileLoader, "_load_file", side_effect=AssertionError):
        assert new_session().get_service_data("codedeploy") is first


def test_a_file_that_is_missing_stays_missing():
    assert not Loader().file_loader.exists("/no/such/file")
    assert Loader().file_loader.load_file("/no/such/file") is None


def test_the_services_are_those_that_botocore_lists():
    assert Loader().list_available_services("service-2") == _find_services(Loader(), "service-2")
    assert "codedeploy" in Loader().list_available_services("service-2")


def test_whoever_changes_the_list_of_services_changes_it_for_nobody_else():
    Loader().list_available_services("waiters-2").clear()
    assert "codedeploy" in Loader().list_available_services("waiters-2")


def test_what_moto_adds_to_a_description_reaches_no_session():
    of_moto = moto_loader().load_service_model("ec2", "service-2")
    of_botocore = Loader().load_service_model("ec2", "service-2")
    of_moto["metadata"]["added"] = "by moto"
    assert "added" not in of_botocore["metadata"]


def test_a_second_lab_reads_no_file_of_botocore_again():
    labkit.start(stage="fleet", fleet_size=1).stop()
    with mock.patch.object(JSONFileLoader, "_load_file", side_effect=AssertionError):
        labkit.start(stage="fleet", fleet_size=1).stop()
