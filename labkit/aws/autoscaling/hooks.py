"""Lifecycle hooks: put, describe, delete, complete an action, record a heartbeat. API reference of each operation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from labkit.aws.autoscaling.records import Records, refuse
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling.lifecycle_hooks import (
    ABANDON,
    CONTINUE,
    LAUNCHING,
    MAX_HOOKS,
    TERMINATING,
    LifecycleAction,
    LifecycleHook,
)

MEMBERS = {
    "LifecycleTransition": "transition",
    "HeartbeatTimeout": "heartbeat_timeout_s",
    "DefaultResult": "default_result",
    "NotificationTargetARN": "notification_target",
    "RoleARN": "role",
    "NotificationMetadata": "metadata",
}
SHORTEST_HEARTBEAT_S, LONGEST_HEARTBEAT_S = 30, 7200
Original = Callable[..., Any]


class HookOperations:
    """Moto stores hooks without effect and lacks the two operations an instance's wait is answered with."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def install(self, overrides: Overrides) -> None:
        """Takes over until ``overrides.undo()``."""
        overrides.around(AutoScalingResponse, "put_lifecycle_hook", self._put)
        overrides.around(AutoScalingResponse, "describe_lifecycle_hooks", self._describe)
        overrides.around(AutoScalingResponse, "delete_lifecycle_hook", self._delete)
        overrides.add(AutoScalingResponse, "complete_lifecycle_action", _method(self._complete))
        overrides.add(AutoScalingResponse, "record_lifecycle_action_heartbeat", _method(self._heartbeat))

    def _put(self, _original: Original, response: AutoScalingResponse) -> EmptyResult:
        """A new hook, or new values for one there is: what is not named stays."""
        parameters = response._get_params()  # noqa: SLF001 - moto's way to read parameters
        group = self._records.group(parameters["AutoScalingGroupName"])
        name = parameters["LifecycleHookName"]
        known = group.roster.hooks.get(name)
        if known is None and len(group.roster.hooks) >= MAX_HOOKS:
            raise refuse(f"Only {MAX_HOOKS} lifecycle hooks are allowed for each Auto Scaling group.", "LimitExceeded")
        known = known or LifecycleHook(name=name, auto_scaling_group=group.name, transition="")
        named = {member: parameters[key] for key, member in MEMBERS.items() if parameters.get(key)}
        hook = replace(known, **named)
        _check(hook)
        group.put_hook(hook)
        return EmptyResult()

    def _describe(self, _original: Original, response: AutoScalingResponse) -> ActionResult:
        parameters = response._get_params()  # noqa: SLF001
        hooks = self._records.group(parameters["AutoScalingGroupName"]).roster.hooks.values()
        wanted = parameters.get("LifecycleHookNames")
        return ActionResult({"LifecycleHooks": [_shape(hook) for hook in hooks if not wanted or hook.name in wanted]})

    def _delete(self, _original: Original, response: AutoScalingResponse) -> EmptyResult:
        parameters = response._get_params()  # noqa: SLF001
        group, name = self._records.group(parameters["AutoScalingGroupName"]), parameters["LifecycleHookName"]
        if name not in group.roster.hooks:
            raise refuse(f"Lifecycle Hook Not found - No Lifecycle Hook found with name {name}")
        group.delete_hook(name)
        return EmptyResult()

    def _complete(self, response: AutoScalingResponse) -> EmptyResult:
        result = response._get_params().get("LifecycleActionResult")  # noqa: SLF001
        if result not in (CONTINUE, ABANDON):
            raise refuse(f"Valid values for Lifecycle Action Result are: [{CONTINUE}, {ABANDON}]")
        self._action(response).complete(result)
        return EmptyResult()

    def _heartbeat(self, response: AutoScalingResponse) -> EmptyResult:
        self._action(response).heartbeat()
        return EmptyResult()

    def _action(self, response: AutoScalingResponse) -> LifecycleAction:
        parameters = response._get_params()  # noqa: SLF001
        token, instance_id = parameters.get("LifecycleActionToken"), parameters.get("InstanceId")
        if not token and not instance_id:
            raise refuse("Either a LifecycleActionToken or an InstanceId must be specified.")
        group = self._records.group(parameters["AutoScalingGroupName"])
        found = group.action(parameters["LifecycleHookName"], token=token, instance_id=instance_id)
        if found is None:
            named = f"token {token}" if token else f"instance ID {instance_id}"
            raise refuse(f"No active Lifecycle Action found with {named}")
        return found


def _method(answer: Callable[[AutoScalingResponse], EmptyResult]) -> Callable[[AutoScalingResponse], EmptyResult]:
    """``answer`` as a plain function: moto takes nothing else in a class for an operation."""

    def method(response: AutoScalingResponse) -> EmptyResult:
        return answer(response)

    return method


def _check(hook: LifecycleHook) -> None:
    if hook.transition not in (LAUNCHING, TERMINATING):
        raise refuse(f"Valid values for Lifecycle Transition are: [{LAUNCHING}, {TERMINATING}]")
    if hook.default_result not in (CONTINUE, ABANDON):
        raise refuse(f"Valid values for Default Result are: [{CONTINUE}, {ABANDON}]")
    if not SHORTEST_HEARTBEAT_S <= hook.heartbeat_timeout_s <= LONGEST_HEARTBEAT_S:
        raise refuse(
            f"Heartbeat Timeout must be between {SHORTEST_HEARTBEAT_S} and {LONGEST_HEARTBEAT_S} seconds, "
            f"found {hook.heartbeat_timeout_s}"
        )


def _shape(hook: LifecycleHook) -> dict[str, Any]:
    return {
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": hook.auto_scaling_group,
        "LifecycleTransition": hook.transition,
        "NotificationTargetARN": hook.notification_target,
        "RoleARN": hook.role,
        "NotificationMetadata": hook.metadata,
        "HeartbeatTimeout": hook.heartbeat_timeout_s,
        "GlobalTimeout": hook.global_timeout_s,
        "DefaultResult": hook.default_result,
    }
