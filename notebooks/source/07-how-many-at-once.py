# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # How many at once
#
# *28 minutes · section 6.2.3 of the chapter*
#
# In the chapter every deployment went one machine at a time. That is safe, and slow. CodeDeploy can take more machines
# at once. How many is a number you choose, and the arithmetic behind it has a few surprises.
#
# After this lesson you can
#
# - say what `OneAtATime`, `HalfAtATime` and `AllAtOnce` cost in time and in capacity,
# - make a deployment configuration of your own and predict how many machines it takes at once,
# - say how many machines may fail before a deployment does.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** run everything once, then restart the kernel. The lesson lives from its four predictions:
# leave each on the screen for a full minute.
#
# **Ask first:** "Ten cashiers, and all of them need a new till. How many do you close at the same time? What decides
# that?" (The queue, and how long a change takes. The same two numbers decide here.)

# %% [markdown] minutes=3
# ## Where we start
#
# Nine machines this time, all with version 1.

# %%
import boto3

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=9)
lesson = labkit.lesson("07")
lab

# %% [markdown]
# A *deployment configuration* says how many machines must stay healthy. Three of them come with CodeDeploy.

# %%
codedeploy = boto3.client("codedeploy")
for name in ["OneAtATime", "HalfAtATime", "AllAtOnce"]:
    config = codedeploy.get_deployment_config(deploymentConfigName=f"CodeDeployDefault.{name}")
    print(f"{name:<12}", config["deploymentConfigInfo"]["minimumHealthyHosts"])

# %% [markdown]
# Read them as a promise. `FLEET_PERCENT 50` promises: at every moment half of the machines can serve visitors. What
# may be worked on is what is left over. `MOST_CONCURRENCY 1` says it from the other end: one machine at most is worked
# on, and all others can serve.
#
# We will deploy often, so here are two helpers.

# %%
repository = lab.github.repository("student/hello-web")
page_v1 = repository.files()["index.html"].decode()


def commit(version):
    """A commit of the page with another number."""
    page = page_v1.replace("version 1", f"version {version}")
    return repository.commit({"index.html": page}, message=f"v{version}")


