"""The checks of lesson 03: what became of deployments to one machine, and what its page says."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.pages import headline
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.rules.revision import GitHubRevision
from labkit.world.events import CommitMade, LifecycleEventChanged, PageChanged, RevisionInstalled
from labkit.world.http import Answer as Response

GROUP = "one-machine"
PATIENCE_S = 60.0
"""Nobody stops an agent and starts it again in less."""
WITH_ZERO = "the mode as in a shell"
"""The message of the commit whose mode begins with a zero."""
FIRST, SECOND, THIRD = 0, 1, 2
OK = 200


def no_agent(outcomes: Outcomes) -> Answer | None:
    """What the first event of the first deployment did while no agent ran."""
    deployments = outcomes.deployments(deployment_group=GROUP)
    if not deployments or deployments[FIRST].ended_s is None:
        return None
    first = deployments[FIRST]
    ended = next(event.at_s for event in _events(outcomes, first) if event.status in {"Succeeded", "Failed"})
    waited_s = ended - first.created_s
    option = "fails" if first.status != "Succeeded" else "waits" if waited_s > PATIENCE_S else "starts"
    return Answer(option, {"seconds": round(waited_s)})


def whose_stop_script(outcomes: Outcomes) -> Answer | None:
    """Which of the second and the third deployment failed."""
    deployments = outcomes.deployments(deployment_group=GROUP)
    if len(deployments) <= THIRD or not deployments[THIRD].ended:
        return None
    second, third = deployments[SECOND].status, deployments[THIRD].status
    options = {(True, False): "second", (False, True): "third", (True, True): "both", (False, False): "none"}
    return Answer(options[second == "Failed", third == "Failed"], {"second": second, "third": third})


def zero(outcomes: Outcomes) -> Answer | None:
    """How the deployment ended that installed the page with a mode that begins with a zero."""
    commits = outcomes.events(CommitMade, lambda event: event.message == WITH_ZERO)
    revisions = {GitHubRevision(event.repository, event.commit_id).label for event in commits}
    found = [each for each in outcomes.deployments(deployment_group=GROUP) if each.revision in revisions and each.ended]
    if not found:
        return None
    installed = outcomes.events(RevisionInstalled, lambda event: event.deployment_id == found[0].deployment_id)
    option = "same" if found[0].status == "Succeeded" else "unreadable" if installed else "refused"
    return Answer(option, {"status": found[0].status, "http": _answer(outcomes, "/").status})


def second_page(outcomes: Outcomes) -> Verdict:
    """The machine answers to /about.html, and still to /."""
    page, home = _answer(outcomes, "/about.html"), _answer(outcomes, "/")
    if page.status != OK:
        return NotYet("not-there", {"http": page.status, "status": _last(outcomes).status})
    if home.status != OK:
        return NotYet("no-home-page", {"http": home.status})
    return Passed({"headline": headline(page.body.decode(errors="replace"))})


def find_the_mistake(outcomes: Outcomes) -> Verdict:
    """The machine shows version 4, because of a deployment that succeeded."""
    last, said = _last(outcomes), _headline(outcomes)
    if not last.ended:
        return NotYet("not-ended", {"deployment": last.deployment_id, "status": last.status})
    if last.status != "Succeeded":
        return NotYet("failed", {"status": last.status, "headline": said})
    if "version 4" not in said:
        return NotYet("another-page", {"headline": said})
    return Passed({"headline": said, "revision": last.revision})


def sign_the_page(outcomes: Outcomes) -> Verdict:
    """The page's headline has the id of the deployment that brought it."""
    last, said = _last(outcomes), _headline(outcomes)
    if not last.ended:
        return NotYet("not-ended", {"deployment": last.deployment_id, "status": last.status})
    if last.status != "Succeeded":
        return NotYet("failed", {"status": last.status})
    if last.deployment_id not in said:
        return NotYet("unsigned", {"headline": said, "deployment": last.deployment_id})
    return Passed({"headline": said})


def _events(outcomes: Outcomes, deployment: DeploymentOutcome) -> list[LifecycleEventChanged]:
    return outcomes.events(LifecycleEventChanged, lambda event: event.deployment_id == deployment.deployment_id)


def _last(outcomes: Outcomes) -> DeploymentOutcome:
    return outcomes.deployments(deployment_group=GROUP)[-1]


def _answer(outcomes: Outcomes, path: str) -> Response:
    """What the machine answers now."""
    response: Response = outcomes.lab.machine(_last(outcomes).instance_ids[0]).answer(path)
    return response


def _headline(outcomes: Outcomes) -> str:
    pages = outcomes.events(PageChanged)
    return headline(pages[-1].page) if pages else ""


EXERCISES: Mapping[str, Check] = {
    "second-page": second_page,
    "find-the-mistake": find_the_mistake,
    "sign-the-page": sign_the_page,
}
PREDICTIONS: Mapping[str, Reading] = {"no-agent": no_agent, "whose-stop-script": whose_stop_script, "zero": zero}
