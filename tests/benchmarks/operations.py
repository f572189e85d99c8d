"""Each of CodeDeploy's 47 operations beside moto's own, or beside the nearest one that moto has.

Both sides run in processes of their own, turn about; a figure is the median of the calls of one process.
"""

import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

CALLS = 25
ROUNDS = 3
WANTED = 3.0

Parameters = Mapping[str, Any]
GROUP = {"applicationName": "hello-web", "deploymentGroupName": "hello-web-group"}
ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
TAGS = [{"Key": "course", "Value": "cloud"}]
GITHUB = {"repository": "student/hello-web", "commitId": "0" * 40}
REVISION = {"revisionType": "GitHub", "gitHubLocation": GITHUB}

NEAREST = {
    "add_tags_to_on_premises_instances": "tag_resource",
    "batch_get_application_revisions": "batch_get_applications",
    "batch_get_deployment_groups": "get_deployment_group",
    "batch_get_deployment_instances": "batch_get_deployments",
    "batch_get_deployment_targets": "batch_get_deployments",
    "batch_get_on_premises_instances": "batch_get_applications",
    "continue_deployment": "get_deployment",
    "create_deployment_config": "create_application",
    "delete_application": "get_application",
    "delete_deployment_config": "get_application",
    "delete_deployment_group": "get_deployment_group",
    "delete_git_hub_account_token": "get_application",
    "delete_resources_by_external_id": "get_application",
    "deregister_on_premises_instance": "untag_resource",
    "get_application_revision": "get_application",
    "get_deployment_config": "get_application",
    "get_deployment_instance": "get_deployment",
    "get_deployment_target": "get_deployment",
    "get_on_premises_instance": "get_application",
    "list_application_revisions": "list_applications",
    "list_deployment_configs": "list_applications",
    "list_deployment_instances": "list_deployments",
    "list_deployment_targets": "list_deployments",
    "list_git_hub_account_token_names": "list_applications",
    "list_on_premises_instances": "list_applications",
    "put_lifecycle_event_hook_execution_status": "get_deployment",
    "register_application_revision": "create_application",
    "register_on_premises_instance": "create_application",
    "remove_tags_from_on_premises_instances": "untag_resource",
    "skip_wait_time_for_instance_termination": "get_deployment",
    "stop_deployment": "get_deployment",
    "update_application": "get_application",
    "update_deployment_group": "create_deployment_group",
}
"""For what moto lacks: the operation of moto's that reads or writes most alike. The others stand for themselves."""

REFUSED = {
    "continue_deployment",
    "skip_wait_time_for_instance_termination",
    "put_lifecycle_event_hook_execution_status",
    "delete_git_hub_account_token",
}
"""Operations that have nothing to act on here, so that what is measured is the refusal."""


def calls(deployment_id: str, instance_id: str, number: int) -> dict[str, Parameters]:
    """The parameters of every operation, in an order in which each finds what it needs; ``number`` makes names new."""
    application, machine, config = f"shop-{number}", f"rack-{number}", f"most-{number}"
    group = {"applicationName": application, "deploymentGroupName": "shop-group"}
    arn = f"arn:aws:codedeploy:ap-northeast-2:123456789012:application:{application}"
    deployment = {"deploymentId": deployment_id}
    revision = {**REVISION, "gitHubLocation": {**GITHUB, "commitId": f"{number:040x}"}}
    user = f"arn:aws:iam::123456789012:user/{machine}"
    return {
        "create_application": {"applicationName": application},
        "get_application": {"applicationName": "hello-web"},
        "batch_get_applications": {"applicationNames": ["hello-web"]},
        "list_applications": {},
        "create_deployment_group": {**group, "serviceRoleArn": ROLE},
        "get_deployment_group": GROUP,
        "batch_get_deployment_groups": {"applicationName": "hello-web", "deploymentGroupNames": ["hello-web-group"]},
        "list_deployment_groups": {"applicationName": "hello-web"},
        "update_deployment_group": {
            "applicationName": application,
            "currentDeploymentGroupName": "shop-group",
            "deploymentConfigName": "CodeDeployDefault.HalfAtATime",
        },
        "create_deployment_config": {
            "deploymentConfigName": config,
            "minimumHealthyHosts": {"type": "HOST_COUNT", "value": 1},
        },
        "get_deployment_config": {"deploymentConfigName": "CodeDeployDefault.OneAtATime"},
        "list_deployment_configs": {},
        "register_application_revision": {"applicationName": application, "revision": revision},
        "get_application_revision": {"applicationName": application, "revision": revision},
        "batch_get_application_revisions": {"applicationName": application, "revisions": [revision]},
        "list_application_revisions": {"applicationName": application},
        "tag_resource": {"ResourceArn": arn, "Tags": TAGS},
        "list_tags_for_resource": {"ResourceArn": arn},
        "untag_resource": {"ResourceArn": arn, "TagKeys": ["course"]},
        "create_deployment": {**GROUP, "revision": revision},
        "stop_deployment": {},
        "get_deployment": deployment,
        "batch_get_deployments": {"deploymentIds": [deployment_id]},
        "list_deployments": GROUP,
        "continue_deployment": deployment,
        "skip_wait_time_for_instance_termination": deployment,
        "list_deployment_targets": deployment,
        "get_deployment_target": {**deployment, "targetId": instance_id},
        "batch_get_deployment_targets": {**deployment, "targetIds": [instance_id]},
        "list_deployment_instances": deployment,
        "get_deployment_instance": {**deployment, "instanceId": instance_id},
        "batch_get_deployment_instances": {**deployment, "instanceIds": [instance_id]},
        "put_lifecycle_event_hook_execution_status": {**deployment, "status": "Succeeded"},
        "register_on_premises_instance": {"instanceName": machine, "iamUserArn": user},
        "add_tags_to_on_premises_instances": {"tags": TAGS, "instanceNames": [machine]},
        "get_on_premises_instance": {"instanceName": machine},
        "batch_get_on_premises_instances": {"instanceNames": [machine]},
        "list_on_premises_instances": {},
        "remove_tags_from_on_premises_instances": {"tags": TAGS, "instanceNames": [machine]},
        "deregister_on_premises_instance": {"instanceName": machine},
        "list_git_hub_account_token_names": {},
        "delete_git_hub_account_token": {"tokenName": "somebody"},
        "delete_resources_by_external_id": {},
        "delete_deployment_group": group,
        "delete_deployment_config": {"deploymentConfigName": config},
        "update_application": {"applicationName": application, "newApplicationName": f"{application}-renamed"},
        "delete_application": {"applicationName": f"{application}-renamed"},
    }


