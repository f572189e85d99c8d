"""All incidents, as data: what breaks, where, and what is being released when it does. Their words: ``texts.yaml``.

A place in braces (``{machine}``) is chosen by the drill's seed, and so is one of several values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Value = str | int
Release = Literal["github", "s3", "s3-etag", "none"]
Goal = Literal["release", "service"]
Seat = Literal["instance", "service"]
Need = tuple[Seat, str, str]
"""Whose role, which action, on which resource."""

HOOKS = ("BeforeInstall", "ApplicationStart", "ValidateService")
S3_READ: Need = ("instance", "s3:GetObject", "arn:aws:s3:::{bucket}/{key}")
REGISTER: Need = ("service", "elasticloadbalancing:RegisterTargets", "*")
DEREGISTER: Need = ("service", "elasticloadbalancing:DeregisterTargets", "*")


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that breaks. ``name``: a fault of ``world.faults.catalogue`` or a change of ``account_changes``.

    ``parameters``: what it is given; of several values (a tuple) the seed chooses one.
    """

    name: str
    parameters: Mapping[str, Value | tuple[Value, ...]]


def broken(name: str, **parameters: Value | tuple[Value, ...]) -> Broken:
    """A ``Broken``, as the table writes it."""
    return Broken(name, parameters)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident.

    ``release``: from where the team deploys a new version when it happens; ``none``: nothing is being deployed.
    ``goal``: that the release is everywhere, or that visitors are served well, by whatever version.
    ``needs``: what roles must be able to do in the end, by their seat: the role of the instances' profile, or the
    deployment group's service role. ``asks``: what the debriefing has ``lab.why`` explain. ``wait_s``: how long the lab
    waits before somebody complains, unless the deployment ends sooner.
    """

    id: str
    level: int
    broken: tuple[Broken, ...]
    release: Release = "github"
    goal: Goal = "release"
    needs: tuple[Need, ...] = ()
    asks: str = "{deployment}"
    wait_s: float = 900.0


TARGETS = "hello-web-targets"
ADDRESS = "{address}"
MACHINE = "{machine}"

LEVEL_1 = (
    Incident("silent-agent", 1, (broken("agent-stopped", instance_id=MACHINE),)),
    Incident("image-without-agent", 1, (broken("agent-not-installed", instance_id=MACHINE),)),
    Incident("no-credentials", 1, (broken("no-instance-profile", instance_id=MACHINE),)),
    Incident("tidied-appspec", 1, (broken("no-appspec"),)),
    Incident(
        "new-appspec-template",
        1,
        (broken("bad-appspec", problem=("os", "version", "yaml", "destination", "empty")),),
    ),
    Incident("removed-script", 1, (broken("script-missing", lifecycle_event=HOOKS),)),
    Incident("failing-script", 1, (broken("script-failing", lifecycle_event=HOOKS),)),
    Incident("deleted-bundle", 1, (broken("bundle-missing", bucket="{bucket}", key="{key}"),), release="s3"),
    Incident("unreadable-bundle", 1, (broken("s3-read-denied", instance_id=MACHINE),), release="s3", needs=(S3_READ,)),
    Incident(
        "stopped-server",
        1,
        (broken("web-server-not-started", instance_id=MACHINE),),
        release="none",
        goal="service",
        asks=MACHINE,
    ),
    Incident("health-path", 1, (broken("health-check-wrong-path", path=("/healthz", "/status", "/ping")),)),
    Incident(
        "not-here",
        1,
        (broken("target-group-on-no-listener"),),
        release="none",
        goal="service",
        asks=TARGETS,
        wait_s=120.0,
    ),
    Incident("file-by-hand", 1, (broken("file-already-at-destination", instance_id=MACHINE),)),
)

LEVEL_2 = (
    Incident("late-profile", 2, (broken("profile-attached-late", instance_id=MACHINE),)),
    Incident(
        "service-role-gap",
        2,
        (
            broken(
                "service-role-missing-permission",
                action=("elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"),
            ),
        ),
        needs=(REGISTER, DEREGISTER),
    ),
    Incident("trust", 2, (broken("trust-without-codedeploy"),)),
    Incident("explicit-deny", 2, (broken("explicit-deny", action="s3:GetObject"),), release="s3", needs=(S3_READ,)),
    Incident("health-port", 2, (broken("health-check-wrong-port", port=(8080, 8000, 3000)),)),
    Incident(
        "health-matcher",
        2,
        (broken("health-check-wrong-matcher", matcher=("204", "201", "302")),),
        release="none",
        goal="service",
        asks=TARGETS,
        wait_s=300.0,
    ),
    Incident(
        "closed-instance",
        2,
        (broken("security-group-closed", instance_id=MACHINE),),
        release="none",
        goal="service",
        asks=MACHINE,
    ),
    Incident(
        "closed-balancer",
        2,
        (broken("security-group-closed", load_balancer="hello-web-alb"),),
        release="none",
        goal="service",
        asks=ADDRESS,
        wait_s=120.0,
    ),
    Incident("wrong-folder", 2, (broken("wrong-document-root", destination=("/var/www/html", "/srv/hello-web")),)),
    Incident(
        "moved-root",
        2,
        (broken("wrong-document-root", instance_id=MACHINE),),
        release="none",
        goal="service",
        asks=MACHINE,
    ),
    Incident("never-started", 2, (broken("web-server-not-started", repository="student/hello-web"),)),
    Incident("endless-script", 2, (broken("script-hanging", lifecycle_event=HOOKS),)),
    Incident("background-child", 2, (broken("script-leaves-background-process"),)),
    Incident("hardened-scripts", 2, (broken("script-not-executable", instance_id=MACHINE),)),
    Incident("edited-scripts", 2, (broken("fail-next-script", instance_id=MACHINE),)),
    Incident("cut-bundle", 2, (broken("bundle-corrupt", bucket="{bucket}", key="{key}"),), release="s3"),
    Incident("other-bundle", 2, (broken("bundle-wrong-etag", bucket="{bucket}", key="{key}"),), release="s3-etag"),
    Incident(
        "killed-agent",
        2,
        (broken("agent-crashed-mid-event", instance_id=MACHINE, lifecycle_event=("Install", "ApplicationStart")),),
    ),
    Incident("slow-pages", 2, (broken("slow-version", seconds=(2, 3)),), goal="service", asks=ADDRESS),
    Incident("some-errors", 2, (broken("half-broken-version", percent=(30, 40)),), goal="service", asks=ADDRESS),
    Incident("replaced", 2, (broken("instance-replaced-mid-deployment", instance_id=MACHINE),)),
    Incident("shrunk", 2, (broken("scale-in-during-deployment", auto_scaling_group="hello-web-asg"),)),
)

LEVEL_3 = (
    Incident(
        "agent-and-bucket",
        3,
        (broken("agent-stopped", instance_id=MACHINE), broken("s3-read-denied", instance_id="{other}")),
        release="s3",
        needs=(S3_READ,),
    ),
    Incident(
        "appspec-and-health", 3, (broken("bad-appspec", problem=("os", "version")), broken("health-check-wrong-path"))
    ),
    Incident(
        "closed-and-stopped",
        3,
        (broken("web-server-not-started", instance_id=MACHINE), broken("security-group-closed", instance_id=MACHINE)),
        release="none",
        goal="service",
        asks=MACHINE,
    ),
    Incident(
        "trust-and-gap",
        3,
        (
            broken("trust-without-codedeploy"),
            broken("service-role-missing-permission", role="hello-web-codedeploy"),
        ),
        needs=(REGISTER,),
    ),
    Incident(
        "impatient-check", 3, (broken("health-check-wrong-timeouts"), broken("slow-version", seconds=3)), goal="service"
    ),
    Incident("dark-zone", 3, (broken("availability-zone-lost", availability_zone="{zone}"),)),
    Incident(
        "two-machines",
        3,
        (broken("agent-not-installed", instance_id=MACHINE), broken("script-not-executable", instance_id="{other}")),
    ),
    Incident(
        "errors-behind-open-door",
        3,
        (broken("half-broken-version", percent=(30, 40)), broken("health-check-wrong-matcher")),
        goal="service",
    ),
)

INCIDENTS: Mapping[str, Incident] = {one.id: one for one in (*LEVEL_1, *LEVEL_2, *LEVEL_3)}
LEVELS = (1, 2, 3)


def of_level(level: int) -> list[Incident]:
    """The incidents of a level, in the table's order."""
    return [one for one in INCIDENTS.values() if one.level == level]
