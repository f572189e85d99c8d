"""Why an instance does not do what it should: is it there, its agent, its health, its last deployment."""

from collections.abc import Iterator

from labkit.explain.chain import Explanation, Link
from labkit.explain.compose import compose, distinct, well
from labkit.explain.deployments import explained_on
from labkit.explain.evidence import call, instance_state, targets
from labkit.explain.finding import Finding
from labkit.explain.gather import Gatherer
from labkit.explain.rules import agent, health
from labkit.explain.rules.leaving import Leaving, why_gone
from labkit.explain.rules.web import Web, why_page_fails
from labkit.explain.sentence import said
from labkit.world.deployment.records import Deployment
from labkit.world.target_group import TargetGroup


def explain_instance(gather: Gatherer, instance_id: str) -> Explanation:
    """Everything that is wrong with an instance, the most basic first."""
    machine = gather.machine(instance_id)
    found = distinct(_instance_findings(gather, instance_id))
    if not found:
        says = said("It is {state}, its agent works, and so does everything that asks it.", state=machine.state)
        return well(
            said("Instance {instance}: nothing is wrong", instance=instance_id),
            Link("healthy", says, (instance_state(instance_id, machine.state),)),
        )
    asked = Link(
        "instance",
        said("Instance {instance} is {state}.", instance=instance_id, state=machine.state),
        (instance_state(instance_id, machine.state),),
    )
    return compose(
        said("What is wrong with instance {instance}", instance=instance_id),
        _aws_says(gather, instance_id),
        (asked,),
        found,
    )


def _instance_findings(gather: Gatherer, instance_id: str) -> Iterator[Finding]:
    machine = gather.machine(instance_id)
    gone = why_gone(Leaving(machine))
    if gone is not None:
        yield gone
        return
    if machine.running:
        for look in (agent.agent_not_installed, agent.agent_stopped, agent.agent_without_credentials):
            silent = look(machine)
            if silent is not None:
                yield silent
    registered = [group for group in gather.region.target_groups.values() if _in(group, instance_id)]
    for group in registered:
        yield from health.all_not_healthy(gather.target(group, instance_id))
    if not registered and machine.running and machine.servers:
        page = why_page_fails(Web(machine, machine.front))
        if page is not None:
            yield page
    failed = _last_failure(gather, instance_id)
    if failed is not None:
        yield failed


def _in(group: TargetGroup, instance_id: str) -> bool:
    return any(one.instance_id == instance_id for one in group.health())


def _last_deployment(gather: Gatherer, instance_id: str) -> Deployment | None:
    ids = gather.record.deployed.get(instance_id, ())
    engine = gather.region.engine
    return None if engine is None or not ids else engine.find(ids[-1])


def _last_failure(gather: Gatherer, instance_id: str) -> Finding | None:
    last = _last_deployment(gather, instance_id)
    if last is None or instance_id not in last.targets:
        return None
    found = explained_on(gather, last, instance_id)
    link = Link("last-deployment", said("The last deployment to it was {deployment}.", deployment=last.id))
    return None if found is None else found.after(link)


def _aws_says(gather: Gatherer, instance_id: str) -> str:
    """What DescribeTargetHealth says of it."""
    groups = (group for group in gather.region.target_groups.values() if _in(group, instance_id))
    health_of = [group.health_of(instance_id) for group in groups]
    return "\n".join(f"{one.state}, {one.reason}: {one.description}" for one in health_of if one.reason is not None)


def explain_target_group(gather: Gatherer, group: TargetGroup, only: str | None = None) -> Explanation:
    """Why targets of a group are not healthy: all of them, or the instance ``only``."""
    listed = [one for one in group.health() if only in (None, one.instance_id)]
    name = group.settings.name
    what = (
        said("target {instance} of {group}", instance=only, group=name)
        if only
        else said("target group {group}", group=name)
    )
    if not listed:
        return _empty(gather, group, only)
    found = distinct(
        one
        for target in listed
        for one in health.all_not_healthy(gather.target(group, target.instance_id, target.port))
    )
    arguments = f'TargetGroupArn="{group.arn}"'
    shown = call("elbv2", "describe_target_health", arguments, '["TargetHealthDescriptions"]')
    healthy = sum(one.state == "healthy" for one in listed)
    says = said("{healthy} of {targets} healthy in {name}.", healthy=healthy, targets=targets(len(listed)), name=name)
    states = Link("target-group", says, (health.shown_states(listed[0].state, shown),))
    if not found:
        return well(said("The {what}: nothing is wrong", what=what), Link("healthy", says, states.evidence))
    words = dict.fromkeys(f"{one.reason}: {one.description}" for one in listed if one.reason is not None)
    return compose(said("What is wrong with the {what}", what=what), "\n".join(words), (states,), found)


def _empty(gather: Gatherer, group: TargetGroup, only: str | None) -> Explanation:
    if only is not None:
        found = health.why_not_healthy(gather.target(group, only))
        if found is not None:
            return compose(
                said("Why {instance} is no target of {group}", instance=only, group=group.settings.name),
                "",
                (),
                [found],
            )
    return compose(
        said("What is wrong with the target group {group}", group=group.settings.name),
        "",
        (),
        [health.no_targets(group.settings)],
    )
