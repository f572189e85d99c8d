"""Faults of the agent and of the credentials it works with."""

from labkit.rules.lifecycle import SERVICE_EVENTS
from labkit.world import services
from labkit.world.deployment.lifecycle_events import POLL_S
from labkit.world.events import LifecycleEventChanged
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault
from labkit.world.fleet import AGENT_SERVICE
from labkit.world.inside import Inside
from labkit.world.machine import Machine

AGENT_PLACES = (
    "/etc/codedeploy-agent",
    "/etc/init.d/codedeploy-agent",
    "/etc/systemd/system/multi-user.target.wants/codedeploy-agent.service",
    "/opt/codedeploy-agent",
    "/usr/lib/systemd/system/codedeploy-agent.service",
    "/var/log/aws/codedeploy-agent",
)
KILL = 9
INTO_THE_WORK_S = 0.2
"""How long after the agent took up an event it is killed: no event that does anything is over by then."""

S3_READ = ("s3:GetObject", "s3:GetObjectVersion")


@fault
def agent_not_installed(scene: Scene, *, instance_id: str) -> None:
    """An instance has no CodeDeploy agent: its image was made without it.

    ``systemctl status codedeploy-agent`` on the instance: "Unit codedeploy-agent.service could not be found."; there is
    no ``/opt/codedeploy-agent``, and no log of an agent. The next lifecycle event that is the agent's stays InProgress
    for 5 minutes and fails with UnknownError, "CodeDeploy agent was not able to receive the lifecycle event. …"; later
    ones are Skipped; the deployment ends with HEALTH_CONSTRAINTS if too few instances are left.
    """
    machine = scene.machine(instance_id)
    machine.act(lambda inside: _remove_agent(inside, scene.region.clock.now_s))


@fault
def agent_stopped(scene: Scene, *, instance_id: str) -> Undo:
    """Somebody stopped the CodeDeploy agent on an instance.

    ``ServiceChanged(service="codedeploy-agent", active=False)``; ``systemctl status`` says inactive (dead), the journal
    "Stopped codedeploy-agent.service"; the agent's log ends. Deployments show the same as without an agent:
    UnknownError, "CodeDeploy agent was not able to receive the lifecycle event. …" after 5 minutes. An event under
    way ends so after an hour, or as "Failing in-progress lifecycle event after an agent restart." when the agent is
    started again.
    """
    machine, clock = scene.machine(instance_id), scene.region.clock
    machine.act(lambda inside: _stop(inside, clock.now_s))
    return lambda: machine.act(lambda inside: _start(inside, clock.now_s))


@fault
def agent_crashed_mid_event(
    scene: Scene, *, instance_id: str, lifecycle_event: str = "Install", restart_after_s: float | None = None
) -> Undo:
    """The CodeDeploy agent of an instance is killed while it carries out a lifecycle event of the next deployment.

    ``lifecycle_event``: which one. ``restart_after_s``: when somebody starts the agent again (None: nobody does).
    ``systemctl status``: failed (Result: signal), "killed, signal=KILL"; ``ongoing-deployment/<deployment id>`` is left
    in the agent's folder; the agent's log has the beginning of the event but not its end. The event stays InProgress:
    started again, the agent reports UnknownError, "Failed: Failing in-progress lifecycle event after an agent
    restart."; if not, an hour later it is UnknownError, "CodeDeploy agent was not able to receive the lifecycle
    event. …".
    """
    machine, clock = scene.machine(instance_id), scene.region.clock

    def crash() -> None:
        machine.act(lambda inside: _kill(inside, clock.now_s))
        if restart_after_s is not None:
            clock.call_at(clock.now_s + restart_after_s, start)

    def start() -> None:
        machine.act(lambda inside: _start(inside, clock.now_s))

    def begins(event: LifecycleEventChanged) -> bool:
        return (event.instance_id, event.lifecycle_event, event.status) == (instance_id, lifecycle_event, "InProgress")

    wait_s = 0.0 if lifecycle_event in SERVICE_EVENTS else POLL_S + INTO_THE_WORK_S
    call_off = scene.when(begins, lambda: _later(scene, wait_s, crash))

    def undo() -> None:
        call_off()
        start()

    return undo


