"""A scenario that is like a deployment of a world: the same fleet, versions, configuration and health check.

Played unchanged it tells the same story: the same machines take turns in the same order, each at the same pace.
Not taken over: what befell the machines before (each begins with its image and the version before), permissions
(everybody may do everything), alarms, rollbacks, zonal configurations' zones beyond those of the fleet.
"""

from collections.abc import Sequence
from dataclasses import replace

from labkit.rules.revision import DeployableRevision, GitHubRevision
from labkit.simulation.misuse import MisuseError
from labkit.world.agent.bundle import DownloadFailedError
from labkit.world.deployment.records import Deployment
from labkit.world.events import CommitMade
from labkit.world.load_balancer import LoadBalancer
from labkit.world.machine import Machine
from labkit.world.region import Region
from labkit.world.scenario.parameters import BLUE_GREEN, IN_PLACE, ApplicationVersion, Names, Scenario
from labkit.world.target_group import TargetGroup


def like(region: Region, deployment_id: str) -> Scenario:
    """The scenario of a deployment. Raises ``MisuseError`` on an unknown id, or while its fleet is not known yet."""
    deployment = None if region.engine is None else region.engine.find(deployment_id)
    if deployment is None:
        raise MisuseError(
            f"Expected the id of a deployment of this lab, found {deployment_id!r}; take one it gave out."
        )
    machines = _fleet(region, deployment)
    if not machines:
        found = f"found none for {deployment_id} ({deployment.status})"
        raise MisuseError(f"Expected a deployment to instances, {found}; let lab time pass until it has begun.")
    order = deployment.order
    scenario = Scenario(
        before=_before(region, deployment, machines[0]),
        after=_version(region, machines[0], order.revision),
        image=machines[0].image,
        user_data=machines[0].user_data,
        seed=region.seed,
        fleet_size=len(machines),
        availability_zones=tuple(sorted({machine.availability_zone for machine in machines})),
        config=order.config,
        style=BLUE_GREEN if order.blue_green else IN_PLACE,
        termination_wait_s=order.blue_green.termination_wait_s if order.blue_green else 0.0,
        file_exists_behavior=order.file_exists_behavior,
        ignore_application_stop_failures=order.ignore_application_stop_failures,
        created_s=deployment.created_s,
        names=_names(region, deployment, machines),
    )
    targets = _targets(region, deployment)
    return replace(scenario, behind_load_balancer=False) if targets is None else _checked_as(scenario, targets)


def _fleet(region: Region, deployment: Deployment) -> list[Machine]:
    """The machines it began with, in the order of their launch: without those a blue/green deployment brought."""
    green = deployment.order.blue_green is not None
    ids = {target.instance_id for target in deployment.targets.values() if not (green and target.label == "Green")}
    if green and not ids:
        ids = set(deployment.targets)
    return [machine for machine in _targeted(region, deployment) if machine.instance_id in ids]


def _targeted(region: Region, deployment: Deployment) -> list[Machine]:
    return [machine for machine in region.fleet.all if machine.instance_id in deployment.targets]


def _before(region: Region, deployment: Deployment, machine: Machine) -> ApplicationVersion | None:
    previous = deployment.previous_revision
    return None if previous is None else _version(region, machine, previous)


def _version(region: Region, machine: Machine, revision: DeployableRevision) -> ApplicationVersion:
    try:
        bundle: bytes | DownloadFailedError = region.fleet.bundle(machine.instance_id, revision)
    except DownloadFailedError as error:
        bundle = error
    return ApplicationVersion(revision, bundle, _message(region, revision))


def _message(region: Region, revision: DeployableRevision) -> str:
    if not isinstance(revision, GitHubRevision):
        return ""
    commits = region.history.of(CommitMade)
    return next((commit.message for commit in commits if commit.commit_id == revision.commit_id), "")


def _targets(region: Region, deployment: Deployment) -> TargetGroup | None:
    names = deployment.order.group.target_groups
    return region.target_groups.get(names[0]) if names else None


def _checked_as(scenario: Scenario, targets: TargetGroup) -> Scenario:
    check = targets.settings.health_check
    return replace(
        scenario,
        health_check_path=check.path,
        health_check_interval_s=check.interval_s,
        health_check_timeout_s=check.timeout_s,
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
        matcher=check.matcher,
        deregistration_delay_s=targets.settings.deregistration_delay_s,
    )


def _names(region: Region, deployment: Deployment, machines: Sequence[Machine]) -> Names:
    group, targets = deployment.order.group, _targets(region, deployment)
    balancer = _balancer(region, targets)
    # The copy of a fleet gets the ids it had, too: they decide whose turn it is.
    brought = [machine for machine in _targeted(region, deployment) if machine not in machines]
    names = Names(
        application=group.application,
        deployment_group=group.name,
        deployment_group_id=group.id,
        deployment_id=deployment.id,
        instances=tuple((machine.instance_id, machine.availability_zone) for machine in (*machines, *brought)),
    )
    # The group of the machines, not of the deployment group: that may have been handed over to a copy since.
    if machines[0].auto_scaling_group is not None:
        names = replace(names, auto_scaling_group=machines[0].auto_scaling_group)
    if targets is not None:
        names = replace(names, target_group=targets.settings.name)
    return names if balancer is None else replace(names, load_balancer=balancer.name, dns_name=balancer.dns_name)


def _balancer(region: Region, targets: TargetGroup | None) -> LoadBalancer | None:
    arns = () if targets is None else targets.load_balancer_arns
    return next((balancer for balancer in region.load_balancers.values() if balancer.arn in arns), None)
