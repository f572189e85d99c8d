"""Why the CodeDeploy agent of an instance did not take an event up, or did not finish it.

CodeDeploy user guide, "Working with the CodeDeploy agent", "Troubleshoot EC2/On-Premises deployment issues" (all
lifecycle events skipped; agent not running; instance profile) and agent 1.8.1 (credentials are looked for at start).
"""

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import AGENT_LOG, clock_words, instance_profile, on_machine
from labkit.explain.facts import MachineFacts, TroubleFacts
from labkit.explain.finding import Finding, Rule, first, root
from labkit.explain.rules.leaving import Leaving, why_gone
from labkit.explain.sentence import Sentence, in_turn, said
from labkit.world.agent.deployment_root import ONGOING
from labkit.world.fleet import AGENT_SERVICE

STATUS = f"systemctl status {AGENT_SERVICE}"
START = f"sudo systemctl start {AGENT_SERVICE}"
RESTART = f"sudo systemctl restart {AGENT_SERVICE}"
INSTALL = (
    "cd /home/ec2-user && wget https://aws-codedeploy-ap-northeast-2.s3.ap-northeast-2.amazonaws.com/latest/install "
    "&& chmod +x ./install && sudo ./install auto"
)
NO_CREDENTIALS = "Missing credentials"


def died_and_came_back(facts: TroubleFacts) -> Finding | None:
    """It was started again after it had died in the middle of the event."""
    if "after an agent restart" not in facts.event.diagnostics.message:
        return None
    log = on_machine(
        facts.machine.instance_id,
        AGENT_LOG,
        f"{facts.event.name} of deployment {facts.deployment.id} begins",
        f"grep {facts.deployment.id} {AGENT_LOG}",
    )
    says = said(
        "The agent ended while it carried out {event}, and reported it as failed when it was started again.",
        event=facts.event.name,
    )
    return root(Link("agent-crashed-mid-event", says, (log,)), _crash_fix(said("Deploy again.")), None)


def gone(facts: TroubleFacts) -> Finding | None:
    """There is no machine for it to run on."""
    left_s = facts.machine.left_s
    if left_s is None or (facts.event.ended_s is not None and left_s > facts.event.ended_s):
        return None
    return why_gone(Leaving(facts.machine, facts.deployment))


def not_installed(facts: TroubleFacts) -> Finding | None:
    """There is no service of that name."""
    return agent_not_installed(facts.machine)


def died_mid_event(facts: TroubleFacts) -> Finding | None:
    """It ended between the beginning of the event and its end, and nobody started it."""
    event, machine = facts.event, facts.machine
    end_s = event.ended_s if event.ended_s is not None else facts.now_s
    stops = [stop for stop in machine.agent_stops if event.began_s <= stop <= end_s]
    if not stops or not machine.agent_ran_at(event.began_s):
        return None
    state = "inactive" if not machine.agent_running else "active"
    evidence = (
        on_machine(machine.instance_id, STATUS, AGENT_SERVICE, STATUS),
        on_machine(machine.instance_id, ONGOING, facts.deployment.id, f"ls {ONGOING}"),
    )
    says = said(
        "The agent ended at {time}, in the middle of {event}, and could not report how the event ended; "
        "CodeDeploy waits an hour for that.",
        time=clock_words(stops[0]),
        event=event.name,
    )
    kept = evidence[:1] if machine.agent_running or state == "active" else evidence
    return root(
        Link("agent-crashed-mid-event", says, kept), _crash_fix(said("Start the agent again, and deploy again.")), START
    )


def stopped(facts: TroubleFacts) -> Finding | None:
    """Its service did not run when the event was due."""
    machine, event = facts.machine, facts.event
    end_s = event.ended_s if event.ended_s is not None else facts.now_s
    if machine.agent_ran_at(end_s):
        return None
    return agent_stopped(machine, at_s=end_s)


def without_credentials(facts: TroubleFacts) -> Finding | None:
    """It runs, but found no credentials when it started."""
    return agent_without_credentials(facts.machine)


