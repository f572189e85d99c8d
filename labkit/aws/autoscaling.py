"""Auto Scaling: moto keeps the groups, their instances live and die in lab time.

User guide, "Instance lifecycle" (Pending, InService, Terminating), "Availability Zones" (instances are
spread evenly) and "Elastic Load Balancing" (an instance is registered once it is in service).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)

from labkit.aws.gate import Gate
from labkit.aws.overrides import Overrides
from labkit.simulation.history import Event
from labkit.world.events import MachineChanged
from labkit.world.region import Region

NOTICE_S = 60.0
"""How long the group takes to notice a lost instance and launch another."""

Original = Callable[..., Any]


class AutoScaling:
    """Connects moto's Auto Scaling with the world's machines and target groups."""

    def __init__(self, region: Region, gate: Gate, account_id: str, region_name: str) -> None:
        self._region = region
        self._gate = gate
        self._account_id = account_id
        self._region_name = region_name

    def install(self, overrides: Overrides) -> None:
        """Takes the launching, scaling in and registering over from moto until ``overrides.undo()``."""
        overrides.replace(FakeAutoScalingGroup, "active_instances", _active_instances)
        overrides.around(FakeAutoScalingGroup, "replace_autoscaling_group_instances", self._launch)
        overrides.around(FakeAutoScalingGroup, "set_desired_capacity", self._set_desired_capacity)
        overrides.around(AutoScalingBackend, "update_attached_target_groups", self._attach)
        overrides.around(AutoScalingBackend, "notify_terminate_instances", self._notice_loss)
        overrides.on_undo(self._region.history.listen(self._follow))

    @property
    def _backend(self) -> AutoScalingBackend:
        backend: AutoScalingBackend = autoscaling_backends[self._account_id][self._region_name]
        return backend

    # --- what the world asks (Directory) -------------------------------------------------------

    def in_service(self, auto_scaling_group: str) -> Sequence[str]:
        """Ids of the group's instances in service, oldest first; none if there is no such group."""
        group = self._backend.autoscaling_groups.get(auto_scaling_group)
        states = group.instance_states if group else []
        return [state.instance.id for state in states if state.lifecycle_state == "InService"]

    # --- launching -----------------------------------------------------------------------------

    def _launch(self, _original: Original, group: FakeAutoScalingGroup, count: int, tags: dict[str, str]) -> None:
        """Launches ``count`` instances, spread over the group's zones."""
        wanted_tags = {**tags, **group.instance_tags, ASG_NAME_TAG: group.name}
        for place, number in self._spread(group, count).items():
            subnet_id, zone = place
            reservation = group.autoscaling_backend.ec2_backend.run_instances(
                group.image_id,
                number,
                group.user_data,
                group.security_groups,
                instance_type=group.instance_type,
                tags={"instance": wanted_tags},
                placement=zone,
                launch_config=group.launch_config,
                launch_template=_template(group),
                is_instance_type_default=False,
                associate_public_ip=None,
                subnet_id=subnet_id,
                region_name=self._region_name,
            )
            for instance in reservation.instances:
                instance.autoscaling_group = group  # type: ignore[attr-defined] # moto hangs it there, too
                protected = group.new_instances_protected_from_scale_in
                group.instance_states.append(InstanceState(instance, "Pending", protected_from_scale_in=protected))

    def _spread(self, group: FakeAutoScalingGroup, count: int) -> Counter[tuple[str | None, str]]:
        """How many to launch in each (subnet, zone): always where there are fewest."""
        ec2 = group.autoscaling_backend.ec2_backend
        subnet_ids = [part.strip() for part in (group.vpc_zone_identifier or "").split(",") if part.strip()]
        places: list[tuple[str | None, str]] = [(s, ec2.get_subnet(s).availability_zone) for s in subnet_ids]
        places = places or [(None, zone) for zone in group.availability_zones]
        present = Counter(state.availability_zone for state in group.instance_states)
        launches: Counter[tuple[str | None, str]] = Counter()
        for _ in range(count):
            place = min(places, key=lambda p: present[p[1]])
            launches[place] += 1
            present[place[1]] += 1
        return launches

    def _follow(self, event: Event) -> None:
        if not (isinstance(event, MachineChanged) and event.auto_scaling_group and event.state == "running"):
            return
        group = self._backend.autoscaling_groups.get(event.auto_scaling_group)
        if group is None:
            return
        for state in group.instance_states:
            if state.instance.id == event.instance_id and state.lifecycle_state == "Pending":
                state.lifecycle_state = "InService"
                self._register(group, event.instance_id)

    # --- target groups -------------------------------------------------------------------------

    def _attach(self, _original: Original, backend: AutoScalingBackend, group_name: str) -> None:
        """Target groups were attached or the capacity changed: instances in service belong in every one."""
        group = backend.autoscaling_groups[group_name]
        for instance_id in self.in_service(group_name):
            self._register(group, instance_id)

    def _register(self, group: FakeAutoScalingGroup, instance_id: str) -> None:
        """Registers the instance where this group has not done so before.

        Once only: what takes it out of a target group afterwards, such as a deployment, is not undone.
        """
        done = group.__dict__.setdefault("labkit_registered", set())
        for arn in group.target_group_arns:
            if (arn, instance_id) not in done:
                done.add((arn, instance_id))
                with self._gate.lab_time():
                    group.autoscaling_backend.elbv2_backend.register_targets(arn, [{"Id": instance_id}])

    # --- scaling in and losses -----------------------------------------------------------------

    def _set_desired_capacity(self, original: Original, group: FakeAutoScalingGroup, new_capacity: int | None) -> None:
        """Scales in by ourselves, oldest first (moto picks in the order of memory addresses)."""
        wanted = group.min_size if new_capacity is None else new_capacity
        surplus = len(group.active_instances()) - (wanted or 0)
        if surplus > 0:
            free = [state for state in group.instance_states if not state.protected_from_scale_in]
            self._let_go(group, [state.instance.id for state in free[:surplus]])
        original(group, new_capacity)

    def _let_go(self, group: FakeAutoScalingGroup, instance_ids: list[str]) -> None:
        group.instance_states = [state for state in group.instance_states if state.instance.id not in instance_ids]
        for arn in group.target_group_arns:
            targets = [{"Id": instance_id} for instance_id in instance_ids]
            group.autoscaling_backend.elbv2_backend.deregister_targets(arn, targets)
        if instance_ids:
            group.autoscaling_backend.ec2_backend.terminate_instances(instance_ids)

    def _notice_loss(self, _original: Original, backend: AutoScalingBackend, instance_ids: list[str]) -> None:
        """Somebody terminated instances: their groups notice a little later and launch others."""
        for group in backend.autoscaling_groups.values():
            lost = [state for state in group.instance_states if state.instance.id in instance_ids]
            if lost:
                group.instance_states = [state for state in group.instance_states if state not in lost]
                self._region.clock.call_at(self._region.clock.now_s + NOTICE_S, self._refill(backend, group))

    def _refill(self, backend: AutoScalingBackend, group: FakeAutoScalingGroup) -> Callable[[], None]:
        def refill() -> None:
            missing = (group.desired_capacity or 0) - len(group.active_instances())
            if missing > 0 and backend.autoscaling_groups.get(group.name) is group:
                with self._gate.lab_time():
                    group.replace_autoscaling_group_instances(missing, group.get_propagated_tags())

        return refill


def _active_instances(group: FakeAutoScalingGroup) -> list[InstanceState]:
    """The instances that count towards the desired capacity; moto counts those in service only."""
    return [state for state in group.instance_states if state.lifecycle_state in ("Pending", "InService")]


def _template(group: FakeAutoScalingGroup) -> dict[str, Any] | None:
    template = group.ec2_launch_template
    if not template:
        return None
    return {"LaunchTemplateId": template.id, "Version": group.launch_template_version}
