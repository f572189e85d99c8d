"""CodeDeploy acts on Auto Scaling with the permissions of a deployment group's service role.

CodeDeploy user guide, "Create a service role for CodeDeploy" and "Troubleshoot Amazon EC2 Auto Scaling issues". What
the role may not do fails as in every deployment: with AWS's sentence about the role and the service that refused.
"""

from labkit.world.deployment import messages
from labkit.world.deployment.lifecycle_events import ACTION_SERVICES, ServiceFailedError
from labkit.world.ports import Permissions


def may(permissions: Permissions, role: str, action: str) -> bool:
    """Whether ``role`` (ARN) may do ``action`` (``autoscaling:CompleteLifecycleAction``)."""
    return permissions.denial(role, action, "*") is None


def require(permissions: Permissions, role: str, *actions: str) -> None:
    """Raises ``ServiceFailedError`` for the first of ``actions`` that ``role`` (ARN) may not do.

    ``iam:PassRole`` is asked for by EC2, which launches with the role passed on.
    """
    for action in actions:
        if not may(permissions, role, action):
            service = ACTION_SERVICES.get(action.split(":", 1)[0], ACTION_SERVICES["ec2"])
            raise ServiceFailedError(messages.role_permissions(role, service))
