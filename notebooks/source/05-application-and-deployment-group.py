# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # The application and its deployment group
#
# *30 minutes · section 6.2.3 of the chapter*
#
# The machines are there, each with an agent. Now CodeDeploy has to learn two things: what your program is called, and
# where it belongs. The first is an *application*, the second a *deployment group*.
#
# After this lesson you can
#
# - make both, and say what each is for,
# - answer the five questions of a deployment group,
# - say which machines a deployment will reach, and what a machine gets that starts tomorrow.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** run everything once, then restart the kernel. Draw a tree on the board: the application at the
# top, two groups below it, machines below them. Point at it in every section.
#
# **Ask first:** "You have a program, a test machine and forty real ones. What do you have to tell somebody who shall
# install it while you sleep?"

# %% [markdown] minutes=2
# ## Where we start
#
# The stage `fleet` has three machines behind a load balancer, in an Auto Scaling group, and two roles: all that lessons
# 02 and 04 made. CodeDeploy knows of none of them; its list of applications is empty.

# %%
from pathlib import Path

import boto3
import requests
from botocore.exceptions import ClientError

import labkit

lab = labkit.start(stage="fleet", seed=7, fleet_size=3)
lesson = labkit.lesson("05")
codedeploy, ec2, iam = (boto3.client(name) for name in ("codedeploy", "ec2", "iam"))
codedeploy.list_applications()["applications"]

# %% [markdown]
# A minute later the machines have booted. The web servers run, and have no page yet.

# %%
lab.advance(seconds=60)
balancer = boto3.client("elbv2").describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]
address = f"http://{balancer['DNSName']}/"
requests.get(address).status_code

# %% [markdown] minutes=2
# ## A name for the program
#
# *In the AWS console: "Create application", with the compute platform "EC2/On-premises".*

# %%
codedeploy.create_application(applicationName="hello-web", computePlatform="Server")
codedeploy.list_deployment_groups(applicationName="hello-web")["deploymentGroups"]

# %% [markdown]
# No group yet. An application holds no files and no machines. It is a name, and other things hang on it: deployment
# groups, and the *revisions* you deploy, such as a commit. So one program can have a group for testing and one for the
# public.

# %% [markdown] minutes=6
# ## Five questions
#
# A deployment group answers five questions once, so that nobody has to answer them at every deployment.
#
# | Question | Argument | In the AWS console |
# |---|---|---|
# | Who acts for you? | `serviceRoleArn` | Service role |
# | Which machines? | `autoScalingGroups` or `ec2TagFilters` | Environment configuration |
# | In place or blue/green? | `deploymentStyle` | Deployment type |
# | How many at once? | `deploymentConfigName` | Deployment settings |
# | Which load balancer? | `loadBalancerInfo` | Load balancer |
#
# We begin with the first. CodeDeploy will ask Auto Scaling and the load balancer to do things. In whose name? Two roles
# are here:

