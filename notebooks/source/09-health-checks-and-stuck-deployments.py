# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # Health checks and stuck deployments
#
# *25 minutes · section 6.2.4 of the chapter*
#
# In the chapter a deployment hung at `AllowTraffic`. The author wrote "health check ?????" and went on. Here is that
# riddle, in three forms. Each looks as if something else were broken, and each has the same small answer.
#
# After this lesson you can
#
# - read a target's health and the reason for it,
# - follow the evidence from what a visitor sees to the machine,
# - end each of the three riddles.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** run everything once, then restart the kernel. The lesson opens three labs, one a riddle.
#
# Ask "Where would you look?" before every cell, and only then run it. `lab.why` comes last each time: it confirms what
# the room has found, it does not replace looking.

# %% [markdown] minutes=5
# ## First riddle: everybody is unwell, and nothing is broken
#
# Machines, load balancer and deployment group stand. Version 1 is committed. Nothing has been deployed yet.

# %%
import boto3
import requests

import labkit

lab = labkit.start(stage="riddle-empty-image", seed=7, fleet_size=2)
lesson = labkit.lesson("09")
elbv2, codedeploy = boto3.client("elbv2"), boto3.client("codedeploy")


# %%
def address():
    """Where visitors go."""
    balancer = elbv2.describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]
    return f"http://{balancer['DNSName']}/"


requests.get(address()).status_code

# %% [markdown]
# 404 is an answer, so somebody is there. What does the health check say?


# %%
def health():
    """One line for each machine behind the load balancer: its state, and why."""
    arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
    for target in elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]:
        found = target["TargetHealth"]
        print(target["Target"]["Id"], found["State"], found.get("Description", ""))


health()

# %% [markdown]
# *In the AWS console: EC2, Target groups, the tab Targets.* The health check asks for `/` and wants 200. It gets 404,
# because the image is empty. `lab.why` puts the evidence in order, from what you see to the cause:

# %%
lab.why(address())

# %% [markdown]
# **Exercise 1.** End this riddle: in the end both machines are healthy, and visitors read version 1.

# %%
repository = lab.github.repository("student/hello-web")


