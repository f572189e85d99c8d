"""The checks of lesson 04: what machines answer before and after their first deployment, and what health checks say."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import Outcomes
from labkit.lessons.pages import headline
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import LifecycleEventChanged, PageChanged, RequestAnswered

AUTO_SCALING_GROUP = "hello-web-asg"
TARGET_GROUP = "hello-web-targets"
GROUP = "hello-web-group"
OK, NOT_FOUND = 200, 404
THREE, FOUR = 3, 4

ANSWERS = {OK: "page", NOT_FOUND: "not-found"}


def first_visit(outcomes: Outcomes) -> Answer | None:
    """What the first visitor of the load balancer got."""
    found = outcomes.events(RequestAnswered)
    if not found:
        return None
    status = found[0].status
    return Answer(ANSWERS.get(status, "unavailable"), {"status": status, "count": len(_machines(outcomes))})


def file_in_the_way(outcomes: Outcomes) -> Answer | None:
    """How the first deployment ended."""
    deployments = outcomes.deployments(deployment_group=GROUP)
    if not deployments or not deployments[0].ended:
        return None
    first = deployments[0]
    failed = outcomes.events(
        LifecycleEventChanged, lambda event: event.deployment_id == first.deployment_id and event.status == "Failed"
    )
    option = "fails" if failed else "keeps" if _pages(outcomes).get(first.instance_ids[0]) is None else "overwrites"
    return Answer(option, {"status": first.status, "event": failed[0].lifecycle_event if failed else "Install"})


def third_machine(outcomes: Outcomes) -> Verdict:
    """Three machines run, and each of them shows the page and is healthy."""
    machines, pages = _machines(outcomes), _pages(outcomes)
    if len(machines) < THREE:
        return NotYet("too-few", {"count": len(machines)})
    without = [pages[each].status for each in machines if pages[each].revision is None]
    if without:
        return NotYet("empty-machine", {"status": without[0]})
    if set(_health(outcomes).values()) != {"healthy"}:
        return NotYet("not-healthy")
    return Passed({"count": len(machines), "headline": headline(pages[machines[-1]].page)})


def healthy_and_empty(outcomes: Outcomes) -> Verdict:
    """Four machines are healthy, and one of them has no page."""
    machines, pages, health = _machines(outcomes), _pages(outcomes), _health(outcomes)
    if len(machines) < FOUR:
        return NotYet("too-few", {"count": len(machines)})
    empty = [each for each in machines if pages[each].status == NOT_FOUND]
    if not empty:
        return NotYet("not-empty")
    state = health.get(empty[0], "unused")
    if state != "healthy":
        return NotYet("not-healthy", {"status": NOT_FOUND, "state": state})
    return Passed({"count": len(machines), "status": NOT_FOUND})


def _machines(outcomes: Outcomes) -> list[str]:
    """Ids of the group's machines in service."""
    found = outcomes.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[AUTO_SCALING_GROUP])
    instances = [instance for group in found["AutoScalingGroups"] for instance in group["Instances"]]
    return [each["InstanceId"] for each in instances if each["LifecycleState"] == "InService"]


def _pages(outcomes: Outcomes) -> Mapping[str, PageChanged]:
    """What each machine answers now, by id."""
    return {event.instance_id: event for event in outcomes.events(PageChanged)}


def _health(outcomes: Outcomes) -> Mapping[str, str]:
    """The state of each target, by instance id."""
    elbv2 = outcomes.client("elbv2")
    [group] = elbv2.describe_target_groups(Names=[TARGET_GROUP])["TargetGroups"]
    found = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in found}


EXERCISES: Mapping[str, Check] = {"third-machine": third_machine, "healthy-and-empty": healthy_and_empty}
PREDICTIONS: Mapping[str, Reading] = {"first-visit": first_visit, "file-in-the-way": file_in_the_way}
