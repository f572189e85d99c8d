"""EC2: moto keeps the records, the world boots the machines.

What moto lacks is added: an instance profile from a launch template, one for every instance of a
launch, states that take lab time, images that hold the files of the machine they were made from.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG
from moto.core.types import Base64EncodedString
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.instances import Instance, InstanceBackend, Reservation

from labkit.aws.gate import Gate
from labkit.aws.overrides import Overrides
from labkit.aws.security_groups import SecurityGroupRecords
from labkit.simulation.history import Event
from labkit.world.base_image import base_image
from labkit.world.events import MachineChanged
from labkit.world.files import Directory
from labkit.world.region import Region
from labkit.world.surroundings import Identity

STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
IMPAIRED = {"Status": "impaired", "Details": [{"Name": "reachability", "Status": "failed"}]}
IMAGE_S = 120.0
"""How long a new image is ``pending``; on AWS minutes, depending on the disk."""

Original = Callable[..., Any]


class Ec2:
    """Connects moto's EC2 with the world's machines and images."""

    def __init__(self, region: Region, gate: Gate, account_id: str, region_name: str) -> None:
        self.security_groups = SecurityGroupRecords(region, account_id, region_name)
        self._region = region
        self._gate = gate
        self._account_id = account_id
        self._region_name = region_name
        self._images: dict[str, Directory] = {}
        self._instances: dict[str, Instance] = {}

    def install(self, overrides: Overrides) -> None:
        """Follows moto's EC2 until ``overrides.undo()``."""
        overrides.around(InstanceBackend, "run_instances", self._run_instances)
        overrides.around(InstanceBackend, "stop_instances", self._change("stop"))
        overrides.around(InstanceBackend, "start_instances", self._change("start"))
        overrides.around(InstanceBackend, "reboot_instances", self._change("reboot"))
        overrides.around(InstanceBackend, "terminate_instances", self._change("terminate"))
        overrides.around(AmiBackend, "create_image", self._create_image)
        for check in ("instance_status", "system_status"):
            overrides.replace(Instance, check, property(self._status_check(getattr(Instance, check))))
        self.security_groups.install(overrides)
        overrides.on_undo(self._region.history.listen(self._follow))

    @property
    def backend(self) -> EC2Backend:
        """Moto's EC2 of the lab's region."""
        backend: EC2Backend = ec2_backends[self._account_id][self._region_name]
        return backend

    # --- what the world asks (Directory) -------------------------------------------------------

    def tags(self, instance_id: str) -> dict[str, str]:
        """The instance's tags."""
        return dict(self.backend.tags.get(instance_id, {}))

    def instance_role(self, instance_id: str) -> str | None:
        """ARN of the role in the instance's profile, None without a profile or role."""
        association = self.backend.iam_instance_profile_associations.get(instance_id)
        roles = association.iam_instance_profile.roles if association else []
        return str(roles[0].arn) if roles else None

    def instance_at(self, host: str) -> str | None:
        """Id of the instance that has this public IPv4 address or public DNS name now, None if none has it."""
        found = (
            instance_id
            for instance_id, instance in self._instances.items()
            if instance._state.name == "running" and host in (instance.public_ip, instance.public_dns_name)  # noqa: SLF001
        )
        return next(found, None)

    def terminate(self, instance_ids: Sequence[str]) -> None:
        """Terminates instances, as the API call does."""
        with self._gate.lab_time():
            self.backend.terminate_instances(list(instance_ids))

    # --- machines ------------------------------------------------------------------------------

    def _run_instances(
        self,
        original: Original,
        backend: EC2Backend,
        image_id: str,
        count: int,
        user_data: Base64EncodedString | None,
        security_group_names: list[str],
        **kwargs: Any,
    ) -> Reservation:
        reservation: Reservation = original(backend, image_id, count, user_data, security_group_names, **kwargs)
        asked = kwargs.get("iam_instance_profile_name") or kwargs.get("iam_instance_profile_arn")
        profile = {
            "iam_instance_profile_name": kwargs.get("iam_instance_profile_name"),
            "iam_instance_profile_arn": kwargs.get("iam_instance_profile_arn"),
        }
        if not asked:
            profile = _template_profile(backend, kwargs.get("launch_template"))
        # moto itself attaches a profile that was asked for to the first instance only.
        for instance in reservation.instances[1:] if asked else reservation.instances:
            if any(profile.values()):
                backend.associate_iam_instance_profile(instance.id, **profile)
        for instance in reservation.instances:
            self._launch(instance)
        return reservation

    def _launch(self, instance: Instance) -> None:
        self._instances[instance.id] = instance
        self.security_groups.put_in_place(instance)
        identity = Identity(
            instance_id=instance.id,
            private_ip=instance.private_ip or "",
            availability_zone=instance.availability_zone or "",
            image_id=instance.image_id,
            instance_type=instance.instance_type,
            account_id=self._account_id,
        )
        root = self._images.get(instance.image_id) or base_image()
        group = self.tags(instance.id).get(ASG_NAME_TAG)
        self._region.fleet.launch(identity, root, _decode(instance.user_data), group)

    def _change(self, action: str) -> Callable[..., Any]:
        def change(original: Original, backend: EC2Backend, instance_ids: list[str]) -> Any:
            result = original(backend, instance_ids)
            for instance_id in instance_ids:
                getattr(self._region.fleet.machine(instance_id), action)()
            return result

        return change

    def _follow(self, event: Event) -> None:
        """Keeps moto's state of an instance the machine's."""
        if isinstance(event, MachineChanged):
            state = self._instances[event.instance_id]._state  # noqa: SLF001 - moto has no public setter
            state.name, state.code = event.state, STATE_CODES[event.state]

    def _status_check(self, original: property) -> Callable[[Instance], dict[str, Any]]:
        """DescribeInstanceStatus: moto's answer, but for machines whose zone has lost its power."""

        def status(instance: Instance) -> dict[str, Any]:
            impaired = self._region.fleet.status(instance.id) == "impaired"
            return IMPAIRED if impaired else original.__get__(instance)

        return status

    # --- images --------------------------------------------------------------------------------

    def _create_image(
        self, original: Original, backend: EC2Backend, instance_id: str, *args: Any, **kwargs: Any
    ) -> Ami:
        image: Ami = original(backend, instance_id, *args, **kwargs)
        self._images[image.id] = self._region.fleet.machine(instance_id).files.root
        image.state = "pending"

        def become_available() -> None:
            image.state = "available"

        self._region.clock.call_at(self._region.clock.now_s + IMAGE_S, become_available)
        return image


def _template_profile(backend: EC2Backend, launch_template: dict[str, Any] | None) -> dict[str, str | None]:
    if not launch_template:
        return {}
    found = backend._get_template_from_args(launch_template).data.get("IamInstanceProfile") or {}  # noqa: SLF001
    return {"iam_instance_profile_name": found.get("Name"), "iam_instance_profile_arn": found.get("Arn")}


def _decode(user_data: Base64EncodedString | None) -> str:
    encoded = user_data.as_bytes() if user_data else b""
    return base64.b64decode(encoded).decode("utf-8", errors="replace")
