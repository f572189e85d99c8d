"""An in-place deployment: the revision goes to the instances where they stand.

CodeDeploy user guide, "Deployments on an EC2/On-Premises compute platform" and "Instance health".
"""

import random

from labkit.rules.healthy_hosts import DeploymentConfig, HostType, Verdict, at_a_time, can_start, minimum_healthy
from labkit.rules.lifecycle import IN_PLACE_LIMIT_S, in_place_events
from labkit.simulation.clock import Clock, Process
from labkit.world.deployment import messages
from labkit.world.deployment.lifecycle_events import LifecycleEvents
from labkit.world.deployment.records import Deployment, DeploymentGroup, LifecycleEvent, Target
from labkit.world.deployment.rollout import Halt, Rollout


class InPlaceDeployment:
    """Carries out one in-place deployment."""

    def __init__(self, clock: Clock, deployment: Deployment, events: LifecycleEvents, halt: Halt, seed: int) -> None:
        self._clock = clock
        self._deployment = deployment
        self._events = events
        self._halt = halt
        self._seed = seed

    def run(self) -> Process:
        """From InProgress to the verdict. Raises ``ServiceFailedError``."""
        deployment, order = self._deployment, self._deployment.order
        fleet = self._fleet()
        if not fleet:
            self._halt.fail(messages.NO_INSTANCES)
            return Verdict.FAIL
        if not can_start(order.config, len(fleet)):
            minimum = minimum_healthy(order.config, len(fleet))
            self._halt.fail(messages.health_constraints_invalid(minimum, len(fleet)))
            return Verdict.FAIL
        names = in_place_events(
            behind_load_balancer=bool(order.group.target_groups),
            creator=order.creator,
            restart=order.restart,
        )
        turns = turn_order(order.group, fleet, f"{self._seed}:{deployment.id}")
        targets = [Target(instance_id, [LifecycleEvent(name) for name in names]) for instance_id in turns]
        deployment.set_targets(targets, minimum_healthy(order.config, len(fleet)))
        limit = self._clock.call_at(self._clock.now_s + IN_PLACE_LIMIT_S, lambda: self._halt.fail(messages.TIMEOUT))
        self._events.suspend_processes(order.group, order.suspends)
        decision = yield from self._walk(targets, names)
        self._events.resume_processes(order.group, order.suspends)
        limit.cancel()
        return decision

    def _walk(self, targets: list[Target], names: tuple[str, ...]) -> Process:
        """All at once by the configuration, or one Availability Zone after another if it is zonal.

        API reference, ``ZonalConfig``; a rollback is never zonal. AWS does not say which zone comes first: here it
        is the order of their names. The healthy hosts promised for the whole fleet hold in every zone as well.
        """
        order = self._deployment.order
        rollout = Rollout(self._clock, self._deployment, self._events, self._halt)
        zonal = order.config.zonal
        if zonal is None or order.rolls_back is not None:
            return (yield from rollout.walk(targets, names, order.config, self._record))
        decision, monitor_s = Verdict.SUCCEED, zonal.first_zone_monitor_s
        zones = self._events.by_zone(targets)
        for number, zone in enumerate(zones):
            if number:
                yield self._clock.timeout(monitor_s) | self._halt.changed
                monitor_s = zonal.monitor_s
            if self._halt:
                return Verdict.FAIL
            decision = yield from rollout.walk(
                zone, names, zone_config(order.config, len(zone), len(targets)), self._record
            )
            if decision is not Verdict.SUCCEED:
                return decision
        return decision

    def _fleet(self) -> list[str]:
        order = self._deployment.order
        fleet = self._events.fleet(order.group) if order.only is None else list(order.only)
        if order.update_outdated_instances_only:
            fleet = [i for i in fleet if order.group.installed.get(i) != order.revision]
        return fleet

    def _record(self, target: Target, succeeded: bool) -> None:  # noqa: FBT001 - the shape of Ended
        if self._deployment.order.creator != "autoscalingTermination":  # it installs nothing
            record_result(self._deployment, target, succeeded=succeeded)
        self._deployment.set_target_status(target, "Succeeded" if succeeded else "Failed")


def zone_config(config: DeploymentConfig, zone_size: int, fleet_size: int) -> DeploymentConfig:
    """The minimum of healthy hosts in one zone: its own, or more if the whole fleet's promise needs it."""
    if config.zonal is None:
        return config
    own = minimum_healthy(DeploymentConfig(config.name, config.zonal.type, config.zonal.value), zone_size)
    for_the_fleet = zone_size - at_a_time(config, fleet_size)
    return DeploymentConfig(config.name, HostType.HOST_COUNT, max(own, for_the_fleet, 0))


def record_result(deployment: Deployment, target: Target, *, succeeded: bool) -> None:
    """What the group remembers of an instance: whether it is healthy, and what it runs."""
    group = deployment.order.group
    group.healthy[target.instance_id] = succeeded
    if succeeded:
        group.installed[target.instance_id] = deployment.order.revision
        group.installed_by[target.instance_id] = deployment.id
    else:
        group.installed.pop(target.instance_id, None)


def turn_order(group: DeploymentGroup, fleet: list[str], seed: str) -> list[str]:
    """``fleet`` in the order of its turn: unhealthy, unknown, old, current revision; by chance within each.

    User guide, "Instance health": instances that failed last come first, those up to date last. The
    chance is the lab's (``seed``), so the same lab gives the same order.
    """
    shuffled = sorted(fleet)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - order, not secrets

    def rank(instance_id: str) -> int:
        if group.healthy.get(instance_id) is False:
            return 0
        installed = group.installed.get(instance_id)
        if installed is None:
            return 1
        return 2 if installed != group.target_revision else 3

    return sorted(shuffled, key=rank)
