"""Why an instance is not there any more: a lost zone, scaling in, a replacement, somebody's call.

EC2 Auto Scaling user guide, "Verify a scaling activity" (causes); CodeDeploy user guide, "Troubleshoot EC2/On-Premises
instance issues" (instances terminated during a deployment).
"""

from dataclasses import dataclass

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import call, clock_words, instance_state, instances, scaling_activity
from labkit.explain.facts import Departure, DeploymentFacts, MachineFacts
from labkit.explain.finding import Finding, Rule, first, root
from labkit.explain.rules.replacing import ELB_CAUSE, replacing, replacing_fix
from labkit.explain.sentence import Sentence, in_turn, said


@dataclass(frozen=True, slots=True)
class Leaving:
    """An instance that left, and the deployment in the course of which it did (None: in no deployment's)."""

    machine: MachineFacts
    deployment: DeploymentFacts | None = None

    @property
    def left_at(self) -> str:
        """When it left."""
        return clock_words(self.machine.left_s or 0.0)


def why_gone(facts: Leaving) -> Finding | None:
    """Why the instance is not there, or nothing on it answers; None if it is at work."""
    machine = facts.machine
    if machine.left_s is None and not machine.dark and machine.impaired_s is None:
        return None
    found = first(RULES, facts)
    return None if found is None else found.after(_gone(facts))


def _gone(facts: Leaving) -> Link:
    machine = facts.machine
    shown = (instance_state(machine.instance_id, machine.state),)
    if machine.left_s is None:
        return Link("instance-dark", _dark(facts), shown)
    if facts.deployment is None:
        left = said("Instance {instance} left service at {time}", instance=machine.instance_id, time=facts.left_at)
    else:
        left = said(
            "Instance {instance} left service at {time} in the middle of deployment {deployment}",
            instance=machine.instance_id,
            time=facts.left_at,
            deployment=facts.deployment.id,
        )
    return Link("instance-gone", said("{left}; it is {state} now.", left=left, state=machine.state), shown)


def _dark(facts: Leaving) -> Sentence:
    instance_id = facts.machine.instance_id
    if facts.deployment is None:
        return said("Nothing on instance {instance} answers, though EC2 calls it running.", instance=instance_id)
    return said(
        "Nothing on instance {instance} answers in the middle of deployment {deployment}, though EC2 calls it running.",
        instance=instance_id,
        deployment=facts.deployment.id,
    )


def zone_lost(facts: Leaving) -> Finding | None:
    """All instances of one zone went dark at once, those of other zones did not."""
    machine = facts.machine
    if not machine.zone_lost:
        return None
    zone = machine.availability_zone
    evidence = [_status(machine)] if machine.running and machine.impaired_s is not None else []
    if machine.departure is not None:
        evidence.append(_cause(machine.departure))
    says = said(
        "{instances} of Availability Zone {zone}, all that ran there, went dark at the same moment, while "
        "the other zones went on: the zone was lost.",
        instances=instances(machine.zone_lost),
        zone=zone,
    )
    fix = said(
        "Nothing on your side is broken. Deploy again once Auto Scaling has replaced the instances in the "
        "zones that are left, and keep enough instances in every zone to do without one."
    )
    # One instance alone tells nothing of its zone.
    question = (
        said(
            "Is it the zone, or this one machine? The AWS Health Dashboard says, and so does launching another "
            "instance in {zone}.",
            zone=zone,
        )
        if machine.zone_lost == 1
        else None
    )
    return root(Link("availability-zone-lost", says, tuple(evidence)), fix, _again(facts), question)


def impaired(facts: Leaving) -> Finding | None:
    """EC2's status checks fail for this instance, not for all of its zone."""
    machine = facts.machine
    if machine.impaired_s is None and not machine.dark:
        return None
    evidence = (_status(machine),) if machine.running and machine.impaired_s is not None else ()
    says = said(
        "EC2's status checks fail for {instance}, while others of its zone are well.", instance=machine.instance_id
    )
    fix = said("Stop and start it (it moves to other hardware), or let Auto Scaling replace it; then deploy again.")
    return root(Link("instance-impaired", says, evidence), fix)


def scaled_in(facts: Leaving) -> Finding | None:
    """Auto Scaling had one instance too many."""
    departure = facts.machine.departure
    if departure is None or "shrinking the capacity" not in departure.cause or "user request, " in departure.cause:
        return None
    says = said("The Auto Scaling group {group} scaled in and chose this instance.", group=departure.auto_scaling_group)
    fix = said(
        "Let the group not scale in while you deploy: suspend its process Terminate for the deployment "
        "(autoScalingGroupProcessesToSuspend), or protect its instances from scale-in. Then deploy again."
    )
    command = call(
        "autoscaling",
        "suspend_processes",
        f'AutoScalingGroupName="{departure.auto_scaling_group}", ScalingProcesses=["Terminate"]',
    )
    return root(Link(_during("scale-in", facts), says, (_cause(departure),)), fix, command)


