"""Faults of the fleet: instances that go, come, or lose their power, in the middle of a deployment."""

from collections.abc import Callable

from labkit.simulation.history import Event
from labkit.world.events import DeploymentStarted, LifecycleEventChanged
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault


@fault
def instance_replaced_mid_deployment(scene: Scene, *, instance_id: str, lifecycle_event: str = "BeforeInstall") -> Undo:
    """An instance is terminated in the middle of a deployment to it, and its Auto Scaling group replaces it.

    ``lifecycle_event``: with which event of the next deployment. The instance: shutting-down, terminated. Scaling
    activities: "Terminating EC2 instance: …", cause "… taken out of service in response to an EC2 health check
    indicating it has been terminated or stopped.", then "Launching a new EC2 instance: …", cause "… in response to an
    unhealthy instance needing to be replaced."; the event under way fails an hour later with UnknownError,
    "CodeDeploy agent was not able to receive the lifecycle event. …"; the new instance gets a deployment of its own
    (creator autoscaling) with the last good revision.
    """

    def begins(event: LifecycleEventChanged) -> bool:
        return (event.instance_id, event.lifecycle_event, event.status) == (instance_id, lifecycle_event, "InProgress")

    machine = scene.machine(instance_id)
    return scene.when(begins, lambda: scene.account.terminate(machine.instance_id))


@fault
def scale_in_during_deployment(scene: Scene, *, auto_scaling_group: str, instances: int = 1) -> Undo:
    """The Auto Scaling group shrinks as soon as the next deployment has begun.

    Scaling activity "Terminating EC2 instance: …", cause "… a user request explicitly set group desired capacity …";
    the chosen instance is drained, then terminated; its lifecycle events fail or time out like those of a terminated
    instance, and count against the minimum of healthy hosts.
    """
    scene.account.desired_capacity(auto_scaling_group)
    return _when_started(scene, lambda: scene.account.change_capacity(auto_scaling_group, -instances))


@fault
def scale_out_during_deployment(scene: Scene, *, auto_scaling_group: str, instances: int = 1) -> Undo:
    """The Auto Scaling group grows as soon as the next deployment has begun.

    Scaling activity "Launching a new EC2 instance: …"; the new instance gets the last good revision by a deployment of
    its own (creator autoscaling), not the one under way: until that has succeeded and CodeDeploy updates outdated
    instances (creator CodeDeployAutoUpdate), visitors see both versions.
    """
    scene.account.desired_capacity(auto_scaling_group)
    return _when_started(scene, lambda: scene.account.change_capacity(auto_scaling_group, instances))


@fault
def availability_zone_lost(scene: Scene, *, availability_zone: str) -> Undo:
    """The power fails in an Availability Zone: its instances do nothing more, and no new one can be launched there.

    DescribeInstances still says running, DescribeInstanceStatus impaired (after two minutes); health checks:
    Target.Timeout, "Request timed out"; the agents are silent, so lifecycle events fail with UnknownError, "CodeDeploy
    agent was not able to receive the lifecycle event. …"; Auto Scaling replaces the instances in the other zones ("…
    taken out of service in response to an EC2 instance status checks failure."). Power that comes back boots the
    instances that are still there.
    """
    return scene.region.fleet.lose_zone(scene.availability_zone(availability_zone))


def _when_started(scene: Scene, change: Callable[[], Undo]) -> Undo:
    undone: list[Undo] = []

    def look(event: Event) -> None:
        if isinstance(event, DeploymentStarted):
            stop()
            scene.region.clock.call_at(scene.region.clock.now_s, lambda: undone.append(change()))

    waiting = [scene.region.history.listen(look)]

    def stop() -> None:
        while waiting:
            waiting.pop()()

    def undo() -> None:
        stop()
        while undone:
            undone.pop()()

    return undo
