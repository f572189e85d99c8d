"""One AWS account with everything the lab completes in it: opened with a world, closed without a trace."""

from collections.abc import Callable, Mapping, Sequence

from moto import mock_aws
from moto.moto_api._internal import mock_random

from labkit.aws.access import Access
from labkit.aws.autoscaling import AutoScaling
from labkit.aws.bundles import Bundles
from labkit.aws.cloudwatch import CloudWatch
from labkit.aws.codedeploy.api import CodeDeployApi
from labkit.aws.codedeploy.notifications import Outside
from labkit.aws.ec2 import Ec2
from labkit.aws.elbv2 import Elbv2
from labkit.aws.gate import Gate
from labkit.aws.iam import Iam
from labkit.aws.overrides import Overrides
from labkit.aws.permissions import RolePermissions
from labkit.aws.principal_policies import PrincipalPolicies
from labkit.aws.principals import Principals
from labkit.aws.quick_start import start_quickly
from labkit.aws.seal import REGION, seal
from labkit.aws.ssm import Ssm
from labkit.aws.waiting import wait_in_lab_time
from labkit.aws.web import Web
from labkit.rules.healthy_hosts import DeploymentConfig
from labkit.world.auto_scaling.copies import GroupCopies
from labkit.world.auto_scaling.launch_hooks import LaunchHooks
from labkit.world.region import Region

ACCOUNT_ID = "123456789012"
ADMINISTRATOR_SEED = 0
"""The student's administrator has the same ids in every lab, and draws none of the lab's own."""


class Account:
    """What boto3 speaks to while a lab is open. Only one can be open in a process: botocore has one entrance."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._overrides = Overrides()
        self._codedeploy: CodeDeployApi | None = None
        self._moto = mock_aws(config={"iam": {"load_aws_managed_policies": True}})

    def open(self) -> None:
        """Seals boto3 and puts the world behind it; a failure on the way leaves everything as it was."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives boto3, requests, the environment and the clock back as they were."""
        self._overrides.undo()

    def deployment_configs(self) -> dict[str, DeploymentConfig]:
        """The deployment configurations for EC2/On-Premises, by name: those that AWS brings and the account's own."""
        if self._codedeploy is None:
            return {}
        configs = self._codedeploy.region(REGION).configs.values()
        return {config.name: config.healthy_hosts for config in configs if config.healthy_hosts is not None}

    def _open(self) -> None:
        overrides, region = self._overrides, self._region
        start_quickly(overrides, ACCOUNT_ID)
        self._moto.start()
        overrides.on_undo(self._moto.stop)
        principals = Principals(ACCOUNT_ID, lambda: region.clock.now)
        self.access = access = Access(ACCOUNT_ID, region.clock, region.history)
        gate = Gate(region.clock, region.history, principals, access)
        mock_random.seed(ADMINISTRATOR_SEED)
        with gate.lab_time():
            principals.install(overrides)
        mock_random.seed(region.seed)
        seal(overrides)
        gate.install(overrides)
        permissions = RolePermissions(access, principals, REGION)
        ec2 = Ec2(region, gate, ACCOUNT_ID, REGION)
        auto_scaling = AutoScaling(region, gate, ACCOUNT_ID, REGION)
        bundles = Bundles(region.github, permissions, ACCOUNT_ID)
        hooks = LaunchHooks(region.clock, auto_scaling.groups, permissions, auto_scaling.compute.new_id)
        groups = GroupCopies(auto_scaling.groups, auto_scaling.store, hooks, permissions)
        alarms = CloudWatch(region, gate, ACCOUNT_ID, REGION)
        alarms.install(overrides)
        engine = region.connect(_Directory(ec2, auto_scaling, access.policies), permissions, bundles, groups, alarms)
        ec2.install(overrides)
        auto_scaling.install(overrides)
        Iam(access.policies, ACCOUNT_ID).install(overrides)
        Elbv2(region, ec2.security_groups).install(overrides)
        Ssm(region, permissions).install(overrides)
        hooks.serve(engine.launched, engine.terminating)
        self._codedeploy = CodeDeployApi(
            engine, hooks, permissions, Outside(region.history, gate, permissions), ACCOUNT_ID
        )
        self._codedeploy.install(overrides)
        principals.instance_session = _session_on_a_machine(region)
        access.codedeploy = self._codedeploy
        Web(region).install(overrides)
        wait_in_lab_time(overrides, region.clock)


def _session_on_a_machine(region: Region) -> Callable[[str], str | None]:
    """The role session whose credentials a machine's metadata service has handed out, by their access key id."""

    def find(access_key_id: str) -> str | None:
        sessions = (machine.metadata.session(access_key_id) for machine in region.fleet.not_terminated())
        return next((arn for arn in sessions if arn is not None), None)

    return find


class _Directory:
    """EC2 and Auto Scaling together answer what the world asks about machines."""

    def __init__(self, ec2: Ec2, auto_scaling: AutoScaling, policies: PrincipalPolicies) -> None:
        self._ec2 = ec2
        self._policies = policies
        self._auto_scaling = auto_scaling

    def tags(self, instance_id: str) -> Mapping[str, str]:
        return self._ec2.tags(instance_id)

    def instance_at(self, host: str) -> str | None:
        return self._ec2.instance_at(host)

    def in_service(self, auto_scaling_group: str) -> Sequence[str]:
        return self._auto_scaling.in_service(auto_scaling_group)

    def terminate(self, instance_ids: Sequence[str]) -> None:
        self._ec2.terminate(instance_ids)

    def instance_role(self, instance_id: str) -> str | None:
        """The role in the profile, if its trust policy lets EC2 assume it: else the machine gets no credentials."""
        role = self._ec2.instance_role(instance_id)
        return role if role is not None and self._policies.trusts(role, "ec2.amazonaws.com") else None