@fault
def no_instance_profile(scene: Scene, *, instance_id: str) -> Undo:
    """An instance was launched without an instance profile, so its agent has no credentials.

    DescribeInstances shows no IamInstanceProfile; the metadata service answers 404 for
    ``/latest/meta-data/iam/security-credentials/``; the agent runs, its log says "Missing credentials - please check if
    this instance was started with an IAM instance profile". Deployments: UnknownError, "CodeDeploy agent was not able
    to receive the lifecycle event. …" after 5 minutes.
    """
    machine = scene.machine(instance_id)
    attach = scene.account.detach_profile(instance_id)
    _restart_agent(scene, machine)

    def undo() -> None:
        attach()
        _restart_agent(scene, machine)

    return undo


@fault
def profile_attached_late(scene: Scene, *, instance_id: str) -> Undo:
    """An instance got its instance profile only after its agent had started.

    DescribeInstances shows the profile, but the agent looked for credentials before: its log says "Missing
    credentials - please check if this instance was started with an IAM instance profile", and it asks for no work
    until it is restarted. Deployments fail as without a profile.
    """
    machine = scene.machine(instance_id)
    attach = scene.account.detach_profile(instance_id)
    _restart_agent(scene, machine)
    attach()
    return lambda: _restart_agent(scene, machine)


@fault
def s3_read_denied(scene: Scene, *, instance_id: str) -> Undo:
    """The role of an instance's profile may not read the bundle in S3 (all instances with that role share the fault).

    DownloadBundle fails with UnknownError, "Access Denied"; the agent's log has the same; the role's policies do not
    allow s3:GetObject. Only revisions in S3 are concerned.
    """
    return scene.account.take_permissions(scene.account.instance_role(instance_id), S3_READ)


@fault
def service_role_missing_permission(
    scene: Scene, *, action: str = "elasticloadbalancing:RegisterTargets", role: str | None = None
) -> Undo:
    """CodeDeploy's service role lacks a permission that the deployment needs.

    ``role``: its name, by default the only role that CodeDeploy may assume. The deployment fails with
    IAM_ROLE_PERMISSIONS, "The IAM role … does not give you permission to perform operations in the following AWS
    service: AmazonElasticLoadBalancingV2 …"; the event that needed it (here AllowTraffic) fails with the same sentence.
    """
    return scene.account.take_permissions(role or scene.account.service_role(), (action,))


def _later(scene: Scene, seconds: float, action: Undo) -> None:
    scene.region.clock.call_at(scene.region.clock.now_s + seconds, action)


def _restart_agent(scene: Scene, machine: Machine) -> None:
    machine.act(lambda inside: _stop(inside, scene.region.clock.now_s))
    machine.act(lambda inside: _start(inside, scene.region.clock.now_s))


def _stop(inside: Inside, at_s: float) -> None:
    services.stop(inside, AGENT_SERVICE, at_s)


def _start(inside: Inside, at_s: float) -> None:
    unit = services.find(inside.files, AGENT_SERVICE)
    if unit is not None:
        services.start(inside, unit, at_s)


def _kill(inside: Inside, at_s: float) -> None:
    state = inside.service(AGENT_SERVICE)
    if state.running:
        inside.services[AGENT_SERVICE] = services.died(state, KILL, at_s)
        killed = "systemd[1]: codedeploy-agent.service: Main process exited, code=killed, status=9/KILL"
        services.journal(inside.files, AGENT_SERVICE, at_s, killed)


def _remove_agent(inside: Inside, at_s: float) -> None:
    _stop(inside, at_s)
    inside.services.pop(AGENT_SERVICE, None)
    for place in AGENT_PLACES:
        inside.files.remove_tree(place)
