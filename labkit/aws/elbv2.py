"""Elastic Load Balancing v2: moto keeps the records, the world's load balancers and target groups do the work.

After each call that changes something, the world's side is made to agree with moto's record of it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from moto.elbv2.models import (
    ELBv2Backend,
    FakeHealthStatus,
    FakeListener,
    FakeLoadBalancer,
    FakeTargetGroup,
)

from labkit.aws.overrides import Overrides
from labkit.aws.security_groups import SecurityGroupRecords
from labkit.rules.target_health import HealthCheck
from labkit.world.load_balancer import Action, FixedResponse, Forward, Listener, LoadBalancer, WeightedTargetGroup
from labkit.world.region import Region
from labkit.world.target_group import TargetGroup, TargetGroupSettings, TargetHealth

PROVISIONING_S = 90.0
"""How long a new load balancer is ``provisioning``; AWS names no figure, a minute or two is usual."""

Original = Callable[..., Any]


class Elbv2:
    """Connects moto's ELBv2 with the world's."""

    def __init__(self, region: Region, security_groups: SecurityGroupRecords) -> None:
        self._region = region
        self._security_groups = security_groups

    def install(self, overrides: Overrides) -> None:
        """Stands in for moto's target health and follows its changes until ``overrides.undo()``."""
        for name in ("create_target_group", "modify_target_group", "modify_target_group_attributes"):
            overrides.around(ELBv2Backend, name, self._after_target_group_change)
        overrides.around(ELBv2Backend, "delete_target_group", self._delete_target_group)
        overrides.around(ELBv2Backend, "create_load_balancer", self._create_load_balancer)
        overrides.around(ELBv2Backend, "delete_load_balancer", self._delete_load_balancer)
        for name in ("create_listener", "modify_listener", "delete_listener"):
            overrides.around(ELBv2Backend, name, self._after_listener_change)
        overrides.around(ELBv2Backend, "register_targets", self._register_targets)
        overrides.around(ELBv2Backend, "deregister_targets", self._deregister_targets)
        overrides.around(ELBv2Backend, "describe_target_health", self._describe_target_health)
        # moto's ends the provisioning when somebody looks; here lab time does.
        overrides.replace(FakeLoadBalancer, "activate", lambda _balancer: None)

    # --- target groups -------------------------------------------------------------------------

    def _after_target_group_change(self, original: Original, backend: ELBv2Backend, *args: Any, **kwargs: Any) -> Any:
        result = original(backend, *args, **kwargs)
        record = result
        if not isinstance(record, FakeTargetGroup):  # modify_target_group_attributes gives nothing back
            record = backend.target_groups[args[0] if args else kwargs["target_group_arn"]]
        if record.health_check_path is None:
            record.health_check_path = "/"
        settings = _settings(record)
        known = self._region.target_groups.get(record.name)
        if known is None:
            self._region.target_groups[record.name] = TargetGroup(
                settings, self._region.clock, self._region.history, self._region.security_groups
            )
        else:
            known.modify(health_check=settings.health_check, deregistration_delay_s=settings.deregistration_delay_s)
        return result

    def _delete_target_group(self, original: Original, backend: ELBv2Backend, arn: str) -> Any:
        record = original(backend, arn)
        self._region.target_groups.pop(record.name, None)
        return record

    def _group(self, arn: str) -> TargetGroup:
        return self._region.target_groups[target_group_name(arn)]

    # --- targets -------------------------------------------------------------------------------

    def _register_targets(
        self, original: Original, backend: ELBv2Backend, target_group_arn: str, instances: Sequence[dict[str, Any]]
    ) -> None:
        original(backend, target_group_arn, instances)
        for target in instances:
            machine = self._region.fleet.machine(target["Id"])
            self._group(target_group_arn).register(machine, _port(target))

    def _deregister_targets(
        self, original: Original, backend: ELBv2Backend, target_group_arn: str, instances: Sequence[dict[str, Any]]
    ) -> None:
        # "If the specified target does not exist, the action returns successfully" (API reference); moto refuses.
        record = backend.target_groups.get(target_group_arn)
        known = [target for target in instances if record is None or target["Id"] in record.targets]
        original(backend, target_group_arn, known)
        for target in instances:
            self._group(target_group_arn).deregister(target["Id"], _port(target))

    def _describe_target_health(
        self, original: Original, backend: ELBv2Backend, target_group_arn: str, targets: Sequence[dict[str, Any]]
    ) -> list[FakeHealthStatus]:
        if target_group_arn not in backend.target_groups:
            return list(original(backend, target_group_arn, targets))
        group = self._group(target_group_arn)
        found = [group.health_of(target["Id"], _port(target)) for target in targets] if targets else group.health()
        return [_shape(health, group) for health in found]

    # --- load balancers and listeners ----------------------------------------------------------

    def _create_load_balancer(
        self, original: Original, backend: ELBv2Backend, *args: Any, **kwargs: Any
    ) -> FakeLoadBalancer:
        record: FakeLoadBalancer = original(backend, *args, **kwargs)
        self._security_groups.put_load_balancer_in_place(record)
        zones = [zone.zone_name for zone in record.availability_zones]
        self._region.load_balancers[record.dns_name] = LoadBalancer(
            self._region.history,
            arn=record.arn,
            name=record.name,
            dns_name=record.dns_name,
            availability_zones=zones,
            security_groups=self._region.security_groups,
        )

        def activate() -> None:
            record.state = "active"

        self._region.clock.call_at(self._region.clock.now_s + PROVISIONING_S, activate)
        return record

    def _delete_load_balancer(self, original: Original, backend: ELBv2Backend, arn: str) -> None:
        record = backend.load_balancers.get(arn)
        original(backend, arn)
        if record is not None:
            balancer = self._region.load_balancers.pop(record.dns_name)
            for listener in balancer.listeners:
                balancer.remove_listener(listener.port)

    def _after_listener_change(self, original: Original, backend: ELBv2Backend, *args: Any, **kwargs: Any) -> Any:
        result = original(backend, *args, **kwargs)
        record = backend.load_balancers[result.load_balancer_arn]
        balancer = self._region.load_balancers[record.dns_name]
        wanted = {int(listener.port): listener for listener in record.listeners.values()}
        for listener in balancer.listeners:
            if listener.port not in wanted:
                balancer.remove_listener(listener.port)
        for port, its_record in wanted.items():
            action = self._action(its_record)
            balancer.put_listener(Listener(its_record.arn, port, action, its_record.protocol or "HTTP"))
        self._show_load_balancers(backend)
        return result

    def _show_load_balancers(self, backend: ELBv2Backend) -> None:
        """What DescribeTargetGroups says of who forwards to a group: moto never takes a load balancer away again."""
        for group in self._region.target_groups.values():
            backend.target_groups[group.arn].load_balancer_arns = list(group.load_balancer_arns)

    def _action(self, listener: FakeListener) -> Action:
        """What the listener's last default action does (the ones before it only authenticate)."""
        data = listener.default_actions[-1].data
        if data["Type"] == "fixed-response":
            fixed = data["FixedResponseConfig"]
            return FixedResponse(
                int(fixed["StatusCode"]), fixed.get("MessageBody", ""), fixed.get("ContentType", "text/plain")
            )
        groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
        return Forward(
            tuple(WeightedTargetGroup(self._group(g["TargetGroupArn"]), int(g.get("Weight", 1))) for g in groups)
        )


