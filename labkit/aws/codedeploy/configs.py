"""Deployment configurations: the predefined ones and custom minimums of healthy hosts."""

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.rules.healthy_hosts import DEFAULT_PREFIX, DeploymentConfig, HostType

MAX_PERCENT = 99


@operation("CreateDeploymentConfig")
def create_deployment_config(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateDeploymentConfig (``minimumHealthyHosts``)."""
    name = names.deployment_config_name(parameters)
    if name.startswith(DEFAULT_PREFIX):
        refuse("InvalidDeploymentConfigName", f"A custom configuration's name must not start with {DEFAULT_PREFIX}")
    if name in service.configs:
        refuse("DeploymentConfigAlreadyExists")
    minimum = parameters.get("minimumHealthyHosts") or {}
    kind, value = minimum.get("type"), minimum.get("value")
    highest = MAX_PERCENT if kind == "FLEET_PERCENT" else None
    if kind not in ("HOST_COUNT", "FLEET_PERCENT") or value is None or value < 0 or (highest and value > highest):
        refuse("InvalidMinimumHealthyHostValue")
    service.configs[name] = DeploymentConfig(name, HostType(kind), value)
    service.config_ids[name] = new_id()
    service.config_created[name] = service.now
    return {"deploymentConfigId": service.config_ids[name]}


@operation("GetDeploymentConfig")
def get_deployment_config(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetDeploymentConfig."""
    config = service.config(names.deployment_config_name(parameters))
    info: Answer = {
        "deploymentConfigId": service.config_ids[config.name],
        "deploymentConfigName": config.name,
        "minimumHealthyHosts": {"type": config.type.value, "value": config.value},
        "computePlatform": "Server",
    }
    if config.name in service.config_created:
        info["createTime"] = service.config_created[config.name]
    return {"deploymentConfigInfo": info}


@operation("ListDeploymentConfigs")
def list_deployment_configs(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListDeploymentConfigs."""
    del parameters
    return {"deploymentConfigsList": list(service.configs)}


@operation("DeleteDeploymentConfig")
def delete_deployment_config(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteDeploymentConfig: not a predefined one, not one in use."""
    name = names.deployment_config_name(parameters)
    if name.startswith(DEFAULT_PREFIX):
        refuse("InvalidOperation", "Predefined deployment configurations cannot be deleted.")
    groups = (record for application in service.applications.values() for record in application.groups.values())
    if any(record.settings["deploymentConfigName"] == name for record in groups):
        refuse("DeploymentConfigInUse")
    service.configs.pop(name, None)
    return {}
