"""Which names CodeDeploy accepts. API reference and user guide, "Limits"."""

import re
from collections.abc import Mapping
from typing import Any

from labkit.aws.codedeploy.errors import refuse

NAME = re.compile(r"[A-Za-z0-9+=,.@_\-]{1,100}")
DEPLOYMENT_ID = re.compile(r"d-[A-Z0-9]{9}")


def application_name(parameters: Mapping[str, Any], key: str = "applicationName") -> str:
    """The application's name. Raises ApplicationNameRequired, InvalidApplicationName."""
    return _name(parameters.get(key), "ApplicationNameRequired", "InvalidApplicationName")


def deployment_group_name(parameters: Mapping[str, Any], key: str = "deploymentGroupName") -> str:
    """The deployment group's name. Raises DeploymentGroupNameRequired, InvalidDeploymentGroupName."""
    return _name(parameters.get(key), "DeploymentGroupNameRequired", "InvalidDeploymentGroupName")


def deployment_config_name(parameters: Mapping[str, Any], key: str = "deploymentConfigName") -> str:
    """The configuration's name. Raises DeploymentConfigNameRequired, InvalidDeploymentConfigName."""
    return _name(parameters.get(key), "DeploymentConfigNameRequired", "InvalidDeploymentConfigName")


def deployment_id(parameters: Mapping[str, Any], key: str = "deploymentId") -> str:
    """The deployment's id. Raises DeploymentIdRequired, InvalidDeploymentId."""
    value = parameters.get(key)
    if not value:
        refuse("DeploymentIdRequired")
    if not DEPLOYMENT_ID.fullmatch(value):
        refuse("InvalidDeploymentId")
    return str(value)


def _name(value: str | None, required: str, invalid: str) -> str:
    if not value:
        refuse(required)
    if not NAME.fullmatch(value):
        refuse(invalid)
    return str(value)
