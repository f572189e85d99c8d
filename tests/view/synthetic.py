"""Histories made by hand: what the world would record, without a world."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from labkit.simulation.clock import Clock
from labkit.simulation.history import Event, History
from labkit.world.events import (
    CommitMade,
    DeploymentChanged,
    DeploymentCreated,
    DeploymentStarted,
    DeploymentTargetChanged,
    LifecycleEventChanged,
    MachineChanged,
    PageChanged,
    RevisionInstalled,
    TargetGroupForwarded,
    TargetHealthChanged,
)

LIFECYCLE = (
    ("BeforeBlockTraffic", 0.0),
    ("BlockTraffic", 60.0),
    ("AfterBlockTraffic", 0.0),
    ("ApplicationStop", 1.2),
    ("DownloadBundle", 2.0),
    ("BeforeInstall", 0.8),
    ("Install", 1.5),
    ("AfterInstall", 0.0),
    ("ApplicationStart", 2.4),
    ("ValidateService", 1.0),
    ("BeforeAllowTraffic", 0.0),
    ("AllowTraffic", 14.0),
    ("AfterAllowTraffic", 0.0),
)
NEW = "d-75I7MBT7C"
COMMITS = {1: "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", 2: "b7e151628aed2a6abf7158809cf4f3c762e7160f"}
LABELS = {number: f"student/hello-web@{commit[:7]}" for number, commit in COMMITS.items()}
CODES = "Health checks failed with these codes: [404]"
FORWARDED = TargetGroupForwarded(
    target_group="hello-web-targets",
    load_balancer="arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/hello-web-alb/50dc6c495c0c9188",
    dns_name="hello-web-alb-1234567890.ap-northeast-2.elb.amazonaws.com",
)
REGISTERING = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
GREEN_LIFECYCLE = LIFECYCLE[3:]
BLUE_LIFECYCLE = LIFECYCLE[:3]


def page(number: int) -> str:
    """The sample app's page in version ``number``."""
    color = {1: "#0072b2", 2: "#e69f00"}.get(number, "#00805d")
    return (
        "<!doctype html><html lang=en><title>hello-web</title><style>body{margin:0;min-height:100vh;display:grid;"
        f"place-items:center;background:{color};color:#fff;font:700 26px system-ui}}</style>"
        f"<body><main>Hello, version {number}</main></body></html>"
    )


NOT_FOUND = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>"


def instance_id(number: int) -> str:
    return f"i-0{number:016x}"


@dataclass
class Script:
    """Collects events with their moments in any order; ``history()`` records them in order of time."""

    events: list[tuple[float, Event]] = field(default_factory=list)

    def at(self, at_s: float, *events: Event) -> None:
        self.events += [(at_s, event) for event in events]

    def history(self) -> History:
        clock = Clock()
        history = History(clock)
        for at_s, event in sorted(self.events, key=lambda pair: pair[0]):
            clock.advance(max(0.0, at_s - clock.now_s))
            history.record(event)
        return history


def health(number: int, state: str, reason: str | None = None, description: str | None = None) -> TargetHealthChanged:
    return TargetHealthChanged(
        target_group="hello-web-targets",
        instance_id=instance_id(number),
        port=80,
        state=state,
        reason=reason,
        description=description,
    )


def answers(number: int, revision: int | None, status: int | None = 200) -> PageChanged:
    text = "" if status is None else page(revision or 0) if status == 200 else NOT_FOUND
    return PageChanged(
        instance_id=instance_id(number), status=status, page=text, revision=LABELS[revision] if revision else None
    )


def event(number: int, name: str, status: str, **found: str) -> LifecycleEventChanged:
    return LifecycleEventChanged(
        deployment_id=NEW, instance_id=instance_id(number), lifecycle_event=name, status=status, **found
    )


def target(number: int, status: str) -> DeploymentTargetChanged:
    return DeploymentTargetChanged(deployment_id=NEW, instance_id=instance_id(number), status=status)


def created(revision: int, deployment: str = NEW, config: str = "CodeDeployDefault.OneAtATime") -> DeploymentCreated:
    return DeploymentCreated(
        deployment_id=deployment,
        application="hello-web",
        deployment_group="hello-web-group",
        deployment_config=config,
        revision=LABELS[revision],
        creator="user",
    )


def status(name: str, message: str | None = None, code: str | None = None) -> DeploymentChanged:
    return DeploymentChanged(deployment_id=NEW, status=name, error_code=code, message=message)


