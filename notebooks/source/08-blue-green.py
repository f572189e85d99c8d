# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # Blue/green
#
# *30 minutes · section 6.2.4 of the chapter*
#
# Until now the new version went onto the machines that serve your visitors. There is another way: start a second fleet,
# install there, look at it in peace, and only then send the visitors over. The old fleet is called *blue*, the new one
# *green*.
#
# The chapter names this way and does not try it. You will.
#
# After this lesson you can
#
# - turn a deployment group into a blue/green one,
# - test the green fleet before any visitor meets it, and send it away if it is no good,
# - bring the old version back within seconds,
# - say what it costs.

# %% [markdown] tags=["speaker"]
# **Draw first:** two boxes of four machines, one load balancer, one arrow. The whole lesson is about when that arrow
# moves, and what is still standing when you wish it had not moved.
#
# **Ask:** "How would you bring the old version back in lesson 06?" (Deploy it again, as slowly as the new one.)

# %% [markdown] minutes=2
# ## Where we start
#
# Version 1 runs on four machines, as in lesson 06. This fleet will be the blue one.

# %%
import json

import boto3
import requests

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
lesson = labkit.lesson("08")
lab

# %%
elbv2 = boto3.client("elbv2")
balancer = elbv2.describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]
address = f"http://{balancer['DNSName']}/"


def headline():
    """What a visitor reads at the top of the page."""
    page = requests.get(address).text
    return page.split("<h1>")[1].split("</h1>")[0]


headline()

# %% [markdown]
# An Auto Scaling group started these machines. Remember its name: there will soon be two.

# %%
autoscaling = boto3.client("autoscaling")


def show_fleets():
    """Each Auto Scaling group, and how many machines it has in service."""
    for group in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
        states = [instance["LifecycleState"] for instance in group["Instances"]]
        print(f"{group['AutoScalingGroupName']:<40} {states.count('InService')} machines")


show_fleets()

# %% [markdown] minutes=4
# ## A group that deploys to a copy
#
# A deployment group holds all that its deployments have in common. So this is the place to say "blue/green", and to
# answer three questions:
#
# | Question | Our answer | Name in the API |
# |---|---|---|
# | Where do the green machines come from? | a copy of the Auto Scaling group | `greenFleetProvisioningOption` |
# | When do the visitors move? | when we say so, within an hour | `deploymentReadyOption` |
# | What becomes of the blue machines? | terminated, an hour later | `terminateBlueInstancesOnDeploymentSuccess` |
#
# *In the AWS console: Deployment group → Edit → Deployment type → Blue/green.*

# %%
codedeploy = boto3.client("codedeploy")
answer = codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
    deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    blueGreenDeploymentConfiguration={
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 60},
    },
)

# %% [markdown]
# `AllAtOnce` was a bad idea in lesson 06: nobody was left to serve. Here it is safe. It counts green machines, and
# those serve nobody yet.
#
# One thing is missing. CodeDeploy will launch machines now, with its service role. The managed policy
# `AWSCodeDeployRole` may copy an Auto Scaling group. To start machines from a *launch template*, as ours does, the role
# needs three permissions more.
#
# *In the AWS console: IAM → Roles → hello-web-codedeploy → Add permissions → Create inline policy.*

# %%
launch = {"Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"], "Resource": "*"}

answer = boto3.client("iam").put_role_policy(
    RoleName="hello-web-codedeploy",
    PolicyName="launch-green-machines",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [launch]}),
)

# %% [markdown] tags=["speaker"]
# **The trap of this lesson on AWS.** Without these three, a blue/green deployment ends within seconds as Failed with
# the code `IAM_ROLE_PERMISSIONS`, and nothing has been touched. Leave the cell out once if somebody doubts it.
#
# `iam:PassRole`, because the new machines get the instance profile: whoever hands out a role needs leave to do so.

# %% [markdown] minutes=5
# ## Green is installed, and nobody notices
#
# Version 2, committed and deployed exactly as in lesson 06.

# %%
repository = lab.github.repository("student/hello-web")
page = repository.files()["index.html"].decode()


def commit_version(number, colour):
    """Commits a page that says so, and gives the commit's hash."""
    text = page.replace("version 1", f"version {number}").replace("#0072b2", colour)
    return repository.commit({"index.html": text}, message=f"v{number}")


