"""The hooks CodeDeploy installs: a new instance has the last good revision before it serves."""

from typing import Any

import pytest

from labkit.world.auto_scaling.launch_hooks import (
    AutoScalingGroupMissingError,
    HookLimitError,
    InstalledHooks,
    LaunchHooks,
)
from labkit.world.auto_scaling.lifecycle_hooks import LAUNCHING, LifecycleHook
from labkit.world.deployment.lifecycle_events import ServiceFailedError
from labkit.world.deployment.records import DeploymentGroup
from tests.world.auto_scaling_groups import World

ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
HEARTBEAT_TIMEOUT = "Heartbeat Timeout"


class Role:
    """A service role that may do everything but what is ``forbidden``."""

    def __init__(self):
        self.forbidden = set()
        self.exists = True

    def denial(self, role, action, resource, session="codedeploy"):
        return f"not authorized to perform: {action}" if action in self.forbidden else None

    def role_exists(self, role):
        return self.exists


class Deployer:
    """Stands for the engine: deploys for ``seconds``, and says whether it went well."""

    def __init__(self, clock, seconds=60.0, well=True):
        self.clock = clock
        self.seconds = seconds
        self.well = well
        self.asked = []

    def launched(self, group, instance_id):
        self.asked.append((group.id, instance_id))
        yield self.clock.timeout(self.seconds)
        return self.well

    def terminating(self, group, instance_id):
        self.asked.append((group.id, instance_id))
        yield self.clock.timeout(self.seconds)


class Lab(World):
    """A world with CodeDeploy's hooks in the group ``web``."""

    def __init__(self, *, termination_hook=False, **deployer: Any):
        super().__init__()
        self.role = Role()
        self.hooks = LaunchHooks(self.clock, self.groups, self.role, self.machines.new_id)
        self.deployer = Deployer(self.clock, **deployer)
        self.hooks.serve(self.deployer.launched, self.deployer.terminating)
        self.deployment_group = DeploymentGroup("dg-id", "hello-web", "hello-web-group", ROLE)
        self.hooks.install(self.deployment_group, ["web"], termination_hook=termination_hook)

    def launch(self, seconds):
        self.want(1)
        self.clock.advance(seconds)

    def first_reason(self):
        """Why the first activity ended, in its last words."""
        return (self.activities()[0][1]).rpartition("was abandoned: ")[2]


def test_the_launch_hook_is_the_one_aws_installs() -> None:
    hooks = list(Lab().group.roster.hooks.values())
    assert hooks == [
        LifecycleHook(
            name="CodeDeploy-managed-automatic-launch-deployment-hook-hello-web-group-00000000-0000-0000-0000-000000000001",
            auto_scaling_group="web",
            transition=LAUNCHING,
            heartbeat_timeout_s=600,
            default_result="ABANDON",
            notification_target=(
                "arn:aws:sqs:ap-northeast-2:000000000000:razorbill-ap-northeast-2-prod-default-autoscaling-lifecycle-hook"
            ),
            metadata="dg-id",
        )
    ]


def test_a_new_instance_serves_once_it_has_been_deployed_to() -> None:
    lab = Lab(seconds=60)
    lab.launch(10 + 59)
    assert (lab.now(), lab.deployer.asked) == ({"i-1": "Pending:Wait"}, [("dg-id", "i-1")])
    lab.clock.advance(1)
    assert lab.now() == {"i-1": "InService"}


def test_each_new_instance_is_deployed_to_by_itself() -> None:
    lab = Lab()
    lab.want(3)
    lab.clock.advance(70)
    assert lab.deployer.asked == [("dg-id", "i-1"), ("dg-id", "i-2"), ("dg-id", "i-3")]


def test_a_failed_deployment_abandons_the_instance_and_the_next_one_has_the_same_fate() -> None:
    lab = Lab(well=False)
    lab.launch(3 * (10 + 60 + 25))
    assert [instance_id for _, instance_id in lab.deployer.asked] == ["i-1", "i-2", "i-3"]
    assert lab.first_reason() == "Lifecycle Action Completed with ABANDON Result"


def test_heartbeats_carry_a_deployment_longer_than_the_timeout() -> None:
    lab = Lab(seconds=3000)
    lab.launch(10 + 3000)
    assert lab.now() == {"i-1": "InService"}


@pytest.mark.parametrize(
    ("forbidden", "seconds"),
    [
        pytest.param(
            "autoscaling:RecordLifecycleActionHeartbeat", 3000, id="without heartbeats a long one is too late"
        ),
        pytest.param("autoscaling:CompleteLifecycleAction", 60, id="without completing it nobody hears of the result"),
    ],
)
def test_a_service_role_that_may_not_answer_lets_the_wait_time_out(forbidden: str, seconds: int) -> None:
    lab = Lab(seconds=seconds)
    lab.role.forbidden.add(forbidden)
    lab.launch(10 + 600)
    assert (lab.now(), lab.first_reason()) == ({"i-1": "Terminating"}, HEARTBEAT_TIMEOUT)


