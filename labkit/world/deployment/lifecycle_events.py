"""Carrying out one lifecycle event on one instance: the agent's part and the service's own.

The service acts with the permissions of the group's service role: what the role may not do fails the
deployment (``ServiceFailedError``). CodeDeploy user guide, "Lifecycle event hook availability",
"Integrating CodeDeploy with Elastic Load Balancing", "Troubleshoot EC2/On-Premises deployment issues".
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, cast

import simpy

from labkit.rules.lifecycle import ALLOW_TRAFFIC_LIMIT_S, EVENT_START_LIMIT_S, Actor, actor
from labkit.rules.tag_filters import TagFilter, selects
from labkit.simulation.clock import Clock
from labkit.world.deployment import messages
from labkit.world.deployment.records import (
    SUCCESS,
    Deployment,
    DeploymentGroup,
    Diagnostics,
    ErrorInformation,
    Target,
)
from labkit.world.fleet import Fleet
from labkit.world.ports import AutoScalingGroups, Directory, Permissions
from labkit.world.target_group import TargetGroup

POLL_S = 1.0
"""The agent waits this long between two polls (``:wait_between_runs:`` of the shipped configuration)."""
AGENT_EVENT_LIMIT_S = 3600.0
"""A lifecycle event that does not end within an hour has failed (user guide, "Limits")."""

LOOK_S = 15.0
"""How often the service looks whether the copy of an Auto Scaling group has come up."""
LAUNCH_LIMIT_S = 3600.0

Launching = Generator[simpy.Event, Any, list[str]]
Outcome = Generator[simpy.Event, Any, Diagnostics]

ACTION_SERVICES = {
    "ec2": "AmazonEC2",
    "autoscaling": "AmazonAutoScaling",
    "elasticloadbalancing": "AmazonElasticLoadBalancingV2",
}


class ServiceFailedError(Exception):
    """The service itself can't go on; the whole deployment fails with ``information``."""

    def __init__(self, information: ErrorInformation) -> None:
        super().__init__(information.message)
        self.information = information


