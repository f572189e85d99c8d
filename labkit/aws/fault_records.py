"""Faults in the records of an account, made by the API calls with which a person would make them.

The calls are ordinary ones, so DescribeTargetGroups, GetRolePolicy and the like show what is wrong, and the history has
them (as CloudTrail would).
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import boto3

from labkit.aws.reduced_policy import without
from labkit.aws.seal import REGION, SHOWN
from labkit.aws.security_groups import ids_of_their_own
from labkit.simulation.misuse import MisuseError
from labkit.world.faults.account import NO_LONGER_FORWARDED, Undo

REDUCED = "-reduced"
"""What the name of an inline policy ends with that stands in for an attached one."""
NO_INBOUND = "no-inbound-rules"

HEALTH_CHECK_FIELDS = {
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "interval_s": "HealthCheckIntervalSeconds",
    "timeout_s": "HealthCheckTimeoutSeconds",
    "matcher": "Matcher",
}
"""ModifyTargetGroup's names for fields of ``rules.target_health.HealthCheck``."""


class AccountRecords:
    """``labkit.world.faults.account.Account`` by boto3, with the lab's own administrator's key."""

    def __init__(self) -> None:
        self._client = cache(_administrator())

    # --- IAM -----------------------------------------------------------------------------------

    def detach_profile(self, instance_id: str) -> Undo:
        """DisassociateIamInstanceProfile."""
        ec2 = self._client("ec2")
        found = self._profile(instance_id)
        ec2.disassociate_iam_instance_profile(AssociationId=found["AssociationId"])
        profile = {"Arn": found["IamInstanceProfile"]["Arn"]}

        return lambda: ec2.associate_iam_instance_profile(IamInstanceProfile=profile, InstanceId=instance_id)

    def instance_role(self, instance_id: str) -> str:
        """Name of the role in the instance's profile. Raises ``MisuseError`` without one."""
        name = self._profile(instance_id)["IamInstanceProfile"]["Arn"].rpartition("/")[2]
        profile = self._client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        return str(profile["Roles"][0]["RoleName"])

    def service_role(self) -> str:
        """Name of the one role that CodeDeploy may assume. Raises ``MisuseError`` if there is not exactly one."""
        roles = self._client("iam").list_roles()["Roles"]
        found = [r["RoleName"] for r in roles if "codedeploy." in json.dumps(r["AssumeRolePolicyDocument"])]
        if len(found) != 1:
            message = (
                f"Expected one role that CodeDeploy may assume, found {', '.join(found) or 'none'}; name it as role."
            )
            raise MisuseError(message)
        return str(found[0])

    def take_permissions(self, role: str, actions: Sequence[str]) -> Undo:
        """DetachRolePolicy and PutRolePolicy: each policy without ``actions``."""
        iam = self._client("iam")
        inline = iam.list_role_policies(RoleName=role)["PolicyNames"]
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        undo = [
            *(self._replace_inline(role, name, actions) for name in inline),
            *(self._replace_attached(role, policy, actions) for policy in attached),
        ]
        return lambda: _all(undo)

    def _replace_attached(self, role: str, policy: dict[str, str], actions: Sequence[str]) -> Undo:
        iam, arn, name = self._client("iam"), policy["PolicyArn"], f"{policy['PolicyName']}{REDUCED}"
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        reduced = without(document, actions)
        if reduced == document:
            return _nothing
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        if reduced["Statement"]:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))

        def undo() -> None:
            if reduced["Statement"]:
                iam.delete_role_policy(RoleName=role, PolicyName=name)
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)

        return undo

    def _replace_inline(self, role: str, name: str, actions: Sequence[str]) -> Undo:
        iam = self._client("iam")
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        _put_role_policy(iam, role, name, without(document, actions))
        return lambda: _put_role_policy(iam, role, name, document)

    def _profile(self, instance_id: str) -> dict[str, Any]:
        wanted = [{"Name": "instance-id", "Values": [instance_id]}]
        found = self._client("ec2").describe_iam_instance_profile_associations(Filters=wanted)
        associations: list[dict[str, Any]] = found["IamInstanceProfileAssociations"]
        if not associations:
            message = f"Expected {instance_id} to have an instance profile, found none; attach one first."
            raise MisuseError(message)
        return associations[0]

    # --- S3 ------------------------------------------------------------------------------------

    def delete_object(self, bucket: str, key: str) -> Undo:
        """DeleteObject."""
        data = self._object(bucket, key)
        self._client("s3").delete_object(Bucket=bucket, Key=key)
        return lambda: self._put_object(bucket, key, data)

    def change_object(self, bucket: str, key: str, change: Callable[[bytes], bytes]) -> Undo:
        """PutObject."""
        data = self._object(bucket, key)
        self._put_object(bucket, key, change(data))
        return lambda: self._put_object(bucket, key, data)

    def _object(self, bucket: str, key: str) -> bytes:
        data: bytes = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return data

    def _put_object(self, bucket: str, key: str, data: bytes) -> None:
        self._client("s3").put_object(Bucket=bucket, Key=key, Body=data)

    # --- load balancing ------------------------------------------------------------------------

    def change_health_check(self, target_group: str, changes: dict[str, int | str]) -> Undo:
        """ModifyTargetGroup."""
        elbv2 = self._client("elbv2")
        record = elbv2.describe_target_groups(Names=[target_group])["TargetGroups"][0]
        wanted = {HEALTH_CHECK_FIELDS[name]: _field(name, value) for name, value in changes.items()}
        before = {name: record[name] for name in wanted}
        arn = record["TargetGroupArn"]
        elbv2.modify_target_group(TargetGroupArn=arn, **wanted)
        return lambda: elbv2.modify_target_group(TargetGroupArn=arn, **before)

    def stop_forwarding(self, target_group: str) -> Undo:
        """ModifyListener, of every listener that forwards to the group."""
        elbv2 = self._client("elbv2")
        arn = elbv2.describe_target_groups(Names=[target_group])["TargetGroups"][0]["TargetGroupArn"]
        balancers = elbv2.describe_load_balancers()["LoadBalancers"]
        listeners = [
            listener
            for balancer in balancers
            for listener in elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
            if arn in json.dumps(listener["DefaultActions"])
        ]
        fixed = {
            "StatusCode": str(NO_LONGER_FORWARDED.status),
            "ContentType": NO_LONGER_FORWARDED.content_type,
            "MessageBody": NO_LONGER_FORWARDED.body,
        }
        for listener in listeners:
            actions = [{"Type": "fixed-response", "FixedResponseConfig": fixed}]
            elbv2.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=actions)
        return lambda: _forward_again(elbv2, listeners)

    def close_port(self, owner: str) -> Undo:
        """ModifyInstanceAttribute or SetSecurityGroups, with a group that has no inbound rules."""
        if owner.startswith("i-"):
            return self._move_instance(owner)
        elbv2 = self._client("elbv2")
        record = elbv2.describe_load_balancers(Names=[owner])["LoadBalancers"][0]
        arn, before = record["LoadBalancerArn"], record["SecurityGroups"]
        elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[self._closed_group(record["VpcId"])])
        return lambda: elbv2.set_security_groups(LoadBalancerArn=arn, SecurityGroups=before)

    def _move_instance(self, instance_id: str) -> Undo:
        ec2 = self._client("ec2")
        record = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
        before = [group["GroupId"] for group in record["SecurityGroups"]]
        ec2.modify_instance_attribute(InstanceId=instance_id, Groups=[self._closed_group(record["VpcId"])])
        return lambda: ec2.modify_instance_attribute(InstanceId=instance_id, Groups=before)

    def _closed_group(self, vpc_id: str) -> str:
        ec2 = self._client("ec2")
        wanted = [{"Name": "group-name", "Values": [NO_INBOUND]}, {"Name": "vpc-id", "Values": [vpc_id]}]
        found = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
        if found:
            return str(found[0]["GroupId"])
        made = ec2.create_security_group(GroupName=NO_INBOUND, Description="Lets nobody in", VpcId=vpc_id)
        return str(made["GroupId"])

    # --- instances -----------------------------------------------------------------------------

    def terminate(self, instance_id: str) -> None:
        """TerminateInstances."""
        self._client("ec2").terminate_instances(InstanceIds=[instance_id])

    def desired_capacity(self, auto_scaling_group: str) -> int:
        """DescribeAutoScalingGroups. Raises ``MisuseError`` if there is no such group."""
        found = self._client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[auto_scaling_group])
        if not found["AutoScalingGroups"]:
            message = f"Expected the name of an Auto Scaling group, found {auto_scaling_group!r}; check its spelling."
            raise MisuseError(message)
        return int(found["AutoScalingGroups"][0]["DesiredCapacity"])

    def change_capacity(self, auto_scaling_group: str, by: int) -> Undo:
        """SetDesiredCapacity."""
        before = self.desired_capacity(auto_scaling_group)
        self._set_capacity(auto_scaling_group, before + by)
        return lambda: self._set_capacity(auto_scaling_group, before)

    def _set_capacity(self, auto_scaling_group: str, size: int) -> None:
        self._client("autoscaling").set_desired_capacity(AutoScalingGroupName=auto_scaling_group, DesiredCapacity=size)


