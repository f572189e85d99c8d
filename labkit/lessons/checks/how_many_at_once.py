"""The checks of lesson 07: how many machines served, how many failed, and how long it took."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.pages import listed, machines_by_headline, revisions_showing
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict

GROUP = "hello-web-group"
ONE_AT_A_TIME = "CodeDeployDefault.OneAtATime"
HALF_AT_A_TIME = "CodeDeployDefault.HalfAtATime"

BUDGET_S = 360
BUDGET_HOSTS = 6
TOLERANT_HOSTS = 5
BROKEN = 2
WORDS = {3: "three", 4: "four", 5: "five"}
"""The options of the predictions that ask for a number of machines."""


def half_of_nine(outcomes: Outcomes) -> Answer | None:
    """How many machines were away at the worst moment of the first deployment half at a time."""
    deployment = _first_ended(outcomes, HALF_AT_A_TIME)
    if deployment is None:
        return None
    gaps = _capacity(outcomes, deployment)
    return Answer(WORDS.get(gaps["at_a_time"], "three"), gaps)


def forty_percent(outcomes: Outcomes) -> Answer | None:
    """How many machines served at the worst moment of the deployment with 40 per cent."""
    deployment = _first_ended(outcomes, "forty-percent")
    if deployment is None:
        return None
    gaps = _capacity(outcomes, deployment)
    return Answer(WORDS.get(gaps["healthy"], "three"), gaps | {"seconds": round(deployment.duration_s or 0)})


def ninety_five_percent(outcomes: Outcomes) -> Answer | None:
    """What became of the deployment with 95 per cent."""
    found = outcomes.deployments(deployment_group=GROUP, deployment_config="ninety-five-percent")
    if not found:
        return None
    option = "waits" if not found[0].ended else "fails" if found[0].status == "Failed" else "one"
    return Answer(option, {"status": found[0].status, "code": found[0].error_code})


def last_one_fails(outcomes: Outcomes) -> Answer | None:
    """How the first deployment one at a time ended in which a machine failed."""
    for deployment in outcomes.deployments(deployment_group=GROUP, deployment_config=ONE_AT_A_TIME):
        counts = _overview(outcomes, deployment)
        if deployment.ended and counts["Failed"]:
            gaps = {"status": deployment.status, "succeeded": counts["Succeeded"], "failed": counts["Failed"]}
            return Answer(deployment.status.lower(), gaps)
    return None


def budget(outcomes: Outcomes) -> Verdict:
    """Version 5 came to all machines within six minutes, and six served at every moment."""
    deployment = _of_version(outcomes, 5)
    showing = machines_by_headline(outcomes, GROUP)
    if deployment is None:
        return NotYet("no-version-5", {"headlines": listed(showing)})
    if not deployment.ended:
        return NotYet("not-ended", {"deployment": deployment.deployment_id, "status": deployment.status})
    if deployment.status != "Succeeded" or not all("version 5" in headline for headline in showing):
        return NotYet("not-everywhere", {"status": deployment.status, "headlines": listed(showing)})
    seconds = round(deployment.duration_s or 0)
    fewest = outcomes.fewest_in_service(deployment.deployment_id)
    if fewest < BUDGET_HOSTS:
        return NotYet("too-few", {"fewest": fewest})
    if seconds > BUDGET_S:
        return NotYet("too-slow", {"seconds": seconds})
    return Passed({"count": sum(showing.values()), "seconds": seconds, "fewest": fewest})


def two_may_break(outcomes: Outcomes) -> Verdict:
    """Version 6 came to the fleet although two machines failed, and five served at every moment."""
    deployment = _of_version(outcomes, 6)
    if deployment is None:
        return NotYet("no-deployment")
    if not deployment.ended:
        return NotYet("not-ended", {"deployment": deployment.deployment_id, "status": deployment.status})
    counts = _overview(outcomes, deployment)
    if deployment.status != "Succeeded":
        return NotYet("did-not-bear-it", {"status": deployment.status, "failed": counts["Failed"]})
    if counts["Failed"] < BROKEN:
        return NotYet("nothing-broke", {"status": deployment.status, "failed": counts["Failed"]})
    fewest = outcomes.fewest_in_service(deployment.deployment_id)
    if fewest < TOLERANT_HOSTS:
        return NotYet("too-few", {"fewest": fewest})
    return Passed({"failed": counts["Failed"], "succeeded": counts["Succeeded"], "fewest": fewest})


def _first_ended(outcomes: Outcomes, config: str) -> DeploymentOutcome | None:
    found = outcomes.deployments(deployment_group=GROUP, deployment_config=config)
    return found[0] if found and found[0].ended else None


def _of_version(outcomes: Outcomes, version: int) -> DeploymentOutcome | None:
    """The last deployment whose revision shows ``version``."""
    revisions = revisions_showing(outcomes, f"version {version}")
    found = outcomes.deployments(deployment_group=GROUP, creator="user")
    return next((each for each in reversed(found) if each.revision in revisions), None)


def _capacity(outcomes: Outcomes, deployment: DeploymentOutcome) -> dict[str, int]:
    """``count`` machines, of which ``healthy`` served at the worst moment and ``at_a_time`` did not."""
    count = len(deployment.instance_ids)
    healthy = outcomes.fewest_in_service(deployment.deployment_id)
    return {"count": count, "healthy": healthy, "at_a_time": count - healthy}


def _overview(outcomes: Outcomes, deployment: DeploymentOutcome) -> Mapping[str, int]:
    info = outcomes.client("codedeploy").get_deployment(deploymentId=deployment.deployment_id)["deploymentInfo"]
    counts: Mapping[str, int] = info.get("deploymentOverview") or {"Failed": 0, "Succeeded": 0}
    return counts


EXERCISES: Mapping[str, Check] = {"budget": budget, "two-may-break": two_may_break}
PREDICTIONS: Mapping[str, Reading] = {
    "half-of-nine": half_of_nine,
    "forty-percent": forty_percent,
    "ninety-five-percent": ninety_five_percent,
    "last-one-fails": last_one_fails,
}
