"""AWS's own description of the CodeDeploy API (2014-10-06), as botocore brings it along."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@cache
def service_model() -> ServiceModel:
    """The operations, their shapes and their exceptions."""
    return ServiceModel(Loader().load_service_model("codedeploy", "service-2"), "codedeploy")
