"""Why a request to an instance's own address got no answer, or not the one that was hoped for.

EC2 user guide, "Amazon EC2 instance IP addressing" and "Security group rules".
"""

from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.compose import compose
from labkit.explain.evidence import call
from labkit.explain.finding import Finding, root
from labkit.explain.gather import Gatherer
from labkit.explain.instances import explain_instance
from labkit.world.security_groups import VISITOR


def explain_address(gather: Gatherer, url: str, instance_id: str, port: int, *, private: bool) -> Explanation:
    """What keeps a visitor from the instance: the kind of address, its security groups, or the instance itself."""
    seen = Link("visitor", f"Visitors ask the instance {instance_id} itself on port {port}.")
    if private:
        return compose(f"Why {url} does not answer", "", (seen,), [_private(instance_id)])
    if not gather.region.security_groups.admits(instance_id, port, VISITOR):
        return compose(f"Why {url} does not answer", "", (seen,), [_closed(gather, instance_id, port)])
    return explain_instance(gather, instance_id)


def _private(instance_id: str) -> Finding:
    described = call(
        "ec2", "describe_instances", f'InstanceIds=["{instance_id}"]', '["Reservations"][0]["Instances"][0]'
    )
    shown = Evidence("DescribeInstances → PrivateIpAddress, PublicIpAddress", "", described)
    says = "It is the instance's private address, which only machines in its VPC can reach: connections time out."
    return root(Link("private-address", says, (shown,)), "Ask its public address.", f'{described}["PublicIpAddress"]')


def _closed(gather: Gatherer, instance_id: str, port: int) -> Finding:
    ids = gather.region.security_groups.of(instance_id)
    listed = ", ".join(f'"{one}"' for one in ids)
    rules = call("ec2", "describe_security_groups", f"GroupIds=[{listed}]", '["SecurityGroups"][0]["IpPermissions"]')
    says = (
        f"The security groups of the instance {instance_id} ({', '.join(ids)}) let no visitor in on port {port}: "
        "connections time out."
    )
    command = call(
        "ec2",
        "authorize_security_group_ingress",
        f'GroupId="{ids[0]}", IpProtocol="tcp", FromPort={port}, ToPort={port}, CidrIp="0.0.0.0/0"',
    )
    link = Link("security-group-closed", says, (Evidence("DescribeSecurityGroups → IpPermissions", "", rules),))
    return root(link, f"Add an inbound rule for port {port} from 0.0.0.0/0.", command)
