"""The records that a blue/green deployment copies: a group with its tags, policies, scheduled actions and metrics.

Moto has no notification configurations, and a warm pool without instances.
"""

import copy
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

from labkit.aws.autoscaling.records import Records
from labkit.aws.gate import Gate
from labkit.world.auto_scaling.copies import FOR_LAUNCH_TEMPLATES


class MotoGroupStore:
    """``labkit.world.auto_scaling.copies.GroupStore`` on moto's records."""

    def __init__(self, records: Records, gate: Gate) -> None:
        self._records = records
        self._gate = gate

    def needs(self, name: str) -> Sequence[str]:
        """The actions that copying this group takes because of what it holds."""
        record = self._records.record(name)
        backend = self._records.compute.backend
        actions = list(FOR_LAUNCH_TEMPLATES) if record.ec2_launch_template else []
        if backend.describe_policies(name):
            actions.append("autoscaling:PutScalingPolicy")
        if backend.describe_scheduled_actions(name):
            actions.append("autoscaling:PutScheduledUpdateGroupAction")
        if record.metrics:
            actions.append("autoscaling:EnableMetricsCollection")
        return actions

    def copy(self, source: str, name: str, tags: Mapping[str, str]) -> None:
        """Makes ``name`` from ``source``, without instances, load balancers and hooks."""
        record = self._records.record(source)
        backend = self._records.compute.backend
        with self._gate.lab_time():
            copied = backend.create_auto_scaling_group(**_arguments(record, name, tags))
        copied.metrics = list(record.metrics)
        copied.warm_pool = record.warm_pool
        # Moto keeps both by name alone, as if names were unique in an account, so a copy's key holds its group's too.
        for policy in backend.describe_policies(source):
            backend.policies[f"{name}/{policy.name}"] = _moved(policy, name)
        for action in backend.describe_scheduled_actions(source):
            backend.scheduled_actions[f"{name}/{action.scheduled_action_name}"] = _moved(action, name)

    def resize(self, name: str, size: int) -> None:
        """UpdateAutoScalingGroup: minimum and desired capacity."""
        most = max(self._records.record(name).max_size or 0, size)
        with self._gate.lab_time():
            self._records.compute.backend.update_auto_scaling_group(
                name=name,
                availability_zones=[],
                desired_capacity=size,
                max_size=most,
                min_size=size,
                launch_config_name="",
                launch_template={},
                vpc_zone_identifier="",
                health_check_period=None,  # type: ignore[arg-type] # moto takes what a call leaves out as None
                health_check_type=None,  # type: ignore[arg-type]
            )

    def delete(self, name: str) -> None:
        """DeleteAutoScalingGroup with force; the policies of copies get their own names back."""
        backend = self._records.compute.backend
        with self._gate.lab_time():
            backend.delete_auto_scaling_group(name)
        _shorten(backend.policies)
        _shorten(backend.scheduled_actions)


def _arguments(record: FakeAutoScalingGroup, name: str, tags: Mapping[str, str]) -> dict[str, Any]:
    template = record.ec2_launch_template
    kept = [{key: tag[key] for key in ("Key", "Value", "PropagateAtLaunch")} for tag in record.tags]
    added = [{"Key": key, "Value": value, "PropagateAtLaunch": False} for key, value in tags.items()]
    in_subnets = bool(record.vpc_zone_identifier)
    return {
        "name": name,
        "availability_zones": [] if in_subnets else list(record.availability_zones),
        "desired_capacity": 0,
        "max_size": record.max_size,
        "min_size": 0,
        "launch_config_name": record.launch_config.name if record.launch_config else None,
        "launch_template": (
            {"LaunchTemplateId": template.id, "Version": record.launch_template_version} if template else {}
        ),
        "vpc_zone_identifier": record.vpc_zone_identifier,
        "default_cooldown": record.default_cooldown,
        "health_check_period": record.health_check_grace_period,
        "health_check_type": record.health_check_type,
        "load_balancers": [],
        "target_group_arns": [],
        "placement_group": record.placement_group,
        "termination_policies": list(record.termination_policies),
        "tags": [*kept, *added],
        "capacity_rebalance": record.capacity_rebalance,
        "new_instances_protected_from_scale_in": record.new_instances_protected_from_scale_in,
    }


def _shorten(kept: MutableMapping[str, Any]) -> None:
    for key in [key for key in kept if "/" in key and key.split("/", 1)[1] not in kept]:
        kept[key.split("/", 1)[1]] = kept.pop(key)


def _moved(thing: Any, auto_scaling_group: str) -> Any:
    moved = copy.copy(thing)
    moved.auto_scaling_group_name = auto_scaling_group
    return moved