def fleet(script: Script, size: int, zones: int = 2, *, empty: bool = False) -> None:
    """Machines that run since the first seconds, with version 1 (or, ``empty``, with no page at all)."""
    for number in range(1, size + 1):
        zone = f"ap-northeast-2{'abcd'[(number - 1) % zones]}"
        script.at(1, MachineChanged(instance_id=instance_id(number), state="pending", availability_zone=zone))
        script.at(30, MachineChanged(instance_id=instance_id(number), state="running", availability_zone=zone))
        script.at(40, answers(number, None if empty else 1, 404 if empty else 200))
        script.at(41, health(number, "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"))
        script.at(60, health(number, *(("unhealthy", "Target.ResponseCodeMismatch", CODES) if empty else ("healthy",))))
    script.at(2, FORWARDED)
    script.at(5, CommitMade(repository="student/hello-web", commit_id=COMMITS[1], message="v1"))
    script.at(90, CommitMade(repository="student/hello-web", commit_id=COMMITS[2], message="v2"))


def begin(script: Script, size: int, minimum: int, revision: int = 2) -> float:
    """CreateDeployment at 100 s; returns when the first instance may start."""
    if revision > 1:
        script.at(35, created(1, "d-FIRST0001"))
    script.at(100, created(revision), status("Created"))
    script.at(101, status("Queued"))
    everybody = tuple(instance_id(number) for number in range(1, size + 1))
    started = DeploymentStarted(deployment_id=NEW, instance_ids=everybody, minimum_healthy_hosts=minimum)
    script.at(103, started, status("InProgress"))
    return 104.0


def roll(script: Script, number: int, at_s: float, *, drain_s: float = 60.0, revision: int = 2) -> float:
    """One instance's whole in-place deployment from ``at_s``; returns when it is done."""
    script.at(at_s, target(number, "InProgress"))
    for name, usual_s in LIFECYCLE:
        lasts_s = drain_s if name == "BlockTraffic" else usual_s
        script.at(at_s, event(number, name, "InProgress"))
        if name == "BlockTraffic":
            draining = health(
                number, "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
            )
            script.at(at_s, draining)
            script.at(at_s + lasts_s, health(number, "unused", "Target.NotRegistered"))
        if name == "ApplicationStop":
            script.at(at_s + lasts_s, answers(number, 1, None))
        if name == "ApplicationStart":
            script.at(at_s + lasts_s, answers(number, revision))
        if name == "Install":
            label = LABELS[revision]
            installed = RevisionInstalled(deployment_id=NEW, instance_id=instance_id(number), revision=label)
            script.at(at_s + lasts_s, installed)
        if name == "AllowTraffic":
            script.at(
                at_s, health(number, "initial", "Elb.RegistrationInProgress", "Target registration is in progress")
            )
            script.at(at_s + lasts_s, health(number, "healthy"))
        at_s += lasts_s
        script.at(at_s, event(number, name, "Succeeded", error_code="Success", message="Succeeded"))
    script.at(at_s, target(number, "Succeeded"))
    return at_s


def one_at_a_time(size: int = 4, zones: int = 2, drain_s: float = 60.0) -> History:
    """v1 gives way to v2, one instance after the other; the deployment succeeds."""
    script = Script()
    fleet(script, size, zones)
    at_s = begin(script, size, size - 1)
    for number in range(1, size + 1):
        at_s = roll(script, number, at_s, drain_s=drain_s) + 1
    script.at(at_s, status("Succeeded"))
    return script.history()