def deploy(commit_id, config="CodeDeployDefault.AllAtOnce"):
    """Starts a deployment of a commit to both machines."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    return codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        deploymentConfigName=config,
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )["deploymentId"]


# %% tags=["exercise"]
# What is missing on the machines? repository.head is the commit of version 1.

# %% tags=["wrong-solution"]
targets = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
elbv2.modify_target_group(TargetGroupArn=targets, Matcher={"HttpCode": "200,404"})
lab.advance(seconds=120)

# %% tags=["another-solution"]
deploy(repository.head, "CodeDeployDefault.OneAtATime")
lab.advance(seconds=900)

# %% tags=["solution"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deploy(repository.head))
lab.advance(seconds=60)

# %%
lesson.check("fill-the-image")

# %% [markdown] minutes=7
# ## Second riddle: it hangs at AllowTraffic
#
# A new lab. A quarter of an hour ago somebody deployed version 1.

# %%
lab = labkit.start(stage="riddle-wrong-destination", seed=7, fleet_size=2)
repository = lab.github.repository("student/hello-web")
[stuck] = codedeploy.list_deployments()["deployments"]
codedeploy.get_deployment(deploymentId=stuck)["deploymentInfo"]["status"]

# %% [markdown]
# Where does it stand? Look at the machine that was taken first.

# %%
first = codedeploy.list_deployment_targets(deploymentId=stuck)["targetIds"][0]
target = codedeploy.get_deployment_target(deploymentId=stuck, targetId=first)["deploymentTarget"]
for event in target["instanceTarget"]["lifecycleEvents"]:
    print(f"{event['lifecycleEventName']:<20}", event["status"])

# %% [markdown]
# The files are installed, the program has started, and `AllowTraffic` does not end. In this event the load balancer
# waits for its health check.

# %%
lesson.predict("how-long")

# %%
health()

# %% [markdown]
# 404 once more, although something *has* been installed. So look on the machine: where does the page lie, and where
# does the web server look?

# %%
lab.machine(first).run("find /var/www -name '*.html'; grep -rh 'root ' /etc/nginx/conf.d")

# %% [markdown] tags=["speaker"]
# Leave these two lines on the screen. Somebody will see it: the page lies one folder too deep.

# %%
lab.why(stuck)

# %% [markdown]
# And if nobody does anything? Let an hour pass.

# %%
lab.advance(seconds=3600)
info = codedeploy.get_deployment(deploymentId=stuck)["deploymentInfo"]
minutes = (info["completeTime"] - info["createTime"]).total_seconds() / 60
print(f"{info['status']} after {minutes:.0f} minutes: {info['errorInformation']['code']}")

# %%
lesson.reveal("how-long")

# %% [markdown]
# **Exercise 2.** The mistake is in `appspec.yml`. Mend it in a commit, and deploy that, until visitors read version 1.

# %% tags=["exercise"]
# repository.files()["appspec.yml"] is the file; repository.commit({"appspec.yml": ...}, message=...) a new commit.

# %% tags=["wrong-solution"]
deploy(repository.head)
lab.advance(seconds=4000)

# %% tags=["another-solution"]
lines = repository.files()["appspec.yml"].decode().splitlines()
straight = "\n".join(line.replace("/var/www/html", "/var/www") for line in lines) + "\n"
deploy(repository.commit({"appspec.yml": straight}, message="the folder that nginx serves"))
lab.advance(seconds=600)

# %% tags=["solution"]
appspec = repository.files()["appspec.yml"].decode()
mended = repository.commit({"appspec.yml": appspec.replace("/var/www/html", "/var/www")}, message="v1, mended")
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deploy(mended))
lab.advance(seconds=60)

# %%
lesson.check("right-destination")

# %% [markdown] minutes=6
# ## Third riddle: machines that do not live long
#
# A third lab, with nothing deployed yet. Somebody has told the Auto Scaling group to believe the load balancer: a
# machine that the health check calls unhealthy shall be replaced. Half an hour has passed.

# %%
lesson.predict("how-many-replaced")

# %%
lab = labkit.start(stage="riddle-endless-replacement", seed=7, fleet_size=2)
repository = lab.github.repository("student/hello-web")
autoscaling = boto3.client("autoscaling")
activities = autoscaling.describe_scaling_activities(AutoScalingGroupName="hello-web-asg")["Activities"]
for activity in activities[:4]:
    print(activity["Description"], activity["Cause"], "", sep="\n")

# %%
lesson.reveal("how-many-replaced")

# %% [markdown]
# Each new machine starts from the same empty image, answers 404, and goes. It has no chance: nobody deploys to it in
# time.

# %%
lab.why(address())

# %% [markdown]
# **Exercise 3.** End it. In the end two machines are healthy, visitors read version 1, and no machine has been replaced
# for ten minutes.

# %% tags=["exercise"]
# First let the machines live, then give them a page.

# %% tags=["wrong-solution"]
autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", HealthCheckType="EC2")
lab.advance(seconds=900)

# %% tags=["another-solution"]
autoscaling.suspend_processes(AutoScalingGroupName="hello-web-asg", ScalingProcesses=["ReplaceUnhealthy"])
lab.advance(seconds=240)
deploy(repository.head)
lab.advance(seconds=600)
autoscaling.resume_processes(AutoScalingGroupName="hello-web-asg", ScalingProcesses=["ReplaceUnhealthy"])
lab.advance(seconds=900)

# %% tags=["solution"]
autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", HealthCheckType="EC2")
lab.advance(seconds=240)
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deploy(repository.head))
autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", HealthCheckType="ELB")
lab.advance(seconds=900)

# %%
lesson.check("let-them-live")

# %% [markdown] minutes=5
# ## In short
#
# - A health check asks for one page and wants one answer. Its reason is in `describe_target_health`; read it first.
# - `AllowTraffic` waits for that check, for an hour. It hangs when the page is not where the web server looks.
# - A group that believes the load balancer replaces machines that nobody has deployed to yet, for ever.
# - The three riddles are one: *what does `GET /` answer on the machine itself?*

# %%
lesson.quiz()

# %% [markdown]
# What the last of the three labs would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.4 ends with this riddle. Next: lesson 10, what to do when the new version is bad.
