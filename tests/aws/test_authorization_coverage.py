"""Every operation of the lab's services is mapped to what it asks of IAM."""

import botocore.session
import pytest

from labkit.aws.authorization.questions import NOT_IN_THE_REFERENCE, RULES, is_known
from labkit.aws.authorization.reference import actions
from labkit.aws.authorization.s3 import SAME_AS
from labkit.aws.authorization.services import SERVICES

MODELS = botocore.session.get_session()


def operations(name):
    return MODELS.get_service_model(name).operation_names


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_every_operation_that_boto3_knows_is_mapped(service):
    assert [name for name in operations(service.name) if not is_known(service.prefix, name)] == []


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_no_rule_is_about_an_operation_that_there_is_not(service):
    known = set(operations(service.name))
    listed = {*RULES.get(service.prefix, {}), *NOT_IN_THE_REFERENCE.get(service.prefix, ())}
    assert sorted(listed - known) == []


def test_an_s3_operation_asks_for_an_action_that_s3_has():
    assert sorted(set(SAME_AS.values()) - actions("s3")) == []


def test_services_are_called_in_requests_as_botocore_calls_them():
    called = {MODELS.get_service_model(one.name).service_id.hyphenize(): one for one in SERVICES.values()}
    assert called == SERVICES
