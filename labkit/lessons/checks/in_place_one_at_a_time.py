"""The checks of lesson 06: what visitors read, and how it came to every machine."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.pages import listed, machines_by_headline, revisions_showing
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict

GROUP = "hello-web-group"
ALL_AT_ONCE = "CodeDeployDefault.AllAtOnce"
ONE_AT_A_TIME = "CodeDeployDefault.OneAtATime"

LONG_S = {"seconds": 60.0, "two": 200.0, "five": 600.0}
"""The upper ends of what the options of the prediction "long" mean; the last option has none."""


def mix(outcomes: Outcomes) -> Answer | None:
    """What visitors met while the first deployment one at a time went on."""
    deployment = _first_one_at_a_time(outcomes)
    if deployment is None:
        return None
    errors_s = outcomes.seconds_with_errors(deployment.deployment_id)
    both_s = outcomes.seconds_with_versions(deployment.deployment_id, 2)
    option = "errors" if errors_s else "both" if both_s else "switch"
    return Answer(option, {"seconds": round(both_s), "errors": round(errors_s)})


def long(outcomes: Outcomes) -> Answer | None:
    """How long the first deployment one at a time took."""
    deployment = _first_one_at_a_time(outcomes)
    if deployment is None or deployment.duration_s is None:
        return None
    option = next((name for name, most_s in LONG_S.items() if deployment.duration_s <= most_s), "fifteen")
    return Answer(option, {"seconds": round(deployment.duration_s), "count": len(deployment.instance_ids)})


def all_at_once_visitors(outcomes: Outcomes) -> Answer | None:
    """What visitors met while version 3 went to all machines at once."""
    deployment = _version_3_at_once(outcomes)
    if deployment is None or not deployment.ended:
        return None
    errors_s = outcomes.seconds_with_errors(deployment.deployment_id)
    option = "errors" if errors_s else "both" if outcomes.seconds_with_versions(deployment.deployment_id, 2) else "none"
    fewest = outcomes.fewest_in_service(deployment.deployment_id)
    return Answer(option, {"seconds": round(errors_s), "fewest": fewest})


def all_at_once(outcomes: Outcomes) -> Verdict:
    """Version 3 is on every machine, and came there all at once."""
    showing = machines_by_headline(outcomes, GROUP)
    if not any("version 3" in headline for headline in showing):
        return NotYet("no-version-3", {"headlines": listed(showing)})
    deployment = _version_3_at_once(outcomes)
    if deployment is None:
        last = outcomes.deployments(deployment_group=GROUP)[-1]
        return NotYet("another-configuration", {"config": last.deployment_config})
    if not deployment.ended:
        return NotYet("not-ended", {"deployment": deployment.deployment_id, "status": deployment.status})
    if deployment.status != "Succeeded" or len(showing) != 1:
        return NotYet("not-everywhere", {"status": deployment.status, "headlines": listed(showing)})
    return Passed({"seconds": round(deployment.duration_s or 0), "count": sum(showing.values())})


def back_to_version_1(outcomes: Outcomes) -> Verdict:
    """Visitors read version 1 again, everywhere, because of a deployment that the student made."""
    own = [each for each in outcomes.deployments(deployment_group=GROUP, creator="user") if each.deployment_config]
    if len(own) < 3:  # noqa: PLR2004 -- the stage's version 1, the lesson's version 2, and one more
        return NotYet("no-deployment")
    if not own[-1].ended:
        return NotYet("not-ended", {"deployment": own[-1].deployment_id, "status": own[-1].status})
    showing = machines_by_headline(outcomes, GROUP)
    if list(showing) != ["Hello, version 1"]:
        return NotYet("another-page", {"headlines": listed(showing)})
    return Passed({"revision": own[-1].revision, "count": sum(showing.values())})


def _first_one_at_a_time(outcomes: Outcomes) -> DeploymentOutcome | None:
    found = outcomes.deployments(deployment_group=GROUP, deployment_config=ONE_AT_A_TIME)
    return found[0] if found and found[0].ended else None


def _version_3_at_once(outcomes: Outcomes) -> DeploymentOutcome | None:
    """The last deployment all at once whose revision shows version 3."""
    revisions = revisions_showing(outcomes, "version 3")
    found = outcomes.deployments(deployment_group=GROUP, deployment_config=ALL_AT_ONCE)
    return next((each for each in reversed(found) if each.revision in revisions), None)


EXERCISES: Mapping[str, Check] = {"all-at-once": all_at_once, "back-to-version-1": back_to_version_1}
PREDICTIONS: Mapping[str, Reading] = {"mix": mix, "long": long, "all-at-once-visitors": all_at_once_visitors}