def mended_since(facts: TroubleFacts) -> Finding | None:
    """It could not then, but was restarted since."""
    machine, ended_s = facts.machine, facts.event.ended_s
    restarted = [start for start in machine.agent_starts if ended_s is not None and start > ended_s]
    if not restarted:
        return None
    says = said(
        "The agent was started again at {time}, after the event had failed; it works now.",
        time=clock_words(restarted[0]),
    )
    return root(Link("agent-stopped", says), said("Deploy again: nothing is in the way any more."))


RULES: tuple[Rule[TroubleFacts], ...] = (
    died_and_came_back,
    gone,
    not_installed,
    died_mid_event,
    stopped,
    without_credentials,
    mended_since,
)


def why_silent(facts: TroubleFacts) -> Finding | None:
    """Why the agent did not take the event up or did not finish it."""
    return first(RULES, facts)


# --- the same, for an instance by itself -------------------------------------------------------


def agent_not_installed(machine: MachineFacts) -> Finding | None:
    """``agent-not-installed``, if it is not."""
    if machine.agent_installed or not machine.running:
        return None
    shown = on_machine(machine.instance_id, STATUS, f"Unit {AGENT_SERVICE}.service could not be found.", STATUS)
    says = said(
        "No CodeDeploy agent is installed on {instance}: its image was made without it.", instance=machine.instance_id
    )
    fix = said("Install the agent on the instance, and put the installation into the image or the user data.")
    return root(Link("agent-not-installed", says, (shown,)), fix, INSTALL)


def agent_stopped(machine: MachineFacts, at_s: float | None = None) -> Finding | None:
    """``agent-stopped``, if it does not run (``at_s``: did not run then)."""
    if at_s is None and (machine.agent_running or not machine.running or not machine.agent_installed):
        return None
    stops = [stop for stop in machine.agent_stops if at_s is None or stop <= at_s]
    evidence: tuple[Evidence, ...] = ()
    if not machine.agent_running:
        evidence = (on_machine(machine.instance_id, STATUS, AGENT_SERVICE, STATUS),)
    if stops:
        says = said(
            "The CodeDeploy agent of {instance} did not run since {time}, so nobody asked CodeDeploy for work.",
            instance=machine.instance_id,
            time=clock_words(stops[-1]),
        )
    else:
        says = said(
            "The CodeDeploy agent of {instance} did not run, so nobody asked CodeDeploy for work.",
            instance=machine.instance_id,
        )
    if machine.agent_running:
        return root(Link("agent-stopped", in_turn(says, said("It runs again now.")), evidence), said("Deploy again."))
    fix = said("Start the agent, and let it start at boot (systemctl enable); then deploy again.")
    return root(Link("agent-stopped", says, evidence), fix, START)


def agent_without_credentials(machine: MachineFacts) -> Finding | None:
    """``no-instance-profile`` or ``profile-attached-late``, if its agent runs without credentials."""
    if not machine.agent_running or machine.agent_role is not None:
        return None
    profile = instance_profile(machine.instance_id, "[]" if machine.role is None else "associated")
    log = on_machine(machine.instance_id, AGENT_LOG, NO_CREDENTIALS, f"grep '{NO_CREDENTIALS}' {AGENT_LOG}")
    if machine.role is None:
        says = said(
            "Instance {instance} has no instance profile, so its agent has no credentials and cannot sign a "
            "request to CodeDeploy.",
            instance=machine.instance_id,
        )
        fix = said("Attach an instance profile whose role may read the bundles, and restart the agent.")
        command = (
            'boto3.client("ec2").associate_iam_instance_profile(IamInstanceProfile={"Name": "…"}, '
            f'InstanceId="{machine.instance_id}")  # then, on the instance: {RESTART}'
        )
        return root(Link("no-instance-profile", says, (profile, log)), fix, command)
    says = said(
        "Instance {instance} has its instance profile now, but had none when its agent started; the agent "
        "looks for credentials only then.",
        instance=machine.instance_id,
    )
    return root(
        Link("profile-attached-late", says, (profile, log)), said("Restart the agent, and deploy again."), RESTART
    )


def _crash_fix(then: Sentence) -> Sentence:
    find_out = said(
        "Find out who ended the agent (journalctl -u {service}; memory?), as what it had begun is half done.",
        service=AGENT_SERVICE,
    )
    return in_turn(find_out, then)
