"""The lifecycle hooks that CodeDeploy installs in Auto Scaling groups, and how it answers them.

CodeDeploy user guide, "Integrating CodeDeploy with Amazon EC2 Auto Scaling": a deployment group with an Auto Scaling
group gets a launch hook, so that a new instance has the last good revision before it serves; a termination hook if
terminationHookEnabled. While it works CodeDeploy sends a heartbeat every five minutes.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import simpy

from labkit.simulation.clock import Clock, Process
from labkit.world.auto_scaling.group import AutoScalingGroup
from labkit.world.auto_scaling.lifecycle_hooks import (
    ABANDON,
    CONTINUE,
    LAUNCHING,
    MAX_HOOKS,
    TERMINATING,
    LifecycleAction,
    LifecycleHook,
)
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.auto_scaling.service_role import may, require
from labkit.world.deployment import messages
from labkit.world.deployment.lifecycle_events import ServiceFailedError
from labkit.world.deployment.records import DeploymentGroup
from labkit.world.ports import Permissions

HEARTBEAT_TIMEOUT_S = 600
HEARTBEAT_S = 300.0
LAUNCH_HOOK = "CodeDeploy-managed-automatic-launch-deployment-hook"
TERMINATION_HOOK = "CodeDeploy-managed-automatic-termination-deployment-hook"
"""The launch hook's name is AWS's; that of the termination hook is formed after it (AWS publishes none)."""
QUEUE = "arn:aws:sqs:{region}:000000000000:razorbill-{region}-prod-default-autoscaling-lifecycle-hook"
"""The queue of AWS's own that such a hook notifies; its real account belongs to AWS."""

Launched = Callable[[DeploymentGroup, str], Generator[simpy.Event, Any, bool]]
"""``launched(group, instance_id)``: a process that deploys the last good revision to a new instance, or finds that
there is none yet; it gives whether the instance may go into service."""
Terminating = Callable[[DeploymentGroup, str], Process]
"""``terminating(group, instance_id)``: a process that runs an instance's last lifecycle events; it just ends."""


class AutoScalingGroupMissingError(Exception):
    """A deployment group names an Auto Scaling group that does not exist."""


class HookLimitError(Exception):
    """An Auto Scaling group has as many lifecycle hooks as it can have."""


@dataclass(frozen=True, slots=True)
class InstalledHooks:
    """The hooks that a deployment group has in one Auto Scaling group; ``termination`` None without that one."""

    auto_scaling_group: str
    launch: str
    termination: str | None = None


