"""The checks of lesson 10: what was taken back and how, and who could start a deployment."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import (
    CommitMade,
    DeploymentTargetChanged,
    FunctionInvoked,
    PageChanged,
    RequestAnswered,
    RevisionInstalled,
    WebhookDelivered,
)

GROUP = "hello-web-group"
MENU = "menu.html"
REFUSED = 400
OK = 200


def others(outcomes: Outcomes) -> Answer | None:
    """What became of the machines whose turn had not come when the first deployment failed."""
    failed = next((each for each in _own(outcomes) if each.status == "Failed"), None)
    if failed is None:
        return None
    last = {
        event.instance_id: event.status
        for event in outcomes.events(DeploymentTargetChanged)
        if event.deployment_id == failed.deployment_id
    }
    statuses = [last.get(instance_id, "Pending") for instance_id in failed.instance_ids]
    broken, installed = statuses.count("Failed"), statuses.count("Succeeded")
    option = "all" if broken == len(statuses) else "rest" if installed else "stop"
    skipped = len(statuses) - broken - installed
    return Answer(option, {"failed": broken, "installed": installed, "skipped": skipped})


def rollback(outcomes: Outcomes) -> Answer | None:
    """What the first automatic rollback consisted of."""
    found = outcomes.deployments(deployment_group=GROUP, creator="codeDeployRollback")
    if not found or not found[0].ended:
        return None
    first = found[0]
    installed = outcomes.events(RevisionInstalled, lambda event: event.deployment_id == first.deployment_id)
    option = "deployment" if installed else "undo"
    seconds = round(first.duration_s or 0)
    return Answer(option, {"revision": first.revision, "count": len(installed), "seconds": seconds})


def push(outcomes: Outcomes) -> Answer | None:
    """What the last push before the first webhook led to."""
    hooked_s = min((event.at_s for event in outcomes.events(WebhookDelivered)), default=None)
    until_s = outcomes.history[-1].at_s if hooked_s is None else hooked_s
    pushed = outcomes.events(CommitMade, lambda event: event.at_s < until_s)
    if not pushed:
        return None
    last = pushed[-1]
    led_to = [each for each in _own(outcomes) if _is_of(each, last.commit_id) and each.created_s < until_s]
    if led_to and hooked_s is None:
        return None  # a commit of an earlier experiment, which was deployed by hand
    return Answer("all" if led_to else "nothing", {"minutes": round((until_s - last.at_s) / 60), "count": len(led_to)})


def menu(outcomes: Outcomes) -> Verdict:
    """Every machine shows version 6, and a visitor has followed its link and read the menu."""
    deployment = _own(outcomes)[-1]
    facts = {"deployment": deployment.deployment_id, "status": deployment.status, "headline": _headlines(outcomes)}
    if not deployment.ended:
        return NotYet("not-ended", facts)
    pages = _pages(outcomes)
    if not all("version 6" in page for page in pages):
        return NotYet("no-version-6", facts)
    if not all(MENU in page for page in pages):
        return NotYet("no-link", facts)
    ended_s = deployment.ended_s or 0.0
    read = outcomes.events(RequestAnswered, lambda event: event.path == f"/{MENU}" and event.at_s >= ended_s)
    if not read:
        return NotYet("nobody-followed", facts)
    if read[-1].status != OK:
        return NotYet("no-menu", {**facts, "answer": read[-1].status})
    return Passed({"count": len(pages), "deployment": deployment.deployment_id})


def signed(outcomes: Outcomes) -> Verdict:
    """Since the webhook was last changed a forged push was refused, and a true one deployed."""
    delivered, forged = _since_last_ping(outcomes)
    pushes = [event for event in delivered if event.event == "push"]
    if any(event.status < REFUSED for event in forged):
        return NotYet("forged", {"status": max(event.status for event in forged if event.status < REFUSED)})
    if not forged:
        return NotYet("nobody-tried")
    if not pushes:
        return NotYet("no-push", {"status": forged[-1].status})
    last = pushes[-1]
    deployment = next((each for each in reversed(_own(outcomes)) if _is_of(each, last.commit_id or "")), None)
    if deployment is None:
        return NotYet("not-deployed", {"status": last.status})
    facts = {"deployment": deployment.deployment_id, "status": deployment.status}
    if deployment.status != "Succeeded":
        return NotYet("not-succeeded", facts)
    return Passed({**facts, "refused": forged[-1].status})


def _pages(outcomes: Outcomes) -> list[str]:
    """What each machine of the fleet shows now; the stage's deployment knows the fleet."""
    showing = {event.instance_id: event.page for event in outcomes.events(PageChanged)}
    return [showing.get(instance_id, "") for instance_id in _own(outcomes)[0].instance_ids]


def _headlines(outcomes: Outcomes) -> str:
    titles = {page.partition("<h1>")[2].partition("</h1>")[0] for page in _pages(outcomes)}
    return ", ".join(sorted(titles))


def _since_last_ping(outcomes: Outcomes) -> tuple[list[WebhookDelivered], list[FunctionInvoked]]:
    """What GitHub delivered since a webhook was last made, and what others sent to a function meanwhile.

    GitHub writes a delivery down after the function has run; a delivery's id counts once, so repeating it is a forgery.
    """
    delivered: list[WebhookDelivered] = []
    asked: list[FunctionInvoked] = []
    for event in outcomes.history:
        if isinstance(event, FunctionInvoked):
            asked.append(event)
        elif isinstance(event, WebhookDelivered):
            asked.pop()
            if event.event == "ping":
                delivered, asked = [], []
            delivered.append(event)
    return delivered, asked


def _own(outcomes: Outcomes) -> list[DeploymentOutcome]:
    """All deployments of the group that somebody asked for, oldest first: the stage's own is among them."""
    return outcomes.deployments(deployment_group=GROUP, creator="user")


def _is_of(deployment: DeploymentOutcome, commit_id: str) -> bool:
    _, _, short_id = deployment.revision.partition("@")
    return bool(short_id) and commit_id.startswith(short_id)


EXERCISES: Mapping[str, Check] = {"menu": menu, "signed": signed}
PREDICTIONS: Mapping[str, Reading] = {"others": others, "rollback": rollback, "push": push}
