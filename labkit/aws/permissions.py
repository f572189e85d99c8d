"""Whether a role may do something: the one seam through which agent and engine ask.

The decision is moto's evaluator's over the role's own policies (managed and inline). It knows actions,
wildcards, resources and explicit denials; conditions and boundaries it leaves out.
"""

from collections.abc import Iterator
from functools import lru_cache

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import IAMBackend, Role, iam_backends


class RolePermissions:
    """The permissions of an account's roles as they are at the moment of asking (``world.ports.Permissions``)."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id

    def role_exists(self, role: str) -> bool:
        """Whether there is a role with this ARN that CodeDeploy may assume."""
        found = self._role(role)
        return found is not None and "codedeploy." in found.assume_role_policy_document

    def denial(self, role: str, action: str, resource: str) -> str | None:
        """None if ``role`` (ARN) may do ``action`` on ``resource``, else the reason in AWS's words."""
        found = self._role(role)
        if found is None:
            return f"The role {role} does not exist."
        results = [_permission(document, action, resource) for document in self._documents(found)]
        if PermissionResult.DENIED in results:
            return _sentence(role, action, resource, "with an explicit deny in an identity-based policy")
        if PermissionResult.PERMITTED in results:
            return None
        return _sentence(role, action, resource, f"because no identity-based policy allows the {action} action")

    @property
    def _backend(self) -> IAMBackend:
        backend: IAMBackend = iam_backends[self._account_id]["aws"]
        return backend

    def _role(self, arn: str) -> Role | None:
        return next((role for role in self._backend.roles.values() if role.arn == arn), None)

    def _documents(self, role: Role) -> Iterator[str]:
        yield from role.policies.values()
        for policy in role.managed_policies.values():
            yield next(version.document for version in policy.versions if version.is_default)


@lru_cache(maxsize=4096)
def _permission(document: str, action: str, resource: str) -> PermissionResult:
    return IAMPolicy(document).is_action_permitted(action, resource)


def _sentence(role: str, action: str, resource: str, why: str) -> str:
    return f"User: {role} is not authorized to perform: {action} on resource: {resource} {why}"