class LaunchHooks:
    """All hooks of CodeDeploy in a region. ``new_id``: draws UUIDs. ``serve`` says who carries out deployments."""

    def __init__(
        self, clock: Clock, groups: GroupRegistry, permissions: Permissions, new_id: Callable[[], str]
    ) -> None:
        self._clock = clock
        self._groups = groups
        self._permissions = permissions
        self._new_id = new_id
        self._installed: dict[str, dict[str, InstalledHooks]] = {}
        self._owners: dict[str, DeploymentGroup] = {}
        self._launched: Launched | None = None
        self._terminating: Terminating | None = None
        groups.on_wait(self._hear)

    def serve(self, launched: Launched, terminating: Terminating) -> None:
        """From now on waiting instances are answered; before, nobody does and their hooks time out."""
        self._launched, self._terminating = launched, terminating

    # --- installing ----------------------------------------------------------------------------

    def installed(self, deployment_group_id: str) -> list[InstalledHooks]:
        """What GetDeploymentGroup reports, in the order of installation."""
        return list(self._installed.get(deployment_group_id, {}).values())

    def install(
        self, group: DeploymentGroup, auto_scaling_groups: Sequence[str], *, termination_hook: bool
    ) -> list[InstalledHooks]:
        """Makes the hooks agree with what a deployment group names now; none named removes all.

        Gives the hooks that could not be removed (``hooksNotCleanedUp``). Raises ``AutoScalingGroupMissingError``,
        ``HookLimitError``, or ``ServiceFailedError`` if the service role is missing or may not; then nothing changed.
        """
        mine = self._installed.setdefault(group.id, {})
        found = [self._find(name) for name in auto_scaling_groups]
        new = [wanted for wanted in found if wanted.name not in mine]
        if found:
            self._require(group, "autoscaling:PutLifecycleHook", "autoscaling:DescribeAutoScalingGroups")
        for wanted in new:
            if len(wanted.roster.hooks) + 1 + termination_hook > MAX_HOOKS:
                raise HookLimitError(wanted.name)
        self._owners[group.id] = group
        stale = [name for name in mine if name not in auto_scaling_groups]
        left = [hooks for name in stale if (hooks := self._remove(group, name)) is not None]
        for wanted in new:
            mine[wanted.name] = InstalledHooks(wanted.name, self._put(group, wanted, LAUNCHING))
        for wanted in found:
            self._agree_on_termination(group, wanted, termination_hook=termination_hook)
        return left

    def move(self, deployment_group_id: str, source: str, target: str) -> None:
        """A blue/green deployment made ``target`` take the place of ``source``: the hooks go there, with new names.

        Raises ``ServiceFailedError`` if the service role may not; then they stay.
        """
        hooks = self._installed.get(deployment_group_id, {}).get(source)
        if hooks is None:
            return
        group, mine = self._owners[deployment_group_id], self._installed[deployment_group_id]
        self._require(group, "autoscaling:DeleteLifecycleHook", "autoscaling:PutLifecycleHook")
        names = [target if name == source else name for name in mine]
        self.install(group, names, termination_hook=hooks.termination is not None)

    def forget(self, deployment_group_id: str) -> None:
        """The deployment group is gone; hooks of it that are left will be answered by nobody."""
        self._installed.pop(deployment_group_id, None)
        self._owners.pop(deployment_group_id, None)

    def _may(self, group: DeploymentGroup, action: str) -> bool:
        return may(self._permissions, group.service_role, action)

    def _require(self, group: DeploymentGroup, *actions: str) -> None:
        if not self._permissions.role_exists(group.service_role):
            raise ServiceFailedError(messages.role_missing(group.name))
        require(self._permissions, group.service_role, *actions)

    def _find(self, name: str) -> AutoScalingGroup:
        found = self._groups.find(name)
        if found is None:
            raise AutoScalingGroupMissingError(name)
        return found

    def _put(self, group: DeploymentGroup, where: AutoScalingGroup, transition: str) -> str:
        prefix = LAUNCH_HOOK if transition == LAUNCHING else TERMINATION_HOOK
        region = where.roster.settings.availability_zones[0][:-1]
        hook = LifecycleHook(
            name=f"{prefix}-{group.name}-{self._new_id()}",
            auto_scaling_group=where.name,
            transition=transition,
            heartbeat_timeout_s=HEARTBEAT_TIMEOUT_S,
            default_result=ABANDON if transition == LAUNCHING else CONTINUE,
            notification_target=QUEUE.format(region=region),
            metadata=group.id,
        )
        where.put_hook(hook)
        return hook.name

    def _agree_on_termination(self, group: DeploymentGroup, where: AutoScalingGroup, *, termination_hook: bool) -> None:
        mine = self._installed[group.id]
        hooks = mine[where.name]
        if termination_hook and hooks.termination is None:
            mine[where.name] = InstalledHooks(where.name, hooks.launch, self._put(group, where, TERMINATING))
        elif not termination_hook and hooks.termination is not None:
            if self._may(group, "autoscaling:DeleteLifecycleHook"):
                where.delete_hook(hooks.termination)
            mine[where.name] = InstalledHooks(where.name, hooks.launch)

    def _remove(self, group: DeploymentGroup, name: str) -> InstalledHooks | None:
        hooks = self._installed[group.id].pop(name)
        where = self._groups.find(name)
        if where is None:
            return None
        if not self._may(group, "autoscaling:DeleteLifecycleHook"):
            return hooks
        for hook in (hooks.launch, hooks.termination):
            if hook is not None:
                where.delete_hook(hook)
        return None

    # --- answering -----------------------------------------------------------------------------

    def _hear(self, action: LifecycleAction) -> None:
        group = self._owners.get(action.hook.metadata or "")
        if group is None or self._launched is None or self._terminating is None:
            return
        hooks = self._installed[group.id].get(action.hook.auto_scaling_group)
        if hooks is not None and action.hook.name == hooks.launch:
            self._clock.process(self._answer(group, action, self._launched(group, action.instance_id)))
        elif hooks is not None and action.hook.name == hooks.termination:
            self._clock.process(self._answer(group, action, self._terminating(group, action.instance_id)))

    def _answer(self, group: DeploymentGroup, action: LifecycleAction, work: Process) -> Process:
        """Waits for ``work``, sending heartbeats; then says what it came to. A failing termination ends in CONTINUE."""
        deployment = self._clock.process(work)
        while action.open and not deployment.triggered:
            yield deployment | action.ended | self._clock.timeout(HEARTBEAT_S)
            if not deployment.triggered and self._may(group, "autoscaling:RecordLifecycleActionHeartbeat"):
                action.heartbeat()
        if self._may(group, "autoscaling:CompleteLifecycleAction"):
            abandoned = action.hook.transition == LAUNCHING and deployment.triggered and not deployment.value
            action.complete(ABANDON if abandoned else CONTINUE)
