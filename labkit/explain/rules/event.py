"""Why one lifecycle event on one instance failed or does not end: which table of rules is asked.

CodeDeploy user guide, "Troubleshoot EC2/On-Premises deployment issues".
"""

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import clock_words, lifecycle_event
from labkit.explain.facts import TroubleFacts
from labkit.explain.finding import Finding, Rule, first, root
from labkit.explain.rules import download, health, installing, scripts, service_role
from labkit.explain.rules.agent import why_silent
from labkit.explain.sentence import said
from labkit.rules.lifecycle import SERVICE_EVENTS
from labkit.world.agent.outcome import FAILED_AFTER_RESTART
from labkit.world.deployment.messages import AGENT_SILENT


def why_event(facts: TroubleFacts) -> Finding:
    """The chain from the event to its root cause; at worst it ends with the event's own message."""
    found = first(RULES, facts)
    return (found or _own_words(facts)).after(_event(facts))


def _event(facts: TroubleFacts) -> Link:
    event, instance = facts.event, facts.machine.instance_id
    if event.status == "InProgress":
        says = said(
            "On {instance} the event {event} is in progress since {time}.",
            instance=instance,
            event=event.name,
            time=clock_words(event.began_s),
        )
        return Link("event-in-progress", says, (_field(facts, "status", event.status),))
    says = said(
        "On {instance} the event {event} failed with {code}.",
        instance=instance,
        event=event.name,
        code=event.diagnostics.error_code,
    )
    return Link("event-failed", says, (_field(facts, "diagnostics.message", event.diagnostics.message),))


def _field(facts: TroubleFacts, field: str, shows: str) -> Evidence:
    return lifecycle_event(facts.deployment.id, facts.machine.instance_id, facts.event.index, field, shows)


def refused(facts: TroubleFacts) -> Finding | None:
    """CodeDeploy itself was refused something."""
    return service_role.why_refused(facts.deployment, facts.event.diagnostics.message)


def silent(facts: TroubleFacts) -> Finding | None:
    """The agent did not take it up, or did not report how it ended."""
    message, of_agent = facts.event.diagnostics.message, facts.event.name not in SERVICE_EVENTS
    unreported = message == AGENT_SILENT or FAILED_AFTER_RESTART.message in message
    return why_silent(facts) if unreported or (of_agent and facts.event.status == "InProgress") else None


def traffic(facts: TroubleFacts) -> Finding | None:
    """The load balancer does not take the instance (back)."""
    if facts.event.name not in SERVICE_EVENTS:
        return None
    found = (health.why_not_healthy(target) for target in facts.targets)
    return next((one for one in found if one is not None), None) or _healthy_since(facts)


def _healthy_since(facts: TroubleFacts) -> Finding | None:
    last = facts.machine.last_health
    if facts.event.status != "Failed" or last is None:
        return None
    says = said(
        "{instance} was unhealthy then ({reason}: {description}), and is not any more: what was in the way "
        "has been mended since.",
        instance=facts.machine.instance_id,
        reason=last.reason,
        description=last.description,
    )
    return root(Link("target-mended-since", says), said("Deploy again: nothing is in the way any more."))


def appspec(facts: TroubleFacts) -> Finding | None:
    """The agent cannot find or use appspec.yml."""
    return first(download.APPSPEC_RULES, facts) if facts.event.status == "Failed" else None


def bundle(facts: TroubleFacts) -> Finding | None:
    """The revision did not come."""
    failed = facts.event.name == "DownloadBundle" and facts.event.status == "Failed"
    return first(download.RULES, facts) if failed else None


def install(facts: TroubleFacts) -> Finding | None:
    """The files could not be put in place."""
    failed = facts.event.name == "Install" and facts.event.status == "Failed"
    return first(installing.RULES, facts) if failed else None


def script(facts: TroubleFacts) -> Finding | None:
    """A hook script failed."""
    return first(scripts.RULES, facts) if facts.event.status == "Failed" else None


def still_at_work(facts: TroubleFacts) -> Finding | None:
    """Nothing is in its way that can be seen."""
    if facts.event.status != "InProgress":
        return None
    says = said(
        "The agent of {instance} is at work on {event}; nothing has failed so far.",
        instance=facts.machine.instance_id,
        event=facts.event.name,
    )
    question = said("Does its script wait for something? ps aux on the instance shows what runs.")
    return root(Link("event-under-way", says), said("Nothing yet: let lab time pass."), None, question)


RULES: tuple[Rule[TroubleFacts], ...] = (
    refused,
    silent,
    traffic,
    appspec,
    bundle,
    install,
    script,
    still_at_work,
)


def _own_words(facts: TroubleFacts) -> Finding:
    event = facts.event
    says = said("CodeDeploy says: {message}", message=event.diagnostics.message)
    return root(Link("event-message", says), said("Do what the message says, and deploy again."))
