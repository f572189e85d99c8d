"""How an Auto Scaling group gets machines of EC2: from its launch template or configuration, in one of its subnets."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, AutoScalingBackend, FakeAutoScalingGroup, autoscaling_backends
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance
from moto.moto_api._internal import mock_random

from labkit.aws.gate import Gate
from labkit.world.auto_scaling.settings import Launched, LaunchFailedError


class Ec2Compute:
    """``labkit.world.auto_scaling.settings.Compute`` on moto's EC2. ``instances``: those of groups, by id."""

    def __init__(self, gate: Gate, account_id: str, region_name: str) -> None:
        self._gate = gate
        self._account_id = account_id
        self._region_name = region_name
        self.instances: dict[str, Instance] = {}

    @property
    def backend(self) -> AutoScalingBackend:
        """Moto's Auto Scaling of the lab's region."""
        backend: AutoScalingBackend = autoscaling_backends[self._account_id][self._region_name]
        return backend

    def launch(self, auto_scaling_group: str, zones: Mapping[str, int]) -> Sequence[Launched]:
        """Launches machines, so many in each zone. Raises ``LaunchFailedError`` if not one could be launched."""
        group = self.backend.autoscaling_groups[auto_scaling_group]
        launched: list[Instance] = []
        for zone, count in zones.items():
            try:
                launched += self._run(group, zone, count)
            except EC2ClientError as error:
                if not launched:
                    raise LaunchFailedError(error.message) from error
        for instance in launched:
            self.adopt(group, instance)
        return [Launched(instance.id, str(instance.placement.zone)) for instance in launched]

    def adopt(self, group: FakeAutoScalingGroup, instance: Instance) -> None:
        """Notes that an instance belongs to a group, as moto does."""
        instance.autoscaling_group = group  # type: ignore[attr-defined] # moto hangs it there, too
        self.instances[instance.id] = instance

    def terminate(self, instance_ids: Sequence[str]) -> None:
        """Ends these machines."""
        with self._gate.lab_time():
            self.backend.ec2_backend.terminate_instances(list(instance_ids))

    def new_id(self) -> str:
        """A fresh UUID from the lab's seed."""
        return str(mock_random.uuid4())

    def _run(self, group: FakeAutoScalingGroup, zone: str, count: int) -> list[Instance]:
        tags = {**group.get_propagated_tags(), **group.instance_tags, ASG_NAME_TAG: group.name}
        with self._gate.lab_time():
            reservation = self.backend.ec2_backend.run_instances(
                group.image_id,
                count,
                group.user_data,
                group.security_groups,
                instance_type=group.instance_type,
                tags={"instance": tags},
                placement=zone,
                launch_config=group.launch_config,
                launch_template=_template(group),
                is_instance_type_default=False,
                associate_public_ip=None,
                subnet_id=self._subnet(group, zone),
                region_name=self._region_name,
            )
        return list(reservation.instances)

    def _subnet(self, group: FakeAutoScalingGroup, zone: str) -> str | None:
        """The group's first subnet in ``zone``; None if it names zones only."""
        names = [part.strip() for part in (group.vpc_zone_identifier or "").split(",") if part.strip()]
        subnets = (self.backend.ec2_backend.get_subnet(name) for name in names)
        return next((subnet.id for subnet in subnets if subnet.availability_zone == zone), None)


def _template(group: FakeAutoScalingGroup) -> dict[str, Any] | None:
    template = group.ec2_launch_template
    if not template:
        return None
    return {"LaunchTemplateId": template.id, "Version": group.launch_template_version}
