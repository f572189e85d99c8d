"""Applications: the name that revisions and deployment groups belong to."""

from labkit.aws.codedeploy import names
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.records import Application
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, new_id, operation
from labkit.rules.revision import GitHubRevision

COMPUTE_PLATFORMS = ("Server", "Lambda", "ECS")
MAX_BATCH = 100


@operation("CreateApplication")
def create_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, CreateApplication."""
    name = names.application_name(parameters)
    platform = parameters.get("computePlatform") or "Server"
    if platform not in COMPUTE_PLATFORMS:
        refuse("InvalidComputePlatform")
    if name in service.applications:
        refuse("ApplicationAlreadyExists", f"An application with the name {name} already exists.")
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
    """API reference, BatchGetApplications; names that don't exist are left out."""
    wanted = parameters.get("applicationNames") or []
    if not wanted:
        refuse("ApplicationNameRequired")
    if len(wanted) > MAX_BATCH:
        refuse("BatchLimitExceeded")
    for name in wanted:
        names.application_name({"applicationName": name})
    return {"applicationsInfo": [_info(service.applications[name]) for name in wanted if name in service.applications]}


@operation("ListApplications")
def list_applications(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListApplications."""
    del parameters
    return {"applications": list(service.applications)}


@operation("UpdateApplication")
def update_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, UpdateApplication: renames an application."""
    application = service.application(names.application_name(parameters))
    new = parameters.get("newApplicationName")
    if new:
        names.application_name(parameters, "newApplicationName")
        if new in service.applications:
            refuse("ApplicationAlreadyExists", f"An application with the name {new} already exists.")
        service.applications[new] = service.applications.pop(application.name)
        application.name = new
        for record in application.groups.values():
            record.group.application = new
    return {}


@operation("DeleteApplication")
def delete_application(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, DeleteApplication: takes its groups and revisions along; an unknown name is fine."""
    service.applications.pop(names.application_name(parameters), None)
    return {}


def _info(application: Application) -> Answer:
    return {
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": application.created,
        "linkedToGitHub": any(isinstance(record.revision, GitHubRevision) for record in application.revisions),
        "computePlatform": application.compute_platform,
    }
