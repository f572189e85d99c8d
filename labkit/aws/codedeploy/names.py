"""Which names CodeDeploy accepts. API reference and user guide, "CodeDeploy quotas"."""

import re
from collections.abc import Mapping
from typing import Any

from labkit.aws.codedeploy.errors import refuse

NAME = re.compile(r"[A-Za-z0-9+=,.@_\-]{1,100}")
DEPLOYMENT_ID = re.compile(r"d-[A-Z0-9]{9}")
EC2_INSTANCE_PREFIX = "i-"


def application_name(parameters: Mapping[str, Any], key: str = "applicationName") -> str:
    """The application's name. Raises ApplicationNameRequired, InvalidApplicationName."""
    return _name(parameters.get(key), "ApplicationNameRequired", "InvalidApplicationName")


def deployment_group_name(parameters: Mapping[str, Any], key: str = "deploymentGroupName") -> str:
    """The deployment group's name. Raises DeploymentGroupNameRequired, InvalidDeploymentGroupName."""
    return _name(parameters.get(key), "DeploymentGroupNameRequired", "InvalidDeploymentGroupName")


def deployment_config_name(parameters: Mapping[str, Any], key: str = "deploymentConfigName") -> str:
    """The configuration's name. Raises DeploymentConfigNameRequired, InvalidDeploymentConfigName."""
    return _name(parameters.get(key), "DeploymentConfigNameRequired", "InvalidDeploymentConfigName")


def chosen_deployment_config(name: str) -> str:
    """The name with which a group or a deployment chooses a configuration. Raises InvalidDeploymentConfigName."""
    return _name(name, "InvalidDeploymentConfigName", "InvalidDeploymentConfigName")


def deployment_id(parameters: Mapping[str, Any], key: str = "deploymentId") -> str:
    """The deployment's id. Raises DeploymentIdRequired, InvalidDeploymentId."""
    value = parameters.get(key)
    if not value:
        refuse("DeploymentIdRequired")
    if not DEPLOYMENT_ID.fullmatch(value):
        refuse("InvalidDeploymentId")
    return str(value)


def instance_name(value: str | None) -> str:
    """An on-premises instance's name, which must not look like an EC2 instance's id.

    Raises InstanceNameRequired, InvalidInstanceName.
    """
    name = _name(value, "InstanceNameRequired", "InvalidInstanceName")
    if name.startswith(EC2_INSTANCE_PREFIX):
        refuse("InvalidInstanceName", because=f"Only EC2 instances have names that begin with {EC2_INSTANCE_PREFIX}.")
    return name


def _name(value: str | None, required: str, invalid: str) -> str:
    if not value:
        refuse(required)
    if not NAME.fullmatch(value):
        refuse(invalid, because=f"Expected 1 to 100 of A-Z, a-z, 0-9 and +=,.@_-, found {value!r}.")
    return str(value)
