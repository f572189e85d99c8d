"""Security groups: moto keeps the records, the world drops what they do not allow.

What moto lacks is added: the rule by which the members of a VPC's default group reach each other, and that an
instance or load balancer made without a group is in the default one (EC2 user guide, "Default security groups for
your VPCs").
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.moto_api._internal import mock_random

from labkit.aws.overrides import Overrides
from labkit.world.region import Region
from labkit.world.security_groups import IngressRule

NODE = 10
"""Which address of each of its subnets a load balancer sends from: AWS takes any free one."""

Original = Callable[..., Any]


@contextmanager
def ids_of_their_own(seed: str) -> Iterator[None]:
    """What moto makes in here draws its ids apart, so that the ids of everything made later stay what they were."""
    state = mock_random.getstate()
    mock_random.seed(seed)
    try:
        yield
    finally:
        mock_random.setstate(state)


class SecurityGroupRecords:
    """Connects moto's security groups with the world's."""

    def __init__(self, region: Region, account_id: str, region_name: str) -> None:
        self._world = region.security_groups
        self._account_id = account_id
        self._region_name = region_name
        self._completed: set[str] = set()

    def install(self, overrides: Overrides) -> None:
        """Follows moto's groups until ``overrides.undo()``."""
        overrides.around(SecurityGroupBackend, "describe_security_groups", self._describe)
        overrides.around(SecurityGroupBackend, "authorize_security_group_ingress", self._authorize)
        for name in ("revoke_security_group_ingress", "modify_security_group_rules"):
            overrides.around(SecurityGroupBackend, name, self._after_change)
        overrides.around(InstanceBackend, "modify_instance_security_groups", self._instance_moved)
        overrides.around(ELBv2Backend, "set_security_groups", self._load_balancer_moved)

    def put_in_place(self, instance: Instance) -> None:
        """A new instance is in the groups it asked for, or else in its VPC's default one."""
        if not instance.security_groups:
            instance.security_groups = self._default(instance.vpc_id)
        self._follow_instance(instance)

    def put_load_balancer_in_place(self, record: FakeLoadBalancer) -> None:
        """A new load balancer is in the groups it asked for, or else in its VPC's default one."""
        if not record.security_groups:
            record.security_groups = [group.id for group in self._default(record.vpc_id)]
        addresses = [str(ip_network(subnet.cidr_block)[NODE]) for subnet in record.subnets]
        self._follow()
        self._world.assign(record.arn, record.security_groups, addresses)

    @property
    def _backend(self) -> EC2Backend:
        backend: EC2Backend = ec2_backends[self._account_id][self._region_name]
        return backend

    def _groups(self) -> list[SecurityGroup]:
        return [group for of_vpc in self._backend.groups.values() for group in of_vpc.values()]

    def _default(self, vpc_id: str | None) -> list[SecurityGroup]:
        found = self._backend.get_default_security_group(vpc_id)
        return [] if found is None else [found]

    # --- rules ---------------------------------------------------------------------------------

    def _describe(self, original: Original, backend: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        self._complete()
        return original(backend, *args, **kwargs)

    def _authorize(self, original: Original, backend: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        self._complete()
        with ids_of_their_own(f"security group rule: {args} {kwargs}"):
            result = original(backend, *args, **kwargs)
        self._follow()
        return result

    def _after_change(self, original: Original, backend: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        self._complete()
        result = original(backend, *args, **kwargs)
        self._follow()
        return result

    def _complete(self) -> None:
        """Gives every default group its inbound rule: "allows inbound traffic from … the same security group"."""
        for group in self._groups():
            if group.name == "default" and group.id not in self._completed:
                self._completed.add(group.id)
                with ids_of_their_own(f"default security group {group.id}"):
                    source = {"GroupId": group.id, "OwnerId": self._account_id}
                    rule = SecurityGroupRule(
                        self._backend, "-1", group.id, None, None, None, source_group=source, is_egress=False
                    )
                group.add_ingress_rule(rule)

    def _follow(self) -> None:
        self._complete()
        for group in self._groups():
            self._world.put_rules(group.id, [_rule(rule) for rule in group.ingress_rules])

    # --- who is in which -----------------------------------------------------------------------

    def _instance_moved(
        self, original: Original, backend: EC2Backend, instance_id: str, new_group_id_list: Sequence[str]
    ) -> Any:
        result = original(backend, instance_id, new_group_id_list)
        self._follow_instance(backend.get_instance(instance_id))
        return result

    def _follow_instance(self, instance: Instance) -> None:
        self._follow()
        groups: list[SecurityGroup | str] = list(instance.security_groups)
        ids = [group if isinstance(group, str) else group.id for group in groups]
        self._world.assign(instance.id, ids, [instance.private_ip] if instance.private_ip else [])

    def _load_balancer_moved(
        self, original: Original, backend: ELBv2Backend, arn: str, sec_groups: Sequence[str]
    ) -> None:
        original(backend, arn, sec_groups)
        self._follow()
        self._world.assign(arn, sec_groups)


def _rule(rule: SecurityGroupRule) -> IngressRule:
    group = rule.source_group.get("GroupId")
    return IngressRule(
        protocol=rule.ip_protocol or "-1",
        from_port=rule.from_port,
        to_port=rule.to_port,
        cidrs=(rule.cidr_ipv4,) if rule.cidr_ipv4 else (),
        groups=(group,) if group else (),
    )