class LifecycleEvents:
    """What the service can do to instances and load balancers."""

    def __init__(
        self,
        clock: Clock,
        fleet: Fleet,
        target_groups: Mapping[str, TargetGroup],
        directory: Directory,
        permissions: Permissions,
        auto_scaling_groups: AutoScalingGroups,
    ) -> None:
        """``target_groups``: by name."""
        self._auto_scaling_groups = auto_scaling_groups
        self._clock = clock
        self._fleet = fleet
        self._target_groups = target_groups
        self._directory = directory
        self._permissions = permissions

    def fleet(self, group: DeploymentGroup) -> list[str]:
        """Ids of the instances ``group`` means now: by its tags and its Auto Scaling groups' members in service.

        Raises ``ServiceFailedError`` if the service role is missing or may not look.
        """
        if not self._permissions.role_exists(group.service_role):
            raise ServiceFailedError(messages.role_missing(group.name))
        self._require(group, "ec2:DescribeInstances")
        found: dict[str, None] = {}
        for name in group.auto_scaling_groups:
            self._require(group, "autoscaling:DescribeAutoScalingGroups")
            found.update(dict.fromkeys(self._directory.in_service(name)))
        if group.tag_sets:
            found.update(dict.fromkeys(self._tagged(group.tag_sets)))
        return list(found)

    def _tagged(self, tag_sets: Sequence[Sequence[TagFilter]]) -> list[str]:
        machines = (machine.instance_id for machine in self._fleet.not_terminated())
        return [i for i in machines if selects(tag_sets, self._directory.tags(i))]

    def in_service(self, group: DeploymentGroup) -> list[str]:
        """Ids of the instances in service of the group's Auto Scaling groups."""
        return [i for name in group.auto_scaling_groups for i in self._directory.in_service(name)]

    def by_zone(self, targets: Sequence[Target]) -> list[list[Target]]:
        """``targets`` grouped by Availability Zone, the zones in the order of their names."""
        zones: dict[str, list[Target]] = {}
        for target in targets:
            zones.setdefault(self._fleet.machine(target.instance_id).availability_zone, []).append(target)
        return [zones[name] for name in sorted(zones)]

    def discover(
        self, group: DeploymentGroup, tag_sets: Sequence[Sequence[TagFilter]], auto_scaling_groups: Sequence[str]
    ) -> list[str]:
        """Ids of the green instances that a deployment names by tags and Auto Scaling groups."""
        found = dict.fromkeys(i for name in auto_scaling_groups for i in self._directory.in_service(name))
        if tag_sets:
            self._require(group, "ec2:DescribeInstances")
            found.update(dict.fromkeys(self._tagged(tag_sets)))
        return list(found)

    def copy_auto_scaling_group(self, deployment: Deployment, name: str, size: int) -> Launching:
        """Copies the group's Auto Scaling group and gives the ids of the copy's instances once they are in service.

        None of them if they are not within an hour.
        """
        group = deployment.order.group
        self._auto_scaling_groups.copy(group.service_role, group.auto_scaling_groups[0], name, deployment.id, size)
        end_s = self._clock.now_s + LAUNCH_LIMIT_S
        while len(self._directory.in_service(name)) < size and self._clock.now_s < end_s:
            yield self._clock.timeout(LOOK_S)
        found = list(self._directory.in_service(name))
        return found if len(found) >= size else []

    def hand_over(self, group: DeploymentGroup, name: str, *, delete: bool) -> None:
        """The copy called ``name`` takes the place of the group's Auto Scaling group, which may be deleted."""
        source, group.auto_scaling_groups = group.auto_scaling_groups[0], [name]
        self._auto_scaling_groups.hand_over(group.service_role, group.id, source, name)
        if delete:
            self._auto_scaling_groups.delete(group.service_role, source)

    def suspend_processes(self, group: DeploymentGroup, processes: Sequence[str]) -> None:
        """Suspends ``processes`` of the group's Auto Scaling groups."""
        for name in group.auto_scaling_groups if processes else ():
            self._auto_scaling_groups.suspend(group.service_role, name, processes)

    def resume_processes(self, group: DeploymentGroup, processes: Sequence[str]) -> None:
        """Takes up again what ``suspend_processes`` suspended."""
        for name in group.auto_scaling_groups if processes else ():
            self._auto_scaling_groups.resume(group.service_role, name, processes)

    def delete_auto_scaling_group(self, group: DeploymentGroup, name: str) -> None:
        """Deletes a copy that nobody needs."""
        self._auto_scaling_groups.delete(group.service_role, name)

    def terminate(self, group: DeploymentGroup, instance_ids: Sequence[str]) -> None:
        """Terminates blue instances."""
        self._require(group, "ec2:TerminateInstances")
        self._directory.terminate(instance_ids)

    def carry_out(self, deployment: Deployment, instance_id: str, event: str) -> Outcome:
        """Runs ``event`` on an instance and says how it ended. Raises ``ServiceFailedError``."""
        if actor(event) is Actor.AGENT:
            return (yield from self._by_agent(deployment, instance_id, event))
        group = deployment.order.group
        act = self._block_traffic if event == "BlockTraffic" else self._allow_traffic
        return (yield from act(group, instance_id))

    def _require(self, group: DeploymentGroup, action: str, resource: str = "*") -> None:
        if self._permissions.denial(group.service_role, action, resource) is not None:
            service = ACTION_SERVICES[action.split(":", 1)[0]]
            raise ServiceFailedError(messages.role_permissions(group.service_role, service))

    # --- the agent's events --------------------------------------------------------------------

    def _by_agent(self, deployment: Deployment, instance_id: str, event: str) -> Outcome:
        yield self._clock.timeout(POLL_S)
        polling = self._fleet.agent_polling(instance_id)
        if not polling.came:
            yield polling.event | self._clock.timeout(EVENT_START_LIMIT_S)
        polling.end()
        if not polling.came:
            return Diagnostics("UnknownError", message=messages.AGENT_SILENT)
        limit = self._clock.timeout(AGENT_EVENT_LIMIT_S)
        work = self._clock.process(self._fleet.perform(instance_id, event, deployment))
        lost = self._fleet.agent_lost(instance_id)
        yield work | lost.event | limit
        lost.end()
        # An agent that dies in the moment of its report does not make it.
        if work.triggered and not lost.came:
            return cast("Diagnostics", work.value)
        if work.is_alive:
            work.interrupt()
            work.defused = True  # its end by the interruption is no error of the lab's
        return (yield from self._after_the_loss(deployment, instance_id, limit))

    def _after_the_loss(self, deployment: Deployment, instance_id: str, limit: simpy.Timeout) -> Outcome:
        """The agent died in the middle of an event: nobody reports until it is back, or the event's hour is over."""
        while not limit.processed:
            back = self._fleet.agent_polling(instance_id)
            yield back.event | limit
            back.end()
            report = self._fleet.recover(instance_id, deployment) if back.came else None
            if report is not None:
                return report
            if back.came:
                yield limit
        return Diagnostics("UnknownError", message=messages.AGENT_SILENT)

    # --- the service's own events --------------------------------------------------------------

    def _groups_of(self, group: DeploymentGroup) -> list[TargetGroup]:
        missing = [name for name in group.target_groups if name not in self._target_groups]
        if missing:
            raise ServiceFailedError(messages.load_balancer_missing(missing[0]))
        return [self._target_groups[name] for name in group.target_groups]

    def _block_traffic(self, group: DeploymentGroup, instance_id: str) -> Outcome:
        for target_group in self._groups_of(group):
            self._require(group, "elasticloadbalancing:DeregisterTargets", target_group.arn)
            self._require(group, "elasticloadbalancing:DescribeTargetHealth")
            target_group.deregister(instance_id)
            yield target_group.when_health(instance_id, "unused")
        return SUCCESS

    def _allow_traffic(self, group: DeploymentGroup, instance_id: str) -> Outcome:
        limit = self._clock.timeout(ALLOW_TRAFFIC_LIMIT_S)
        for target_group in self._groups_of(group):
            self._require(group, "elasticloadbalancing:RegisterTargets", target_group.arn)
            self._require(group, "elasticloadbalancing:DescribeTargetHealth")
            target_group.register(self._fleet.machine(instance_id))
        for target_group in self._groups_of(group):
            healthy = target_group.when_health(instance_id, "healthy")
            yield healthy | limit
            if not healthy.triggered:
                return Diagnostics("UnknownError", message=messages.ALLOW_TRAFFIC_TIMED_OUT)
        return SUCCESS