# %%
def deploy(commit_id, config_name):
    """Starts a deployment of a commit with a configuration."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    return codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        deploymentConfigName=config_name,
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )["deploymentId"]


# %% [markdown] minutes=5
# ## Half of nine
#
# Nine has no half. So:

# %%
lesson.predict("half-of-nine")

# %% [markdown]
# *In the AWS console the configuration is a menu on the page "Create deployment group", and again under "Deployment
# group overrides" when you create a deployment.*

# %%
deployment_id = deploy(commit(2), "CodeDeployDefault.HalfAtATime")
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
lab.charts.healthy_hosts(deployment_id)

# %% [markdown]
# The line is the number of machines that can serve. The dashed line is what was promised. Look at the lowest step: it
# touches the promise and never goes below it.

# %%
lesson.reveal("half-of-nine")

# %% [markdown] tags=["speaker"]
# Let somebody explain the rounding before you do. The promise is rounded up, so what may be down is rounded *down*.
# CodeDeploy decides for the visitors.

# %% [markdown] minutes=4
# ## The same change, three ways
#
# `lab.compare` plays our deployment again with each configuration, in worlds of their own. Nothing in your lab changes.

# %%
comparison = lab.compare(
    "CodeDeployDefault.OneAtATime",
    "CodeDeployDefault.HalfAtATime",
    "CodeDeployDefault.AllAtOnce",
    deployment_id=deployment_id,
)
comparison

# %% [markdown]
# One row, one way. Going down the table the time shrinks, and so does the lowest capacity. All at once is the fastest,
# and while it runs nobody is served. Requests fail only there.
#
# "Both versions live" shrinks too. If old and new pages do not get on with each other, a short mix is worth something.

# %% [markdown] minutes=4
# ## A number of your own
#
# Nine machines, and 40 per cent must stay healthy. 40 per cent of nine is 3.6.

# %%
lesson.predict("forty-percent")

# %%
codedeploy.create_deployment_config(
    deploymentConfigName="forty-percent",
    minimumHealthyHosts={"type": "FLEET_PERCENT", "value": 40},
)
forty = deploy(commit(3), "forty-percent")
codedeploy.get_waiter("deployment_successful").wait(deploymentId=forty)
lab.charts.healthy_hosts(forty)

# %%
lesson.reveal("forty-percent")

# %% [markdown]
# A picture of the nine machines, `#` for one that must stay and `.` for one that may go:

# %%
for name, stay in [("OneAtATime", 8), ("HalfAtATime", 5), ("forty-percent", 4), ("AllAtOnce", 0)]:
    print(f"{name:<14}", "#" * stay + "." * (9 - stay), f"  {9 - stay} at a time")

# %% [markdown]
# Only one machine more at once than with half at a time, and yet it took 168 seconds instead of 243. Four at a time
# need three rounds for nine machines (4 + 4 + 1). Five at a time need two (5 + 4). Rounds are what you pay for.

# %% [markdown] minutes=3
# ## Too careful
#
# Somebody wants to be very safe and asks for 95 per cent. 95 per cent of nine is 8.55.

# %%
lesson.predict("ninety-five-percent")

# %%
codedeploy.create_deployment_config(
    deploymentConfigName="ninety-five-percent",
    minimumHealthyHosts={"type": "FLEET_PERCENT", "value": 95},
)
commit_v4 = commit(4)
careful = deploy(commit_v4, "ninety-five-percent")
lab.advance(seconds=60)
codedeploy.get_deployment(deploymentId=careful)["deploymentInfo"]["status"]

# %%
codedeploy.get_deployment(deploymentId=careful)["deploymentInfo"]["errorInformation"]

# %%
lesson.reveal("ninety-five-percent")

# %% [markdown] minutes=3
# ## When a machine fails
#
# The number does a second job: it says how many machines may *fail*. A failed machine is not healthy, so it uses up a
# place for good.
#
# Now one at a time again. We wait until eight machines are done. Then we break the one that is left: we move its web
# server away. `check_instance.sh`, the script at `BeforeInstall`, looks for it and will fail.

# %%
lesson.predict("last-one-fails")


# %%
def done(deployment):
    """How many machines have got the new version so far."""
    info = codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
    return info.get("deploymentOverview", {}).get("Succeeded", 0)


one_by_one = deploy(commit_v4, "CodeDeployDefault.OneAtATime")
lab.run_until(lambda: done(one_by_one) == 8)

# %%
target_ids = codedeploy.list_deployment_targets(deploymentId=one_by_one)["targetIds"]


def status(target_id):
    """How far the deployment is on one machine."""
    target = codedeploy.get_deployment_target(deploymentId=one_by_one, targetId=target_id)
    return target["deploymentTarget"]["instanceTarget"]["status"]


[last] = [target_id for target_id in target_ids if status(target_id) != "Succeeded"]
last

# %%
lab.machine(last).run("mv /usr/sbin/nginx /usr/sbin/nginx.away")
lab.advance(seconds=300)

# %%
info = codedeploy.get_deployment(deploymentId=one_by_one)["deploymentInfo"]
print(info["status"], info["deploymentOverview"])

# %%
lesson.reveal("last-one-fails")

# %% [markdown] tags=["speaker"]
# **What goes wrong:** "Succeeded" is read as "everywhere". Ask: "How would you notice, next morning, that one machine
# is still on the old version?" (The overview of the deployment; its targets; an alarm.)

# %% [markdown]
# Give that machine its web server back. The next deployment will begin with it: failed machines come first.

# %%
lab.machine(last).run("mv /usr/sbin/nginx.away /usr/sbin/nginx")

# %% [markdown] minutes=3
# ## Your turn
#
# Two commits for the exercises:

# %%
commit_v5, commit_v6 = commit(5), commit(6)

# %% [markdown]
# **Exercise 1.** Your boss allows you six minutes, and at least six of the nine machines must serve at every moment.
# Deploy version 5 within that budget, to all nine.

# %% tags=["exercise"]
# Make a configuration that fits, deploy commit_v5 with it, and wait until it has succeeded.

# %% tags=["wrong-solution"]
quick = deploy(commit_v5, "CodeDeployDefault.HalfAtATime")
codedeploy.get_waiter("deployment_successful").wait(deploymentId=quick)

# %% tags=["another-solution"]
codedeploy.create_deployment_config(
    deploymentConfigName="two-thirds",
    minimumHealthyHosts={"type": "FLEET_PERCENT", "value": 66},
)
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    deploymentConfigName="two-thirds",
)
codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_v5},
    },
)
lab.advance(seconds=900)

# %% tags=["solution"]
codedeploy.create_deployment_config(
    deploymentConfigName="keep-six",
    minimumHealthyHosts={"type": "HOST_COUNT", "value": 6},
)
on_budget = deploy(commit_v5, "keep-six")
codedeploy.get_waiter("deployment_successful").wait(deploymentId=on_budget)

# %%
lesson.check("budget")

# %% [markdown]
# **Exercise 2.** Somebody breaks two machines, and there is no time to mend them. Deploy version 6 to the others, in a
# deployment that succeeds. At least five machines must serve at every moment.

# %%
for instance_id in target_ids[:2]:
    lab.machine(instance_id).run("mv /usr/sbin/nginx /usr/sbin/nginx.away")

# %% tags=["exercise"]
# Deploy commit_v6 with a configuration that bears two failures, and wait until it has succeeded.

# %% tags=["wrong-solution"]
broken = deploy(commit_v6, "CodeDeployDefault.OneAtATime")
lab.advance(seconds=1800)

# %% tags=["another-solution"]
codedeploy.create_deployment_config(
    deploymentConfigName="sixty-percent",
    minimumHealthyHosts={"type": "FLEET_PERCENT", "value": 60},
)
deploy(commit_v6, "sixty-percent")
lab.advance(seconds=3600)

# %% tags=["solution"]
codedeploy.create_deployment_config(
    deploymentConfigName="keep-five",
    minimumHealthyHosts={"type": "HOST_COUNT", "value": 5},
)
tolerant = deploy(commit_v6, "keep-five")
codedeploy.get_waiter("deployment_successful").wait(deploymentId=tolerant)

# %%
lesson.check("two-may-break")

# %% [markdown] minutes=1
# ## In short
#
# - The configuration promises how many machines stay healthy. The promise is rounded *up*.
# - What is left over may be worked on at once, and may fail. If nothing is left over, nothing can begin.
# - Time goes by rounds: machines divided by how many go at once, rounded up.
# - One at a time forgives a failure of the last machine, and of no other.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.3 chooses the configuration when it makes the deployment group. Next: lesson 08,
# blue/green, which needs no machine to be taken away from visitors at all.
