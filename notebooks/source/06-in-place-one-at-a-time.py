# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # In place, one at a time
#
# *25 minutes · section 6.2.4 of the chapter*
#
# A web site runs on four machines behind a load balancer. You change one line, commit it, and ask AWS CodeDeploy
# to put it on every machine, one after another. While that happens you keep refreshing the page.
#
# After this lesson you can
#
# - deploy a commit from GitHub with `create_deployment`,
# - say why old and new pages take turns while a deployment runs,
# - read what happened on a machine, event by event.
#
# Everything runs on your own computer. The Python you type is the Python you would type for AWS.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** run everything once, then restart the kernel and go on with Shift+Enter. Only the cells with
# a theater or a chart need a moment of quiet.
#
# **Ask first:** "Who has deployed something to a server by hand? What did visitors see meanwhile?"

# %% [markdown] minutes=3
# ## Where we start
#
# `labkit.start` opens a small AWS region inside this notebook. In the stage `v1-deployed`, version 1 of the site
# already runs on four machines.

# %%
import boto3
import requests

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
lesson = labkit.lesson("06")
lab

# %% [markdown]
# These are the machines. An Auto Scaling group started them from one image, in two Availability Zones.

# %%
autoscaling = boto3.client("autoscaling")
group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["hello-web-asg"])["AutoScalingGroups"][0]
for instance in group["Instances"]:
    print(instance["InstanceId"], instance["AvailabilityZone"], instance["LifecycleState"])

# %% [markdown]
# Visitors know nothing of four machines. They know one address, the load balancer's.

# %%
elbv2 = boto3.client("elbv2")
balancer = elbv2.describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]
address = f"http://{balancer['DNSName']}/"
address


# %%
def headline():
    """What a visitor reads at the top of the page."""
    page = requests.get(address).text
    return page.split("<h1>")[1].split("</h1>")[0]


headline()

# %% [markdown] minutes=3
# ## Change one line
#
# The site lives in a git repository, `student/hello-web`. This is the commit that runs now.

# %%
repository = lab.github.repository("student/hello-web")
repository.log()

# %% [markdown]
# Now version 2. We take the page, change its text and its colour, and commit it. What we get back is the commit's
# full hash: the name by which CodeDeploy will fetch it.

# %%
page = repository.files()["index.html"].decode()
page_v2 = page.replace("version 1", "version 2").replace("#0072b2", "#d55e00")

commit_id = repository.commit({"index.html": page_v2}, message="v2")
commit_id

# %% [markdown]
# A commit changes nothing on the machines. Look:

# %%
headline()

# %% [markdown] tags=["speaker"]
# **What goes wrong:** many expect the page to have changed already, because they know hosting that deploys on push.
# Stay here until everybody has seen that it has not. Lesson 10 wires a push to a deployment.

# %% [markdown] minutes=6
# ## Deploy it
#
# Before you do: two predictions. Choose, then run on. The lab will answer.

# %%
lesson.predict("mix")

# %%
lesson.predict("long")

# %% [markdown] tags=["speaker"]
# Let the room vote by raising hands before you choose. Most choose the first option of the first question. Write the
# numbers on the board: you come back to them in five minutes.

# %% [markdown]
# *In the AWS console this is the button "Create deployment", with the revision type "My application is stored in
# GitHub".*

# %%
codedeploy = boto3.client("codedeploy")
deployment_id = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id},
    },
)["deploymentId"]
deployment_id

# %% [markdown]
# The deployment has been accepted, and that is all. Time in the lab stands still until you let it pass.

# %%
codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]["status"]

# %% [markdown]
# Refresh, refresh, refresh: every round lets twenty seconds pass and then loads the page eight times. A 1 is a page of
# version 1, a 2 one of version 2.

# %%
for _ in range(17):
    lab.advance(seconds=20)
    print(f"{lab.now:%H:%M:%S}", *[headline()[-1] for _ in range(8)])

# %%
lesson.reveal("mix")

# %% [markdown]
# The load balancer hands each request to the next machine in service. While the second machine is being worked on, the
# first one already serves version 2, and the other two still serve version 1. The machine being worked on gets no
# visitors: that is why nobody sees an error.
#
# On AWS a waiter sleeps for minutes until the deployment has ended; here it moves the lab's clock.

# %%
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)

deployment = codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
seconds = (deployment["completeTime"] - deployment["createTime"]).total_seconds()
print(deployment["status"], deployment["deploymentOverview"])
print(f"{seconds:.0f} seconds of lab time")

# %%
lesson.reveal("long")

