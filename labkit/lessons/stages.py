"""Prepared stages: the running example ``hello-web``, built step by step by the same boto3 calls the lessons teach.

Each stage contains the ones before it, so every lesson can begin where it needs to. Three more, the chapter's riddle in
its three forms, begin where the deployment group stands and go wrong from there.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.exceptions import WaiterError

from labkit.aws.security_groups import ids_of_their_own
from labkit.world.github import GitHub

RESOURCES = Path(__file__).parents[2] / "resources"
BASE_IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
REPOSITORY = "student/hello-web"
ZONES = 2
CALM_S = 60.0
"""A minute without any change before the lesson begins."""
RIDDLE_S = 900.0
"""How long a riddle has been one when the lesson begins: a quarter of an hour of waiting."""
REPLACING_S = 1800.0
"""Half an hour, so that more than one generation of instances has come and gone."""
RIDDLES_BEGIN_AT = "deployment-group"
POLICY = "arn:aws:iam::aws:policy/"


class OpenLab(Protocol):
    """What building a stage needs of a lab."""

    @property
    def github(self) -> GitHub:
        """The GitHub of the lab."""

    def advance(self, seconds: float) -> None:
        """Lets ``seconds`` of lab time pass."""


def build(stage: str, lab: OpenLab, fleet_size: int) -> None:
    """Builds ``stage`` (one of ``NAMES``) in an empty lab."""
    steps = list(_STEPS)
    base = RIDDLES_BEGIN_AT if stage in _RIDDLES else stage
    for name in steps[: steps.index(base) + 1]:
        _STEPS[name](lab, fleet_size)
    if stage in _RIDDLES:
        _RIDDLES[stage](lab, fleet_size)


def empty(_lab: OpenLab, _fleet_size: int) -> None:
    """An account with nothing in it but what AWS puts there."""


def roles(_lab: OpenLab, _fleet_size: int) -> None:
    """The instances' role with its profile, and CodeDeploy's service role."""
    iam = boto3.client("iam")
    iam.create_role(RoleName="hello-web-instance", AssumeRolePolicyDocument=_policy("trust-ec2.json"))
    iam.attach_role_policy(
        RoleName="hello-web-instance", PolicyArn=f"{POLICY}service-role/AmazonEC2RoleforAWSCodeDeploy"
    )
    iam.attach_role_policy(RoleName="hello-web-instance", PolicyArn=f"{POLICY}AmazonSSMManagedInstanceCore")
    iam.create_instance_profile(InstanceProfileName="hello-web-instance")
    iam.add_role_to_instance_profile(InstanceProfileName="hello-web-instance", RoleName="hello-web-instance")
    iam.create_role(RoleName="hello-web-codedeploy", AssumeRolePolicyDocument=_policy("trust-codedeploy.json"))
    iam.attach_role_policy(RoleName="hello-web-codedeploy", PolicyArn=f"{POLICY}service-role/AWSCodeDeployRole")


def image(lab: OpenLab, _fleet_size: int) -> None:
    """An image with a web server and the agent, and a launch template that starts it."""
    ec2, ssm = boto3.client("ec2"), boto3.client("ssm")
    base = ssm.get_parameter(Name=BASE_IMAGE_PARAMETER)["Parameter"]["Value"]
    builder = ec2.run_instances(
        ImageId=base,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": "hello-web-instance"},
        UserData=(RESOURCES / "user-data" / "web-server.sh").read_text(),
    )["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[builder])
    while not _agent_runs(ssm, builder):
        lab.advance(seconds=15)
    image_id = ec2.create_image(InstanceId=builder, Name="hello-web")["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[image_id])
    ec2.terminate_instances(InstanceIds=[builder])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[builder])
    ec2.create_launch_template(
        LaunchTemplateName="hello-web",
        LaunchTemplateData={
            "ImageId": image_id,
            "InstanceType": "t3.micro",
            "IamInstanceProfile": {"Name": "hello-web-instance"},
        },
    )


def fleet(lab: OpenLab, fleet_size: int) -> None:
    """A load balancer, its target group, and a group of instances behind them."""
    ec2, elbv2, autoscaling = (boto3.client(name) for name in ("ec2", "elbv2", "autoscaling"))
    subnets = sorted(
        ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"],
        key=lambda subnet: subnet["AvailabilityZone"],
    )[:ZONES]
    subnet_ids = [subnet["SubnetId"] for subnet in subnets]
    balancer = elbv2.create_load_balancer(Name="hello-web-alb", Subnets=subnet_ids)["LoadBalancers"][0]
    targets = elbv2.create_target_group(
        Name="hello-web-targets",
        Protocol="HTTP",
        Port=80,
        VpcId=subnets[0]["VpcId"],
        HealthCheckPath="/",
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elbv2.modify_target_group_attributes(
        TargetGroupArn=targets, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]
    )
    with ids_of_their_own("open to visitors"):  # so that nothing made later is called otherwise than without it
        open_to_visitors(ec2, subnets[0]["VpcId"])
    elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
    )
    elbv2.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer["LoadBalancerArn"]])
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="hello-web-asg",
        LaunchTemplate={"LaunchTemplateName": "hello-web", "Version": "$Latest"},
        MinSize=1,
        MaxSize=2 * fleet_size,
        DesiredCapacity=fleet_size,
        VPCZoneIdentifier=",".join(subnet_ids),
        TargetGroupARNs=[targets],
        Tags=[{"Key": "Name", "Value": "hello-web", "PropagateAtLaunch": True}],
    )
    while _in_service(autoscaling, "hello-web-asg") < fleet_size:
        lab.advance(seconds=15)


def deployment_group(_lab: OpenLab, _fleet_size: int) -> None:
    """The application, and its deployment group: in place, one at a time, behind the load balancer."""
    role = boto3.client("iam").get_role(RoleName="hello-web-codedeploy")["Role"]["Arn"]
    codedeploy = boto3.client("codedeploy")
    codedeploy.create_application(applicationName="hello-web", computePlatform="Server")
    codedeploy.create_deployment_group(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        serviceRoleArn=role,
        deploymentConfigName="CodeDeployDefault.OneAtATime",
        autoScalingGroups=["hello-web-asg"],
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "hello-web-targets"}]},
    )


def v1_deployed(lab: OpenLab, _fleet_size: int) -> None:
    """Version 1 of the sample app on every instance."""
    commit_id = lab.github.repository(REPOSITORY).commit(sample_app(), message="v1")
    codedeploy = boto3.client("codedeploy")
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        # Nobody is served yet, so there is nothing to keep healthy.
        deploymentConfigName="CodeDeployDefault.AllAtOnce",
        revision={
            "revisionType": "GitHub",
            "gitHubLocation": {"repository": REPOSITORY, "commitId": commit_id},
        },
    )["deploymentId"]
    codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
    lab.advance(seconds=CALM_S)


def riddle_empty_image(lab: OpenLab, _fleet_size: int) -> None:
    """Everything stands and nothing is deployed yet: each instance answers 404, so none is healthy.

    The image's web server serves a folder that only a deployment fills; with nobody healthy, the load balancer sends to
    all (fail open), and visitors read 404. The first deployment of the sample app, committed already, ends it.
    """
    lab.github.repository(REPOSITORY).commit(sample_app(), message="v1")
    lab.advance(seconds=RIDDLE_S)


def riddle_wrong_destination(lab: OpenLab, _fleet_size: int) -> None:
    """A deployment hangs at AllowTraffic: its AppSpec file installs the page where the web server does not look.

    The AppSpec file says ``/var/www/html``, nginx ``/var/www``: installed without complaint, and answered 404.
    """
    files = sample_app()
    files["appspec.yml"] = _without_validation(files["appspec.yml"]).replace("/var/www", "/var/www/html")
    commit_id = lab.github.repository(REPOSITORY).commit(files, message="v1")
    codedeploy = boto3.client("codedeploy")
    codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={
            "revisionType": "GitHub",
            "gitHubLocation": {"repository": REPOSITORY, "commitId": commit_id},
        },
    )
    lab.advance(seconds=RIDDLE_S)


def riddle_endless_replacement(lab: OpenLab, _fleet_size: int) -> None:
    """Auto Scaling replaces every instance again and again: it asks the load balancer, and nothing is deployed.

    Each new instance starts from the same empty image, answers 404, is called unhealthy after its grace period, and
    goes.
    """
    lab.github.repository(REPOSITORY).commit(sample_app(), message="v1")
    boto3.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="hello-web-asg", HealthCheckType="ELB", HealthCheckGracePeriod=60
    )
    lab.advance(seconds=REPLACING_S)


def _without_validation(appspec: str) -> str:
    """The AppSpec file without its last hook, as the chapter's has none: it would have told."""
    return appspec.partition("  ValidateService:")[0]


