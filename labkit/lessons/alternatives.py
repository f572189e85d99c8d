"""``lab.what_if`` and ``lab.compare``: a deployment of the student's, played again in other ways beside their world."""

from collections.abc import Mapping
from dataclasses import replace

from labkit.rules.healthy_hosts import ALL_AT_ONCE, DeploymentConfig
from labkit.simulation.misuse import MisuseError
from labkit.view.compare import Comparison, compared
from labkit.view.trace import trace
from labkit.view.trace_types import Trace
from labkit.view.what_if import WhatIf
from labkit.world.faults.catalogue import ON_AN_INSTANCE, find
from labkit.world.region import Region
from labkit.world.scenario.likeness import like
from labkit.world.scenario.parameters import BLUE_GREEN, Scenario
from labkit.world.scenario.run import run

FAULTS = (
    *ON_AN_INSTANCE,
    "agent-crashed-mid-event",
    "instance-replaced-mid-deployment",
    "health-check-wrong-path",
    "health-check-wrong-matcher",
)
"""The faults that a what-if offers: those that need nothing but an instance and a world."""
FEWEST = 2

Configs = Mapping[str, DeploymentConfig]


class Alternatives:
    """What might have been. ``configs``: the deployment configurations of the platform Server, by name."""

    def __init__(self, region: Region, configs: Configs) -> None:
        self._region = region
        self._configs = configs

    def what_if(self, deployment_id: str) -> WhatIf:
        """Controls above a theater of the deployment. Raises ``MisuseError`` on an unknown id."""
        own = trace(self._region.history, deployment_id)
        return WhatIf(
            like(self._region, deployment_id),
            play=played,
            own=own,
            configs=self._configs,
            faults={name: find(name).description for name in FAULTS},
        )

    def compare(self, names: tuple[str, ...], deployment_id: str | None) -> Comparison:
        """Deployments by id, or ``deployment_id`` played again: with configurations by name, or BLUE_GREEN.

        BLUE_GREEN gives all the traffic to a copy of the fleet at once. Raises ``MisuseError`` on fewer than two names,
        on a name that is none of these, and if it is not said which deployment to play again.
        """
        if len(names) < FEWEST:
            found = ", ".join(names) or "nothing"
            raise MisuseError(f"Expected two or more deployments or configurations to compare, found {found}; add one.")
        return compared([(name, self._trace(name, deployment_id)) for name in names])

    def _trace(self, name: str, deployment_id: str | None) -> Trace:
        engine = self._region.engine
        if engine is not None and engine.find(name) is not None:
            return trace(self._region.history, name)
        if name != BLUE_GREEN and name not in self._configs:
            known = ", ".join((*self._configs, BLUE_GREEN))
            message = f"Expected a deployment id of this lab or one of {known}, found {name!r}; check its spelling."
            raise MisuseError(message)
        if deployment_id is None:
            message = (
                f"Expected deployment_id to say which deployment to play again with {name}, found None; "
                "add deployment_id=…, or compare ids of deployments only."
            )
            raise MisuseError(message)
        return played(self._as(name, like(self._region, deployment_id)))

    def _as(self, name: str, scenario: Scenario) -> Scenario:
        if name == BLUE_GREEN:
            return replace(scenario, style=BLUE_GREEN, config=ALL_AT_ONCE)
        return replace(scenario, style="IN_PLACE", config=self._configs[name])


def played(scenario: Scenario) -> Trace:
    """The trace of a scenario's deployment."""
    done = run(scenario)
    return trace(done.history, done.deployment_id)
