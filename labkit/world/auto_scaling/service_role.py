"""CodeDeploy acts on Auto Scaling with the permissions of a deployment group's service role.

CodeDeploy user guide, "Create a service role for CodeDeploy" and "Troubleshoot Amazon EC2 Auto Scaling issues". What the
role may not do fails as in every deployment: with AWS's sentence about the role and the service that refused.
"""

from labkit.world.deployment import messages
from labkit.world.deployment.lifecycle_events import ServiceFailedError
from labkit.world.deployment.records import DeploymentGroup
from labkit.world.ports import Permissions

SERVICE = "AmazonAutoScaling"


class ServiceRole:
    """The service roles of deployment groups, asked before each step."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions

    def may(self, group: DeploymentGroup, action: str) -> bool:
        """Whether the group's role may do ``action`` (``autoscaling:CompleteLifecycleAction``)."""
        return self._permissions.denial(group.service_role, action, "*") is None

    def require(self, group: DeploymentGroup, *actions: str) -> None:
        """Raises ``ServiceFailedError`` if there is no such role, or it may not do all of ``actions``."""
        if not self._permissions.role_exists(group.service_role):
            raise ServiceFailedError(messages.role_missing(group.name))
        if not all(self.may(group, action) for action in actions):
            raise ServiceFailedError(messages.role_permissions(group.service_role, SERVICE))
