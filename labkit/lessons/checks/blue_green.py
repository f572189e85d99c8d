"""The checks of lesson 08: which fleet served whom, and what became of the other one."""

from collections.abc import Mapping

from labkit.lessons import prices
from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import (
    DeploymentStarted,
    MachineChanged,
    PageChanged,
    RevisionInstalled,
    TargetHealthChanged,
)

GROUP = "hello-web-group"
BALANCER = "hello-web-alb"
MINUTE_S = 60.0
HOUR_MINUTES = 60.0
CENTS_USD, DOLLAR_USD = 0.2, 5.0
"""The upper ends of what the options of the prediction "cost" mean; the last option has none."""
GONE = frozenset({"shutting-down", "terminated"})


def mixed(outcomes: Outcomes) -> Answer | None:
    """For how long visitors met both versions while the first blue/green deployment rerouted them."""
    deployment = _first_rerouted(outcomes)
    if deployment is None:
        return None
    both_s = outcomes.seconds_with_versions(deployment.deployment_id, 2)
    errors_s = outcomes.seconds_with_errors(deployment.deployment_id)
    option = "minutes" if both_s > MINUTE_S else "seconds" if both_s else "never"
    return Answer(option, {"seconds": round(both_s), "errors": round(errors_s)})


def way_back(outcomes: Outcomes) -> Answer | None:
    """What the rollback of the first blue/green deployment did, and when the last visitor read the new version."""
    undone = _first_rerouted(outcomes)
    rollbacks = outcomes.deployments(deployment_group=GROUP, creator="codeDeployRollback")
    if undone is None or not rollbacks or not rollbacks[0].ended or rollbacks[0].ended_s is None:
        return None
    rollback, ended_s = rollbacks[0], rollbacks[0].ended_s
    installed = outcomes.events(RevisionInstalled, lambda event: event.deployment_id == rollback.deployment_id)
    launched = outcomes.events(
        MachineChanged, lambda event: event.state == "pending" and rollback.created_s <= event.at_s <= ended_s
    )
    green = _fleet(outcomes, undone, "Green")
    let_go = outcomes.events(
        TargetHealthChanged,
        lambda event: event.instance_id in green and event.state == "draining" and event.at_s >= rollback.created_s,
    )
    seconds = max((event.at_s for event in let_go), default=ended_s) - rollback.created_s
    option = "launch" if launched else "install" if installed else "traffic"
    return Answer(option, {"launched": len(launched), "installed": len(installed), "seconds": round(seconds)})


def cost(outcomes: Outcomes) -> Answer | None:
    """What the second fleet of the first blue/green deployment costs from its launch on, with an hour of waiting."""
    deployment = _first_rerouted(outcomes)
    if deployment is None:
        return None
    green = _fleet(outcomes, deployment, "Green")
    began_s = min(event.at_s for event in outcomes.events(MachineChanged) if event.instance_id in green)
    moved_s = max(
        event.at_s
        for event in outcomes.events(TargetHealthChanged)
        if event.instance_id in green and event.state == "healthy"
    )
    minutes = (moved_s - began_s) / MINUTE_S + HOUR_MINUTES
    disk_usd = prices.DISK_GB * prices.GP3_USD_A_GB_MONTH / prices.HOURS_A_MONTH
    an_hour_usd = prices.EC2_USD_AN_HOUR["t3.micro"] + prices.IPV4_USD_AN_HOUR + disk_usd
    usd = len(green) * an_hour_usd * minutes / HOUR_MINUTES
    option = "cents" if usd < CENTS_USD else "dollar" if usd < DOLLAR_USD else "dollars"
    gaps = {"count": len(green), "minutes": round(minutes), "price": f"{an_hour_usd:.3f}", "usd": f"{usd:.2f}"}
    return Answer(option, gaps)


