"""Deployment configurations: minimums of healthy hosts (Server), one zone after another, shifts of traffic (others)."""

from collections.abc import Mapping
from typing import Any

from labkit.aws.codedeploy import names, quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.records import COMPUTE_PLATFORMS, ConfigRecord
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.rules.healthy_hosts import DEFAULT_PREFIX, DeploymentConfig, HostType, ZonalConfig

MAX_PERCENT = 99
MAX_DURATION_S = 31_536_000
"""Ours: AWS publishes no longest time to watch a zone; a year is longer than any lesson."""
SHIFTS = {
    "TimeBasedCanary": ("timeBasedCanary", "canaryPercentage", "canaryInterval"),
    "TimeBasedLinear": ("timeBasedLinear", "linearPercentage", "linearInterval"),
}
"""For each type of traffic routing: its member, and in it the percentage and the minutes."""


@operation("CreateDeploymentConfig")
def create_deployment_config(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateDeploymentConfig."""
    name = names.deployment_config_name(parameters)
    if name.startswith(DEFAULT_PREFIX):
        refuse("InvalidDeploymentConfigName", f"A custom configuration's name must not start with {DEFAULT_PREFIX}")
    if name in service.configs:
        refuse("DeploymentConfigAlreadyExists")
    if sum(config.created is not None for config in service.configs.values()) >= quotas.CUSTOM_DEPLOYMENT_CONFIGS:
        refuse("DeploymentConfigLimitExceeded")
    platform = parameters.get("computePlatform") or "Server"
    if platform not in COMPUTE_PLATFORMS:
        refuse("InvalidComputePlatform")
    hosts, routing = None, None
    if platform == "Server":
        _refuse_traffic_routing(parameters)
        hosts = _healthy_hosts(name, parameters)
    else:
        _refuse_hosts_and_zones(platform, parameters)
        routing = _traffic_routing(parameters)
    record = ConfigRecord(
        id=new_id(),
        name=name,
        compute_platform=platform,
        healthy_hosts=hosts,
        traffic_routing=routing,
        zonal=parameters.get("zonalConfig"),
        created=service.now,
    )
    service.configs[name] = record
    return {"deploymentConfigId": record.id}


@operation("GetDeploymentConfig")
def get_deployment_config(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeploymentConfig."""
    config = service.config_record(names.deployment_config_name(parameters))
    hosts = config.healthy_hosts
    info = {
        "deploymentConfigId": config.id,
        "deploymentConfigName": config.name,
        "minimumHealthyHosts": {"type": hosts.type.value, "value": hosts.value} if hosts else None,
        "trafficRoutingConfig": config.traffic_routing,
        "zonalConfig": config.zonal,
        "computePlatform": config.compute_platform,
        "createTime": config.created,
    }
    return {"deploymentConfigInfo": {key: value for key, value in info.items() if value is not None}}


@operation("ListDeploymentConfigs")
def list_deployment_configs(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeploymentConfigs."""
    return page("deploymentConfigsList", list(service.configs), parameters)


@operation("DeleteDeploymentConfig")
def delete_deployment_config(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteDeploymentConfig: not a predefined one, not one in use; an unknown one is fine."""
    name = names.deployment_config_name(parameters)
    if name.startswith(DEFAULT_PREFIX):
        refuse("InvalidOperation", "Predefined deployment configurations cannot be deleted.")
    groups = (record for application in service.applications.values() for record in application.groups.values())
    if any(record.settings["deploymentConfigName"] == name for record in groups):
        refuse("DeploymentConfigInUse")
    service.configs.pop(name, None)
    return {}


def _healthy_hosts(name: str, parameters: Parameters) -> DeploymentConfig:
    kind, value = _minimum(parameters.get("minimumHealthyHosts") or {}, "InvalidMinimumHealthyHostValue")
    return DeploymentConfig(name, kind, value, _zonal(parameters.get("zonalConfig")))


def _minimum(minimum: Mapping[str, Any], invalid: str) -> tuple[HostType, int]:
    kind, value = minimum.get("type"), minimum.get("value")
    if kind not in ("HOST_COUNT", "FLEET_PERCENT") or value is None or value < 0:
        refuse(invalid, because="Expected a type of HOST_COUNT or FLEET_PERCENT and a value of 0 or more.")
    if kind == "FLEET_PERCENT" and value > MAX_PERCENT:
        refuse(invalid, because=f"Expected a FLEET_PERCENT of at most {MAX_PERCENT}, found {value}.")
    return HostType(kind), value


def _zonal(given: Mapping[str, Any] | None) -> ZonalConfig | None:
    if given is None:
        return None
    monitor, first = given.get("monitorDurationInSeconds") or 0, given.get("firstZoneMonitorDurationInSeconds")
    if not all(0 <= duration <= MAX_DURATION_S for duration in (monitor, first or 0)):
        refuse("InvalidZonalDeploymentConfiguration", because=f"Expected durations of 0 to {MAX_DURATION_S} seconds.")
    per_zone = given.get("minimumHealthyHostsPerZone") or {"type": "FLEET_PERCENT", "value": 0}
    kind, value = _minimum(per_zone, "InvalidZonalDeploymentConfiguration")
    return ZonalConfig(monitor, monitor if first is None else first, kind, value)


def _refuse_traffic_routing(parameters: Parameters) -> None:
    if parameters.get("trafficRoutingConfig"):
        refuse("InvalidTrafficRoutingConfiguration", because="Server shifts no traffic; leave it out.")


def _refuse_hosts_and_zones(platform: str, parameters: Parameters) -> None:
    if parameters.get("minimumHealthyHosts"):
        refuse("InvalidMinimumHealthyHostValue", because=f"{platform} has no hosts; leave minimumHealthyHosts out.")
    if parameters.get("zonalConfig"):
        refuse("InvalidZonalDeploymentConfiguration", because=f"{platform} has no zones; leave zonalConfig out.")


def _traffic_routing(parameters: Parameters) -> dict[str, Any]:
    routing: dict[str, Any] = parameters.get("trafficRoutingConfig") or {}
    kind = routing.get("type")
    if kind not in ("AllAtOnce", *SHIFTS):
        sentence = f"Expected a type of AllAtOnce, {' or '.join(SHIFTS)}, found {kind!r}."
        refuse("InvalidTrafficRoutingConfiguration", because=sentence)
    if kind in SHIFTS:
        member, percentage, interval_min = SHIFTS[kind]
        shift = routing.get(member) or {}
        if not 1 <= (shift.get(percentage) or 0) <= MAX_PERCENT or (shift.get(interval_min) or 0) < 1:
            sentence = f"Expected {member} with {percentage} of 1 to {MAX_PERCENT} and {interval_min} of 1 or more."
            refuse("InvalidTrafficRoutingConfiguration", because=sentence)
    return routing