def target_group_name(arn: str) -> str:
    """The name in a target group's ARN.

    >>> target_group_name("arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/web/50dc6c49")
    'web'
    """
    return arn.split("/")[1]


def _port(target: dict[str, Any]) -> int | None:
    return int(target["Port"]) if target.get("Port") else None


def _settings(record: FakeTargetGroup) -> TargetGroupSettings:
    return TargetGroupSettings(
        arn=record.arn,
        name=record.name,
        protocol=record.protocol or "HTTP",
        port=int(record.port),
        health_check=HealthCheck(
            protocol=record.health_check_protocol or "HTTP",
            port=str(record.health_check_port or "traffic-port"),
            path=record.health_check_path or "/",
            interval_s=int(record.health_check_interval_seconds),
            timeout_s=int(record.health_check_timeout_seconds),
            healthy_threshold=int(record.healthy_threshold_count),
            unhealthy_threshold=int(record.unhealthy_threshold_count),
            matcher=record.matcher.get("HttpCode", "200"),
        ),
        deregistration_delay_s=int(str(record.attributes["deregistration_delay.timeout_seconds"])),
    )


def _shape(health: TargetHealth, group: TargetGroup) -> FakeHealthStatus:
    check = group.settings.health_check
    return FakeHealthStatus(
        health.instance_id,
        str(health.port),
        str(check.port_for(health.port)),
        health.state,
        health.reason,
        health.description,
    )
