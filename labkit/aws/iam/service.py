"""Connects moto's IAM with the rules: documents are checked by ``rules/iam``, and simulated by it."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import IAMBackend, User
from moto.iam.responses import IamResponse

from labkit.aws.calling import current_call
from labkit.aws.errors import AwsError
from labkit.aws.iam.context_keys import context_keys
from labkit.aws.iam.documents import read_when_stored
from labkit.aws.iam.quotas import keep_within_quotas
from labkit.aws.iam.simulator import Simulator
from labkit.aws.overrides import Overrides
from labkit.aws.principal_policies import PrincipalPolicies

Original = Callable[..., Any]


class Iam:
    """IAM's operations that moto lacks or does otherwise."""

    def __init__(self, policies: PrincipalPolicies, account_id: str) -> None:
        self._policies = policies
        self._simulator = Simulator(policies, account_id)

    def install(self, overrides: Overrides) -> None:
        """Answers until ``overrides.undo()``."""
        read_when_stored(overrides)
        keep_within_quotas(overrides)
        for name, answer in {
            "simulate_custom_policy": self._simulator.custom,
            "simulate_principal_policy": self._simulator.principal,
            "get_context_keys_for_custom_policy": self._keys_of_documents,
            "get_context_keys_for_principal_policy": self._keys_of_principal,
        }.items():
            overrides.add(IamResponse, name, _answering(answer))
        overrides.add(IamResponse, "put_user_permissions_boundary", _put_boundary)
        overrides.add(IamResponse, "delete_user_permissions_boundary", _delete_boundary)
        overrides.around(IAMBackend, "create_user", _create_user)
        overrides.add(User, "permissions_boundary", property(_boundary))

    def _keys_of_documents(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"ContextKeyNames": context_keys(asked["PolicyInputList"])}

    def _keys_of_principal(self, asked: dict[str, Any]) -> dict[str, Any]:
        held = self._simulator.held(asked["PolicySourceArn"])
        documents = [named.policy.document for named in (*held.identity, *held.boundaries)]
        return {"ContextKeyNames": context_keys([*documents, *asked.get("PolicyInputList", ())])}


def _answering(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[IamResponse], ActionResult]:
    """An operation from parameters to result, both in boto3's shape."""
    return lambda _response: ActionResult(answer(_parameters()))


def _parameters() -> dict[str, Any]:
    call = current_call()
    return dict(call.parameters) if call else {}


# --- the boundary of a user, which moto knows for roles only ---------------------------------------


def _create_user(original: Original, backend: IAMBackend, *args: Any, **kwargs: Any) -> User:
    call = current_call()
    boundary = call.parameters.get("PermissionsBoundary") if call and call.operation == "CreateUser" else None
    if boundary is not None:
        _check_boundary(backend, boundary)
    user: User = original(backend, *args, **kwargs)
    if boundary is not None:
        user.permissions_boundary_arn = boundary  # type: ignore[attr-defined]
    return user


def _boundary(user: User) -> dict[str, str] | None:
    """As GetUser shows it, in the shape that moto gives a role's."""
    arn = getattr(user, "permissions_boundary_arn", None)
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn} if arn else None


def _put_boundary(response: IamResponse) -> ActionResult:
    asked = _parameters()
    user = response.backend.get_user(asked["UserName"])
    _check_boundary(response.backend, asked["PermissionsBoundary"])
    user.permissions_boundary_arn = asked["PermissionsBoundary"]  # type: ignore[attr-defined]
    return EmptyResult()


def _delete_boundary(response: IamResponse) -> ActionResult:
    user = response.backend.get_user(_parameters()["UserName"])
    if getattr(user, "permissions_boundary_arn", None) is None:
        code = "NoSuchEntity"
        message = f"The user with name {user.name} does not have a permissions boundary."
        raise AwsError(code, message)
    user.permissions_boundary_arn = None  # type: ignore[attr-defined]
    return EmptyResult()


def _check_boundary(backend: IAMBackend, arn: str) -> None:
    if arn not in backend.managed_policies:
        code = "NoSuchEntity"
        message = f"Scope ARN: {arn} does not exist or is not attachable."
        raise AwsError(code, message)
