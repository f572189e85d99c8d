"""Single instances of a group: attach, detach, stand by, terminate, protect, set health. API reference of each."""

from collections.abc import Callable
from typing import Any, Literal

from moto.autoscaling.exceptions import ResourceContentionError
from moto.autoscaling.models import ASG_NAME_TAG, AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import EmptyResult

from labkit.aws.autoscaling.activities import activity_shape
from labkit.aws.autoscaling.records import Records, refuse
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling.activities import USER_COMPLAINT
from labkit.world.auto_scaling.settings import Launched

Original = Callable[..., Any]
Shapes = list[dict[str, Any]]


class InstanceOperations:
    """Stands in for moto where one instance is concerned."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def install(self, overrides: Overrides) -> None:
        """Takes over until ``overrides.undo()``."""
        overrides.around(AutoScalingBackend, "attach_instances", self._attach)
        overrides.around(AutoScalingBackend, "detach_instances", self._detach)
        overrides.around(AutoScalingBackend, "enter_standby_instances", self._enter_standby)
        overrides.around(AutoScalingBackend, "exit_standby_instances", self._exit_standby)
        overrides.around(AutoScalingBackend, "terminate_instance", self._terminate)
        overrides.around(AutoScalingBackend, "set_instance_protection", self._protect)
        overrides.around(AutoScalingResponse, "set_instance_health", self._set_health)

    def _attach(self, _original: Original, backend: AutoScalingBackend, group_name: str, ids: list[str]) -> None:
        record, group = self._records.record(group_name), self._records.group(group_name)
        instances = [backend.ec2_backend.get_instance(instance_id) for instance_id in ids]
        if (record.desired_capacity or 0) + len(ids) > (record.max_size or 0):
            raise ResourceContentionError
        for instance in instances:
            if self._records.groups.member(instance.id) is not None:
                raise refuse(f"Invalid Instance ID(s) - {instance.id} is already part of an AutoScalingGroup.")
            backend.ec2_backend.create_tags([instance.id], {ASG_NAME_TAG: group_name})
            self._records.compute.adopt(record, instance)
        group.attach([Launched(instance.id, str(instance.placement.zone)) for instance in instances])
        self._resize(record, len(ids))

    def _detach(
        self,
        _original: Original,
        backend: AutoScalingBackend,
        group_name: str,
        ids: list[str],
        decrement: bool,  # noqa: FBT001 - moto's signature
    ) -> Shapes:
        shapes = self._release(group_name, ids, "detach", decrement)
        for instance_id in ids:
            backend.ec2_backend.delete_tags([instance_id], {ASG_NAME_TAG: group_name})
        return shapes

    def _enter_standby(
        self,
        _original: Original,
        _backend: AutoScalingBackend,
        group_name: str,
        ids: list[str],
        decrement: bool,  # noqa: FBT001 - moto's signature
    ) -> Shapes:
        return self._release(group_name, ids, "standby", decrement)

    def _exit_standby(
        self, _original: Original, _backend: AutoScalingBackend, group_name: str, ids: list[str]
    ) -> Shapes:
        record, group = self._records.record(group_name), self._records.group(group_name)
        members = self._records.members(group_name, ids)
        for member in members:
            if member.lifecycle_state != "Standby":
                raise refuse(f"The instance {member.instance_id} is not in Standby.")
        shapes = [activity_shape(group.exit_standby(member), group, record.arn) for member in members]
        self._resize(record, len(ids))
        return shapes

    def _release(self, group_name: str, ids: list[str], how: Literal["detach", "standby"], decrement: bool) -> Shapes:  # noqa: FBT001
        record, group = self._records.record(group_name), self._records.group(group_name)
        members = self._records.members(group_name, ids)
        for member in members:
            if not member.in_service:
                raise refuse(f"The instance {member.instance_id} is not in InService.")
        shapes = [activity_shape(group.release(member, how), group, record.arn) for member in members]
        self._resize(record, -len(ids) if decrement else 0)
        return shapes

    def _terminate(
        self,
        _original: Original,
        _backend: AutoScalingBackend,
        instance_id: str,
        should_decrement: bool,  # noqa: FBT001 - moto's signature
    ) -> dict[str, Any]:
        group, member = self._records.member(instance_id)
        record = self._records.record(group.name)
        if should_decrement and (record.desired_capacity or 0) <= (record.min_size or 0):
            raise refuse(
                f"Currently, desiredSize equals minSize ({record.min_size}). Terminating instance without replacement "
                "will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or "
                "lower group's min size."
            )
        activity = group.terminate(member, shrinks=should_decrement)
        self._resize(record, -1 if should_decrement else 0)
        return activity_shape(activity, group, record.arn)

    def _resize(self, record: FakeAutoScalingGroup, by: int) -> None:
        record.desired_capacity = (record.desired_capacity or 0) + by
        self._records.agree(record)

    def _protect(
        self,
        _original: Original,
        _backend: AutoScalingBackend,
        group_name: str,
        instance_ids: list[str],
        protect: bool,  # noqa: FBT001 - moto's signature
    ) -> None:
        for member in self._records.members(group_name, instance_ids):
            member.protected_from_scale_in = protect

    def _set_health(self, _original: Original, response: AutoScalingResponse) -> EmptyResult:
        """A member in its grace period is left alone unless ShouldRespectGracePeriod is false."""
        status = response._get_param("HealthStatus")  # noqa: SLF001 - moto's way to read a parameter
        if status not in ("Healthy", "Unhealthy"):
            raise refuse("Valid instance health states are: [Healthy, Unhealthy].")
        group, member = self._records.member(response._get_param("InstanceId"))  # noqa: SLF001
        respects = response._get_bool_param("ShouldRespectGracePeriod", if_none=True)  # noqa: SLF001
        if status == "Healthy":
            group.roster.set_health(member, status)
        elif member.health_status != status and not (respects and group.health.in_grace(member)):
            group.health.mark(member, USER_COMPLAINT)
        return EmptyResult()
