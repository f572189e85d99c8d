"""A lab that starts quickly: what moto reads again for every start is read once in a process.

moto remakes every back end before it throws it away, and reads its 1,500 AWS managed policies anew for each
partition of AWS (China, GovCloud …) that it looks through for an access key. Both take longer than the rest.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

from labkit.aws.overrides import Overrides

PARTITION = "aws"
"""The only partition a lab has."""


def start_quickly(overrides: Overrides, account_id: str) -> None:
    """Spares moto that work until ``overrides.undo()``."""
    overrides.around(AccountSpecificBackend, "reset", _discard)

    def policies(original: Callable[..., list[ManagedPolicy]], backend: IAMBackend) -> list[ManagedPolicy]:
        if backend.region_name != PARTITION or backend.account_id != account_id:
            return []
        managed = _managed_policies(original, account_id)
        for policy in managed:
            policy.attachment_count = 0  # all that a lab can change of AWS's own policies
        return list(managed)

    overrides.around(IAMBackend, "_init_aws_policies", policies)


def _discard(original: Callable[..., Any], backends: AccountSpecificBackend[Any]) -> None:
    """Only S3 has something to give back (the files behind its objects); the others are simply dropped."""
    if backends.service_name == "s3":
        original(backends)


@cache
def _managed_policies(original: Callable[..., list[ManagedPolicy]], account_id: str) -> list[AWSManagedPolicy]:
    blank = IAMBackend.__new__(IAMBackend)
    blank.account_id, blank.region_name = account_id, PARTITION
    return original(blank)