def in_the_lab() -> dict[str, float]:
    """The median seconds of each operation in a lab with four instances."""
    import boto3

    import labkit

    with labkit.start(stage="v1-deployed", fleet_size=4) as lab:
        codedeploy = boto3.client("codedeploy")
        [deployed] = codedeploy.list_deployments()["deployments"]
        [*_, instance_id] = codedeploy.list_deployment_targets(deploymentId=deployed)["targetIds"]
        times: dict[str, list[float]] = defaultdict(list)
        for number in range(CALLS):
            new = ""
            for operation, parameters in calls(deployed, instance_id, number).items():
                given = {"deploymentId": new} if operation == "stop_deployment" else parameters
                answer, took = _timed(getattr(codedeploy, operation), given)
                times[operation].append(took)
                assert ("Error" in answer) == (operation in REFUSED), (operation, answer)
                new = answer.get("deploymentId", new)
            lab.advance(seconds=1200)
        return {operation: statistics.median(found) for operation, found in times.items()}


def on_bare_moto() -> dict[str, float]:
    """The median seconds of each operation that moto has."""
    import os

    import boto3
    from moto import mock_aws

    os.environ["AWS_DEFAULT_REGION"] = "ap-northeast-2"
    with mock_aws():
        codedeploy = boto3.client("codedeploy")
        codedeploy.create_application(applicationName="hello-web", computePlatform="Server")
        codedeploy.create_deployment_group(**GROUP, serviceRoleArn=ROLE)
        deployed = codedeploy.create_deployment(**GROUP, revision=REVISION)["deploymentId"]
        times: dict[str, list[float]] = defaultdict(list)
        for number in range(CALLS):
            for operation, parameters in calls(deployed, "", number).items():
                if operation not in NEAREST:
                    answer, took = _timed(getattr(codedeploy, operation), parameters)
                    assert "Error" not in answer, (operation, answer)
                    times[operation].append(took)
        return {operation: statistics.median(found) for operation, found in times.items()}


def _timed(call: Callable[..., Any], parameters: Parameters) -> tuple[dict[str, Any], float]:
    from botocore.exceptions import ClientError

    began = time.perf_counter()
    try:
        answer = call(**parameters)
    except ClientError as error:  # a refusal is an answer, too
        answer = error.response
    return answer, time.perf_counter() - began


def report() -> None:
    ratios: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        lab, moto = _in_a_process("lab"), _in_a_process("moto")
        for operation, seconds in lab.items():
            ratios[operation].append(seconds / moto[NEAREST.get(operation, operation)])
    medians = {operation: statistics.median(found) for operation, found in ratios.items()}
    slowest = sorted(medians.items(), key=lambda pair: -pair[1])
    for operation, ratio in slowest[:8]:
        print(f"{operation:<45} {ratio:.2f} of moto's {NEAREST.get(operation, operation)}")
    print(f"{len(medians)} operations, the slowest at {slowest[0][1]:.2f}; wanted: at most {WANTED:.0f}")


def _in_a_process(side: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", __name__, side], check=True, capture_output=True, text=True, timeout=1800
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(in_the_lab() if sys.argv[1] == "lab" else on_bare_moto()))