def deploy(commit_id):
    """Starts a deployment of that commit, and gives its id."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    return codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )["deploymentId"]


# %%
def about(deployment_id):
    """What CodeDeploy says of a deployment."""
    return codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]


def wait_for(deployment_id, status):
    """Lets lab time pass until the deployment has this status."""
    lab.run_until(lambda: about(deployment_id)["status"] == status)


# %%
deployment_id = deploy(commit_version(2, "#d55e00"))
wait_for(deployment_id, "Ready")

print(f"{lab.now:%H:%M:%S}", about(deployment_id)["status"])
show_fleets()

# %% [markdown]
# `Ready` is a status that only blue/green knows. Four new machines were launched, the agent on each installed version
# 2, and now the deployment waits for you. What do visitors read?

# %%
[headline() for _ in range(4)]

# %% [markdown]
# Only version 1. No green machine stands behind the load balancer yet. You can reach one all the same, from inside.

# %%
targets = codedeploy.list_deployment_targets
green_ids = targets(deploymentId=deployment_id, targetFilters={"ServerInstanceLabel": ["Green"]})["targetIds"]
blue_ids = targets(deploymentId=deployment_id, targetFilters={"ServerInstanceLabel": ["Blue"]})["targetIds"]

lab.machine(green_ids[0]).run("curl -s http://localhost/ | grep '<h1>'")

# %% [markdown]
# That is what you pay for. The new version stands on real machines, in the real network, and you can test it as long as
# you like. If it is no good, stop here: no visitor has ever met it.

# %% [markdown] tags=["speaker"]
# **On AWS** people test through Session Manager as here, through the machine's own address, or with a second listener
# on another port that forwards to a target group of their own.
#
# **Ask:** "Which tests would you run now, with ten minutes of peace?" (Log in, pay, search: what a script in
# ValidateService cannot see.)

# %% [markdown] minutes=4
# ## The visitors move
#
# Now the arrow moves. First say what you expect:

# %%
lesson.predict("mixed")

# %% [markdown]
# *In the AWS console this is the button "Reroute traffic".*

# %%
answer = codedeploy.continue_deployment(deploymentId=deployment_id, deploymentWaitType="READY_WAIT")

for _ in range(8):
    lab.advance(seconds=3)
    print(f"{lab.now:%H:%M:%S}", *[headline()[-1] for _ in range(8)])

# %%
lesson.reveal("mixed")

# %% [markdown]
# Each fleet goes through its own lifecycle events. Green machines are installed and taken in, blue ones are only let
# go.

# %%
for label, ids in (("Green", green_ids), ("Blue", blue_ids)):
    found = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=ids[0])["deploymentTarget"]
    events = [event["lifecycleEventName"] for event in found["instanceTarget"]["lifecycleEvents"]]
    print(f"{label}, {len(events)} events:", *events, sep="\n  ")

# %% [markdown]
# In the theater the two fleets stand one above the other. Drag the slider to the moment when the visitors' dots change
# rows.

# %%
theater = lab.theater(deployment_id)
theater

# %% [markdown] minutes=4
# ## The way back
#
# Some minutes later somebody calls: the new version is wrong. The blue machines still run, for an hour.

# %%
lab.advance(seconds=240)
print(f"{lab.now:%H:%M:%S}", about(deployment_id)["status"])
show_fleets()

# %%
lesson.predict("way-back")

# %% [markdown]
# *In the AWS console: "Stop and roll back deployment".*

# %%
answer = codedeploy.stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)

for _ in range(7):
    lab.advance(seconds=3)
    print(f"{lab.now:%H:%M:%S}", *[headline()[-1] for _ in range(8)])

# %% [markdown]
# Version 1 is back. The rollback is a deployment of its own, with its own id, and CodeDeploy itself created it.

# %%
rollback_id = about(deployment_id)["rollbackInfo"]["rollbackDeploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=rollback_id)

print(about(deployment_id)["status"], "·", about(deployment_id)["rollbackInfo"]["rollbackMessage"])
print(about(rollback_id)["status"], "· created by", about(rollback_id)["creator"])

# %%
lesson.reveal("way-back")

# %% [markdown]
# One thing remains. The green machines still run, and nobody needs them. AWS's pages do not say that a rollback removes
# them, and the lab does not remove them either. So look, and delete what you no longer need.

# %%
green_group = f"CodeDeploy_hello-web-group_{deployment_id}"
autoscaling.delete_auto_scaling_group(AutoScalingGroupName=green_group, ForceDelete=True)
lab.advance(seconds=120)
show_fleets()

# %% [markdown] tags=["speaker"]
# **What goes wrong:** people believe that the way back stays open. It closes with the termination wait. Afterwards a
# rollback is a new deployment like any other. Ask how long they would keep two fleets before a Friday evening.

# %% [markdown] minutes=3
# ## What it costs
#
# Two fleets at once are twice the machines. How much is that in money?

# %%
lesson.predict("cost")

# %% [markdown]
# `lab.compare` plays your deployment again beside the lab: once in place, one at a time, and once blue/green with the
# whole hour of waiting.

# %%
comparison = lab.compare("CodeDeployDefault.OneAtATime", "BLUE_GREEN", deployment_id=deployment_id)
comparison

# %%
lesson.reveal("cost")

# %% [markdown]
# Read the table by columns. Blue/green wins *lowest capacity* and *both versions live*. It loses *duration*, nearly all
# of it waiting, and *extra instance-minutes*. It buys calm with machines.

# %% [markdown] minutes=4
# ## Your turn
#
# **Exercise 1.** Version 3 is to stay. Deploy it blue/green to all visitors, and let the old fleet go: at the end only
# one fleet runs.

# %% tags=["exercise"]
# Commit version 3, deploy it, reroute the visitors, and see to it that the old machines are terminated.

# %% tags=["wrong-solution"]
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    blueGreenDeploymentConfiguration={
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"},
    },
)
kept_alive = deploy(commit_version(3, "#009e73"))
codedeploy.get_waiter("deployment_successful").wait(deploymentId=kept_alive)

# %% tags=["another-solution"]
# The group's settings do it all: no waiting before, five minutes after.
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    blueGreenDeploymentConfiguration={
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
    },
)
by_itself = deploy(commit_version(3, "#cc79a7"))
lab.advance(seconds=1200)

# %% tags=["solution"]
deployment_v3 = deploy(commit_version(3, "#009e73"))
wait_for(deployment_v3, "Ready")
codedeploy.continue_deployment(deploymentId=deployment_v3, deploymentWaitType="READY_WAIT")
lab.advance(seconds=120)
codedeploy.continue_deployment(deploymentId=deployment_v3, deploymentWaitType="TERMINATION_WAIT")
lab.advance(seconds=180)
show_fleets()

# %%
lesson.check("for-good")

# %% [markdown]
# **Exercise 2.** Version 4 has a mistake that only a person sees. Install it on a green fleet, look at it there, and
# then send it away. No visitor may ever read it.

# %% tags=["exercise"]
# Commit version 4, deploy it, look at a green machine, and end the deployment before anybody is rerouted.

# %% tags=["wrong-solution"]
# The group's settings of the first exercise reroute at once; a rollback comes too late.
seen = deploy(commit_version(4, "#000000"))
lab.advance(seconds=180)
codedeploy.stop_deployment(deploymentId=seen, autoRollbackEnabled=True)
lab.advance(seconds=600)

# %% tags=["another-solution"]
# Nobody says "continue": after the hour the deployment stops by itself.
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    blueGreenDeploymentConfiguration={
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 30},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"},
    },
)
left_alone = deploy(commit_version(4, "#111111"))
lab.advance(seconds=3600)

# %% tags=["solution"]
deployment_v4 = deploy(commit_version(4, "#000000"))
wait_for(deployment_v4, "Ready")
green_v4 = targets(deploymentId=deployment_v4, targetFilters={"ServerInstanceLabel": ["Green"]})["targetIds"]
print(lab.machine(green_v4[0]).run("curl -s http://localhost/ | grep '<h1>'"))
codedeploy.stop_deployment(deploymentId=deployment_v4)
lab.advance(seconds=180)
show_fleets()

# %%
lesson.check("never-seen")

# %% [markdown] minutes=2
# ## In short
#
# - Blue/green installs on a second fleet. Visitors move afterwards, all within seconds.
# - Before the move you can test, and stop without anybody noticing. After it, the way back takes seconds, as long as
#   the blue fleet lives.
# - You pay with machines: two fleets for as long as you wait. Afterwards the Auto Scaling group has another name, so
#   whatever knew the old name must learn the new one.
# - A database is not doubled. Both versions use the same one, so both must understand it.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.4 asks "in place or blue/green?" when it makes the deployment group. You now know
# both answers. Next: lesson 09, deployments that hang.
