"""A lab that starts quickly: what moto reads again for every start is read once in a process, or when it is wanted.

moto remakes every back end before it throws it away, and reads its 1,500 AWS managed policies anew for each
partition of AWS (China, GovCloud …) that it looks through for an access key. To compare an address with those of
EC2 it makes EC2 in us-east-1, with 1,300 images. Each of these takes as long as all the rest.
"""

import json
from collections import UserDict
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.ec2.models.amis import Ami, AmiBackend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy
from moto.moto_api._internal import mock_random

from labkit.aws.overrides import Overrides
from labkit.aws.seal import REGION

POLICY_SEED = 0
PARTITION = "aws"
"""The only partition a lab has."""


def start_quickly(overrides: Overrides, account_id: str) -> None:
    """Spares moto that work until ``overrides.undo()``.

    Call it before the lab's seed is set: reading the policies draws ids for them, and only the first lab of a
    process does so.
    """
    overrides.around(AccountSpecificBackend, "reset", _discard)
    overrides.around(AmiBackend, "_load_amis", _load_images)
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


def _load_images(original: Callable[..., None], backend: Any) -> None:
    """Of the lab's own region at once, of another when somebody asks for one of them."""
    if backend.region_name == REGION:
        original(backend)
    else:
        backend.amis = _Images(original, backend)


class _Images(UserDict[str, Ami]):
    """A region's images, loaded at the first look."""

    def __init__(self, load: Callable[..., None], backend: Any) -> None:
        self._load = load
        self._backend = backend

    @cached_property
    def data(self) -> dict[str, Ami]:  # type: ignore[override] # UserDict's attribute
        self._backend.amis = {}
        self._load(self._backend)
        loaded: dict[str, Ami] = self._backend.amis
        return loaded


@cache
def _managed_policies(account_id: str) -> list[ManagedPolicy]:
    mock_random.seed(POLICY_SEED)
    data = json.loads(aws_managed_policies_data)
    return [AWSManagedPolicy.from_data(name, account_id, PARTITION, policy) for name, policy in data.items()]
