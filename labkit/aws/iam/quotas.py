"""Policies that are too long are refused when they are stored (``rules.iam.quotas``)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from moto.iam.models import IAMBackend

from labkit.aws.errors import AwsError
from labkit.aws.overrides import Overrides
from labkit.rules.iam.quotas import INLINE, MANAGED, TRUST, beyond, inline_beyond

LIMIT_EXCEEDED = "LimitExceeded"

Original = Callable[..., Any]


def keep_within_quotas(overrides: Overrides) -> None:
    """Refuses what is too long until ``overrides.undo()``."""
    overrides.around(IAMBackend, "create_policy", _create_policy)
    overrides.around(IAMBackend, "create_policy_version", partial(_store, MANAGED))
    overrides.around(IAMBackend, "create_role", partial(_store, TRUST))
    overrides.around(IAMBackend, "update_assume_role_policy", partial(_store, TRUST))
    for kind in INLINE:
        overrides.around(IAMBackend, f"put_{kind}_policy", partial(_put_inline, kind))


def _create_policy(
    original: Original, backend: IAMBackend, description: str, path: str, document: str, *rest: Any
) -> Any:
    _refuse(beyond(document, MANAGED))
    return original(backend, description, path, document, *rest)


def _store(
    quota: tuple[str, int], original: Original, backend: IAMBackend, owner: str, document: str, *rest: Any, **more: Any
) -> Any:
    _refuse(beyond(document, quota))
    return original(backend, owner, document, *rest, **more)


def _put_inline(kind: str, original: Original, backend: IAMBackend, owner: str, name: str, document: str) -> Any:
    held = getattr(backend, f"get_{kind}")(owner).policies
    _refuse(inline_beyond((held | {name: document}).values(), kind, owner))
    return original(backend, owner, name, document)


def _refuse(why: str | None) -> None:
    if why is not None:
        raise AwsError(LIMIT_EXCEEDED, why)
