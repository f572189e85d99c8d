"""How a group deploys and who carries its traffic: deployment style, load balancers, blue/green.

API reference, DeploymentStyle, LoadBalancerInfo, BlueGreenDeploymentConfiguration. The sentences are AWS's, as its
users quote them.
"""

from collections.abc import Mapping
from typing import Any

from labkit.aws.codedeploy import quotas
from labkit.aws.codedeploy.errors import refuse

TYPES = ("IN_PLACE", "BLUE_GREEN")
OPTIONS = ("WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL")
READY_ACTIONS = ("CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT")
GREEN_FLEET_ACTIONS = ("DISCOVER_EXISTING", "COPY_AUTO_SCALING_GROUP")
BLUE_ACTIONS = ("TERMINATE", "KEEP_ALIVE")
MAX_WAIT_MINUTES = 2880
NO_LOAD_BALANCER = (
    "The specification for load balancing in the deployment group is invalid. The deploymentOption value is set to "
    "WITH_TRAFFIC_CONTROL, but either no load balancer was specified in elbInfoList or no target group was specified "
    "in targetGroupInfoList."
)
ONE_GROUP_TO_COPY = (
    "Exactly one AutoScaling group must be specified when selecting the COPY_AUTO_SCALING_GROUP green fleet "
    "provisioning option."
)


def check_style(style: Mapping[str, Any]) -> None:
    """Raises InvalidDeploymentStyle."""
    kind, option = style.get("deploymentType"), style.get("deploymentOption")
    if not kind or not option:
        refuse("InvalidDeploymentStyle", "Deployment type or deployment option cannot be null or empty")
    if kind not in TYPES:
        refuse("InvalidDeploymentStyle", "Deployment type can only be IN_PLACE or BLUE_GREEN")
    if option not in OPTIONS:
        refuse(
            "InvalidDeploymentStyle",
            "Deployment option can only be WITH_TRAFFIC_CONTROL or WITHOUT_TRAFFIC_CONTROL",
        )
    if is_blue_green(style) and not controls_traffic(style):
        refuse("InvalidDeploymentStyle", because="BLUE_GREEN reroutes traffic, so it expects WITH_TRAFFIC_CONTROL.")


def is_blue_green(style: Mapping[str, Any]) -> bool:
    """Whether a deployment goes to a second fleet."""
    return style.get("deploymentType") == "BLUE_GREEN"


def controls_traffic(style: Mapping[str, Any]) -> bool:
    """Whether a deployment takes instances out of the load balancer."""
    return style.get("deploymentOption") == "WITH_TRAFFIC_CONTROL"


def check_server_load_balancers(style: Mapping[str, Any], info: Mapping[str, Any]) -> None:
    """The load balancers of an EC2/On-Premises group. Raises InvalidLoadBalancerInfo, InvalidTargetGroupPair."""
    for member in ("elbInfoList", "targetGroupInfoList"):
        entries = info.get(member) or []
        if len(entries) > quotas.LOAD_BALANCERS:
            refuse("InvalidLoadBalancerInfo", because=f"Expected at most {quotas.LOAD_BALANCERS} in {member}.")
        if not all(entry.get("name") for entry in entries):
            refuse("InvalidLoadBalancerInfo", because=f"Expected a name in each entry of {member}.")
    if controls_traffic(style) and not server_load_balancers(info):
        refuse("InvalidLoadBalancerInfo", NO_LOAD_BALANCER)
    if info.get("targetGroupPairInfoList"):
        refuse("InvalidTargetGroupPair", because="Pairs are for Amazon ECS; name target groups in targetGroupInfoList.")


def server_load_balancers(info: Mapping[str, Any]) -> list[str]:
    """The names of target groups, and after them of Classic Load Balancers."""
    members = (info.get("targetGroupInfoList") or [], info.get("elbInfoList") or [])
    return [entry["name"] for entries in members for entry in entries]


def check_blue_green(blue_green: Mapping[str, Any], auto_scaling_groups: int) -> None:
    """``auto_scaling_groups``: how many the group has. Raises InvalidBlueGreenDeploymentConfiguration."""
    ready = blue_green.get("deploymentReadyOption") or {}
    _check_member(ready, "actionOnTimeout", READY_ACTIONS)
    _check_wait(ready, "waitTimeInMinutes")
    blue = blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    _check_member(blue, "action", BLUE_ACTIONS)
    _check_wait(blue, "terminationWaitTimeInMinutes")
    green = blue_green.get("greenFleetProvisioningOption") or {}
    _check_member(green, "action", GREEN_FLEET_ACTIONS)
    if green.get("action") == "COPY_AUTO_SCALING_GROUP" and auto_scaling_groups != 1:
        refuse("InvalidBlueGreenDeploymentConfiguration", ONE_GROUP_TO_COPY)


def _check_member(option: Mapping[str, Any], member: str, allowed: tuple[str, ...]) -> None:
    if option.get(member) not in (None, *allowed):
        sentence = f"Expected {member} to be {' or '.join(allowed)}, found {option[member]!r}."
        refuse("InvalidBlueGreenDeploymentConfiguration", because=sentence)


def _check_wait(option: Mapping[str, Any], member: str) -> None:
    minutes = option.get(member)
    if minutes is not None and not 0 <= minutes <= MAX_WAIT_MINUTES:
        sentence = f"Expected {member} to be 0 to {MAX_WAIT_MINUTES} minutes, found {minutes}."
        refuse("InvalidBlueGreenDeploymentConfiguration", because=sentence)
