"""The checks of lesson 05: which machines a deployment group reached, and what visitors met meanwhile."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.pages import headline, listed, machines_by_headline, revisions_showing
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import ApiCalled, DeploymentTargetChanged, PageChanged

PUBLIC, TEST = "hello-web-group", "hello-web-test"
REFUSED = "InvalidRoleException"
NUMBERS = {1: "one", 4: "four"}
"""The options of the prediction that asks for a number of machines; the last one is all."""


def wrong_role(outcomes: Outcomes) -> Answer | None:
    """What CodeDeploy answered to the first attempt to make a deployment group."""
    calls = outcomes.events(ApiCalled, lambda event: event.operation == "CreateDeploymentGroup")
    if not calls:
        return None
    code = calls[0].error_code
    return Answer("refused" if code else "works", {"answer": f"CodeDeploy answered {code}." if code else ""})


def new_machine(outcomes: Outcomes) -> Answer | None:
    """What the first machine shows that Auto Scaling started after the group's first deployment."""
    found = outcomes.deployments(deployment_group=PUBLIC, creator="autoscaling")
    if not found or not found[0].ended:
        return None
    said = _headlines(outcomes).get(found[0].instance_ids[0], "")
    return Answer("page" if said else "nothing", {"headline": said, "creator": "Auto Scaling", "count": len(found)})


def without_traffic_control(outcomes: Outcomes) -> Answer | None:
    """For how long visitors got errors while version 2 came to the public group."""
    deployment = _of_version(outcomes, 2)
    if deployment is None or deployment.duration_s is None:
        return None
    errors_s = outcomes.seconds_with_errors(deployment.deployment_id)
    option = "nothing" if not errors_s else "closed" if errors_s >= deployment.duration_s else "errors"
    return Answer(option, {"errors": round(errors_s), "seconds": round(deployment.duration_s)})


def two_tags(outcomes: Outcomes) -> Answer | None:
    """How many machines the first deployment to the test group reached."""
    found = outcomes.deployments(deployment_group=TEST)
    if not found or not found[0].ended:
        return None
    count = len(found[0].instance_ids)
    return Answer(NUMBERS.get(count, "five"), {"count": count, "failed": len(_failed(outcomes, found[0]))})


def only_the_test_machine(outcomes: Outcomes) -> Verdict:
    """The last deployment to the test group reached the one machine with a tag ``Stage``, and it shows version 3."""
    last = outcomes.deployments(deployment_group=TEST)[-1]
    if not last.ended:
        return NotYet("not-ended", {"deployment": last.deployment_id, "status": last.status})
    if len(last.instance_ids) > 1:
        return NotYet("too-many", {"count": len(last.instance_ids)})
    machine = last.instance_ids[0]
    if machine not in _with_stage(outcomes):
        return NotYet("another-machine", {"machine": machine})
    said = _headlines(outcomes)[machine]
    if last.status != "Succeeded" or "version 3" not in said:
        return NotYet("not-there", {"status": last.status, "headline": said})
    return Passed({"machine": machine, "headline": said})


def no_errors(outcomes: Outcomes) -> Verdict:
    """Version 3 came to all machines of the public group, and no visitor got an error."""
    showing = machines_by_headline(outcomes, PUBLIC)
    deployment = _of_version(outcomes, 3)
    if deployment is None:
        return NotYet("no-version-3", {"headlines": listed(showing)})
    if not deployment.ended:
        return NotYet("not-ended", {"deployment": deployment.deployment_id, "status": deployment.status})
    if deployment.status != "Succeeded" or list(showing) != ["Hello, version 3"]:
        return NotYet("not-everywhere", {"status": deployment.status, "headlines": listed(showing)})
    errors_s = outcomes.seconds_with_errors(deployment.deployment_id)
    if errors_s:
        return NotYet("errors", {"seconds": round(errors_s)})
    return Passed({"count": sum(showing.values())})


def _of_version(outcomes: Outcomes, version: int) -> DeploymentOutcome | None:
    """The last deployment of a revision that shows ``version`` to the public group."""
    revisions = revisions_showing(outcomes, f"version {version}")
    found = outcomes.deployments(deployment_group=PUBLIC, creator="user")
    return next((each for each in reversed(found) if each.revision in revisions), None)


def _failed(outcomes: Outcomes, deployment: DeploymentOutcome) -> set[str]:
    """Ids of the machines on which the deployment failed."""
    changes = outcomes.events(
        DeploymentTargetChanged,
        lambda event: event.deployment_id == deployment.deployment_id and event.status == "Failed",
    )
    return {event.instance_id for event in changes}


def _with_stage(outcomes: Outcomes) -> set[str]:
    """Ids of the machines that have a tag ``Stage``."""
    wanted = [{"Name": "tag-key", "Values": ["Stage"]}]
    reservations = outcomes.client("ec2").describe_instances(Filters=wanted)["Reservations"]
    return {instance["InstanceId"] for reservation in reservations for instance in reservation["Instances"]}


def _headlines(outcomes: Outcomes) -> Mapping[str, str]:
    """What each machine's page says now, by id."""
    return {event.instance_id: headline(event.page) for event in outcomes.events(PageChanged)}


EXERCISES: Mapping[str, Check] = {"only-the-test-machine": only_the_test_machine, "no-errors": no_errors}
PREDICTIONS: Mapping[str, Reading] = {
    "wrong-role": wrong_role,
    "new-machine": new_machine,
    "without-traffic-control": without_traffic_control,
    "two-tags": two_tags,
}
