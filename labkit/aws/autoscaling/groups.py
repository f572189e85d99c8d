"""Groups: create, update, resize, delete; their target groups. API reference of each operation."""

from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from labkit.aws.autoscaling.records import Records, refuse, settings_of
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling import activities as say

Original = Callable[..., Any]


class GroupOperations:
    """Stands in for moto where a group's size or its instances are concerned."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def install(self, overrides: Overrides) -> None:
        """Takes over until ``overrides.undo()``."""
        group, backend = FakeAutoScalingGroup, AutoScalingBackend
        overrides.add(group, "instance_states", property(self._records.states, _ignore))
        overrides.around(group, "active_instances", self._active_instances)
        overrides.replace(group, "set_desired_capacity", _remember_desired_capacity)
        overrides.around(backend, "create_auto_scaling_group", self._create)
        overrides.around(backend, "update_auto_scaling_group", self._update)
        overrides.around(backend, "delete_auto_scaling_group", self._delete)
        overrides.around(backend, "set_desired_capacity", self._set_desired_capacity)
        overrides.around(backend, "update_attached_target_groups", self._attach)
        overrides.around(backend, "detach_load_balancer_target_groups", self._detach)
        # Groups notice by themselves, in lab time, that a machine has gone.
        overrides.replace(backend, "notify_terminate_instances", lambda _backend, _instance_ids: None)
        overrides.around(AutoScalingResponse, "set_desired_capacity", self._check_desired_capacity)
        overrides.around(AutoScalingResponse, "delete_auto_scaling_group", self._delete_unless_in_use)

    def _active_instances(self, _original: Original, record: FakeAutoScalingGroup) -> list[InstanceState]:
        """The instances that count towards the desired capacity; moto counts those in service only."""
        group = self._records.groups.find(record.name)
        counted = {member.instance_id for member in group.roster.counted} if group else set()
        return [state for state in self._records.states(record) if state.instance_id in counted]

    # --- create, update ------------------------------------------------------------------------

    def _create(
        self, original: Original, backend: AutoScalingBackend, *args: Any, **kwargs: Any
    ) -> FakeAutoScalingGroup:
        name, grace_s = kwargs["name"], kwargs.get("health_check_period")
        if name in backend.autoscaling_groups:
            raise refuse(
                "AutoScalingGroup by this name already exists - A group with the name " + name + " already exists",
                "AlreadyExists",
            )
        least, most = int(kwargs["min_size"] or 0), int(kwargs["max_size"] or 0)
        _check_sizes(least, most, int(least if kwargs["desired_capacity"] is None else kwargs["desired_capacity"]))
        record: FakeAutoScalingGroup = original(backend, *args, **kwargs)
        # API reference: "Default: 0 seconds"; moto's is the console's 300.
        record.health_check_grace_period = int(grace_s or 0)
        self._records.groups.create(settings_of(record))
        self._records.agree(record, say.created(record.desired_capacity or 0))
        return record

    def _update(self, original: Original, backend: AutoScalingBackend, *args: Any, **kwargs: Any) -> Any:
        record = self._records.record(kwargs["name"])
        before = record.desired_capacity or 0
        least = record.min_size if kwargs.get("min_size") is None else kwargs["min_size"]
        most = record.max_size if kwargs.get("max_size") is None else kwargs["max_size"]
        if kwargs.get("desired_capacity") is None:
            kwargs["desired_capacity"] = min(max(before, least or 0), most or 0)
        desired = kwargs["desired_capacity"]
        _check_sizes(least or 0, most or 0, desired)
        result = original(backend, *args, **kwargs)
        self._records.agree(record, say.updated((least or 0, most or 0, desired), before) if desired != before else "")
        return result

    # --- desired capacity ----------------------------------------------------------------------

    def _check_desired_capacity(self, original: Original, response: AutoScalingResponse) -> ActionResult:
        """The API refuses what a scaling policy may ask for and gets as far as the group allows."""
        record = self._records.record(response._get_param("AutoScalingGroupName"))  # noqa: SLF001
        wanted = response._get_int_param("DesiredCapacity")  # noqa: SLF001
        for limit, relation, what in ((record.max_size, "above", "max"), (record.min_size, "below", "min")):
            if (wanted > (limit or 0)) if what == "max" else (wanted < (limit or 0)):
                what_is_wrong = f"New SetDesiredCapacity value {wanted} is {relation} {what} value {limit}"
                raise refuse(f"{what_is_wrong} for the AutoScalingGroup.")
        result: ActionResult = original(response)
        return result

    def _set_desired_capacity(
        self, _original: Original, backend: AutoScalingBackend, group_name: str, desired_capacity: int | None
    ) -> None:
        record = self._records.record(group_name)
        before = record.desired_capacity or 0
        wanted = record.min_size if desired_capacity is None else desired_capacity
        after = min(max(wanted or 0, record.min_size or 0), record.max_size or 0)
        record.desired_capacity = after
        self._records.agree(record, say.set_explicitly(before, after) if before != after else "")
        backend.update_attached_elbs(group_name)

    # --- delete --------------------------------------------------------------------------------

    def _delete_unless_in_use(self, _original: Original, response: AutoScalingResponse) -> EmptyResult:
        name = response._get_param("AutoScalingGroupName")  # noqa: SLF001
        force = response._get_bool_param("ForceDelete", if_none=False)  # noqa: SLF001
        if self._records.group(name).roster.members and not force:
            raise refuse(
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
                "ResourceInUse",
            )
        self._records.compute.backend.delete_auto_scaling_group(name)
        return EmptyResult()

    def _delete(self, _original: Original, backend: AutoScalingBackend, group_name: str) -> None:
        """Deletes by force: the group is shown as being deleted until its last instance is terminated."""
        record = self._records.record(group_name)
        if getattr(record, "status", None):
            return
        record.status = "Delete in progress"  # type: ignore[attr-defined] # a member of the API's group
        record.min_size = record.desired_capacity = 0
        for kept in (backend.policies, backend.scheduled_actions):
            for key in [key for key, value in kept.items() if value.auto_scaling_group_name == group_name]:
                del kept[key]
        self._records.groups.delete(group_name, _forgetting(backend, group_name))

    # --- target groups -------------------------------------------------------------------------

    def _attach(self, _original: Original, backend: AutoScalingBackend, group_name: str) -> None:
        """Target groups were attached: instances in service belong in every one."""
        self._records.agree(backend.autoscaling_groups[group_name])

    def _detach(self, original: Original, backend: AutoScalingBackend, group_name: str, arns: list[str]) -> None:
        record = self._records.record(group_name)
        original(backend, group_name, arns)
        self._records.agree(record)


def _forgetting(backend: AutoScalingBackend, group_name: str) -> Callable[[], None]:
    def forget() -> None:
        del backend.autoscaling_groups[group_name]

    return forget


def _check_sizes(least: int, most: int, desired: int) -> None:
    if not least <= desired <= most:
        raise refuse(f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")


def _remember_desired_capacity(record: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    """Moto's record keeps the number; what follows from it is the world's."""
    record.desired_capacity = record.min_size if new_capacity is None else new_capacity


def _ignore(_record: FakeAutoScalingGroup, _states: list[InstanceState]) -> None:
    """Moto gives a new group an empty list; here the world knows a group's instances."""
