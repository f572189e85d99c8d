"""Connects moto's Auto Scaling with the world's groups."""

from collections.abc import Sequence

from labkit.aws.autoscaling.activities import ActivityOperations
from labkit.aws.autoscaling.compute import Ec2Compute
from labkit.aws.autoscaling.groups import GroupOperations
from labkit.aws.autoscaling.hooks import HookOperations
from labkit.aws.autoscaling.instances import InstanceOperations
from labkit.aws.autoscaling.processes import ProcessOperations
from labkit.aws.autoscaling.records import Records
from labkit.aws.autoscaling.store import MotoGroupStore
from labkit.aws.gate import Gate
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.region import Region


class AutoScaling:
    """``groups``: the world's; ``store``: what blue/green deployments copy; ``compute``: draws ids, too."""

    def __init__(self, region: Region, gate: Gate, account_id: str, region_name: str) -> None:
        self.compute = Ec2Compute(gate, account_id, region_name)
        self.groups = GroupRegistry(region.clock, region.history, region.fleet, region.target_groups, self.compute)
        self._records = Records(self.compute, self.groups)
        self.store = MotoGroupStore(self._records, gate)

    def install(self, overrides: Overrides) -> None:
        """Takes groups, instances, hooks, processes and activities over from moto until ``overrides.undo()``."""
        for operations in (
            GroupOperations,
            InstanceOperations,
            HookOperations,
            ProcessOperations,
            ActivityOperations,
        ):
            operations(self._records).install(overrides)

    def in_service(self, auto_scaling_group: str) -> Sequence[str]:
        """Ids of the group's instances in service, oldest first; none if there is no such group."""
        group = self.groups.find(auto_scaling_group)
        return group.in_service() if group else []