def test_a_hook_whose_deployment_group_is_gone_is_answered_by_nobody() -> None:
    lab = Lab()
    lab.hooks.forget("dg-id")
    lab.launch(10 + 600)
    assert (lab.deployer.asked, lab.first_reason()) == ([], HEARTBEAT_TIMEOUT)


def test_two_deployment_groups_on_one_auto_scaling_group_both_deploy() -> None:
    lab = Lab()
    lab.hooks.install(DeploymentGroup("other", "hello-web", "other", ROLE), ["web"], termination_hook=False)
    lab.launch(70)
    assert lab.deployer.asked == [("dg-id", "i-1"), ("other", "i-1")]


def test_an_instance_on_its_way_out_runs_its_last_events_and_goes() -> None:
    lab = Lab(termination_hook=True, seconds=40)
    lab.launch(10 + 40)
    lab.want(0)
    lab.clock.advance(39)
    assert lab.now() == {"i-1": "Terminating:Wait"}
    lab.clock.advance(1 + 25)
    assert lab.now() == {}


@pytest.mark.parametrize("termination_hook", [False, True])
def test_naming_no_group_removes_all_hooks(*, termination_hook: bool) -> None:
    lab = Lab(termination_hook=termination_hook)
    left = lab.hooks.install(lab.deployment_group, [], termination_hook=termination_hook)
    assert (left, lab.hooks.installed("dg-id"), lab.group.roster.hooks) == ([], [], {})


def test_a_hook_the_role_may_not_delete_is_reported_and_stays() -> None:
    lab = Lab()
    installed = lab.hooks.installed("dg-id")
    lab.role.forbidden.add("autoscaling:DeleteLifecycleHook")
    assert lab.hooks.install(lab.deployment_group, [], termination_hook=False) == installed
    assert list(lab.group.roster.hooks) == [installed[0].launch]


def test_asking_again_for_the_same_group_changes_nothing() -> None:
    lab = Lab()
    before = lab.hooks.installed("dg-id")
    lab.hooks.install(lab.deployment_group, ["web"], termination_hook=False)
    assert lab.hooks.installed("dg-id") == before


def test_the_termination_hook_comes_and_goes_with_its_setting() -> None:
    lab, prefix = Lab(), "CodeDeploy-managed-automatic-termination-deployment-hook-hello-web-group-"
    lab.hooks.install(lab.deployment_group, ["web"], termination_hook=True)
    [with_both] = lab.hooks.installed("dg-id")
    assert with_both.termination is not None
    assert with_both.termination.startswith(prefix)
    lab.hooks.install(lab.deployment_group, ["web"], termination_hook=False)
    assert list(lab.group.roster.hooks) == [with_both.launch]


def test_the_hooks_move_with_the_traffic_of_a_blue_green_deployment() -> None:
    lab = Lab(termination_hook=True)
    green = lab.create("green")
    lab.hooks.move("dg-id", "web", "green")
    [hooks] = lab.hooks.installed("dg-id")
    assert hooks == InstalledHooks("green", *green.roster.hooks)
    assert lab.group.roster.hooks == {}


def refuse_put(lab: Lab) -> None:
    lab.role.forbidden.add("autoscaling:PutLifecycleHook")


def lose_role(lab: Lab) -> None:
    lab.role.exists = False


def fill(lab: Lab) -> None:
    for number in range(50):
        lab.groups.find("second").put_hook(
            LifecycleHook(name=str(number), auto_scaling_group="second", transition=LAUNCHING)
        )


@pytest.mark.parametrize(
    ("obstacle", "names", "error"),
    [
        pytest.param(lambda _lab: None, ["web", "none"], AutoScalingGroupMissingError, id="no such group"),
        pytest.param(refuse_put, ["web", "second"], ServiceFailedError, id="the role may not"),
        pytest.param(lose_role, ["web", "second"], ServiceFailedError, id="there is no such role"),
        pytest.param(fill, ["web", "second"], HookLimitError, id="a group with fifty hooks has room for no more"),
    ],
)
def test_when_one_hook_cannot_be_installed_none_is_touched(obstacle, names, error) -> None:
    lab = Lab()
    lab.create("second")
    before = lab.hooks.installed("dg-id")
    obstacle(lab)
    with pytest.raises(error):
        lab.hooks.install(lab.deployment_group, names, termination_hook=True)
    assert (lab.hooks.installed("dg-id"), len(lab.group.roster.hooks)) == (before, 1)