# %% [markdown] minutes=3
# ## Watch it again
#
# The theater replays what has just happened, from the same record. Press ▶, drag the slider, or step from event to
# event with the arrow keys. Stop where two versions are live, and point at the machine that answers.

# %%
theater = lab.theater(deployment_id)
theater

# %% [markdown]
# The same story as one picture: the share of visitors who got each version. At every step one machine comes back with
# version 2, and a moment later the next one leaves.

# %%
lab.charts.version_share(deployment_id)

# %% [markdown] minutes=3
# ## What happened on one machine
#
# CodeDeploy takes a machine through thirteen *lifecycle events*. All of them are in the API.

# %%
target_ids = codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]
target = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=target_ids[0])["deploymentTarget"]

print(f"{target_ids[0]}\n\n{'lifecycle event':<20} {'status':<10} seconds")
for event in target["instanceTarget"]["lifecycleEvents"]:
    seconds = (event["endTime"] - event["startTime"]).total_seconds()
    print(f"{event['lifecycleEventName']:<20} {event['status']:<10} {seconds:>7.1f}")

# %% [markdown]
# Two events take most of the time, and both belong to the load balancer. In `BlockTraffic` it stops sending new
# requests and waits 60 seconds for open ones to end (the *deregistration delay*). In `AllowTraffic` it waits until a
# health check finds the machine well again. Copying the files takes a moment.
#
# All four machines, one row each:

# %%
lab.charts.lifecycle_gantt(deployment_id)

# %% [markdown]
# The agent on the machine keeps what it did. These are the last lines of its log, and the page it put where nginx
# serves it from.

# %%
machine = lab.machine(target_ids[0])
machine.run("tail -n 5 /opt/codedeploy-agent/deployment-root/deployment-logs/codedeploy-agent-deployments.log")

# %%
machine.run("ls -l /var/www && curl -s http://localhost/ | grep '<h1>'")

# %% [markdown] minutes=4
# ## Your turn
#
# **Exercise 1.** Make a version 3 of the page (its headline says "version 3") and deploy it to all four machines *at
# once*. First say what visitors will see meanwhile:

# %%
lesson.predict("all-at-once-visitors")

# %% tags=["exercise"]
# Commit version 3 here, deploy it all at once, and wait until it has succeeded.

# %% tags=["wrong-solution"]
commit_v3 = repository.commit({"index.html": page.replace("version 1", "version 3")}, message="v3")
deployment_v3 = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    deploymentConfigName="CodeDeployDefault.HalfAtATime",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_v3},
    },
)["deploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_v3)

# %% tags=["another-solution"]
# The configuration is the group's own from now on, and time passes by the lab's clock instead of a waiter.
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
)
new_page = page_v2.replace("version 2", "version 3")
last_deployment = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {
            "repository": "student/hello-web",
            "commitId": repository.commit({"index.html": new_page}, message="third"),
        },
    },
)
lab.advance(seconds=600)

# %% tags=["solution"]
commit_v3 = repository.commit({"index.html": page.replace("version 1", "version 3")}, message="v3")
deployment_v3 = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_v3},
    },
)["deploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_v3)

# %%
lesson.check("all-at-once")

# %%
lesson.reveal("all-at-once-visitors")

# %% [markdown]
# **Exercise 2.** Nobody likes version 3. Bring version 1 back to every machine.

# %% tags=["exercise"]
# Deploy version 1 again, and wait until it has succeeded.

# %% tags=["wrong-solution"]
repository.commit({"index.html": page}, message="Back to version 1")
lab.advance(seconds=600)

# %% tags=["another-solution"]
deployment_back = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": repository.head},
    },
)["deploymentId"]
lab.run_until(
    lambda: codedeploy.get_deployment(deploymentId=deployment_back)["deploymentInfo"]["status"] == "Succeeded"
)

# %% tags=["solution"]
commit_v1 = repository.log()[-1].commit_id
deployment_back = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_v1},
    },
)["deploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_back)

# %%
lesson.check("back-to-version-1")

# %% [markdown] tags=["speaker"]
# Two roads lead back: the old commit's hash, or a new commit with the old page. Ask which one leaves the better trail
# in git, and which one is faster at three in the morning. CodeDeploy's own rollback (lesson 10) takes the first.

# %% [markdown] minutes=1
# ## In short
#
# - `create_deployment` names an application, a deployment group and a revision; the group knows the rest.
# - One at a time means that three of four machines serve at every moment, and that two versions are live meanwhile.
# - Your pages must bear that: for some minutes a visitor may get version 2, then version 1, then version 2.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.4 shows these steps in the console. Next: lesson 07, how many machines at once.
