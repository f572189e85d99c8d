"""Where drills happen: the running example as boto3 and the world show it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from labkit.simulation.misuse import MisuseError
from labkit.world.events import PageChanged
from labkit.world.region import Region

APPLICATION, GROUP = "hello-web", "hello-web-group"
AUTO_SCALING_GROUP, TARGET_GROUP, BALANCER = "hello-web-asg", "hello-web-targets", "hello-web-alb"
INSTANCE_ROLE, SERVICE_ROLE = "hello-web-instance", "hello-web-codedeploy"
BUCKET = "hello-web-releases"

Clients = Callable[[str], Any]
"""boto3 clients by service, with a key that may do everything, whoever the student has become."""
Page = PageChanged


@dataclass(frozen=True, slots=True)
class Place:
    """The running example in an open lab. Looking at it changes nothing."""

    region: Region
    client: Clients

    def instance_ids(self) -> list[str]:
        """The group's instances that are in service, by id."""
        return sorted(one["InstanceId"] for one in self._group()["Instances"] if one["LifecycleState"] == "InService")

    def desired_capacity(self) -> int:
        """How many instances the Auto Scaling group should have."""
        return int(self._group()["DesiredCapacity"])

    def _group(self) -> dict[str, Any]:
        found = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[AUTO_SCALING_GROUP])
        groups: list[dict[str, Any]] = found["AutoScalingGroups"]
        return groups[0] if groups else {"Instances": [], "DesiredCapacity": 0}

    def zone(self, instance_id: str) -> str:
        """The Availability Zone of an instance."""
        return self.region.fleet.machine(instance_id).availability_zone

    def deployment_group(self) -> dict[str, Any]:
        """What GetDeploymentGroup says."""
        found = self.client("codedeploy").get_deployment_group(applicationName=APPLICATION, deploymentGroupName=GROUP)
        info: dict[str, Any] = found["deploymentGroupInfo"]
        return info

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        """What GetDeployment says."""
        info: dict[str, Any] = self.client("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        return info

    def target_group(self) -> dict[str, Any]:
        """What DescribeTargetGroups says."""
        group: dict[str, Any] = self.client("elbv2").describe_target_groups(Names=[TARGET_GROUP])["TargetGroups"][0]
        return group

    def unhealthy(self) -> dict[str, str]:
        """Instances in service that are no healthy targets, with the reason that DescribeTargetHealth gives."""
        arn = self.target_group()["TargetGroupArn"]
        found = self.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        states = {one["Target"]["Id"]: one["TargetHealth"] for one in found}
        lacking = {"State": "not registered"}
        health = {instance_id: states.get(instance_id, lacking) for instance_id in self.instance_ids()}
        return {id_: one.get("Reason", one["State"]) for id_, one in health.items() if one["State"] != "healthy"}

    def balancer(self) -> dict[str, Any]:
        """What DescribeLoadBalancers says."""
        found: dict[str, Any] = self.client("elbv2").describe_load_balancers(Names=[BALANCER])["LoadBalancers"][0]
        return found

    def pages(self) -> dict[str, Page]:
        """What each instance in service answers to visitors, as the record has it."""
        last = {event.instance_id: event for event in self.region.history.of(PageChanged)}
        return {instance_id: last[instance_id] for instance_id in self.instance_ids() if instance_id in last}

    def instance_roles(self) -> list[str]:
        """Names of the roles in the profiles of the instances in service."""
        found = self.client("ec2").describe_instances(InstanceIds=self.instance_ids())["Reservations"]
        arns = {
            instance["IamInstanceProfile"]["Arn"]
            for reservation in found
            for instance in reservation["Instances"]
            if "IamInstanceProfile" in instance
        }
        return sorted({role for arn in arns for role in self._roles_in(arn.rpartition("/")[2])})

    def service_roles(self) -> list[str]:
        """The name of the deployment group's service role, in a list."""
        return [self.deployment_group()["serviceRoleArn"].rpartition("/")[2]]

    def _roles_in(self, profile: str) -> Iterator[str]:
        found = self.client("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
        yield from (role["RoleName"] for role in found["Roles"])

    def open_to_everybody(self) -> frozenset[str]:
        """What the security groups of instances and load balancer let everybody reach, such as ``tcp 80-80``."""
        ec2 = self.client("ec2")
        found = ec2.describe_instances(InstanceIds=self.instance_ids())["Reservations"]
        instances = [instance for reservation in found for instance in reservation["Instances"]]
        groups = {group["GroupId"] for instance in instances for group in instance["SecurityGroups"]}
        groups |= set(self.balancer()["SecurityGroups"])
        rules = ec2.describe_security_groups(GroupIds=sorted(groups))["SecurityGroups"]
        return frozenset(_ports(rule) for group in rules for rule in group["IpPermissions"] if _for_everybody(rule))

    def check_that_it_stands(self) -> None:
        """Raises ``MisuseError`` unless the running example is there and in good order."""
        try:
            self.deployment_group()
            found = "" if self.instance_ids() else "no instance in service"
            found = found or self._disorder()
        except ClientError as error:
            found = str(error)
        if found:
            message = (
                f"Expected the running example in good order for a drill, found: {found}; "
                'begin with labkit.start(stage="v1-deployed").'
            )
            raise MisuseError(message)

    def _disorder(self) -> str:
        unhealthy = self.unhealthy()
        if unhealthy:
            return f"{', '.join(unhealthy)} not healthy"
        silent = [id_ for id_, page in self.pages().items() if page.status != 200 or page.error_share]  # noqa: PLR2004
        return f"no good page on {', '.join(silent)}" if silent else ""


def _for_everybody(rule: Mapping[str, Any]) -> bool:
    return "0.0.0.0/0" in json.dumps(rule.get("IpRanges", [])) or "::/0" in json.dumps(rule.get("Ipv6Ranges", []))


def _ports(rule: Mapping[str, Any]) -> str:
    if rule["IpProtocol"] == "-1":
        return "all protocols"
    return f"{rule['IpProtocol']} {rule.get('FromPort')}-{rule.get('ToPort')}"
