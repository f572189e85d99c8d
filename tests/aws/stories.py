"""Steps that stories about deployments share; each is plain boto3, as a lesson would write it."""

from typing import Any

import boto3
import requests

from labkit.lab import Lab

REPOSITORY = "student/hello-web"


def address() -> str:
    """The load balancer's address."""
    balancers = boto3.client("elbv2").describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"]
    return f"http://{balancers[0]['DNSName']}/"


def instance_ids() -> list[str]:
    """The fleet's instances, oldest first."""
    groups = boto3.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["hello-web-asg"])
    return [instance["InstanceId"] for instance in groups["AutoScalingGroups"][0]["Instances"]]


def commit(lab: Lab, files: dict[str, str | None], message: str = "v2") -> dict[str, Any]:
    """Commits ``files`` and names the commit as a revision."""
    commit_id = lab.github.repository(REPOSITORY).commit(files, message=message)
    return {"revisionType": "GitHub", "gitHubLocation": {"repository": REPOSITORY, "commitId": commit_id}}


def page(text: str) -> str:
    """A page that says ``text``."""
    return f"<!doctype html><title>hello</title><h1>{text}</h1>"


def deploy(revision: dict[str, Any], **more: Any) -> str:
    """Starts a deployment and gives its id."""
    created: dict[str, str] = boto3.client("codedeploy").create_deployment(
        applicationName="hello-web", deploymentGroupName="hello-web-group", revision=revision, **more
    )
    return created["deploymentId"]


def deployment(deployment_id: str) -> dict[str, Any]:
    """What GetDeployment says."""
    info: dict[str, Any] = boto3.client("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    return info


def finish(lab: Lab, deployment_id: str) -> dict[str, Any]:
    """Lets lab time pass until the deployment has ended, and gives what GetDeployment says then."""
    lab.run_until(lambda: deployment(deployment_id)["status"] in ("Succeeded", "Failed", "Stopped"))
    return deployment(deployment_id)


def events(deployment_id: str, instance_id: str) -> dict[str, dict[str, Any]]:
    """The lifecycle events of one target, by name, in their order."""
    target = boto3.client("codedeploy").get_deployment_target(deploymentId=deployment_id, targetId=instance_id)
    return {
        event["lifecycleEventName"]: event for event in target["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]
    }


def first_failure(deployment_id: str) -> dict[str, Any]:
    """The first lifecycle event that failed, on the first instance on which one did."""
    codedeploy = boto3.client("codedeploy")
    for target_id in codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]:
        for event in events(deployment_id, target_id).values():
            if event["status"] == "Failed":
                return event
    message = f"no lifecycle event of {deployment_id} failed"
    raise AssertionError(message)


def seen(count: int = 4) -> list[str]:
    """What visitors read who ask ``count`` times: the page's headline, or the status of an error."""
    return [headline(requests.get(address(), timeout=5)) for _ in range(count)]


def headline(answer: requests.Response) -> str:
    """The text of the page's ``<h1>``, or the status if it is not 200."""
    if answer.status_code != 200:
        return str(answer.status_code)
    return answer.text.split("<h1>")[1].split("</h1>")[0]
