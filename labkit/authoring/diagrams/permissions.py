"""``permissions.svg``: what two kinds of deployment really use of what the roles may.

Nothing in it is written by hand: two deployments run in a lab, and ``lab.permissions_used`` counts.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

import labkit
from labkit.authoring.diagrams.canvas import Canvas, Tone
from labkit.lab import Lab
from labkit.lessons.stages import sample_app
from labkit.view.permissions_used import PermissionsUsed

SERVICE_ROLE, INSTANCE_ROLE = "hello-web-codedeploy", "hello-web-instance"
APPLICATION, GROUP, BUCKET = "hello-web", "hello-web-group", "hello-web-bundles"
LAUNCHES = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"], "Resource": "*"}
    ],
}
"""What AWS asks of the service role beside its managed policy when a group starts from a launch template.

CodeDeploy user guide, "Create a service role for CodeDeploy".
"""
BLUE_GREEN = {
    "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
    "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
}
LEGEND: tuple[tuple[str, Tone], ...] = (
    ("granted", "plain"),
    ("used in place", "used-in-place"),
    ("used blue/green", "used-blue-green"),
)
TOP_PX, GAP_PX, BAR_X, BAR_PX = 112, 64, 210, 12
DESCRIPTION = (
    "For each AWS service: how many actions the role may do, and how many of them an in-place and a blue/green "
    "deployment used. {rows}"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One service of one role. Actions: ``granted`` by its policies, used ``in_place``, used in ``blue_green``."""

    service: str
    granted: int
    in_place: int
    blue_green: int

    @property
    def used(self) -> bool:
        """Whether either deployment used any of it."""
        return bool(self.in_place or self.blue_green)

    def __str__(self) -> str:
        return f"{self.service}: {self.granted} granted, {self.in_place} in place, {self.blue_green} blue/green."


def permissions() -> str:
    """The diagram."""
    service_role, instance_role = evidence()
    height = TOP_PX + GAP_PX + sum(_height(row) for row in (*service_role, *instance_role)) + 24
    described = _description(service_role, instance_role)
    canvas = Canvas(940, height, "What deployments use of what their roles may", described)
    canvas.text(28, 40, "Granted, and used by a deployment", "head")
    for x, (words, tone) in zip((450, 580, 744), LEGEND, strict=True):
        canvas.bar(x, 29, 26, BAR_PX, tone)
        canvas.text(x + 34, 40, words, "soft")
    scale = (940 - BAR_X - 150) / max(row.granted for row in (*service_role, *instance_role))
    end = _panel(
        canvas,
        TOP_PX,
        ("CodeDeploy's service role", "AWSCodeDeployRole, and 3 for launch templates"),
        service_role,
        scale,
    )
    _panel(
        canvas,
        end + GAP_PX,
        ("The instances' role", "AmazonEC2RoleforAWSCodeDeploy, AmazonSSMManagedInstanceCore"),
        instance_role,
        scale,
    )
    return canvas.svg()


def evidence() -> tuple[list[Row], list[Row]]:
    """The rows of the service role and of the instances' role, from two deployments that run here."""
    with labkit.start(stage="v1-deployed", fleet_size=2) as lab:
        revision = _bundle_in_s3()
        iam = boto3.client("iam")
        iam.put_role_policy(RoleName=SERVICE_ROLE, PolicyName="launch-templates", PolicyDocument=json.dumps(LAUNCHES))
        began = lab.now
        _deploy(revision, {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
        in_place = _used(lab, began)
        lab.advance(1)
        began = lab.now
        _deploy(
            *(revision, {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}),
            blueGreenDeploymentConfiguration=BLUE_GREEN,
        )
        blue_green = _used(lab, began)
    service, instance = (_rows(one, other) for one, other in zip(in_place, blue_green, strict=True))
    return service, instance


def _used(lab: Lab, since: datetime) -> list[PermissionsUsed]:
    return [lab.permissions_used(role, since=since) for role in (SERVICE_ROLE, INSTANCE_ROLE)]


def _rows(in_place: PermissionsUsed, blue_green: PermissionsUsed) -> list[Row]:
    granted, first, second = (
        _by_service([*in_place.used, *in_place.unused]),
        _by_service(in_place.used),
        _by_service(blue_green.used),
    )
    services = sorted({*granted, *second})
    return [
        Row(one, max(granted.get(one, 0), second.get(one, 0)), first.get(one, 0), second.get(one, 0))
        for one in services
    ]


def _by_service(actions: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for action in actions:
        service = action.partition(":")[0]
        found[service] = found.get(service, 0) + 1
    return found


def _bundle_in_s3() -> dict[str, Any]:
    """The sample app as a bundle that the agent fetches with the instances' role."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        for path, text in sample_app().items():
            bundle.writestr(zipfile.ZipInfo(path), text)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=BUCKET, Key="v1.zip", Body=packed.getvalue())
    return {"revisionType": "S3", "s3Location": {"bucket": BUCKET, "key": "v1.zip", "bundleType": "zip"}}


def _deploy(revision: dict[str, Any], style: dict[str, str], **settings: Any) -> None:
    codedeploy = boto3.client("codedeploy")
    codedeploy.update_deployment_group(
        applicationName=APPLICATION, currentDeploymentGroupName=GROUP, deploymentStyle=style, **settings
    )
    deployment_id = codedeploy.create_deployment(
        applicationName=APPLICATION, deploymentGroupName=GROUP, revision=revision
    )["deploymentId"]
    codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)


def _description(service_role: Sequence[Row], instance_role: Sequence[Row]) -> str:
    told = f"CodeDeploy's service role. {' '.join(map(str, service_role))} "
    told += f"The instances' role. {' '.join(map(str, instance_role))}"
    return DESCRIPTION.format(rows=told)


def _panel(canvas: Canvas, top: float, title: tuple[str, str], rows: Sequence[Row], scale: float) -> float:
    """One role: its name, its policies, its rows; gives the y of its end."""
    granted, in_place, blue_green = (
        sum(getattr(row, field) for row in rows) for field in ("granted", "in_place", "blue_green")
    )
    canvas.text(28, top - 24, title[0], "name")
    canvas.text(
        28, top - 5, f"{title[1]}: {granted} granted, {in_place} used in place, {blue_green} used blue/green", "soft"
    )
    y = top + 14
    for row in rows:
        _row(canvas, y, row, scale)
        y += _height(row)
    return y


def _row(canvas: Canvas, y: float, row: Row, scale: float) -> None:
    canvas.text(28, y + 10, row.service, "code")
    counts = (row.granted, row.in_place, row.blue_green) if row.used else (row.granted,)
    for place, (count, (_, tone)) in enumerate(zip(counts, LEGEND, strict=False)):
        top = y + place * (BAR_PX + 2)
        if count:
            canvas.bar(BAR_X, top, count * scale, BAR_PX, tone)
        words = str(count) if row.used else f"{count}, none used"
        canvas.text(BAR_X + count * scale + 8, top + 10, words, "small")


def _height(row: Row) -> int:
    """How much room a service takes: what nobody used takes one line."""
    return 12 + (BAR_PX + 2) * (3 if row.used else 1)
