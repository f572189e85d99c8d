"""The checks of lesson 03: what became of deployments to one machine, and what its page says."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.pages import headline
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import LifecycleEventChanged, PageChanged

GROUP = "one-machine"
PATIENCE_S = 60.0
"""Nobody stops an agent and starts it again in less."""
FIRST, SECOND, THIRD = 0, 1, 2
DONE_IN_THE_LESSON = 5
"""Deployments that the lesson itself makes, the last of them exercise 1's."""


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


def find_the_mistake(outcomes: Outcomes) -> Verdict:
    """The machine shows version 4, because of a deployment that succeeded."""
    last = outcomes.deployments(deployment_group=GROUP)[-1]
    said = _headline(outcomes)
    if not last.ended:
        return NotYet("not-ended", {"deployment": last.deployment_id, "status": last.status})
    if last.status != "Succeeded":
        return NotYet("failed", {"status": last.status, "headline": said})
    if "version 4" not in said:
        return NotYet("another-page", {"headline": said})
    return Passed({"headline": said, "revision": last.revision})


def sign_the_page(outcomes: Outcomes) -> Verdict:
    """The page's headline has the id of the deployment that brought it."""
    deployments = outcomes.deployments(deployment_group=GROUP)
    last, said = deployments[-1], _headline(outcomes)
    if len(deployments) <= DONE_IN_THE_LESSON:
        return NotYet("no-deployment")
    if not last.ended:
        return NotYet("not-ended", {"deployment": last.deployment_id, "status": last.status})
    if last.status != "Succeeded":
        return NotYet("failed", {"status": last.status})
    if last.deployment_id not in said:
        return NotYet("unsigned", {"headline": said, "deployment": last.deployment_id})
    return Passed({"headline": said})


def _events(outcomes: Outcomes, deployment: DeploymentOutcome) -> list[LifecycleEventChanged]:
    return outcomes.events(LifecycleEventChanged, lambda event: event.deployment_id == deployment.deployment_id)


def _headline(outcomes: Outcomes) -> str:
    pages = outcomes.events(PageChanged)
    return headline(pages[-1].page) if pages else ""


EXERCISES: Mapping[str, Check] = {"find-the-mistake": find_the_mistake, "sign-the-page": sign_the_page}
PREDICTIONS: Mapping[str, Reading] = {"no-agent": no_agent, "whose-stop-script": whose_stop_script}
