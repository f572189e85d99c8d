# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=1
# # Start here
#
# *6 minutes · chapter 6, seen whole*
#
# This is a small AWS region that lives in your notebook. It needs no account and no network, and it costs nothing. You
# type the same Python that you would type for AWS, with AWS's own library, boto3.
#
# In the next five minutes you put a new version of a web site on four machines. After that comes the map: what the
# other lessons explain, one piece after another.
#
# Press Shift+Enter to run a cell and go on to the next.

# %% [markdown] tags=["speaker"]
# Run it without stopping and without explaining. The room should see the whole once, before it learns the parts. Each
# question that comes up belongs to a lesson: write it on the board and say which one.

# %% [markdown] minutes=3
# ## One real deployment
#
# First open the lab. Its *stage* says what is there already: here four machines with version 1 of a web site.

# %%
import boto3
import requests

import labkit

lab = labkit.start(stage="v1-deployed", seed=7)
lab

# %% [markdown]
# You see the lab's own clock, and that four machines run. Visitors know none of them: they come through one address,
# that of a *load balancer*, which sends each visitor to one of the machines. What do they read?

# %%
balancer = boto3.client("elbv2").describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]
address = f"http://{balancer['DNSName']}/"


def headline():
    """What a visitor reads at the top of the page."""
    return requests.get(address).text.split("<h1>")[1].split("</h1>")[0]


headline()

# %% [markdown]
# Write version 2, and commit it. The repository is a real git repository, and the long number is the commit's name.

# %%
repository = lab.github.repository("student/hello-web")
page = repository.files()["index.html"].decode()
commit_id = repository.commit({"index.html": page.replace("version 1", "version 2")}, message="v2")
commit_id

# %% [markdown]
# Ask AWS CodeDeploy to put this commit on the machines, and wait. On AWS you would wait five minutes. The lab has a
# clock of its own, so here it takes a moment.

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
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
headline()

# %% [markdown]
# What happened on the way? Press *Play* and watch: one machine after another leaves the load balancer, gets version 2,
# and comes back. In between, visitors see both versions.

# %%
lab.theater(deployment_id)

# %% [markdown] minutes=2
# ## The map
#
# All of that rested on things somebody had made before: a role, an image, a group of machines, a load balancer, an
# application. Each lesson makes one of them with you, and then breaks it.
#
# | Lesson | The question it answers | Chapter |
# |---|---|---|
# | [01 The words of IAM](01-iam-terms.ipynb) | Who may do what, and why? | 6.1.2 |
# | [02 Roles and instance profiles](02-roles-and-instance-profiles.ipynb) | How do machines get rights? | 6.1.2 |
# | [03 Agent and AppSpec](03-agent-and-appspec.ipynb) | What happens on one machine? | 6.2.3 |
# | [04 The deployment image](04-deployment-image.ipynb) | Where do ready-made machines come from? | 6.2.3 |
# | [05 Application and group](05-application-and-deployment-group.ipynb) | What must CodeDeploy know? | 6.2.3 |
# | [06 In place, one at a time](06-in-place-one-at-a-time.ipynb) | Why do old and new pages take turns? | 6.2.4 |
# | [07 How many at once](07-how-many-at-once.ipynb) | How fast may it go? | 6.2.3 |
# | [08 Blue/green](08-blue-green.ipynb) | How do you change without touching what runs? | 6.2.4 |
# | [09 Stuck deployments](09-health-checks-and-stuck-deployments.ipynb) | Why does it hang at AllowTraffic? | 6.2.4 |
# | [10 Rollback and triggers](10-rollback-and-triggers.ipynb) | What if the new version is bad? | 6.2.4 |
# | [11 Incident drills](11-incident-drills.ipynb) | Can you find what is broken? | all |
#
# Every lesson opens its own lab, so you can begin with any of them. New to AWS? Go from 01 to 11.

# %% [markdown]
# In each lesson you predict what will happen before you run it, you solve exercises, and a quiz ends it. Here you see
# how far you are:

# %%
labkit.progress()

# %% [markdown]
# **Four things to know.**
#
# - Time stands still until you let it pass: a waiter does, and `lab.advance(seconds=60)`.
# - You cannot break anything outside. Restart the kernel, run the first cell, and the lab is as new.
# - What you see repeats: the same cells give the same ids and times.
# - Something went wrong? `lab.why(…)` explains an error, a deployment or a machine.
