"""The checks of lesson 09: what a visitor gets, what health checks say, and whether machines are left alive."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import Outcomes
from labkit.lessons.pages import headline
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.simulation.clock import LAB_START
from labkit.world.events import ScalingActivityChanged

GROUP = "hello-web-group"
OK = 200
MINUTE_S = 60
QUIET_MINUTES = 10
AN_HOUR_AT_MOST_MINUTES, MINUTES_AT_MOST = 90, 30
FEW, SOME = 3, 12
"""How many replaced machines the first two options of the prediction mean at most."""


def how_long(outcomes: Outcomes) -> Answer | None:
    """How long the first deployment took to give up."""
    deployments = outcomes.deployments(deployment_group=GROUP)
    if not deployments or deployments[0].duration_s is None:
        return None
    minutes = deployments[0].duration_s / MINUTE_S
    option = "minutes" if minutes < MINUTES_AT_MOST else "hour" if minutes < AN_HOUR_AT_MOST_MINUTES else "ever"
    return Answer(option, {"status": deployments[0].status, "minutes": round(minutes)})


def how_many_replaced(outcomes: Outcomes) -> Answer | None:
    """How many machines the group has taken out of service."""
    count = len(_replacements(outcomes))
    if not count:
        return None
    return Answer("few" if count <= FEW else "some" if count <= SOME else "many", {"count": count})


def fill_the_image(outcomes: Outcomes) -> Verdict:
    """Visitors read a page, and every machine is healthy."""
    return _served(outcomes, {})


def right_destination(outcomes: Outcomes) -> Verdict:
    """Visitors read a page that a deployment brought, and every machine is healthy."""
    deployments = outcomes.deployments(deployment_group=GROUP)
    if not deployments:
        return NotYet("no-deployment")
    last = deployments[-1]
    if not last.ended:
        return NotYet("not-ended", {"deployment": last.deployment_id, "status": last.status})
    return _served(outcomes, {"revision": last.revision})


def let_them_live(outcomes: Outcomes) -> Verdict:
    """Visitors read a page, every machine is healthy, and none has been replaced lately."""
    now_s = (outcomes.lab.now - LAB_START).total_seconds()
    replaced_s = max((each.at_s for each in _replacements(outcomes)), default=0.0)
    minutes = round((now_s - replaced_s) / MINUTE_S)
    served = _served(outcomes, {"minutes": minutes})
    if isinstance(served, Passed) and minutes < QUIET_MINUTES:
        return NotYet("still-replacing", {"minutes": minutes})
    return served


def _served(outcomes: Outcomes, gaps: Mapping[str, object]) -> Verdict:
    answer = outcomes.get(outcomes.load_balancer_url("hello-web-alb"))
    if answer.status_code != OK:
        return NotYet("not-served", {"status": answer.status_code})
    elbv2 = outcomes.client("elbv2")
    [group] = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"]
    found = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    if {each["TargetHealth"]["State"] for each in found} != {"healthy"}:
        return NotYet("not-healthy")
    return Passed({"headline": headline(answer.text), **gaps})


def _replacements(outcomes: Outcomes) -> list[ScalingActivityChanged]:
    """The group's activities that ended a machine because of its health, each as it began."""
    changes = outcomes.events(
        ScalingActivityChanged,
        lambda event: event.description.startswith("Terminating") and "health check" in event.cause,
    )
    began: dict[str, ScalingActivityChanged] = {}
    for change in changes:
        began.setdefault(change.activity_id, change)
    return list(began.values())


EXERCISES: Mapping[str, Check] = {
    "fill-the-image": fill_the_image,
    "right-destination": right_destination,
    "let-them-live": let_them_live,
}
PREDICTIONS: Mapping[str, Reading] = {"how-long": how_long, "how-many-replaced": how_many_replaced}
