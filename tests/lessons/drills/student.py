"""What a student types in any drill: boto3, Run Command, git. Nothing here knows what was broken."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import boto3

from labkit.lab import Lab
from labkit.world.github import Repository

APPLICATION, GROUP, FLEET = "hello-web", "hello-web-group", "hello-web-asg"
OVER = ("Succeeded", "Failed", "Stopped")


class Student:
    """Somebody who mends things in an open lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    @property
    def repository(self) -> Repository:
        return self.lab.github.repository("student/hello-web")

    @property
    def instances(self) -> list[str]:
        groups = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[FLEET])
        return [one["InstanceId"] for one in groups["AutoScalingGroups"][0]["Instances"]]

    @property
    def last_deployment(self) -> str:
        """The newest deployment that somebody made (not Auto Scaling)."""
        codedeploy = boto3.client("codedeploy")
        ids = codedeploy.list_deployments(applicationName=APPLICATION, deploymentGroupName=GROUP)["deployments"]
        infos = [codedeploy.get_deployment(deploymentId=one)["deploymentInfo"] for one in ids]
        own = [info for info in infos if info["creator"] == "user"]
        return str(max(own, key=lambda info: info["createTime"])["deploymentId"])

    def info(self, deployment_id: str) -> dict[str, Any]:
        found: dict[str, Any] = boto3.client("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        return found

    def troubled(self) -> list[str]:
        """Instances on which the last deployment has not succeeded though it was begun there."""
        codedeploy, deployment_id = boto3.client("codedeploy"), self.last_deployment
        found = []
        for target_id in codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]:
            target = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=target_id)
            if target["deploymentTarget"]["instanceTarget"]["status"] in ("Failed", "InProgress"):
                found.append(target_id)
        return found

    def unhealthy(self) -> list[str]:
        found = boto3.client("elbv2").describe_target_health(TargetGroupArn=self.target_group["TargetGroupArn"])
        return [
            one["Target"]["Id"]
            for one in found["TargetHealthDescriptions"]
            if one["TargetHealth"]["State"] not in ("healthy", "draining")
        ]

    @property
    def target_group(self) -> dict[str, Any]:
        found: dict[str, Any] = boto3.client("elbv2").describe_target_groups(Names=["hello-web-targets"])
        return dict(found["TargetGroups"][0])

    def run(self, instance_id: str, command: str) -> str:
        """Run Command: what the command says on the instance."""
        ssm = boto3.client("ssm")
        command_id = ssm.send_command(
            InstanceIds=[instance_id], DocumentName="AWS-RunShellScript", Parameters={"commands": [command]}
        )["Command"]["CommandId"]
        while True:
            self.lab.advance(seconds=2)
            found = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
            if found["Status"] not in ("Pending", "InProgress"):
                return str(found["StandardOutputContent"])

    def stop(self) -> None:
        """Stops the last deployment if it is still going on."""
        if self.info(self.last_deployment)["status"] not in OVER:
            boto3.client("codedeploy").stop_deployment(deploymentId=self.last_deployment)
            self.finish(self.last_deployment)

    def finish(self, deployment_id: str) -> None:
        while self.info(deployment_id)["status"] not in OVER:
            self.lab.advance(seconds=30)

    def deploy(self, commit_id: str | None = None, **more: Any) -> None:
        """Stops what is going on, deploys a commit (the head without one), and waits."""
        location = {"repository": self.repository.name, "commitId": commit_id or self.repository.head}
        self._deploy({"revisionType": "GitHub", "gitHubLocation": location}, **more)

    def deploy_again(self, **more: Any) -> None:
        """The same revision once more."""
        self._deploy(self.info(self.last_deployment)["revision"], **more)

    def _deploy(self, revision: dict[str, Any], **more: Any) -> None:
        self.stop()
        created = boto3.client("codedeploy").create_deployment(
            applicationName=APPLICATION, deploymentGroupName=GROUP, revision=revision, **more
        )
        self.finish(created["deploymentId"])
        self.lab.advance(seconds=30)

    def restore(self, *, keep: Iterable[str] = ("index.html",)) -> None:
        """Commits all files as they were before the commit at the head's parent, but for the page."""
        good = next(one for one in self.repository.log()[1:] if one.message.startswith(("v", "Mend")))
        before, now = self.repository.files(good.commit_id), self.repository.files()
        changed: dict[str, Any] = {path: before.get(path) for path in {*before, *now} if path not in keep}
        self.repository.commit({k: v for k, v in changed.items() if v != now.get(k)}, message="Mend the release")

    def upload(self) -> str:
        """Makes the bundle of the last deployment's revision again, from the repository; gives its eTag."""
        location = self.info(self.last_deployment)["revision"]["s3Location"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path, content in self.repository.files().items():
                archive.writestr(zipfile.ZipInfo(path), content)
        answer = boto3.client("s3").put_object(Bucket=location["bucket"], Key=location["key"], Body=packed.getvalue())
        return str(answer["ETag"]).strip('"')

    def replace(self, instance_ids: Iterable[str]) -> None:
        """Terminates instances and waits for Auto Scaling's new ones."""
        gone = list(instance_ids)
        wanted = len(self.instances)
        boto3.client("ec2").terminate_instances(InstanceIds=gone)
        while set(gone) & set(self.instances) or self._in_service() < wanted:
            self.lab.advance(seconds=30)
        self.lab.advance(seconds=120)

    def _in_service(self) -> int:
        groups = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[FLEET])
        instances = groups["AutoScalingGroups"][0]["Instances"]
        return sum(one["LifecycleState"] == "InService" for one in instances)

    def health_check(self, **changes: Any) -> None:
        boto3.client("elbv2").modify_target_group(TargetGroupArn=self.target_group["TargetGroupArn"], **changes)
        self.lab.advance(seconds=60)
