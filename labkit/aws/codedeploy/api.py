"""Puts CodeDeploy's operations in the place of moto's: boto3 → moto's dispatch → ``service.OPERATIONS``."""

from collections.abc import Callable

from botocore import xform_name
from moto.codedeploy.responses import CodeDeployResponse
from moto.core.request import Request
from moto.core.responses import ActionResult

# Importing the modules registers their operations.
from labkit.aws.codedeploy import (  # noqa: F401
    applications,
    configs,
    deployment_groups,
    deployments,
    github_tokens,
    instances,
    on_premises,
    other_operations,
    revisions,
    tags,
    targets,
    wire,
)
from labkit.aws.codedeploy.notifications import Notifications, Outside
from labkit.aws.codedeploy.service import OPERATIONS, CodeDeploy, Operation, new_deployment_id
from labkit.aws.codedeploy.tagging_api import answer_tagging_api
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling.launch_hooks import LaunchHooks
from labkit.world.deployment.engine import Engine
from labkit.world.deployment.records import Deployment
from labkit.world.ports import Permissions


class CodeDeployApi:
    """All regions' CodeDeploy of one lab; a region comes into being when it is first spoken to."""

    def __init__(
        self, engine: Engine, hooks: LaunchHooks, permissions: Permissions, outside: Outside, account_id: str
    ) -> None:
        self._engine = engine
        self._hooks = hooks
        self._permissions = permissions
        self._outside = outside
        self._account_id = account_id
        self._notifications: dict[str, Notifications] = {}
        self._regions: dict[str, CodeDeploy] = {}
        engine.new_id = self._new_id
        engine.started = self._file

    def _new_id(self) -> str:
        """A deployment id that no region has given away yet."""
        deployment_id = new_deployment_id()
        while any(deployment_id in region.deployments for region in self._regions.values()):
            deployment_id = new_deployment_id()
        return deployment_id

    def _file(self, deployment: Deployment) -> None:
        for name, region in self._regions.items():
            if region.file(deployment):
                self._notifications[name].announce(deployment)
                return

    def region(self, name: str) -> CodeDeploy:
        """The region's records."""
        if name not in self._regions:
            service = CodeDeploy(self._engine, self._hooks, self._permissions, name, self._account_id)
            self._regions[name] = service
            self._notifications[name] = Notifications(service, self._outside, self._account_id, name)
        return self._regions[name]

    # --- what is looked up when a call is decided (authorization.call.CodeDeployRecords) --------

    def group_of(self, deployment_id: str) -> tuple[str, str] | None:
        """Application and deployment group of a deployment; None if there is no such deployment."""
        found = self._engine.find(deployment_id)
        return (found.order.group.application, found.order.group.name) if found else None

    def config_of(self, region: str, application: str, group: str) -> str | None:
        """The deployment configuration of a group; None if there is no such group."""
        records = self._regions.get(region)
        found = records.applications.get(application) if records else None
        record = found.groups.get(group) if found else None
        return record.settings.get("deploymentConfigName") if record else None

    def tags_of(self, region: str, arn: str) -> dict[str, str]:
        """The tags of an application or a deployment group."""
        records = self._regions.get(region)
        return records.tags.get(arn, {}) if records else {}

    def install(self, overrides: Overrides) -> None:
        """Answers CodeDeploy's operations until ``overrides.undo()``."""
        overrides.replace(CodeDeployResponse, "parse_parameters", _leave_to_wire)
        answer_tagging_api(overrides, self.region)
        for name, operation in OPERATIONS.items():
            overrides.add(CodeDeployResponse, xform_name(name), self._method(name, operation))

    def _method(self, name: str, operation: Operation) -> Callable[[CodeDeployResponse], ActionResult]:
        def method(response: CodeDeployResponse) -> ActionResult:
            return ActionResult(operation(self.region(response.region), wire.read(name, response.body)))

        return method


def _leave_to_wire(response: CodeDeployResponse, request: Request) -> None:
    """Stands in for moto's parser, which lets a value of a wrong type pass or breaks on it before we are asked."""
    del response, request