def open_to_visitors(ec2: Any, vpc_id: str) -> None:
    """Lets everybody reach port 80 of what is in the VPC's default security group: the load balancer, the instances.

    Nobody but the group's own members could otherwise.
    """
    wanted = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    group_id = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 80,
                "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "visitors"}],
            }
        ],
    )


def sample_app() -> dict[str, str]:
    """The files of the sample app (``resources/hello-web``), by path in the repository."""
    root = RESOURCES / "hello-web"
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _policy(name: str) -> str:
    document: Any = json.loads((RESOURCES / "policies" / name).read_text(encoding="utf-8"))
    return json.dumps(document)


def _agent_runs(ssm: Any, instance_id: str) -> bool:
    """Whether the user data has come to its end: the agent is the last thing it starts."""
    try:
        command = ssm.send_command(
            InstanceIds=[instance_id],
            DocumentName="AWS-RunShellScript",
            Parameters={"commands": ["systemctl is-active codedeploy-agent"]},
        )["Command"]["CommandId"]
        ssm.get_waiter("command_executed").wait(CommandId=command, InstanceId=instance_id)
    except ssm.exceptions.InvalidInstanceId:  # Systems Manager does not reach the instance yet
        return False
    except WaiterError:  # the command failed: there is no such service yet, or it does not run
        return False
    return True


def _in_service(autoscaling: Any, group: str) -> int:
    """How many of the group's instances are in service."""
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    instances = found["AutoScalingGroups"][0]["Instances"]
    return sum(instance["LifecycleState"] == "InService" for instance in instances)


_STEPS: dict[str, Callable[[OpenLab, int], None]] = {
    "empty": empty,
    "roles": roles,
    "image": image,
    "fleet": fleet,
    "deployment-group": deployment_group,
    "v1-deployed": v1_deployed,
}
_RIDDLES: dict[str, Callable[[OpenLab, int], None]] = {
    "riddle-empty-image": riddle_empty_image,
    "riddle-wrong-destination": riddle_wrong_destination,
    "riddle-endless-replacement": riddle_endless_replacement,
}
NAMES = (*_STEPS, *_RIDDLES)
