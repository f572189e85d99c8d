"""The checks of lesson 11: whether the drill of each level is over, which the drill itself judges."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict

GROUP = "hello-web-group"


def everything(outcomes: Outcomes) -> Answer | None:
    """What came of AdministratorAccess: the first deployment after the drill's own, and the drill's judgement."""
    drill, own = outcomes.lab.drill.latest, _after_the_stage(outcomes)
    if drill is None or len(own) != 2 or not own[-1].ended:  # noqa: PLR2004 -- the drill's, and the student's one
        return None
    succeeded = own[-1].status == "Succeeded"
    option = "fails" if not succeeded else "over" if drill.check().passed else "not-over"
    return Answer(option, {"status": own[-1].status})


def meanwhile(outcomes: Outcomes) -> Answer | None:
    """What visitors met during the drill's own deployment."""
    own = _after_the_stage(outcomes)
    if not own:
        return None
    release = own[0]
    errors_s = outcomes.seconds_with_errors(release.deployment_id)
    option = "errors" if errors_s else "mix" if outcomes.seconds_with_versions(release.deployment_id, 2) else "old"
    until_s = release.ended_s or outcomes.trace(release.deployment_id)["to_s"]
    return Answer(option, {"errors": round(errors_s), "minutes": round((until_s - release.created_s) / 60)})


def level_1(outcomes: Outcomes) -> Verdict:
    """The drill of level 1 is over."""
    return _judged(outcomes, 1)


def level_2(outcomes: Outcomes) -> Verdict:
    """The drill of level 2 is over."""
    return _judged(outcomes, 2)


def level_3(outcomes: Outcomes) -> Verdict:
    """The drill of level 3 is over."""
    return _judged(outcomes, 3)


def _judged(outcomes: Outcomes, level: int) -> Verdict:
    drill = outcomes.lab.drill.latest
    if drill is None or drill.level != level:
        return NotYet("no-drill", {"level": level})
    result = drill.check()
    said = {"said": result.parts[0].text}
    return Passed(said) if result.passed else NotYet("not-over", said)


def _after_the_stage(outcomes: Outcomes) -> list[DeploymentOutcome]:
    """The deployments that somebody made after version 1, the stage's."""
    return outcomes.deployments(deployment_group=GROUP, creator="user")[1:]


EXERCISES: Mapping[str, Check] = {"level-1": level_1, "level-2": level_2, "level-3": level_3}
PREDICTIONS: Mapping[str, Reading] = {"everything": everything, "meanwhile": meanwhile}