# %%
roles = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
for name in ["hello-web-instance", "hello-web-codedeploy"]:
    print(f"{name:<21}", roles[name]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"])

# %% [markdown]
# `Principal` says who may put the role on. Somebody is in a hurry and takes the first one.

# %%
lesson.predict("wrong-role")


# %%
def create_group(name, role, **answers):
    """Makes a deployment group of hello-web."""
    created = codedeploy.create_deployment_group(
        applicationName="hello-web",
        deploymentGroupName=name,
        serviceRoleArn=roles[role]["Arn"],
        **answers,
    )
    return created["deploymentGroupId"]


# %%
try:
    print(create_group("hello-web-group", "hello-web-instance", autoScalingGroups=["hello-web-asg"]))
except ClientError as error:
    print(error)

# %%
lesson.reveal("wrong-role")

# %% [markdown]
# Now with the right role, and with all five answers. AWS answers with the group's id.

# %%
create_group(
    "hello-web-group",
    "hello-web-codedeploy",
    autoScalingGroups=["hello-web-asg"],
    deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    deploymentConfigName="CodeDeployDefault.OneAtATime",
    loadBalancerInfo={"targetGroupInfoList": [{"name": "hello-web-targets"}]},
)

# %% [markdown] tags=["speaker"]
# **What goes wrong:** three permissions are mixed up here. Yours to call CodeDeploy; the service role's, to use load
# balancer and Auto Scaling; the machine's, to fetch the files. Ask for each argument: "Who does that?"

# %% [markdown] minutes=3
# ## Deploy
#
# What is left for a deployment is short: which application, which group, which revision.

# %%
site = Path("../resources/hello-web")
paths = [path for path in sorted(site.rglob("*")) if path.is_file()]
files = {path.relative_to(site).as_posix(): path.read_text() for path in paths}
repository = lab.github.repository("student/hello-web")


def commit(version):
    """A commit of the site with this number on its page."""
    page = files["index.html"].replace("version 1", f"version {version}")
    return repository.commit({**files, "index.html": page}, message=f"v{version}")


# %%
def deploy(group, commit_id):
    """Deploys a commit to a group, waits a while, and gives the deployment's id."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName=group,
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )["deploymentId"]
    lab.advance(seconds=400)
    return deployment_id


first = deploy("hello-web-group", commit(1))
codedeploy.get_deployment(deploymentId=first)["deploymentInfo"]["status"]

# %%
requests.get(address).text.split("<h1>")[1].split("</h1>")[0]

# %% [markdown] minutes=3
# ## A machine that starts tomorrow
#
# Visitors become more, and the Auto Scaling group starts a fourth machine. Nobody calls `create_deployment`.

# %%
lesson.predict("new-machine")

# %%
autoscaling = boto3.client("autoscaling")
autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=4)
lab.advance(seconds=300)


# %%
def deployments(group):
    """One line for each deployment of a group, the oldest first."""
    found = codedeploy.list_deployments(applicationName="hello-web", deploymentGroupName=group)["deployments"]
    for deployment_id in reversed(found):
        info = codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        print(f"{deployment_id}  {info['status']:<10} by {info['creator']}")


deployments("hello-web-group")

# %%
lesson.reveal("new-machine")

# %% [markdown]
# How does CodeDeploy hear of a new machine? When the deployment group was made, it put a *lifecycle hook* into the Auto
# Scaling group. A new machine waits there until its deployment has succeeded, and only then serves. If it fails, the
# machine is given up (ABANDON) and another one starts.

# %%
for hook in autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="hello-web-asg")["LifecycleHooks"]:
    print(hook["LifecycleHookName"].split("-hello-web")[0])
    print(hook["LifecycleTransition"], "or else", hook["DefaultResult"])

# %% [markdown] minutes=3
# ## Why name the load balancer?
#
# The machines are behind it anyway. So let us deploy version 2 without telling it: `WITHOUT_TRAFFIC_CONTROL`.

# %%
lesson.predict("without-traffic-control")

# %%
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"},
)
second = deploy("hello-web-group", commit(2))
lab.charts.version_share(second)

# %%
lesson.reveal("without-traffic-control")

# %% [markdown]
# Red is the share of visitors who got an error. It was quick, because nobody waited for the load balancer; and that is
# just why there were errors.

# %% [markdown] minutes=4
# ## Machines by tag
#
# A test machine stands outside the Auto Scaling group. It has two tags, `Name` and `Stage`.

# %%
test_id = ec2.run_instances(
    LaunchTemplate={"LaunchTemplateName": "hello-web"},
    MinCount=1,
    MaxCount=1,
    TagSpecifications=[
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "hello-web"}, {"Key": "Stage", "Value": "test"}]}
    ],
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[test_id])
lab.advance(seconds=60)

# %% [markdown]
# The four others have the same `Name`, and no `Stage`. A second group is meant for the machine with both tags:

# %%
NAME = {"Key": "Name", "Value": "hello-web", "Type": "KEY_AND_VALUE"}
STAGE = {"Key": "Stage", "Value": "test", "Type": "KEY_AND_VALUE"}
create_group(
    "hello-web-test",
    "hello-web-codedeploy",
    ec2TagFilters=[NAME, STAGE],
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
)

# %%
lesson.predict("two-tags")


# %%
def targets(deployment_id):
    """One line for each machine that the deployment reached, with the reason if it failed there."""
    for target_id in codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]:
        found = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=target_id)
        target = found["deploymentTarget"]["instanceTarget"]
        failed = [event["diagnostics"] for event in target["lifecycleEvents"] if event["status"] == "Failed"]
        print(target_id, target["status"], *[reason["message"].split("because a ")[-1] for reason in failed])


# %%
commit_v3 = commit(3)
test = deploy("hello-web-test", commit_v3)
targets(test)

# %%
lesson.reveal("two-tags")

# %% [markdown]
# In one list of filters, one match is enough. A test version was on its way to everybody. Only by luck nothing came of
# it: the page on those machines was put there by the other group, and an agent does not overwrite that.
#
# | You want | You write |
# |---|---|
# | machines with this tag *or* that | `ec2TagFilters=[this, that]` |
# | machines with this tag *and* that | `ec2TagSet={"ec2TagSetList": [[this], [that]]}` |

# %% [markdown] tags=["speaker"]
# Ask: "What would have happened had the page another name?" (Version 3 in production, all machines at once.) A group's
# machines cannot be listed before a deployment: its targets are chosen when it starts.

# %% [markdown] minutes=4
# ## Your turn
#
# **Exercise 1.** Mend the group `hello-web-test`: it shall reach the machine with `Stage` `test` and no other. Then
# deploy `commit_v3` to it.

# %% tags=["exercise"]
# Change the group's tags with update_deployment_group, then deploy.

# %% tags=["wrong-solution"]
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-test",
    ec2TagFilters=[NAME],
)
deploy("hello-web-test", commit_v3)

# %% tags=["another-solution"]
codedeploy.update_deployment_group(
    applicationName="hello-web", currentDeploymentGroupName="hello-web-test", ec2TagFilters=[STAGE]
)
deploy("hello-web-test", commit_v3)

# %% tags=["solution"]
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-test",
    ec2TagSet={"ec2TagSetList": [[NAME], [STAGE]]},
)
mended = deploy("hello-web-test", commit_v3)
targets(mended)

# %%
lesson.check("only-the-test-machine")

# %% [markdown]
# **Exercise 2.** Version 3 passed its test. Bring it to the group `hello-web-group`, to all four machines, so that no
# visitor gets an error.

# %% tags=["exercise"]
# What did we take away from hello-web-group? Give it back, then deploy.

# %% tags=["wrong-solution"]
deploy("hello-web-group", commit_v3)

# %% tags=["another-solution"]
codedeploy.delete_deployment_group(applicationName="hello-web", deploymentGroupName="hello-web-group")
create_group(
    "hello-web-group",
    "hello-web-codedeploy",
    autoScalingGroups=["hello-web-asg"],
    deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    deploymentConfigName="CodeDeployDefault.HalfAtATime",
    loadBalancerInfo={"targetGroupInfoList": [{"name": "hello-web-targets"}]},
)
location = {"repository": "student/hello-web", "commitId": commit_v3}
codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    fileExistsBehavior="OVERWRITE",
    revision={"revisionType": "GitHub", "gitHubLocation": location},
)
lab.advance(seconds=900)

# %% tags=["solution"]
codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    loadBalancerInfo={"targetGroupInfoList": [{"name": "hello-web-targets"}]},
)
public = deploy("hello-web-group", commit_v3)
targets(public)

# %%
lesson.check("no-errors")

# %% [markdown] minutes=1
# ## In short
#
# - The application is a name. The deployment group says where, how, and in whose name.
# - The service role must trust CodeDeploy. The machines' role is another one.
# - With an Auto Scaling group, new machines get the last revision by themselves, before they serve.
# - Without traffic control, nobody takes a machine out of the load balancer first.
# - Filters in one list mean *or*.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.3 makes both in the console. Next: lesson 06, a change goes to the machines one
# after another.
