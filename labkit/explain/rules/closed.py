"""The security groups of a load balancer or an instance let no visitor in.

EC2 user guide, "Security group rules": what no inbound rule allows is dropped, so that connections time out.
"""

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import call
from labkit.explain.finding import Finding, root
from labkit.explain.sentence import Sentence, said, verbatim


def closed_to_visitors(says: Sentence, group_ids: tuple[str, ...], port: int) -> Finding:
    """``says``: whose groups they are, and what a visitor notices."""
    listed = ", ".join(f'"{one}"' for one in group_ids)
    rules = call("ec2", "describe_security_groups", f"GroupIds=[{listed}]", '["SecurityGroups"][0]["IpPermissions"]')
    shown = Evidence(verbatim("DescribeSecurityGroups → IpPermissions"), "", rules)
    command = call(
        "ec2",
        "authorize_security_group_ingress",
        f'GroupId="{group_ids[0]}", IpProtocol="tcp", FromPort={port}, ToPort={port}, CidrIp="0.0.0.0/0"',
    )
    fix = said("Add an inbound rule for port {port} from 0.0.0.0/0.", port=port)
    return root(Link("security-group-closed", says, (shown,)), fix, command)
