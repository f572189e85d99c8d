"""The lifecycle hooks that a deployment group has in its Auto Scaling groups, as the API sees them.

User guide, "Integrating CodeDeploy with Amazon EC2 Auto Scaling": creating or updating a group makes live calls with
its service role, so their failures come at once and as CreateDeploymentGroup's own exceptions.
"""

from typing import Any

from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.service import Answer, CodeDeploy
from labkit.world.auto_scaling.launch_hooks import AutoScalingGroupMissingError, HookLimitError
from labkit.world.deployment.lifecycle_events import ServiceFailedError
from labkit.world.deployment.records import DeploymentGroup


def agree(service: CodeDeploy, group: DeploymentGroup, settings: dict[str, Any]) -> list[Answer]:
    """Puts and removes hooks until they are what ``settings`` name; gives ``hooksNotCleanedUp``.

    Raises InvalidAutoScalingGroup, LifecycleHookLimitExceeded, InvalidRole; then nothing has changed.
    """
    wanted = list(settings.get("autoScalingGroups") or [])
    termination = bool(settings.get("terminationHookEnabled"))
    try:
        left = service.hooks.install(group, wanted, termination_hook=termination)
    except AutoScalingGroupMissingError as error:
        refuse("InvalidAutoScalingGroup", f"The Auto Scaling group {error} could not be found.")
    except HookLimitError:
        refuse("LifecycleHookLimitExceeded")
    except ServiceFailedError as error:
        refuse("InvalidRole", str(error))
    return [{"name": hooks.auto_scaling_group, "hook": hooks.launch} for hooks in left]


def describe(service: CodeDeploy, group: DeploymentGroup) -> list[Answer]:
    """``autoScalingGroups`` of GetDeploymentGroup: each with its hooks."""
    installed = {hooks.auto_scaling_group: hooks for hooks in service.hooks.installed(group.id)}
    shown: list[Answer] = []
    for name in group.auto_scaling_groups:
        entry: Answer = {"name": name}
        if name in installed:
            entry["hook"] = installed[name].launch
            if installed[name].termination is not None:
                entry["terminationHook"] = installed[name].termination
        shown.append(entry)
    return shown
