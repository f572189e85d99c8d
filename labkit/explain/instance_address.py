"""Why a request to an instance's own address got no answer, or not the one that was hoped for.

EC2 user guide, "Amazon EC2 instance IP addressing" and "Security group rules".
"""

from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.compose import compose
from labkit.explain.evidence import call
from labkit.explain.finding import Finding, root
from labkit.explain.gather import Gatherer
from labkit.explain.instances import explain_instance
from labkit.explain.rules.closed import closed_to_visitors
from labkit.explain.sentence import said, verbatim
from labkit.world.security_groups import VISITOR


def explain_address(gather: Gatherer, url: str, instance_id: str, port: int, *, private: bool) -> Explanation:
    """What keeps a visitor from the instance: the kind of address, its security groups, or the instance itself."""
    says = said("Visitors ask the instance {instance} itself on port {port}.", instance=instance_id, port=port)
    seen, title = Link("visitor", says), said("Why {url} does not answer", url=url)
    if private:
        return compose(title, "", (seen,), [_private(instance_id)])
    if not gather.region.security_groups.admits(instance_id, port, VISITOR):
        return compose(title, "", (seen,), [_closed(gather, instance_id, port)])
    return explain_instance(gather, instance_id)


def _private(instance_id: str) -> Finding:
    described = call(
        "ec2", "describe_instances", f'InstanceIds=["{instance_id}"]', '["Reservations"][0]["Instances"][0]'
    )
    shown = Evidence(verbatim("DescribeInstances → PrivateIpAddress, PublicIpAddress"), "", described)
    says = said("It is the instance's private address, which only machines in its VPC can reach: connections time out.")
    fix = said("Ask its public address.")
    return root(Link("private-address", says, (shown,)), fix, f'{described}["PublicIpAddress"]')


def _closed(gather: Gatherer, instance_id: str, port: int) -> Finding:
    ids = gather.region.security_groups.of(instance_id)
    says = said(
        "The security groups of the instance {instance} ({groups}) let no visitor in on port {port}: "
        "connections time out.",
        instance=instance_id,
        groups=", ".join(ids),
        port=port,
    )
    return closed_to_visitors(says, ids, port)
