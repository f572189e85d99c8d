"""Plays a scenario from its first machine to the end of its deployment; the same scenario always the same way."""

from collections.abc import Callable
from dataclasses import dataclass

from labkit.simulation.clock import DAY_S
from labkit.simulation.collector import collector_at_rest
from labkit.simulation.history import History
from labkit.world.deployment.records import BlueGreen, Deployment, DeploymentOrder
from labkit.world.faults.catalogue import find
from labkit.world.faults.injection import inject
from labkit.world.region import Region
from labkit.world.scenario.parameters import BLUE_GREEN, FaultAt, Scenario
from labkit.world.scenario.stand import Stand, build

Inject = Callable[[Region, str, str], None]
"""``breaking(region, fault id, instance id)`` breaks something in the world, now."""

LONGEST_S = 7 * DAY_S
"""No deployment lasts as long: the waits and limits of CodeDeploy together are shorter."""
AFTER_S = 20.0
"""What is told of the time after the deployment."""


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario that was played. ``fleet``: ids of the instances it began with, in the order of their launch."""

    scenario: Scenario
    history: History
    deployment: Deployment
    fleet: tuple[str, ...]

    @property
    def deployment_id(self) -> str:
        """The id of the deployment that the scenario is about."""
        return self.deployment.id


def of_the_catalogue(region: Region, fault_id: str, instance_id: str) -> None:
    """Breaks what a fault of ``labkit.world.faults`` breaks. Raises ``MisuseError`` if this world has no such thing."""
    on_instance = {"instance_id": instance_id} if "instance_id" in find(fault_id).parameters else {}
    inject(region, fault_id, on_instance)


def run(scenario: Scenario, breaking: Inject = of_the_catalogue) -> Run:
    """Plays ``scenario`` in a world of its own. ``breaking``: what carries out its faults.

    Raises ``NothingWillHappenError`` if the deployment has not ended after a week of lab time.
    """
    with collector_at_rest():
        return deploy(build(scenario), scenario, breaking)


def deploy(stand: Stand, scenario: Scenario, breaking: Inject = of_the_catalogue) -> Run:
    """The second half of ``run``: the deployment, in the world that ``build`` made of the same scenario."""
    deployment = stand.engine.start(_order(stand, scenario))
    clock = stand.region.clock
    for fault in scenario.faults:
        clock.call_at(deployment.created_s + fault.at_s, _appointment(stand, fault, breaking))
    with collector_at_rest():
        clock.run_until(lambda: deployment.terminal, LONGEST_S)
        clock.advance(AFTER_S)
    return Run(scenario, stand.region.history, deployment, stand.fleet)


def _appointment(stand: Stand, fault: FaultAt, breaking: Inject) -> Callable[[], None]:
    return lambda: breaking(stand.region, fault.fault, stand.fleet[fault.instance])


def _order(stand: Stand, scenario: Scenario) -> DeploymentOrder:
    return DeploymentOrder(
        deployment_id=scenario.names.deployment_id or stand.ids.deployment(),
        group=stand.group,
        revision=scenario.after.revision,
        config=scenario.config,
        ignore_application_stop_failures=scenario.ignore_application_stop_failures,
        file_exists_behavior=scenario.file_exists_behavior,
        blue_green=_blue_green(scenario) if scenario.style == BLUE_GREEN else None,
    )


def _blue_green(scenario: Scenario) -> BlueGreen:
    return BlueGreen(
        copies_auto_scaling_group=True, terminates_blue=True, termination_wait_s=scenario.termination_wait_s
    )
