"""Faults between load balancer and instances: health checks, listeners, security groups."""

from labkit.simulation.misuse import MisuseError
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault


@fault
def health_check_wrong_path(scene: Scene, *, target_group: str | None = None, path: str = "/healthz") -> Undo:
    """The target group checks a path that the application does not have.

    DescribeTargetGroups shows HealthCheckPath; the targets become unhealthy, Target.ResponseCodeMismatch, "Health
    checks failed with these codes: [404]", although ``/`` is answered 200. In a deployment AllowTraffic is InProgress
    for an hour and fails with UnknownError. With every target unhealthy the load balancer sends to all of them (fail
    open).
    """
    return _health_check(scene, target_group, {"path": path})


@fault
def health_check_wrong_port(scene: Scene, *, target_group: str | None = None, port: int = 8080) -> Undo:
    """The target group checks a port on which nothing listens.

    DescribeTargetGroups shows HealthCheckPort; Target.FailedHealthChecks, "Health checks failed" (the connection is
    refused); in a deployment AllowTraffic fails after an hour.
    """
    return _health_check(scene, target_group, {"port": str(port)})


@fault
def health_check_wrong_matcher(scene: Scene, *, target_group: str | None = None, matcher: str = "204") -> Undo:
    """The target group takes only a status for success that the application does not give.

    DescribeTargetGroups shows Matcher.HttpCode; Target.ResponseCodeMismatch, "Health checks failed with these codes:
    [200]"; in a deployment AllowTraffic fails after an hour.
    """
    return _health_check(scene, target_group, {"matcher": matcher})


@fault
def health_check_wrong_timeouts(
    scene: Scene, *, target_group: str | None = None, timeout_s: int = 2, interval_s: int = 5
) -> Undo:
    """The target group gives up on an answer sooner than the application gives it.

    It leaves traces only where answers take longer than ``timeout_s`` (such as a slow-version of 3 seconds): then
    Target.Timeout, "Request timed out", although every request of a visitor is answered 200.
    """
    return _health_check(scene, target_group, {"timeout_s": timeout_s, "interval_s": interval_s})


@fault
def target_group_on_no_listener(scene: Scene, *, target_group: str | None = None) -> Undo:
    """No listener forwards to the target group any more.

    DescribeListeners shows a fixed response, DescribeTargetGroups no LoadBalancerArns; the targets are unused,
    Target.NotInUse, "Target group is not configured to receive traffic from the load balancer"; visitors get the
    listener's own 404. In a deployment AllowTraffic waits for healthy and fails after an hour.
    """
    return scene.account.stop_forwarding(scene.target_group(target_group))


@fault
def security_group_closed(scene: Scene, *, instance_id: str | None = None, load_balancer: str | None = None) -> Undo:
    """The security group of an instance, or of a load balancer (its name), lets nobody in.

    An instance: health checks time out, Target.Timeout, "Request timed out"; the load balancer answers 504 if it still
    sends requests there; ``curl localhost`` on the instance works. A load balancer: visitors' connections time out
    (``requests.exceptions.ConnectTimeout``), its targets stay healthy. DescribeSecurityGroups shows no IpPermissions.
    """
    if (instance_id is None) == (load_balancer is None):
        message = (
            "Expected security-group-closed to be given either instance_id or load_balancer, found "
            f"{'neither' if instance_id is None else 'both'}; name one of them."
        )
        raise MisuseError(message)
    if instance_id is not None:
        return scene.account.close_port(scene.machine(instance_id).instance_id)
    return scene.account.close_port(scene.load_balancer(load_balancer))


def _health_check(scene: Scene, target_group: str | None, changes: dict[str, int | str]) -> Undo:
    return scene.account.change_health_check(scene.target_group(target_group), changes)
