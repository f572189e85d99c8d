"""Whether a role may do something: the seam through which agent and CodeDeploy ask (``world.ports.Permissions``).

Decided by ``rules/iam`` over all policies of the role, as for every call at the gate, and written down like those.
"""

from labkit.aws.access import Access
from labkit.aws.denials import sentence
from labkit.aws.principals import Principals
from labkit.rules.iam.caller import caller_of
from labkit.world.ports import SERVICE_SESSION

CODEDEPLOY = ("codedeploy.amazonaws.com", "codedeploy.{region}.amazonaws.com")
"""What a service role's trust policy can name ("Create a service role for CodeDeploy")."""
ASSUME = "sts:AssumeRole"


class RolePermissions:
    """The permissions of an account's roles as they are at the moment of asking."""

    def __init__(self, access: Access, principals: Principals, region: str) -> None:
        self._access = access
        self._principals = principals
        self._services = [name.format(region=region) for name in CODEDEPLOY]

    def role_exists(self, role: str) -> bool:
        """Whether there is a role with this ARN that CodeDeploy may assume."""
        found = self._access.policies.holder(role)
        exists = found is not None and found.arn == role
        return exists and any(self._access.decide(name, ASSUME, role, {}).allowed for name in self._services)

    def denial(self, role: str, action: str, resource: str, session: str = SERVICE_SESSION) -> str | None:
        """None if a session of ``role`` (ARN) may do ``action`` on ``resource``, else the reason in AWS's words."""
        if self._access.policies.holder(role) is None:
            return f"The role {role} does not exist."
        caller = caller_of(role)
        principal = f"arn:aws:sts::{caller.account}:assumed-role/{caller.name}/{session}"
        context = self._principals.session_context(principal)
        decision = self._access.decide(principal, action, resource, context)
        return None if decision.allowed else sentence(decision)
