"""Applications: the name that revisions and deployment groups belong to."""

from labkit.aws.codedeploy import names, quotas
from labkit.aws.codedeploy.deployment_groups import forget_deployment_group
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.records import COMPUTE_PLATFORMS, Application
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.aws.codedeploy.tags import check_new_tags


@operation("CreateApplication")
def create_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateApplication."""
    name = names.application_name(parameters)
    platform = parameters.get("computePlatform") or "Server"
    if platform not in COMPUTE_PLATFORMS:
        refuse("InvalidComputePlatform")
    if name in service.applications:
        refuse("ApplicationAlreadyExists", f"An application with the name {name} already exists.")
    if len(service.applications) >= quotas.APPLICATIONS:
        refuse("ApplicationLimitExceeded")
    check_new_tags(parameters.get("tags"), {})
    application = Application(new_id(), name, platform, service.now)
    service.applications[name] = application
    service.set_tags(service.application_arn(name), parameters.get("tags"))
    return {"applicationId": application.id}


@operation("GetApplication")
def get_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetApplication."""
    return {"application": _info(service.application(names.application_name(parameters)))}


@operation("BatchGetApplications")
def batch_get_applications(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetApplications; one unknown name refuses them all."""
    wanted = parameters.get("applicationNames") or []
    if not wanted:
        refuse("ApplicationNameRequired")
    if len(wanted) > quotas.BATCH_OF_APPLICATIONS:
        refuse("BatchLimitExceeded")
    found = [service.application(names.application_name({"applicationName": name})) for name in wanted]
    return {"applicationsInfo": [_info(application) for application in found]}


@operation("ListApplications")
def list_applications(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListApplications."""
    return page("applications", list(service.applications), parameters)


@operation("UpdateApplication")
def update_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, UpdateApplication: renames an application."""
    application = service.application(names.application_name(parameters))
    new = parameters.get("newApplicationName")
    if new:
        names.application_name(parameters, "newApplicationName")
        if new in service.applications:
            refuse("ApplicationAlreadyExists", f"An application with the name {new} already exists.")
        _rename(service, application, new)
    return {}


@operation(
    "DeleteApplication", note="Its deployments' details go with it; one that is under way goes on on the machines."
)
def delete_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteApplication: takes its groups, deployments and revisions along; an unknown name is fine."""
    name = names.application_name(parameters)
    application = service.applications.pop(name, None)
    if application is not None:
        for group in list(application.groups):
            forget_deployment_group(service, application, group)
        service.tags.pop(service.application_arn(name), None)
    return {}


def _rename(service: CodeDeploy, application: Application, new: str) -> None:
    old = application.name
    service.applications = {(new if name == old else name): found for name, found in service.applications.items()}
    application.name = new
    service.move_tags(service.application_arn(old), service.application_arn(new))
    for name, record in application.groups.items():
        record.group.application = new
        service.move_tags(service.deployment_group_arn(old, name), service.deployment_group_arn(new, name))


def _info(application: Application) -> Answer:
    return {
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": application.created,
        # Linking is a page of the console; no operation does it, so no application here is ever linked.
        "linkedToGitHub": False,
        "computePlatform": application.compute_platform,
    }
