"""A scenario's world before its deployment: the fleet stands behind the load balancer and serves the version before."""

from dataclasses import dataclass

from labkit.rules.healthy_hosts import ALL_AT_ONCE
from labkit.rules.revision import GitHubRevision
from labkit.rules.target_health import HealthCheck
from labkit.world.auto_scaling.copies import GroupCopies
from labkit.world.auto_scaling.launch_hooks import LaunchHooks
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.auto_scaling.settings import GroupSettings
from labkit.world.deployment.engine import Engine
from labkit.world.deployment.records import DeploymentGroup, DeploymentOrder
from labkit.world.events import CommitMade
from labkit.world.load_balancer import Forward, Listener, LoadBalancer, WeightedTargetGroup
from labkit.world.region import Region
from labkit.world.scenario.account import (
    SERVICE_ROLE,
    AllowEverything,
    GivenBundles,
    Ids,
    InMemoryDirectory,
    InMemoryEc2,
    InMemoryGroupStore,
    NoAlarms,
)
from labkit.world.scenario.parameters import ApplicationVersion, Names, Scenario
from labkit.world.target_group import TargetGroup, TargetGroupSettings

ELB_ARN = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:"
HTTP_PORT = 80
CALM_S = 60.0
"""A minute without any change before the deployment begins."""
USER_DATA_S = 900.0
"""How long user data is given to install what it installs."""
PATIENT = HealthCheck(interval_s=10, healthy_threshold=2, matcher="200-499")
"""How the fleet is checked until it stands: whatever it answers will do. The scenario's own check comes then."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What a scenario's deployment needs. ``fleet``: ids of the instances in the order of their launch."""

    region: Region
    engine: Engine
    group: DeploymentGroup
    ids: Ids
    fleet: tuple[str, ...]


def build(scenario: Scenario) -> Stand:
    """Launches the fleet, deploys the version before to it and lets a calm minute pass."""
    region, names, ids = Region(scenario.seed), scenario.names, Ids(scenario.seed)
    ec2 = InMemoryEc2(region.fleet, ids, image=scenario.image, user_data=scenario.user_data, known=names.instances)
    groups = GroupRegistry(region.clock, region.history, region.fleet, region.target_groups, ec2)
    permissions = AllowEverything()
    hooks = LaunchHooks(region.clock, groups, permissions, ids.uuid)
    versions = [version for version in (scenario.before, scenario.after) if version is not None]
    engine = region.connect(
        InMemoryDirectory(ec2, groups),
        permissions,
        GivenBundles(versions),
        GroupCopies(groups, InMemoryGroupStore(groups), hooks, permissions),
        NoAlarms(),
    )
    engine.new_id = ids.deployment
    hooks.serve(engine.launched, engine.terminating)
    _tell_commits(region, versions)
    if scenario.behind_load_balancer:
        _put_up_load_balancer(region, names)
    fleet = _launch(region, groups, scenario)
    group = _deployment_group(scenario, ids)
    hooks.install(group, [names.auto_scaling_group], termination_hook=False)
    stand = Stand(region, engine, group, ids, fleet)
    _deploy_before(stand, scenario)
    _settle(region, scenario)
    return stand


def _tell_commits(region: Region, versions: list[ApplicationVersion]) -> None:
    for version in versions:
        revision = version.revision
        if version.message and isinstance(revision, GitHubRevision):
            region.history.record(
                CommitMade(repository=revision.repository, commit_id=revision.commit_id, message=version.message)
            )


def _put_up_load_balancer(region: Region, names: Names) -> None:
    settings = TargetGroupSettings(
        arn=f"{ELB_ARN}targetgroup/{names.target_group}/0000000000000001",
        name=names.target_group,
        health_check=PATIENT,
        deregistration_delay_s=0,
    )
    targets = region.target_groups[names.target_group] = TargetGroup(
        settings, region.clock, region.history, region.security_groups
    )
    arn = f"{ELB_ARN}loadbalancer/app/{names.load_balancer}/0000000000000002"
    balancer = LoadBalancer(
        region.history,
        arn=arn,
        name=names.load_balancer,
        dns_name=names.dns_name,
        security_groups=region.security_groups,
    )
    region.load_balancers[names.dns_name] = balancer
    balancer.put_listener(Listener(f"{arn}/listener", HTTP_PORT, Forward((WeightedTargetGroup(targets),))))


def _launch(region: Region, groups: GroupRegistry, scenario: Scenario) -> tuple[str, ...]:
    names, size = scenario.names, scenario.fleet_size
    group = groups.create(
        GroupSettings(
            name=names.auto_scaling_group,
            min_size=1,
            max_size=2 * size,
            desired_capacity=size,
            availability_zones=scenario.availability_zones,
            target_groups=tuple(region.target_groups),
        )
    )
    group.balance()
    region.clock.run_until(lambda: len(group.in_service()) == size)
    # An instance in service is one that EC2 calls running; its agent starts a little later, as on every machine.
    region.clock.advance(USER_DATA_S if scenario.user_data else CALM_S)
    return tuple(group.in_service())


def _deployment_group(scenario: Scenario, ids: Ids) -> DeploymentGroup:
    names = scenario.names
    return DeploymentGroup(
        names.deployment_group_id or ids.uuid(),
        names.application,
        names.deployment_group,
        SERVICE_ROLE,
        auto_scaling_groups=[names.auto_scaling_group],
        target_groups=[names.target_group] if scenario.behind_load_balancer else [],
    )


def _deploy_before(stand: Stand, scenario: Scenario) -> None:
    if scenario.before is None:
        return
    deployment = stand.engine.start(
        DeploymentOrder(
            deployment_id=stand.ids.deployment(),
            group=stand.group,
            revision=scenario.before.revision,
            config=ALL_AT_ONCE,
        )
    )
    stand.region.clock.run_until(lambda: deployment.terminal)


def _settle(region: Region, scenario: Scenario) -> None:
    for targets in region.target_groups.values():
        targets.modify(health_check=scenario.health_check, deregistration_delay_s=scenario.deregistration_delay_s)
    region.clock.advance(CALM_S)
    if scenario.created_s is not None:
        region.clock.advance(max(0.0, scenario.created_s - region.clock.now_s))
