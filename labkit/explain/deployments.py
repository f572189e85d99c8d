"""Why a deployment failed, hangs, or left something wrong behind."""

from collections.abc import Iterator

from labkit.explain.chain import Explanation, Link
from labkit.explain.compose import compose, distinct, well
from labkit.explain.evidence import call, deployment_field, instances
from labkit.explain.facts import DeploymentFacts, TargetFacts, TroubleFacts
from labkit.explain.finding import Finding
from labkit.explain.gather import Gatherer
from labkit.explain.gather_deployment import deployment_facts, trouble_facts
from labkit.explain.rules import health
from labkit.explain.rules.event import why_event
from labkit.explain.rules.growing import joined_meanwhile
from labkit.explain.rules.whole_deployment import why_deployment
from labkit.explain.sentence import Sentence, said
from labkit.world.deployment.records import Deployment, Target


def explain_deployment(gather: Gatherer, deployment: Deployment) -> Explanation:
    """The chain from the deployment's status to the root cause, of each kind of trouble it has."""
    facts = deployment_facts(gather, deployment)
    troubles = sorted(_troubles(gather, deployment), key=_moment)
    found = [why_event(trouble) for trouble in troubles if _ended_or_alone(trouble, troubles)]
    own = why_deployment(facts)
    if own is not None and own.root_id not in {one.root_id for one in found}:
        # A service role's refusal also fails the event that needed it; an alarm or a stop explains itself.
        found.insert(0, own)
    found = distinct([*found, *_aftermath(gather, deployment)])
    if not found:
        return _well(facts)
    says = [facts.error_message, *(words for trouble in troubles for words in _words(trouble))]
    return compose(_title(facts), "\n".join(dict.fromkeys(one for one in says if one)), (_status(facts),), found)


def explained_on(gather: Gatherer, deployment: Deployment, instance_id: str) -> Finding | None:
    """What went wrong with one instance of a deployment; None if nothing did."""
    trouble = trouble_facts(gather, deployment, deployment.targets[instance_id])
    return why_event(trouble) if trouble is not None and trouble.event.status == "Failed" else None


def _troubles(gather: Gatherer, deployment: Deployment) -> Iterator[TroubleFacts]:
    for target in deployment.targets.values():
        trouble = trouble_facts(gather, deployment, target) if target.status in ("Failed", "InProgress") else None
        if trouble is not None:
            yield trouble


def _words(trouble: TroubleFacts) -> Iterator[str]:
    """AWS's own: of the event, or while it hangs of the target's health."""
    yield trouble.event.diagnostics.message
    if trouble.event.status == "InProgress":
        yield from (f"{one.reason}: {one.description}" for one in trouble.targets if one.reason is not None)


def _moment(trouble: TroubleFacts) -> float:
    return trouble.event.began_s


def _ended_or_alone(trouble: TroubleFacts, troubles: list[TroubleFacts]) -> bool:
    """What has failed says more than what is still under way elsewhere."""
    return trouble.event.status == "Failed" or all(one.event.status != "Failed" for one in troubles)


def _aftermath(gather: Gatherer, deployment: Deployment) -> Iterator[Finding]:
    """What is wrong now with what the group's latest deployment has to do with."""
    group = deployment.order.group
    if group.last_attempted not in (deployment.id, None) and group.last_successful != deployment.id:
        return
    for target in deployment.targets.values():
        if not gather.region.fleet.machine(target.instance_id).running:
            continue
        for one in gather.targets_of(target.instance_id, group.target_groups):
            yield from (found for found in _now(target, one) if found.root_id not in health.PASSING)
    joined = joined_meanwhile(gather, deployment)
    if joined is not None:
        yield joined


def _now(target: Target, facts: TargetFacts) -> Iterator[Finding]:
    """Of an instance that has failed before its traffic was let in again, only what lies outside of it counts."""
    let_in = any(event.name == "AllowTraffic" and event.start_s is not None for event in target.lifecycle_events)
    if target.status == "Succeeded" or let_in:
        yield from health.all_not_healthy(facts)
    else:
        outside = health.why_settings_fail(facts)
        yield from () if outside is None else (outside,)


def _title(facts: DeploymentFacts) -> Sentence:
    if facts.status == "Succeeded":
        return said("Deployment {deployment} succeeded, but not all is well", deployment=facts.id)
    if facts.status == "Failed":
        return said("Why deployment {deployment} failed", deployment=facts.id)
    if facts.status == "Stopped":
        return said("Why deployment {deployment} was stopped", deployment=facts.id)
    return said("Why deployment {deployment} is {status}", deployment=facts.id, status=facts.status)


def _status(facts: DeploymentFacts) -> Link:
    status: str = facts.status
    if facts.error_code:
        status = said("{status} with {code}", status=status, code=facts.error_code)
    if facts.failed:
        total = instances(facts.instances)
        status = said("{status}; {failed} of {instances} failed", status=status, failed=facts.failed, instances=total)
    says = said(
        "Deployment {deployment} of {revision} to {group} is {status}.",
        deployment=facts.id,
        revision=facts.revision,
        group=facts.group_name,
        status=status,
    )
    if facts.error_code is not None:
        return Link("deployment-failed", says, (deployment_field(facts.id, "errorInformation", facts.error_code),))
    return Link("deployment-status", says, (deployment_field(facts.id, "status", facts.status),))


def _well(facts: DeploymentFacts) -> Explanation:
    ids = call("codedeploy", "list_deployment_targets", f'deploymentId="{facts.id}"', '["targetIds"]')
    shown = deployment_field(facts.id, "status", facts.status)
    if facts.status != "Succeeded":
        says = said("It is {status}, and nothing has failed so far.", status=facts.status)
        title = said("Deployment {deployment} is {status}", deployment=facts.id, status=facts.status)
        return well(title, Link("under-way", says, (shown,)))
    says = said(
        "It deployed {revision} to {instances}, and none failed ({ids} names them).",
        revision=facts.revision,
        instances=instances(facts.instances),
        ids=ids,
    )
    title = said("Deployment {deployment} succeeded: nothing is wrong", deployment=facts.id)
    return well(title, Link("healthy", says, (shown,)))
