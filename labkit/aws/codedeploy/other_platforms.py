"""Groups of the platforms Lambda and ECS: created, checked and described, but this lab has no such platform.

API reference, CreateDeploymentGroup, ECSService, TargetGroupPairInfo.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.load_balancing import controls_traffic, is_blue_green

NO_SUCH_PLATFORM = (
    "This lab has machines (the platform Server) and carries out deployments to them alone: "
    "applications and groups of Lambda and ECS are kept and described, not deployed to."
)
SERVER_ONLY = {
    "ec2TagFilters": "InvalidEC2Tag",
    "ec2TagSet": "InvalidEC2Tag",
    "onPremisesInstanceTagFilters": "InvalidTag",
    "onPremisesTagSet": "InvalidTag",
    "autoScalingGroups": "InvalidAutoScalingGroup",
    "ec2DeploymentOptions": "InvalidAutoScalingGroupProcessToSuspend",
    "terminationHookEnabled": "InvalidInput",
}
"""What only EC2/On-Premises groups have, and the exception that says so."""
TARGET_GROUPS_IN_A_PAIR = 2


def check_group(platform: str, settings: Mapping[str, Any]) -> None:
    """A group of ``platform`` Lambda or ECS. Raises the modelled exception of the first member that is not in order."""
    for member, exception in SERVER_ONLY.items():
        if settings.get(member):
            refuse(exception, f"For {platform} deployment group, {member} can not be specified")
    if not is_blue_green(settings["deploymentStyle"]) or not controls_traffic(settings["deploymentStyle"]):
        refuse("InvalidDeploymentStyle", because=f"{platform} expects BLUE_GREEN and WITH_TRAFFIC_CONTROL.")
    if platform == "ECS":
        _check_service(settings.get("ecsServices") or [])
        _check_pairs((settings.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or [])
    elif settings.get("ecsServices"):
        refuse("InvalidECSService", "For Lambda deployment group, ecsServices can not be specified")


def check_service_is_free(settings: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> None:
    """``others``: the settings of all other groups. Raises ECSServiceMappingLimitExceeded."""
    wanted = settings.get("ecsServices") or []
    if wanted and any(service in (other.get("ecsServices") or []) for other in others for service in wanted):
        refuse("ECSServiceMappingLimitExceeded")


def _check_service(services: list[dict[str, Any]]) -> None:
    if len(services) != 1 or not all(services[0].get(member) for member in ("serviceName", "clusterName")):
        refuse("InvalidECSService", because="Expected one service with its serviceName and clusterName.")


def _check_pairs(pairs: list[dict[str, Any]]) -> None:
    if len(pairs) != 1:
        refuse("InvalidTargetGroupPair", because=f"Expected one pair of target groups, found {len(pairs)}.")
    groups = pairs[0].get("targetGroups") or []
    if len(groups) != TARGET_GROUPS_IN_A_PAIR or not all(group.get("name") for group in groups):
        refuse("InvalidTargetGroupPair", because="Expected the names of two target groups.")
    for route, needed in (("prodTrafficRoute", True), ("testTrafficRoute", False)):
        listeners = (pairs[0].get(route) or {}).get("listenerArns") or []
        if len(listeners) > 1 or (needed and not listeners):
            refuse("InvalidTargetGroupPair", because=f"Expected one listener in {route}, found {len(listeners)}.")
