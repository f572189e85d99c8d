"""How long policies may be: refused when they are stored, white space not counted.

IAM User Guide, "IAM and AWS STS quotas": 6,144 characters for a managed policy, 2,048 for a trust policy, and for all
inline policies of a user, a group or a role together 2,048, 5,120 and 10,240.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from moto.iam.models import IAMBackend

from labkit.aws.errors import AwsError
from labkit.aws.overrides import Overrides

MANAGED = 6144
TRUST = 2048
INLINE = {"user": 2048, "group": 5120, "role": 10_240}

Original = Callable[..., Any]


def keep_within_quotas(overrides: Overrides) -> None:
    """Refuses what is too long until ``overrides.undo()``."""
    overrides.around(IAMBackend, "create_policy", _create_policy)
    overrides.around(IAMBackend, "create_policy_version", _create_policy_version)
    overrides.around(IAMBackend, "create_role", _create_role)
    overrides.around(IAMBackend, "update_assume_role_policy", _update_assume_role_policy)
    for kind in INLINE:
        overrides.around(IAMBackend, f"put_{kind}_policy", partial(_put_inline, kind))


def size(document: str) -> int:
    """What counts of a document: all characters but white space."""
    return len("".join(document.split()))


def _create_policy(
    original: Original, backend: IAMBackend, description: str, path: str, policy_document: str, *rest: Any
) -> Any:
    _check(policy_document, MANAGED, "PolicySize")
    return original(backend, description, path, policy_document, *rest)


def _create_policy_version(
    original: Original, backend: IAMBackend, policy_arn: str, policy_document: str, *rest: Any
) -> Any:
    _check(policy_document, MANAGED, "PolicySize")
    return original(backend, policy_arn, policy_document, *rest)


def _create_role(original: Original, backend: IAMBackend, name: str, document: str, *rest: Any, **more: Any) -> Any:
    _check(document, TRUST, "ACLSizePerRole")
    return original(backend, name, document, *rest, **more)


def _update_assume_role_policy(original: Original, backend: IAMBackend, role_name: str, document: str) -> Any:
    _check(document, TRUST, "ACLSizePerRole")
    return original(backend, role_name, document)


def _check(document: str, most: int, quota: str) -> None:
    if size(document) > most:
        code = "LimitExceeded"
        raise AwsError(code, f"Cannot exceed quota for {quota}: {most}")


def _put_inline(kind: str, original: Original, backend: IAMBackend, owner: str, name: str, document: str) -> Any:
    held = getattr(backend, f"get_{kind}")(owner).policies
    together = sum(size(text) for other, text in held.items() if other != name) + size(document)
    if together > INLINE[kind]:
        code = "LimitExceeded"
        raise AwsError(code, f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind} {owner}")
    return original(backend, owner, name, document)
