"""The tables of ``labkit/FIDELITY.md`` beside the operations: lifecycle kinds, configurations, error codes, choices."""

import re
from pathlib import Path

from labkit.authoring.section import Section
from labkit.aws.codedeploy.model import service_model
from labkit.rules.healthy_hosts import PREDEFINED
from labkit.rules.lifecycle import BLUE, GREEN, in_place_events

ENGINE = Path(__file__).parents[1] / "world"
QUOTED_CODE = re.compile(r'"([A-Z][A-Z0-9_]+)"')
HOOKS_PAGE = "https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html"
CONFIGS_PAGE = "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"

OTHER_PLATFORM = "belongs to ECS, Lambda or CloudFormation, which the lab does not have"
WHY_ABSENT = {
    "APPLICATION_MISSING": "an application with a deployment under way keeps it until it has ended",
    "DEPLOYMENT_GROUP_MISSING": "as APPLICATION_MISSING",
    "REVISION_MISSING": "a bundle that is gone fails DownloadBundle, as the agent reports it",
    "OVER_MAX_INSTANCES": "the lab has no quota of instances",
    "RESOURCE_LIMIT_EXCEEDED": "the lab has no such quota",
    "THROTTLED": "nothing in the lab is throttled",
    "INTERNAL_ERROR": "nothing to imitate",
    "NO_EC2_SUBSCRIPTION": "every lab has EC2",
    "AGENT_ISSUE": "a silent agent fails its event with UnknownError, as AWS's instances show it",
    "MISSING_GITHUB_TOKEN": "the lab's GitHub asks for no token",
    "INVALID_REVISION": "refused by CreateDeployment already",
    "MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION": "refused when the group is made",
    "MISSING_ELB_INFORMATION": "refused when the group is made",
    "ELB_INVALID_INSTANCE": "all instances are in one VPC",
    "AUTO_SCALING_IAM_ROLE_PERMISSIONS": "shown as IAM_ROLE_PERMISSIONS with the service AmazonAutoScaling",
    "AUTOSCALING_VALIDATION_ERROR": "a copy of a group that exists is always valid here",
    "CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND": "nothing can lose CodeDeploy's own resources here",
}

CHOICES = (
    ("Created and Queued last one and two seconds", "AWS names no figure"),
    ("an agent takes an event up one second after it is offered", "the poll's pause; its long poll answers at once"),
    ("instances never deployed to count as healthy", "the guide's definition read literally would lift every cap"),
    ("a deployment that fails waits for the events under way before it says so", "unpublished"),
    ("instances still at work when a deployment is stopped end as Failed", "unpublished"),
    ("a blue/green deployment is InProgress until blue has been dealt with", "the guide and the console differ"),
    ("green gets all its traffic before any blue instance is let go", "unpublished"),
    ("the copy of a group goes with a deployment that failed before rerouting", "unpublished"),
    ("after a rollback past rerouting the green fleet is left running, without visitors", "unpublished"),
    ("a rollback that fails is not rolled back", "unpublished"),
    ("an alarm that is in ALARM already stops a deployment that begins", "AWS's text on overriding implies it"),
    (
        "no alarm stops a rollback",
        "the alarm that caused it is still in ALARM when it begins, so none could ever go on",
    ),
    ("zones are taken in the order of their names", "unpublished"),
    ("RESTART runs the events that neither fetch nor install", "unpublished"),
    ("ApplicationStop comes last for an instance that is scaled in", "the guide shows the order only as a picture"),
    ("AllowTraffic that runs out of time ends with UnknownError and a sentence of ours", "the words are unpublished"),
    (
        "a call is signed if its access key is somebody's: signatures are not checked",
        "nothing leaves the machine, and a secret key in a notebook teaches nothing",
    ),
)


def lifecycle_kinds() -> Section:
    """Each kind of deployment with its events."""
    kinds = (
        ("In place", in_place_events(behind_load_balancer=False)),
        ("In place, behind a load balancer", in_place_events(behind_load_balancer=True)),
        ("In place, RESTART", in_place_events(behind_load_balancer=True, restart=True)),
        ("Launch by Auto Scaling", in_place_events(behind_load_balancer=True, creator="autoscaling")),
        ("Termination by Auto Scaling", in_place_events(behind_load_balancer=True, creator="autoscalingTermination")),
        ("Blue/green, replacement instance", GREEN),
        ("Blue/green, original instance", BLUE),
    )
    return Section(
        title="Lifecycle events",
        sentence=f"Which events an instance goes through, after AWS's [hooks page]({HOOKS_PAGE}).",
        columns=("Deployment", "Here", "Events"),
        rows=tuple((kind, "modelled", ", ".join(events)) for kind, events in kinds),
    )


def configurations() -> Section:
    """The configurations that deployments to instances can use."""
    own = tuple((config.name, "modelled", f"{config.type.value} {config.value}") for config in PREDEFINED)
    custom = (
        ("custom, HOST_COUNT", "modelled", "0 or more hosts"),
        ("custom, FLEET_PERCENT", "modelled", "0 to 99 per cent, rounded up to hosts"),
        ("custom, zonal", "simplified", "zones by name; alarms and failures in a monitor window count as elsewhere"),
        (
            "CodeDeployDefault.Lambda…, CodeDeployDefault.ECS…",
            "absent",
            f"listed and described; using one {OTHER_PLATFORM}",
        ),
    )
    return Section(
        title="Deployment configurations",
        sentence=f"After AWS's [page of them]({CONFIGS_PAGE}).",
        columns=("Configuration", "Here", "Minimum of healthy hosts"),
        rows=(*own, *custom),
    )


def error_codes() -> Section:
    """Which ``ErrorCode`` a deployment can end with: those that stand in the engine's source."""
    shown = {code for path in ENGINE.rglob("*.py") for code in QUOTED_CODE.findall(path.read_text(encoding="utf-8"))}
    codes = service_model().shape_for("ErrorCode").enum
    return Section(
        title="Error codes of deployments",
        sentence="`ErrorInformation.code` of a deployment that failed or was stopped.",
        columns=("Code", "Here", "Why not"),
        rows=tuple(
            (code, "modelled", "") if code in shown else (code, "absent", WHY_ABSENT.get(code, OTHER_PLATFORM))
            for code in codes
        ),
    )


def choices() -> Section:
    """What AWS does not publish and the lab had to decide."""
    return Section(
        title="Where AWS is silent",
        sentence="Not confirmed by any page of AWS's; decided here, plainly.",
        columns=("The lab's choice", "Why it had to be made"),
        rows=CHOICES,
    )
