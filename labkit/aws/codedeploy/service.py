"""One region's CodeDeploy: its records, and how an operation's answer comes about.

Operations register themselves by their API name (``operation``) and get the service and the call's
parameters; they return the answer in the API's shape or raise a modelled exception (``errors.refuse``).
"""

import string
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from moto.moto_api._internal import mock_random

from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.predefined_configs import PREDEFINED_CONFIGS
from labkit.aws.codedeploy.records import Application, ConfigRecord, DeploymentGroupRecord, OnPremisesInstance
from labkit.rules.healthy_hosts import DeploymentConfig
from labkit.world.auto_scaling.launch_hooks import LaunchHooks
from labkit.world.deployment.engine import Engine
from labkit.world.deployment.records import Deployment
from labkit.world.ports import Permissions

Parameters = Mapping[str, Any]
Answer = dict[str, Any]
Operation = Callable[["CodeDeploy", Parameters], Answer]

OPERATIONS: dict[str, Operation] = {}
NOTES: dict[str, str] = {}
"""What is simplified in an operation, by its name; empty: nothing that is known."""
ID_LETTERS = string.ascii_uppercase + string.digits
ID_LENGTH = 9


def operation(name: str, note: str = "") -> Callable[[Operation], Operation]:
    """Registers a function as the API operation ``name``; ``note``: what is simplified, in a sentence."""

    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        NOTES[name] = note
        return function

    return register


class CodeDeploy:
    """The records of one region and the ``engine`` that carries deployments out."""

    def __init__(
        self, engine: Engine, hooks: LaunchHooks, permissions: Permissions, region: str, account_id: str
    ) -> None:
        self.engine = engine
        self.hooks = hooks
        self.permissions = permissions
        self.region = region
        self.account_id = account_id
        self._place = f"{region}:{account_id}"
        self.applications: dict[str, Application] = {}
        self.configs: dict[str, ConfigRecord] = {config.name: config for config in PREDEFINED_CONFIGS}
        self.deployments: dict[str, Deployment] = {}
        self.asked: dict[str, Answer] = {}
        self.on_premises_instances: dict[str, OnPremisesInstance] = {}
        self.tags: dict[str, dict[str, str]] = {}

    @property
    def now(self) -> datetime:
        """The lab's present moment."""
        return self.engine.clock.now

    def moment(self, at_s: float | None) -> datetime | None:
        """The calendar moment of lab second ``at_s``."""
        return None if at_s is None else self.engine.clock.moment(at_s)

    def file(self, deployment: Deployment) -> bool:
        """Keeps a deployment that the engine has started; False if its group is not of this region."""
        group = deployment.order.group
        application = self.applications.get(group.application)
        record = application.groups.get(group.name) if application else None
        if record is None or record.group is not group:
            return False
        self.deployments[deployment.id] = deployment
        record.deployment_ids.append(deployment.id)
        return True

    def instance_arn(self, instance_id: str) -> str:
        """The ARN by which deployments name an EC2 instance."""
        return f"arn:aws:ec2:{self._place}:instance/{instance_id}"

    def application_arn(self, name: str) -> str:
        """The ARN by which tags name an application."""
        return f"arn:aws:codedeploy:{self._place}:application:{name}"

    def deployment_group_arn(self, application: str, name: str) -> str:
        """The ARN by which tags and policies name a deployment group."""
        return f"arn:aws:codedeploy:{self._place}:deploymentgroup:{application}/{name}"

    def set_tags(self, arn: str, tags: list[dict[str, str]] | None) -> None:
        """Adds ``tags`` (API shape) to a resource."""
        if tags:
            self.tags.setdefault(arn, {}).update({tag["Key"]: tag.get("Value", "") for tag in tags})

    def move_tags(self, old_arn: str, new_arn: str) -> None:
        """Lets the tags follow a resource that was renamed."""
        if old_arn in self.tags:
            self.tags[new_arn] = self.tags.pop(old_arn)

    def application(self, name: str) -> Application:
        """Raises ApplicationDoesNotExist."""
        found = self.applications.get(name)
        if found is None:
            refuse("ApplicationDoesNotExist", f"No application found for name: {name}")
        return found

    def deployment_group(self, application: str, name: str) -> DeploymentGroupRecord:
        """Raises ApplicationDoesNotExist, DeploymentGroupDoesNotExist."""
        found = self.application(application).groups.get(name)
        if found is None:
            refuse("DeploymentGroupDoesNotExist", f"No Deployment Group found for name: {name}")
        return found

    def deployment(self, deployment_id: str) -> Deployment:
        """Raises DeploymentDoesNotExist."""
        found = self.deployments.get(deployment_id)
        if found is None:
            refuse("DeploymentDoesNotExist", f"The deployment {deployment_id} could not be found.")
        return found

    def config_record(self, name: str) -> ConfigRecord:
        """Raises DeploymentConfigDoesNotExist."""
        found = self.configs.get(name)
        if found is None:
            refuse("DeploymentConfigDoesNotExist", f"No Deployment Configuration found for name: {name}")
        return found

    def config(self, name: str) -> DeploymentConfig:
        """A configuration of the platform Server. Raises DeploymentConfigDoesNotExist, InvalidDeploymentConfigName."""
        found = self.config_record(name)
        if found.healthy_hosts is None:
            refuse("InvalidDeploymentConfigName", because=f"{name} is for {found.compute_platform}, not for Server.")
        return found.healthy_hosts


def new_id() -> str:
    """A fresh UUID from the lab's seed."""
    return str(mock_random.uuid4())


def new_deployment_id() -> str:
    """A fresh deployment id such as ``d-75I7MBT7C``, from the lab's seed."""
    return "d-" + "".join(mock_random.choice(ID_LETTERS) for _ in range(ID_LENGTH))
