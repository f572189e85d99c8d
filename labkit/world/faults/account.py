"""What faults ask of an account's records: ``labkit.aws.faults`` answers in a lab, ``WorldAccount`` in a bare world."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn, Protocol

from labkit.simulation.misuse import MisuseError
from labkit.world.load_balancer import FixedResponse, Forward, Listener, LoadBalancer
from labkit.world.region import Region

Undo = Callable[[], None]
"""Puts back what a fault changed."""

NO_LONGER_FORWARDED = FixedResponse(404, "Not here")
"""What a listener answers that used to forward to the target group."""


class Account(Protocol):
    """Changes of records that a person with the right permissions could make; each gives back how to undo it."""

    def detach_profile(self, instance_id: str) -> Undo:
        """Takes the instance profile away from an instance."""

    def instance_role(self, instance_id: str) -> str:
        """Name of the role in the instance's profile. Raises ``MisuseError`` without one."""

    def service_role(self) -> str:
        """Name of the one role that CodeDeploy may assume. Raises ``MisuseError`` if there is not exactly one."""

    def take_permissions(self, role: str, actions: Sequence[str]) -> Undo:
        """Leaves a role (its name) its policies but for ``actions`` (such as ``s3:GetObject``)."""

    def delete_object(self, bucket: str, key: str) -> Undo:
        """Deletes an object of S3."""

    def change_object(self, bucket: str, key: str, change: Callable[[bytes], bytes]) -> Undo:
        """Uploads an object of S3 again, its bytes changed."""

    def change_health_check(self, target_group: str, changes: dict[str, int | str]) -> Undo:
        """Changes fields of ``rules.target_health.HealthCheck`` of the target group of that name."""

    def stop_forwarding(self, target_group: str) -> Undo:
        """Lets every listener that forwards to the target group of that name answer 404 by itself."""

    def close_port(self, owner: str) -> Undo:
        """Puts an instance (its id) or load balancer (its name) into a security group without inbound rules."""

    def terminate(self, instance_id: str) -> None:
        """Terminates an instance."""

    def desired_capacity(self, auto_scaling_group: str) -> int:
        """How many instances the group should have. Raises ``MisuseError`` if there is no such group."""

    def change_capacity(self, auto_scaling_group: str, by: int) -> Undo:
        """Raises (or lowers) the desired capacity of an Auto Scaling group."""


class WorldAccount:
    """The ``Account`` of a world without records: only what the world's own objects can do."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def detach_profile(self, instance_id: str) -> Undo:
        """Not here."""
        _needs_records(f"the instance profile of {instance_id}")

    def instance_role(self, instance_id: str) -> str:
        """Not here."""
        _needs_records(f"the instance profile of {instance_id}")

    def service_role(self) -> str:
        """Not here."""
        _needs_records("CodeDeploy's service role")

    def take_permissions(self, role: str, actions: Sequence[str]) -> Undo:
        """Not here."""
        _needs_records(f"the permissions {', '.join(actions)} of {role}")

    def delete_object(self, bucket: str, key: str) -> Undo:
        """Not here."""
        _needs_records(f"s3://{bucket}/{key}")

    def change_object(self, bucket: str, key: str, change: Callable[[bytes], bytes]) -> Undo:  # noqa: ARG002
        """Not here."""
        _needs_records(f"s3://{bucket}/{key}")

    def change_health_check(self, target_group: str, changes: dict[str, int | str]) -> Undo:
        """As ModifyTargetGroup does."""
        group = self._region.target_groups[target_group]
        before = group.settings.health_check
        group.modify(health_check=replace(before, **changes))  # type: ignore[arg-type] # names are the fields'
        return lambda: group.modify(health_check=before)

    def stop_forwarding(self, target_group: str) -> Undo:
        """As ModifyListener does."""
        arn = self._region.target_groups[target_group].arn
        changed = [
            (balancer, listener)
            for balancer in self._region.load_balancers.values()
            for listener in balancer.listeners
            if _forwards(listener, arn)
        ]
        for balancer, listener in changed:
            balancer.put_listener(replace(listener, default_action=NO_LONGER_FORWARDED))
        return lambda: _put_back(changed)

    def close_port(self, owner: str) -> Undo:
        """As a security group without rules does."""
        names = {balancer.name: balancer.arn for balancer in self._region.load_balancers.values()}
        return self._region.security_groups.close(names.get(owner, owner))

    def terminate(self, instance_id: str) -> None:
        """As TerminateInstances does."""
        self._region.fleet.machine(instance_id).terminate()

    def desired_capacity(self, auto_scaling_group: str) -> int:
        """Not here."""
        _needs_records(f"the Auto Scaling group {auto_scaling_group}")

    def change_capacity(self, auto_scaling_group: str, by: int) -> Undo:  # noqa: ARG002
        """Not here."""
        _needs_records(f"the Auto Scaling group {auto_scaling_group}")


def _forwards(listener: Listener, target_group_arn: str) -> bool:
    action = listener.default_action
    return isinstance(action, Forward) and any(one.target_group.arn == target_group_arn for one in action.target_groups)


def _put_back(changed: list[tuple[LoadBalancer, Listener]]) -> None:
    for balancer, listener in changed:
        balancer.put_listener(listener)


def _needs_records(what: str) -> NoReturn:
    message = f"Expected a lab with an account for a fault in {what}, found a world without records; use labkit.start."
    raise MisuseError(message)
