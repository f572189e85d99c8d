"""The Auto Scaling groups that blue/green deployments make, hand over and delete.

CodeDeploy user guide, "Create a deployment group for an EC2/On-Premises blue/green deployment" (automatically copy Amazon
EC2 Auto Scaling group) and "Troubleshoot Amazon EC2 Auto Scaling issues" (launch templates need more permissions).
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol

import simpy

from labkit.simulation.clock import Clock
from labkit.world.auto_scaling.groups import AutoScalingGroups
from labkit.world.auto_scaling.launch_hooks import LaunchHooks
from labkit.world.auto_scaling.service_role import ServiceRole
from labkit.world.deployment.lifecycle_events import ServiceFailedError
from labkit.world.deployment.records import DeploymentGroup, ErrorInformation
from labkit.world.ports import Permissions

SUSPENDED = ("AddToLoadBalancer", "AlarmNotification", "ScheduledActions")
"""What CodeDeploy suspends in a copy until the traffic has been rerouted."""
FOR_COPIES = ("autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup", "autoscaling:SuspendProcesses")
FOR_LAUNCH_TEMPLATES = ("ec2:RunInstances", "ec2:CreateTags", "iam:PassRole")
LAUNCH_LIMIT_S = 3600.0
"""How long CodeDeploy waits for a copy's instances; unpublished."""


class GroupStore(Protocol):
    """The records of Auto Scaling, as copying needs them."""

    def needs(self, name: str) -> Sequence[str]:
        """The actions that copying this group takes because of what it holds: its template, policies, notifications."""

    def copy(self, source: str, name: str, tags: dict[str, str]) -> None:
        """Makes ``name`` from ``source``, without instances; ``tags`` are added and not propagated."""

    def resize(self, name: str, size: int) -> None:
        """UpdateAutoScalingGroup: minimum and desired capacity."""

    def delete(self, name: str) -> None:
        """DeleteAutoScalingGroup with force."""


class GroupCopies:
    """What a blue/green deployment does to Auto Scaling groups. Everything raises ``ServiceFailedError``."""

    def __init__(
        self, clock: Clock, groups: AutoScalingGroups, store: GroupStore, hooks: LaunchHooks, permissions: Permissions
    ) -> None:
        self._clock = clock
        self._groups = groups
        self._store = store
        self._hooks = hooks
        self._role = ServiceRole(permissions)

    def copy(
        self, group: DeploymentGroup, source: str, name: str, *, deployment_id: str, size: int
    ) -> Generator[simpy.Event, Any, list[str]]:
        """Makes the group ``name`` with ``size`` instances like those of ``source``; gives their ids, once in service.

        No load balancer hears of them, nor do alarms or scheduled actions change their number, until ``hand_over``.
        """
        if self._groups.find(source) is None:
            raise ServiceFailedError(_not_found(source))
        self._role.require(group, *FOR_COPIES, *self._store.needs(source))
        self._store.copy(source, name, {"CodeDeployProvisioningDeploymentId": deployment_id})
        copied = self._groups.find(name)
        if copied is None:
            raise ServiceFailedError(_not_found(name))
        copied.suspend(SUSPENDED)
        self._store.resize(name, size)
        complete = self._groups.when_in_service(name, size)
        yield complete | self._clock.timeout(LAUNCH_LIMIT_S)
        if not complete.triggered:
            raise ServiceFailedError(_not_launched(name, size, len(copied.in_service())))
        return copied.in_service()

    def hand_over(self, group: DeploymentGroup, former: str, copied: str, *, delete: bool) -> None:
        """The traffic is with the copy: its processes resume, the hooks move to it, ``former`` is deleted or kept."""
        self._role.require(group, "autoscaling:ResumeProcesses")
        found = self._groups.find(copied)
        if found is not None:
            found.resume(SUSPENDED)
        had = [hooks for hooks in self._hooks.installed(group.id) if hooks.auto_scaling_group == former]
        others = [hooks.auto_scaling_group for hooks in self._hooks.installed(group.id) if hooks not in had]
        if had:
            self._hooks.install(group, [*others, copied], termination_hook=had[0].termination is not None)
        if delete:
            self.delete(group, former)

    def delete(self, group: DeploymentGroup, name: str) -> None:
        """Deletes a group with all its instances; a group that is gone already is fine."""
        self._role.require(group, "autoscaling:DeleteAutoScalingGroup")
        if self._groups.find(name) is not None:
            self._store.delete(name)

    def suspend(self, group: DeploymentGroup, name: str, processes: Sequence[str]) -> None:
        """Before the first instance: ``ec2DeploymentOptions.autoScalingGroupProcessesToSuspend``."""
        self._role.require(group, "autoscaling:SuspendProcesses")
        found = self._groups.find(name)
        if found is not None:
            found.suspend(processes)

    def resume(self, group: DeploymentGroup, name: str, processes: Sequence[str]) -> None:
        """At the end of the deployment, however it ended."""
        self._role.require(group, "autoscaling:ResumeProcesses")
        found = self._groups.find(name)
        if found is not None:
            found.resume(processes)


def _not_found(name: str) -> ErrorInformation:
    """Ours: AWS publishes the code, not the words."""
    return ErrorInformation("AUTO_SCALING_CONFIGURATION", f"The Auto Scaling group {name} could not be found.")


def _not_launched(name: str, size: int, found: int) -> ErrorInformation:
    """Ours."""
    return ErrorInformation(
        "AUTO_SCALING_CONFIGURATION",
        f"The Auto Scaling group {name} had {found} of {size} instances in service after an hour. Look at its scaling "
        "activities for the reason.",
    )
