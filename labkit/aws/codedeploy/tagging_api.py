"""CodeDeploy's tags in the Resource Groups Tagging API, which is moto's and asks moto's CodeDeploy back end."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from moto.codedeploy.models import CodeDeployBackend
from moto.core.resource_tagging import TaggedResource

from labkit.aws.codedeploy.service import CodeDeploy
from labkit.aws.overrides import Overrides


def answer_tagging_api(overrides: Overrides, region: Callable[[str], CodeDeploy]) -> None:
    """Lets moto's back end of a region speak for ``region(name)`` until ``overrides.undo()``."""

    def resources(backend: CodeDeployBackend) -> Iterator[TaggedResource]:
        return _resources(region(backend.region_name))

    def tag(backend: CodeDeployBackend, arn: str, tags: Mapping[str, str]) -> None:
        region(backend.region_name).set_tags(arn, [{"Key": key, "Value": value} for key, value in tags.items()])

    def untag(backend: CodeDeployBackend, arn: str, tag_keys: Sequence[str]) -> None:
        tags = region(backend.region_name).tags.get(arn, {})
        for key in tag_keys:
            tags.pop(key, None)

    overrides.replace(CodeDeployBackend, "iter_tagged_resources", resources)
    overrides.replace(CodeDeployBackend, "tag_resource", tag)
    overrides.replace(CodeDeployBackend, "untag_resource", untag)


def _resources(service: CodeDeploy) -> Iterator[TaggedResource]:
    for application in service.applications.values():
        arn = service.application_arn(application.name)
        yield TaggedResource(arn, service.tags.get(arn, {}), "codedeploy:application")
        for name in application.groups:
            arn = service.deployment_group_arn(application.name, name)
            yield TaggedResource(arn, service.tags.get(arn, {}), "codedeploy:deploymentgroup")