def replaced_for_elb(facts: Leaving) -> Finding | None:
    """Auto Scaling believes the load balancer, which never got the answer it wanted: nothing was ever deployed."""
    machine, departure = facts.machine, facts.machine.departure
    if departure is None or not departure.cause.endswith(ELB_CAUSE) or machine.installed or facts.deployment:
        return None
    health = machine.last_health
    reason = (health.description or health.reason or "") if health else "unhealthy"
    says = said(
        "Nothing was ever deployed to it: its image serves an empty folder, so its checks failed ({reason}).",
        reason=reason,
    )
    deployments = call("codedeploy", "list_deployments", "", '["deployments"]')
    shown = Evidence("ListDeployments", "", deployments)
    found = root(Link("nothing-deployed-yet", says, (shown,)), *replacing_fix(departure.auto_scaling_group))
    return found.after(replacing(machine, departure.auto_scaling_group))


def replaced(facts: Leaving) -> Finding | None:
    """Auto Scaling found it unhealthy and put another in its place."""
    departure = facts.machine.departure
    if departure is None or not any(words in departure.cause for words in (" health check", "status check")):
        return None
    by = said("the load balancer's health checks") if "ELB" in departure.cause else said("EC2's health check")
    says = said(
        "The Auto Scaling group {group} replaced it, because {by} called it unhealthy.",
        group=departure.auto_scaling_group,
        by=by,
    )
    ended = facts.machine.ended_by
    if ended:
        says = in_turn(says, said("It had been ended by the call {call}.", call=ended))
    fix = said(
        "Deploy again: the instance that took its place got the last successful revision when it was "
        "launched. If it happens again, find out why the group finds its instances unhealthy before you "
        "deploy."
    )
    identity = "instance-replaced-mid-deployment" if facts.deployment else "instance-replaced"
    return root(Link(identity, says, (_cause(departure),)), fix, _again(facts))


def taken_out(facts: Leaving) -> Finding | None:
    """Somebody asked Auto Scaling to end this very instance."""
    departure = facts.machine.departure
    if departure is None:
        return None
    link = Link("instance-terminated", said("Somebody asked Auto Scaling to terminate it."), (_cause(departure),))
    return root(
        link,
        said("Deploy again if the deployment failed by it; do not terminate instances while one runs."),
        _again(facts),
    )


def ended_by_call(facts: Leaving) -> Finding | None:
    """EC2 was asked to stop or terminate it, or it went by itself."""
    machine = facts.machine
    evidence = () if machine.ended_by is None else (_trail(machine.ended_by),)
    if machine.state in ("stopping", "stopped"):
        says = said("It was stopped at {time}", time=facts.left_at)
        command = call("ec2", "start_instances", f'InstanceIds=["{machine.instance_id}"]')
        link = Link("instance-stopped", _by_call(says, machine.ended_by), evidence)
        return root(link, said("Start it again, and deploy again."), command)
    says = said("It was terminated at {time}", time=facts.left_at)
    link = Link("instance-terminated", _by_call(says, machine.ended_by), evidence)
    return root(link, said("Launch an instance in its place, and deploy to that."))


def _by_call(ended: Sentence, operation: str | None) -> Sentence:
    if operation is None:
        return said("{ended}.", ended=ended)
    return said("{ended} by the call {call}.", ended=ended, call=operation)


RULES: tuple[Rule[Leaving], ...] = (
    zone_lost,
    impaired,
    scaled_in,
    replaced_for_elb,
    replaced,
    taken_out,
    ended_by_call,
)


def _during(what: str, facts: Leaving) -> str:
    return f"{what}-during-deployment" if facts.deployment else what


def _status(machine: MachineFacts) -> Evidence:
    command = call(
        "ec2",
        "describe_instance_status",
        f'InstanceIds=["{machine.instance_id}"]',
        '["InstanceStatuses"][0]["InstanceStatus"]["Status"]',
    )
    return Evidence("DescribeInstanceStatus → InstanceStatus.Status", "impaired", command)


def _cause(departure: Departure) -> Evidence:
    return scaling_activity(departure.auto_scaling_group, departure.cause)


def _trail(operation: str) -> Evidence:
    return Evidence(
        said("the lab's record of API calls (on AWS: CloudTrail)"),
        operation,
        f'[e for e in lab.history if getattr(e, "operation", "") == "{operation}"]',
    )


def _again(facts: Leaving) -> str | None:
    return deploy_again(facts.deployment) if facts.deployment else None


def deploy_again(deployment: DeploymentFacts) -> str:
    """The call that deploys the same revision once more."""
    same = call("codedeploy", "get_deployment", f'deploymentId="{deployment.id}"', '["deploymentInfo"]["revision"]')
    arguments = (
        f'applicationName="{deployment.application}", deploymentGroupName="{deployment.group_name}", revision={same}'
    )
    return call("codedeploy", "create_deployment", arguments)
