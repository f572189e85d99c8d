"""A lab that starts quickly: what moto reads again for every start is read once in a process.

moto remakes every back end before it throws it away, and reads its 1,500 AWS managed policies anew for each
partition of AWS (China, GovCloud …) that it looks through for an access key. Both take longer than the rest.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy
from moto.moto_api._internal import mock_random

from labkit.aws.overrides import Overrides

POLICY_SEED = 0
PARTITION = "aws"
"""The only partition a lab has."""


def start_quickly(overrides: Overrides, account_id: str) -> None:
    """Spares moto that work until ``overrides.undo()``.

    Call it before the lab's seed is set: reading the policies draws ids for them, and only the first lab of a
    process does so.
    """
    overrides.around(AccountSpecificBackend, "reset", _discard)
    managed = _managed_policies(account_id)

    def policies(_original: Callable[..., list[ManagedPolicy]], backend: IAMBackend) -> list[ManagedPolicy]:
        if backend.region_name != PARTITION or backend.account_id != account_id:
            return []
        for policy in managed:
            policy.attachment_count = 0  # all that a lab can change of AWS's own policies
        return list(managed)

    overrides.around(IAMBackend, "_init_aws_policies", policies)


def _discard(original: Callable[..., Any], backends: AccountSpecificBackend[Any]) -> None:
    """Only S3 has something to give back (the files behind its objects); the others are simply dropped."""
    if backends.service_name == "s3":
        original(backends)


@cache
def _managed_policies(account_id: str) -> list[ManagedPolicy]:
    mock_random.seed(POLICY_SEED)
    data = json.loads(aws_managed_policies_data)
    return [AWSManagedPolicy.from_data(name, account_id, PARTITION, policy) for name, policy in data.items()]