def for_good(outcomes: Outcomes) -> Verdict:
    """Visitors read version 3 from green machines, and the blue ones are terminated."""
    deployment = _last_showing(outcomes, "version 3")
    if deployment is None:
        return NotYet("no-version-3", {"headline": _headline_now(outcomes)})
    blue, green = _fleet(outcomes, deployment, "Blue"), _fleet(outcomes, deployment, "Green")
    running = len(blue) - _gone(outcomes, blue)
    facts = {"deployment": deployment.deployment_id, "status": deployment.status, "blue": running}
    if not green:
        return NotYet("in-place", facts)
    if not deployment.ended:
        return NotYet("still-ready", facts) if deployment.status == "Ready" else NotYet("not-ended", facts)
    if deployment.status != "Succeeded" or "version 3" not in _headline_now(outcomes):
        return NotYet("another-end", {**facts, "headline": _headline_now(outcomes)})
    if running:
        return NotYet("old-fleet", facts)
    return Passed({"count": len(green), "blue": len(blue), "group": _auto_scaling_groups(outcomes, deployment)})


def never_seen(outcomes: Outcomes) -> Verdict:
    """Version 4 was installed on a green fleet that is gone, and no visitor was ever sent to it."""
    deployment = _last_showing(outcomes, "version 4")
    if deployment is None:
        return NotYet("no-version-4", {"headline": _headline_now(outcomes)})
    seen_s = outcomes.seconds_with_its_revision(deployment.deployment_id)
    if seen_s:
        return NotYet("seen", {"seconds": round(seen_s)})
    named = {"deployment": deployment.deployment_id, "status": deployment.status}
    if not deployment.ended:
        return NotYet("not-ended", named)
    green = _fleet(outcomes, deployment, "Green")
    running = len(green) - _gone(outcomes, green)
    if running:
        return NotYet("still-running", {"count": running})
    return Passed({**named, "count": len(green)})


def _first_rerouted(outcomes: Outcomes) -> DeploymentOutcome | None:
    """The student's first blue/green deployment whose green machines visitors were sent to."""
    for deployment in outcomes.deployments(deployment_group=GROUP, creator="user"):
        green = _fleet(outcomes, deployment, "Green")
        if green and outcomes.seconds_with_its_revision(deployment.deployment_id):
            return deployment
    return None


def _last_showing(outcomes: Outcomes, words: str) -> DeploymentOutcome | None:
    """The last deployment of a revision that some machine showed with ``words`` on its page."""
    revisions = {event.revision for event in outcomes.events(PageChanged) if words in _headline(event.page)}
    found = outcomes.deployments(deployment_group=GROUP, creator="user")
    return next((each for each in reversed(found) if each.revision in revisions), None)


def _fleet(outcomes: Outcomes, deployment: DeploymentOutcome, label: str) -> frozenset[str]:
    """The ids of the deployment's blue or green instances; none if it is in place or has not started."""
    for started in outcomes.events(DeploymentStarted, lambda event: event.deployment_id == deployment.deployment_id):
        if started.instance_labels:
            pairs = zip(started.instance_ids, started.instance_labels, strict=True)
            return frozenset(instance_id for instance_id, own in pairs if own == label)
    return frozenset()


def _auto_scaling_groups(outcomes: Outcomes, deployment: DeploymentOutcome) -> str:
    """The names of the Auto Scaling groups that the deployment group has now."""
    found = outcomes.client("codedeploy").get_deployment_group(
        applicationName=deployment.application, deploymentGroupName=deployment.deployment_group
    )
    return ", ".join(group["name"] for group in found["deploymentGroupInfo"]["autoScalingGroups"])


def _gone(outcomes: Outcomes, instance_ids: frozenset[str]) -> int:
    """How many of these instances are terminated, or on the way there."""
    last = {event.instance_id: event.state for event in outcomes.events(MachineChanged)}
    return sum(last.get(instance_id) in GONE for instance_id in instance_ids)


def _headline_now(outcomes: Outcomes) -> str:
    return _headline(outcomes.get(outcomes.load_balancer_url(BALANCER)).text)


def _headline(page: str) -> str:
    return page.partition("<h1>")[2].partition("</h1>")[0]


EXERCISES: Mapping[str, Check] = {"for-good": for_good, "never-seen": never_seen}
PREDICTIONS: Mapping[str, Reading] = {"mixed": mixed, "way-back": way_back, "cost": cost}
