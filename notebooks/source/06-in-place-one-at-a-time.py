# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # In place, one at a time
#
# *20 minutes · the chapter's section 6.2.4*
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

# %% [markdown]
# ## Where we start
#
# `labkit.start` opens a small AWS region inside this notebook. In the stage `v1-deployed`, version 1 of the site
# already runs on four machines.

# %%
import boto3
import requests

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
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

# %% [markdown]
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

# %% [markdown]
# ## Deploy it
#
# > **Predict first.** Four machines, one at a time. A visitor who refreshes while it happens will see
# > (a) version 1 until the end, then version 2; (b) both in turn; (c) an error now and then. Write your letter down.
#
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
# ## Refresh, refresh, refresh
#
# Every round lets twenty seconds pass and then refreshes the page eight times.

# %%
for _ in range(20):
    lab.advance(seconds=20)
    print(f"{lab.now:%H:%M:%S}", *[headline()[-1] for _ in range(8)])

# %% [markdown]
# There is your answer. **(b)**: both in turn, and at no moment an error.
#
# The load balancer hands each request to the next machine in service. While machine 2 is being worked on, machine 1
# already serves version 2, and machines 3 and 4 still serve version 1. The machine being worked on gets no visitors:
# that is why nobody sees an error.

# %% [markdown]
# Let it come to its end. On AWS a waiter sleeps for minutes; here it moves the lab's clock.

# %%
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)

deployment = codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
seconds = (deployment["completeTime"] - deployment["createTime"]).total_seconds()
print(deployment["status"], deployment["deploymentOverview"])
print(f"{seconds:.0f} seconds of lab time")

# %% [markdown]
# ## Watch it again
#
# The theater replays what has just happened, from the same record. Press ▶, drag the slider, or step from event to
# event with the arrow keys. Stop where two versions are live, and point at the machine that answers.

# %%
theater = lab.theater(deployment_id)
theater

# %% [markdown]
# The same story as one picture: the share of visitors who got each version. Every step up is one machine coming back
# with version 2.

# %%
lab.charts.version_share(deployment_id)

# %% [markdown]
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
# ## On the machine itself
#
# The agent keeps what it did. These are the last lines of its log, and the page it put where nginx serves it from.

# %%
machine = lab.machine(target_ids[0])
machine.run("tail -n 5 /opt/codedeploy-agent/deployment-root/deployment-logs/codedeploy-agent-deployments.log")

# %%
machine.run("ls -l /var/www && curl -s http://localhost/ | grep '<h1>'")

# %% [markdown]
# ## In short
#
# - `create_deployment` names an application, a deployment group and a revision; the group knows the rest.
# - One at a time means that three of four machines serve at every moment, and that two versions are live meanwhile.
# - Your pages must bear that: for some minutes a visitor may get version 2, then version 1, then version 2.
#
# **Try it.** The lab is still open. Commit a version 3 and deploy it with
# `deploymentConfigName="CodeDeployDefault.AllAtOnce"`. How long does it take, and what does a visitor see meanwhile?