def half_at_a_time(size: int = 8) -> History:
    """Half of the fleet at once, then the other half."""
    script = Script()
    fleet(script, size)
    at_s = begin(script, size, size // 2)
    for half in (range(1, size // 2 + 1), range(size // 2 + 1, size + 1)):
        at_s = max(roll(script, number, at_s + number * 0.7) for number in half)
    script.at(at_s, status("Succeeded"))
    return script.history()


def _until(script: Script, number: int, at_s: float, last: str) -> float:
    """The lifecycle events before ``last``; returns when ``last`` starts."""
    whole = Script()
    roll(whole, number, at_s)
    start_s = next(
        t
        for t, e in whole.events
        if isinstance(e, LifecycleEventChanged) and (e.lifecycle_event, e.status) == (last, "InProgress")
    )
    place = next(
        i
        for i, (_, e) in enumerate(whole.events)
        if isinstance(e, LifecycleEventChanged) and (e.lifecycle_event, e.status) == (last, "InProgress")
    )
    script.events += whole.events[: place + 1]
    return start_s


def _skip(script: Script, number: int, at_s: float, names: Iterable[str]) -> None:
    script.at(at_s, *(event(number, name, "Skipped") for name in names))


def fails_at_start() -> History:
    """The second instance's ApplicationStart script fails, so the deployment stops there."""
    script = Script()
    fleet(script, 4)
    at_s = roll(script, 1, begin(script, 4, 3)) + 1
    at_s = _until(script, 2, at_s, "ApplicationStart") + 2.1
    names = [name for name, _ in LIFECYCLE]
    message = "Script at specified location: scripts/start_server.sh failed with exit code 1"
    failed = event(
        2,
        "ApplicationStart",
        "Failed",
        error_code="ScriptFailed",
        script_name="scripts/start_server.sh",
        message=message,
        log_tail="[stderr]nginx: [emerg] unexpected end of file",
    )
    script.at(at_s, failed)
    _skip(script, 2, at_s, names[names.index("ApplicationStart") + 1 :])
    script.at(at_s, target(2, "Failed"))
    for number in (3, 4):
        _skip(script, number, at_s + 1, names)
        script.at(at_s + 1, target(number, "Skipped"))
    why = "The overall deployment failed because too many individual instances failed deployment."
    script.at(at_s + 1, status("Failed", why, "HEALTH_CONSTRAINTS"))
    return script.history()


def stuck_at_allow_traffic() -> History:
    """The first instance comes back with a page that is not there; nothing ends within the history."""
    script = Script()
    fleet(script, 4)
    at_s = _until(script, 1, begin(script, 4, 3), "AllowTraffic")
    script.at(at_s, answers(1, 2, 404))
    script.at(at_s, health(1, "initial", "Elb.RegistrationInProgress", "Target registration is in progress"))
    script.at(at_s + 20, health(1, "unhealthy", "Target.ResponseCodeMismatch", CODES))
    script.at(at_s + 240, MachineChanged(instance_id="i-0ffff", state="pending", availability_zone="ap-northeast-2a"))
    return script.history()


def first_deployment() -> History:
    """Nothing was ever deployed: every instance answers 404 until its turn has come."""
    script = Script()
    fleet(script, 4, empty=True)
    at_s = begin(script, 4, 3, revision=1)
    for number in range(1, 5):
        at_s = roll(script, number, at_s, revision=1) + 1
    script.at(at_s, status("Succeeded"))
    return script.history()


def walk(script: Script, number: int, at_s: float, events: Iterable[tuple[str, float]]) -> float:
    """These lifecycle events of one instance, one after the other; returns when the last is done."""
    for name, lasts_s in events:
        script.at(at_s, event(number, name, "InProgress"))
        at_s += lasts_s
        script.at(at_s, event(number, name, "Succeeded", error_code="Success", message="Succeeded"))
    return at_s


def blue_green(size: int = 4) -> History:
    """Another fleet is launched, gets version 2 and then the traffic; the first one is drained and terminated."""
    script = Script()
    fleet(script, size)
    script.at(35, created(1, "d-FIRST0001"))
    script.at(100, created(2), status("Created"))
    script.at(101, status("Queued"))
    script.at(102, status("InProgress"))
    blue, green = range(1, size + 1), range(size + 1, 2 * size + 1)
    for number in green:
        zone = f"ap-northeast-2{'ab'[(number - 1) % 2]}"
        script.at(103, MachineChanged(instance_id=instance_id(number), state="pending", availability_zone=zone))
        script.at(125, MachineChanged(instance_id=instance_id(number), state="running", availability_zone=zone))
        script.at(126, answers(number, None, 404))
    everybody = tuple(instance_id(number) for number in (*green, *blue))
    labels = tuple(["Green"] * size + ["Blue"] * size)
    script.at(
        150,
        DeploymentStarted(
            deployment_id=NEW, instance_ids=everybody, minimum_healthy_hosts=size - 1, instance_labels=labels
        ),
    )
    at_s = 150.0
    for number in green:
        script.at(at_s, target(number, "InProgress"))
        at_s = walk(script, number, at_s, GREEN_LIFECYCLE[:7])
        script.at(at_s, answers(number, 2), target(number, "Ready"))
    for number in green:
        script.at(at_s, target(number, "InProgress"), health(number, *REGISTERING))
        at_s = walk(script, number, at_s, GREEN_LIFECYCLE[7:])
        script.at(at_s, health(number, "healthy"), target(number, "Succeeded"))
    for number in blue:
        script.at(at_s, target(number, "InProgress"), health(number, *DRAINING))
        done_s = walk(script, number, at_s, BLUE_LIFECYCLE)
        script.at(done_s, health(number, "unused", "Target.NotRegistered"), target(number, "Succeeded"))
    for number in blue:
        zone = f"ap-northeast-2{'ab'[(number - 1) % 2]}"
        for wait_s, state in ((61.0, "shutting-down"), (75.0, "terminated")):
            gone = MachineChanged(instance_id=instance_id(number), state=state, availability_zone=zone)
            script.at(at_s + wait_s, gone)
        script.at(at_s + 61, answers(number, 1, None))
    script.at(at_s + 66, status("Succeeded"))
    return script.history()


STORIES: dict[str, Callable[[], History]] = {
    "one-at-a-time": one_at_a_time,
    "fails-at-start": fails_at_start,
    "stuck-at-allow-traffic": stuck_at_allow_traffic,
    "first-deployment": first_deployment,
    "half-at-a-time": half_at_a_time,
    "blue-green": blue_green,
}
