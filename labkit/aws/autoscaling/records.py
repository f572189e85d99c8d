"""Moto's records of the groups beside the world's groups, and how the second are made to agree with the first."""

from collections.abc import Sequence

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from labkit.aws.autoscaling.compute import Ec2Compute
from labkit.aws.elbv2 import target_group_name
from labkit.aws.errors import AwsError
from labkit.world.auto_scaling.group import AutoScalingGroup
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.auto_scaling.settings import GroupSettings


def refuse(message: str, code: str = "ValidationError") -> AwsError:
    """The error that Auto Scaling answers with."""
    return AwsError(code, message)


class Records:
    """Finds groups and members, by the names and ids of the API."""

    def __init__(self, compute: Ec2Compute, groups: GroupRegistry) -> None:
        self.compute = compute
        self.groups = groups

    def record(self, name: str) -> FakeAutoScalingGroup:
        """Moto's record of a group. Raises ValidationError."""
        found = self.compute.backend.autoscaling_groups.get(name)
        if found is None:
            raise refuse(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
        return found

    def group(self, name: str) -> AutoScalingGroup:
        """The world's group. Raises ValidationError."""
        found = self.groups.find(self.record(name).name)
        if found is None:
            raise refuse(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
        return found

    def members(self, name: str, instance_ids: Sequence[str]) -> list[Member]:
        """Members of one group by instance id. Raises ValidationError."""
        found = self.group(name).roster.members
        for instance_id in instance_ids:
            if instance_id not in found:
                raise refuse(f"The instance {instance_id} is not part of Auto Scaling group {name}.")
        return [found[instance_id] for instance_id in instance_ids]

    def member(self, instance_id: str) -> tuple[AutoScalingGroup, Member]:
        """The member with this id, whatever its group. Raises ValidationError."""
        found = self.groups.member(instance_id)
        if found is None:
            raise refuse(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")
        return found

    def agree(self, record: FakeAutoScalingGroup, request: str = "") -> None:
        """Makes the world's group do what the record says now; nothing before there is such a group."""
        group = self.groups.find(record.name)
        if group is not None:
            group.configure(settings_of(record), request)

    def states(self, record: FakeAutoScalingGroup) -> list[InstanceState]:
        """The group's instances in the shape moto serializes, oldest first."""
        group = self.groups.find(record.name)
        members = group.roster.members.values() if group else ()
        return [
            InstanceState(
                self.compute.instances[member.instance_id],
                member.lifecycle_state,
                member.health_status,
                protected_from_scale_in=member.protected_from_scale_in,
            )
            for member in members
        ]


def settings_of(record: FakeAutoScalingGroup) -> GroupSettings:
    """What moto's record of a group says."""
    return GroupSettings(
        name=record.name,
        min_size=record.min_size or 0,
        max_size=record.max_size or 0,
        desired_capacity=record.desired_capacity or 0,
        availability_zones=tuple(record.availability_zones),
        target_groups=tuple(target_group_name(arn) for arn in record.target_group_arns),
        health_check_type=record.health_check_type,
        health_check_grace_period_s=float(record.health_check_grace_period or 0),
        protects_new_instances=bool(record.new_instances_protected_from_scale_in),
        termination_policies=tuple(record.termination_policies),
    )
