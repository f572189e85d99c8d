"""The Auto Scaling groups that blue/green deployments make, hand over and delete.

CodeDeploy user guide, "Create a deployment group for an EC2/On-Premises blue/green deployment" (automatically copy
Amazon EC2 Auto Scaling group) and "Troubleshoot Amazon EC2 Auto Scaling issues" (what launch templates need). The order
of the steps is what CloudTrail shows of such a deployment.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from labkit.world.auto_scaling.group import AutoScalingGroup
from labkit.world.auto_scaling.launch_hooks import LaunchHooks
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.auto_scaling.service_role import require
from labkit.world.deployment.lifecycle_events import ServiceFailedError
from labkit.world.deployment.records import ErrorInformation
from labkit.world.ports import Permissions

SUSPENDED = ("AddToLoadBalancer", "AlarmNotification", "ScheduledActions")
"""What CodeDeploy suspends in a copy until the traffic has been rerouted."""
FOR_COPIES = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:UpdateAutoScalingGroup",
    "autoscaling:SuspendProcesses",
)
FOR_LAUNCH_TEMPLATES = ("ec2:RunInstances", "ec2:CreateTags", "iam:PassRole")


class GroupStore(Protocol):
    """The records of Auto Scaling, as copying needs them."""

    def needs(self, name: str) -> Sequence[str]:
        """The actions that copying this group takes because of what it holds: its template, policies, metrics."""

    def copy(self, source: str, name: str, tags: Mapping[str, str]) -> None:
        """Makes ``name`` from ``source``, without instances; ``tags`` are added and not propagated."""

    def resize(self, name: str, size: int) -> None:
        """UpdateAutoScalingGroup: minimum and desired capacity."""

    def delete(self, name: str) -> None:
        """DeleteAutoScalingGroup with force."""


class GroupCopies:
    """What a blue/green deployment asks of Auto Scaling (``labkit.world.ports.AutoScalingGroups``).

    ``role``: ARN of the service role. Everything raises ``ServiceFailedError`` if a group is missing or the role may
    not do it; then nothing has been touched.
    """

    def __init__(self, groups: GroupRegistry, store: GroupStore, hooks: LaunchHooks, permissions: Permissions) -> None:
        self._groups = groups
        self._store = store
        self._hooks = hooks
        self._permissions = permissions

    def copy(self, role: str, source: str, name: str, deployment_id: str, size: int) -> None:
        """Makes the group ``name``, launching ``size`` instances like those of ``source``.

        No load balancer hears of them, nor do alarms or scheduled actions change their number, until ``hand_over``.
        """
        self._find(source)
        require(self._permissions, role, *FOR_COPIES, *self._store.needs(source))
        self._store.copy(source, name, {"CodeDeployProvisioningDeploymentId": deployment_id})
        self._find(name).suspend(SUSPENDED)
        self._store.resize(name, size)

    def hand_over(self, role: str, deployment_group_id: str, source: str, name: str) -> None:
        """The traffic is with the copy ``name``: its processes resume, CodeDeploy's hooks move to it."""
        copied = self._find(name)
        require(self._permissions, role, "autoscaling:ResumeProcesses")
        self._hooks.move(deployment_group_id, source, name)
        copied.resume(SUSPENDED)

    def delete(self, role: str, name: str) -> None:
        """Deletes a group with all its instances; one that is gone already is fine."""
        require(self._permissions, role, "autoscaling:DeleteAutoScalingGroup")
        if self._groups.find(name) is not None:
            self._store.delete(name)

    def suspend(self, role: str, name: str, processes: Sequence[str]) -> None:
        """Before the first instance: ``ec2DeploymentOptions.autoScalingGroupProcessesToSuspend``."""
        require(self._permissions, role, "autoscaling:SuspendProcesses")
        self._find(name).suspend(processes)

    def resume(self, role: str, name: str, processes: Sequence[str]) -> None:
        """At the end of the deployment, however it ended."""
        require(self._permissions, role, "autoscaling:ResumeProcesses")
        self._find(name).resume(processes)

    def _find(self, name: str) -> AutoScalingGroup:
        found = self._groups.find(name)
        if found is None:
            # AWS publishes the code; the words are ours.
            message = f"The Auto Scaling group {name} could not be found."
            raise ServiceFailedError(ErrorInformation("AUTO_SCALING_CONFIGURATION", message))
        return found
