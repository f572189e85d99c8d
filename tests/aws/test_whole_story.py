"""One script with nothing but boto3 (and a commit): blue/green by hand, a bad version, a scale-out in the middle."""

import json

import boto3

import labkit
from tests.aws.stories import commit, deploy, deployment, events, finish, instance_ids, page, seen


def test_blue_green_a_bad_version_and_a_scale_out_in_one_afternoon() -> None:
    with labkit.start(stage="v1-deployed", fleet_size=2) as lab:
        codedeploy, autoscaling, iam = (boto3.client(name) for name in ("codedeploy", "autoscaling", "iam"))
        group = {"applicationName": "hello-web", "currentDeploymentGroupName": "hello-web-group"}

        # A scale-out in the middle of a deployment: the new instance gets version 1, then version 2.
        scaled = deploy(commit(lab, {"index.html": page("version 2")}))
        lab.advance(seconds=30)
        autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=3)
        assert finish(lab, scaled)["status"] == "Succeeded"
        lab.advance(seconds=600)
        creators = [deployment(one)["creator"] for one in codedeploy.list_deployments()["deployments"]]
        assert creators[:2] == ["CodeDeployAutoUpdate", "autoscaling"]
        assert set(seen(6)) == {"version 2"}
        assert len(instance_ids()) == 3

        # A bad version rolls back by itself.
        codedeploy.update_deployment_group(
            **group, autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
        )
        bad = {"index.html": page("bad"), "scripts/validate_service.sh": "#!/bin/bash\nexit 1\n"}
        failed = finish(lab, deploy(commit(lab, bad, "bad")))
        assert finish(lab, failed["rollbackInfo"]["rollbackDeploymentId"])["status"] == "Succeeded"
        assert set(seen(6)) == {"version 2"}

        # Blue/green with a copy of the fleet and somebody who says "go".
        launch = {"Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"], "Resource": "*"}
        iam.put_role_policy(
            RoleName="hello-web-codedeploy",
            PolicyName="launch",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [launch]}),
        )
        codedeploy.update_deployment_group(
            **group,
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            blueGreenDeploymentConfiguration={
                "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
                "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
                "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE"},
            },
        )
        good = {"index.html": page("version 3"), "scripts/validate_service.sh": "#!/bin/bash\nexit 0\n"}
        green = deploy(commit(lab, good, "v3"))
        lab.run_until(lambda: deployment(green)["status"] == "Ready")
        assert set(seen(6)) == {"version 2"}
        codedeploy.continue_deployment(deploymentId=green, deploymentWaitType="READY_WAIT")
        assert finish(lab, green)["status"] == "Succeeded"
        assert set(seen(6)) == {"version 3"}
        targets = codedeploy.list_deployment_targets(deploymentId=green)["targetIds"]
        assert sorted(len(events(green, target)) for target in targets) == [3, 3, 3, 10, 10, 10]
