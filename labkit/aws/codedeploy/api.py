"""Puts CodeDeploy's operations in the place of moto's: boto3 → moto's dispatch → ``service.OPERATIONS``."""

from collections.abc import Callable

from botocore import xform_name
from moto.codedeploy.responses import CodeDeployResponse
from moto.core.responses import ActionResult

# Importing the modules registers their operations.
from labkit.aws.codedeploy import (  # noqa: F401
    applications,
    configs,
    deployment_groups,
    deployments,
    revisions,
    tags,
    targets,
)
from labkit.aws.codedeploy.service import OPERATIONS, CodeDeploy, Operation
from labkit.aws.overrides import Overrides
from labkit.world.deployment.engine import Engine


class CodeDeployApi:
    """All regions' CodeDeploy of one lab; a region comes into being when it is first spoken to."""

    def __init__(self, engine: Engine, account_id: str) -> None:
        self._engine = engine
        self._account_id = account_id
        self._regions: dict[str, CodeDeploy] = {}

    def region(self, name: str) -> CodeDeploy:
        """The region's records."""
        if name not in self._regions:
            self._regions[name] = CodeDeploy(self._engine, name, self._account_id)
        return self._regions[name]

    def install(self, overrides: Overrides) -> None:
        """Answers CodeDeploy's operations until ``overrides.undo()``."""
        for name, operation in OPERATIONS.items():
            overrides.add(CodeDeployResponse, xform_name(name), self._method(operation))

    def _method(self, operation: Operation) -> Callable[[CodeDeployResponse], ActionResult]:
        def method(response: CodeDeployResponse) -> ActionResult:
            return ActionResult(operation(self.region(response.region), response._get_params()))  # noqa: SLF001

        return method
