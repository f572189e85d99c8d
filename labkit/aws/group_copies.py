"""Copies of Auto Scaling groups for blue/green deployments, made with the permissions of CodeDeploy's service role.

User guide, "Integrating CodeDeploy with Amazon EC2 Auto Scaling"; the calls are those that CloudTrail shows of a
blue/green deployment. A launch template needs permissions that AWSCodeDeployRole does not hold ("Troubleshoot Amazon
EC2 Auto Scaling issues": ``ec2:RunInstances``, ``ec2:CreateTags``, ``iam:PassRole``).
"""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends

from labkit.aws.gate import Gate
from labkit.world.deployment import messages
from labkit.world.deployment.lifecycle_events import ACTION_SERVICES, ServiceFailedError
from labkit.world.ports import Permissions

TEMPLATE_ACTIONS = ("ec2:RunInstances", "ec2:CreateTags", "iam:PassRole")
COPY_ACTIONS = ("autoscaling:DescribeAutoScalingGroups", "autoscaling:CreateAutoScalingGroup")
HAND_OVER_ACTIONS = ("autoscaling:PutLifecycleHook", "autoscaling:DeleteLifecycleHook")


class GroupCopies:
    """``world.ports.AutoScalingGroups`` on moto's records."""

    def __init__(self, gate: Gate, permissions: Permissions, account_id: str, region_name: str) -> None:
        self._gate = gate
        self._permissions = permissions
        self._account_id = account_id
        self._region_name = region_name

    @property
    def _backend(self) -> AutoScalingBackend:
        backend: AutoScalingBackend = autoscaling_backends[self._account_id][self._region_name]
        return backend

    def copy(self, role: str, source: str, name: str, deployment_id: str, size: int) -> None:
        """Makes the group ``name`` like ``source``: template, subnets, limits, policies' termination, tags."""
        group = self._backend.autoscaling_groups[source]
        self._require(role, *COPY_ACTIONS, *(TEMPLATE_ACTIONS if group.launch_template else ()))
        tags = [{**tag, "ResourceId": name} for tag in group.tags]
        mark: dict[str, Any] = {
            "Key": "CodeDeployProvisioningDeploymentId",
            "Value": deployment_id,
            "ResourceId": name,
            "PropagateAtLaunch": False,
        }
        with self._gate.lab_time():
            self._backend.create_auto_scaling_group(
                name=name,
                availability_zones=[] if group.vpc_zone_identifier else list(group.availability_zones),
                desired_capacity=size,
                max_size=group.max_size,
                min_size=size,
                launch_config_name=group.launch_configuration_name if not group.launch_template else "",
                launch_template=_template(group.launch_template),
                vpc_zone_identifier=group.vpc_zone_identifier,
                default_cooldown=group.default_cooldown,
                health_check_period=group.health_check_grace_period,
                health_check_type=group.health_check_type,
                load_balancers=[],
                target_group_arns=[],
                placement_group=group.placement_group,
                termination_policies=list(group.termination_policies),
                tags=[*tags, mark],
                new_instances_protected_from_scale_in=group.new_instances_protected_from_scale_in,
            )

    def hand_over(self, role: str, deployment_group_id: str, source: str, name: str) -> None:
        """Gives ``name`` the limits and target groups of ``source``; its instances are registered already."""
        del deployment_group_id
        self._require(role, *HAND_OVER_ACTIONS)
        former, copy = self._backend.autoscaling_groups[source], self._backend.autoscaling_groups[name]
        copy.min_size = former.min_size

    def delete(self, role: str, name: str) -> None:
        """Deletes a group with its instances."""
        self._require(role, "autoscaling:DeleteAutoScalingGroup")
        with self._gate.lab_time():
            self._backend.delete_auto_scaling_group(name)

    def _require(self, role: str, *actions: str) -> None:
        for action in actions:
            if self._permissions.denial(role, action, "*") is not None:
                service = ACTION_SERVICES.get(action.split(":", 1)[0], "AmazonEC2")
                raise ServiceFailedError(messages.role_permissions(role, service))


def _template(template: dict[str, str] | None) -> dict[str, str]:
    """By id alone: Auto Scaling takes one name for a template, not two."""
    if not template:
        return {}
    found = {"LaunchTemplateId": template["LaunchTemplateId"]}
    if template.get("Version"):
        found["Version"] = template["Version"]
    return found
