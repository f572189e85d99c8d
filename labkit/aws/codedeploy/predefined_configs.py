"""The 17 deployment configurations that CodeDeploy brings along: 3 for Server, 9 for Lambda, 5 for ECS.

User guide, "Working with deployment configurations". The ids of those for Lambda and ECS are not published.
"""

from typing import Any

from labkit.aws.codedeploy.records import ConfigRecord
from labkit.rules.healthy_hosts import DEFAULT_PREFIX, PREDEFINED

ALL_AT_ONCE: dict[str, Any] = {"type": "AllAtOnce"}


def _canary(percentage: int, interval_min: int) -> dict[str, Any]:
    canary = {"canaryPercentage": percentage, "canaryInterval": interval_min}
    return {"type": "TimeBasedCanary", "timeBasedCanary": canary}


def _linear(percentage: int, interval_min: int) -> dict[str, Any]:
    linear = {"linearPercentage": percentage, "linearInterval": interval_min}
    return {"type": "TimeBasedLinear", "timeBasedLinear": linear}


TRAFFIC_ROUTING = (
    ("Lambda", "LambdaCanary10Percent5Minutes", _canary(10, 5)),
    ("Lambda", "LambdaCanary10Percent10Minutes", _canary(10, 10)),
    ("Lambda", "LambdaCanary10Percent15Minutes", _canary(10, 15)),
    ("Lambda", "LambdaCanary10Percent30Minutes", _canary(10, 30)),
    ("Lambda", "LambdaLinear10PercentEvery1Minute", _linear(10, 1)),
    ("Lambda", "LambdaLinear10PercentEvery2Minutes", _linear(10, 2)),
    ("Lambda", "LambdaLinear10PercentEvery3Minutes", _linear(10, 3)),
    ("Lambda", "LambdaLinear10PercentEvery10Minutes", _linear(10, 10)),
    ("Lambda", "LambdaAllAtOnce", ALL_AT_ONCE),
    ("ECS", "ECSCanary10Percent5Minutes", _canary(10, 5)),
    ("ECS", "ECSCanary10Percent15Minutes", _canary(10, 15)),
    ("ECS", "ECSLinear10PercentEvery1Minutes", _linear(10, 1)),
    ("ECS", "ECSLinear10PercentEvery3Minutes", _linear(10, 3)),
    ("ECS", "ECSAllAtOnce", ALL_AT_ONCE),
)


def _id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


PREDEFINED_CONFIGS = (
    *(ConfigRecord(id=_id(n), name=config.name, healthy_hosts=config) for n, config in enumerate(PREDEFINED, 1)),
    *(
        ConfigRecord(id=_id(n), name=DEFAULT_PREFIX + name, compute_platform=platform, traffic_routing=routing)
        for n, (platform, name, routing) in enumerate(TRAFFIC_ROUTING, 1 + len(PREDEFINED))
    ),
)
