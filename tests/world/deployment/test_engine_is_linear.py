"""A deployment costs the same for each instance, however many there are: counted in calls, which no computer hurries.

How long they take is measured by ``python -m tests.benchmarks engine``.
"""

import cProfile
import pstats

import pytest

from labkit.rules.healthy_hosts import ALL_AT_ONCE, ONE_AT_A_TIME
from labkit.world.scenario.run import deploy
from labkit.world.scenario.stand import build
from tests.world.scenario.hello import play, scenario

FEW, MANY = 10, 60
NOISE = 1.03
"""Lists that are copied once for a deployment, and heaps that are a little deeper."""


def calls(size, **parameters):
    """How many calls of functions a deployment to ``size`` instances takes, for each of them."""
    asked = scenario(fleet_size=size, deregistration_delay_s=0, **parameters)
    stand = build(asked)
    profile = cProfile.Profile()
    profile.enable()
    played = deploy(stand, asked)
    profile.disable()
    assert played.deployment.status == "Succeeded"
    return pstats.Stats(profile).total_calls / size


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"config": ALL_AT_ONCE}, id="all at once"),
        pytest.param({"config": ONE_AT_A_TIME}, id="one at a time"),
        pytest.param({"config": ONE_AT_A_TIME, "style": "BLUE_GREEN"}, id="one at a time, blue/green"),
    ],
)
def test_each_instance_takes_as_many_calls_in_a_large_fleet_as_in_a_small_one(parameters):
    play(fleet_size=1)  # what is done once in a process has been done
    assert calls(MANY, **parameters) < calls(FEW, **parameters) * NOISE