def administrators_clients() -> Callable[[str], Any]:
    """boto3 clients of the lab's own administrator by service, whoever the student has become meanwhile."""

    @cache
    def session() -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=SHOWN["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=SHOWN["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    return cache(lambda service: session().client(service))


def _administrator() -> Callable[[str], Any]:
    client = administrators_clients()
    return lambda service: _Apart(service, client(service))


class _Apart:
    """A client whose calls draw ids of their own: with or without a fault, what comes later is called the same."""

    def __init__(self, service: str, client: Any) -> None:
        self._service = service
        self._client = client
        self._calls = 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            self._calls += 1
            with ids_of_their_own(f"fault: call {self._calls} of {self._service}"):
                return getattr(self._client, operation)(**parameters)

        return call


def _put_role_policy(iam: Any, role: str, name: str, document: dict[str, Any]) -> None:
    """IAM takes no policy without statements: such a one is deleted."""
    if document["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def _field(name: str, value: int | str) -> Any:
    return {"HttpCode": value} if name == "matcher" else value


def _forward_again(elbv2: Any, listeners: Sequence[dict[str, Any]]) -> None:
    for listener in listeners:
        elbv2.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=listener["DefaultActions"])


def _all(steps: Sequence[Undo]) -> None:
    for step in steps:
        step()


def _nothing() -> None:
    """Nothing was changed."""
