"""An Auto Scaling group that replaces instances because the load balancer calls them unhealthy, again and again.

EC2 Auto Scaling user guide, "Health checks for instances in an Auto Scaling group" (ELB health checks, grace period).
"""

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import call, instances, scaling_activity
from labkit.explain.facts import MachineFacts
from labkit.explain.sentence import Sentence, said

ELB_CAUSE = "in response to an ELB system health check failure."


def replacing(machine: MachineFacts, group: str) -> Link:
    """``endless-replacement``: what the group has done so far, and will do to ``machine`` and whoever follows it."""
    times = instances(machine.fellows_replaced)
    says = said(
        "The Auto Scaling group {group} believes the load balancer (HealthCheckType ELB) and has replaced "
        "{times} that it called unhealthy; each new one starts from the same image and fares no better.",
        group=group,
        times=times,
    )
    then = '["AutoScalingGroups"][0]["HealthCheckType"]'
    setting = call("autoscaling", "describe_auto_scaling_groups", f'AutoScalingGroupNames=["{group}"]', then)
    shown = Evidence("DescribeAutoScalingGroups → HealthCheckType", "", setting)
    return Link("endless-replacement", says, (scaling_activity(group, ELB_CAUSE), shown))


def replacing_fix(group: str) -> tuple[Sentence, str]:
    """A sentence and a call that end it."""
    sentence = said(
        "Let the group look at EC2's status checks only until a first deployment has succeeded (or bake a "
        "page into the image), deploy, and let it ask the load balancer again afterwards."
    )
    arguments = f'AutoScalingGroupName="{group}", HealthCheckType="EC2"'
    return sentence, call("autoscaling", "update_auto_scaling_group", arguments)
