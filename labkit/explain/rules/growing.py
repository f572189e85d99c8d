"""Instances that joined while a deployment was under way: they got the revision before it.

CodeDeploy user guide, "Integrating CodeDeploy with Amazon EC2 Auto Scaling" ("How Amazon EC2 Auto Scaling works with
CodeDeploy", scale-out events during a deployment).
"""

from labkit.explain.chain import Link
from labkit.explain.evidence import clock_words, scaling_activity
from labkit.explain.finding import Finding, root
from labkit.explain.gather import Gatherer
from labkit.explain.sentence import said
from labkit.world.deployment.records import Deployment
from labkit.world.events import ScalingActivityChanged

ENLARGED = "increasing the capacity"


def joined_meanwhile(gather: Gatherer, deployment: Deployment) -> Finding | None:
    """``scale-out-during-deployment``: the group grew, and the newcomer has another revision than this deployment's."""
    for name in deployment.order.group.auto_scaling_groups:
        launched = _launched(gather, deployment, name)
        if launched is not None:
            says = said(
                "The Auto Scaling group {name} scaled out at {time}, while the deployment was under way: the new "
                "instance got the last revision that had succeeded, by a deployment of its own, so visitors see both "
                "until CodeDeploy has updated the outdated instance.",
                name=name,
                time=clock_words(launched.at_s),
            )
            link = Link("scale-out-during-deployment", says, (scaling_activity(name, ENLARGED),))
            fix = said(
                "Let CodeDeploy update outdated instances (outdatedInstancesStrategy UPDATE), or suspend the process "
                "Launch for the length of a deployment."
            )
            return root(link, fix)
    return None


def _launched(gather: Gatherer, deployment: Deployment, name: str) -> ScalingActivityChanged | None:
    began_s, ended_s = deployment.created_s, deployment.completed_s
    for one in gather.record.group_activities.get(name, ()):
        meanwhile = began_s <= one.at_s <= (ended_s if ended_s is not None else gather.now_s)
        if meanwhile and ENLARGED in one.cause and one.description.startswith("Launching"):
            return one
    return None
