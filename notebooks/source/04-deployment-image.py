# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # The deployment image
#
# *30 minutes · section 6.2.3 of the chapter*
#
# A deployment brings your program. Everything else must be on the machine already: a web server, and the agent that
# fetches your program. You install both once, take a picture of the disk, and start every machine from that picture.
# AWS calls it an *Amazon Machine Image* (AMI).
#
# After this lesson you can
#
# - bake an image with the CodeDeploy agent in it,
# - start a group of machines from it, behind a load balancer,
# - say why a fresh machine answers 404, and why the quick remedy makes the first deployment fail.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** run everything once, then restart the kernel. This lesson has the most boto3 of all. Do not
# read it aloud: name the thing that each cell makes, draw it on the board, and go on.
#
# **Ask first:** "You need fifty machines like this one by noon. Do you log in to fifty machines?"

# %% [markdown] minutes=5
# ## One machine, by script
#
# The stage `roles` holds two roles and nothing else: `hello-web-instance` is for machines, `hello-web-codedeploy` for
# CodeDeploy.

# %%
from pathlib import Path

import boto3
import requests

import labkit

lab = labkit.start(stage="roles", seed=7)
lesson = labkit.lesson("04")
ec2, ssm, elbv2, autoscaling = (boto3.client(name) for name in ("ec2", "ssm", "elbv2", "autoscaling"))

# %% [markdown]
# We begin with Amazon's own image. Its id changes with every update, so AWS keeps it under a name that stays, as a
# *parameter*. (This service is called Systems Manager, `ssm` in boto3.)

# %%
parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
base_image = ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
base_image

# %% [markdown]
# *User data* is a script that a machine runs when it boots for the first time. Ours installs nginx and the agent. You
# could give the same file to a machine at AWS.

# %%
user_data = Path("../resources/user-data/web-server.sh").read_text()
print(user_data)

# %% [markdown]
# Start one machine with it. *In the AWS console: "Launch instance"; the profile and the user data hide under "Advanced
# details".*

# %%
builder = ec2.run_instances(
    ImageId=base_image,
    InstanceType="t3.micro",
    MinCount=1,
    MaxCount=1,
    IamInstanceProfile={"Name": "hello-web-instance"},
    UserData=user_data,
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[builder])
lab.advance(seconds=60)

# %% [markdown]
# A minute later the script is through. Is the agent there?

# %%
lab.machine(builder).run("systemctl is-active nginx codedeploy-agent")

# %% [markdown]
# Both are. The web server serves the folder `/var/www`. Nobody has put anything there; there is not even a folder. So
# what does the server answer?

# %%
lab.machine(builder).run("ls /var/www; curl -s -I http://localhost/ | head -n 1")

# %% [markdown] minutes=3
# ## Bake it
#
# `create_image` stops the machine for a moment and copies its disk. Then the machine has done its work.

# %%
image_id = ec2.create_image(InstanceId=builder, Name="hello-web")["ImageId"]
ec2.get_waiter("image_available").wait(ImageIds=[image_id])
ec2.terminate_instances(InstanceIds=[builder])
image_id

# %% [markdown]
# A *launch template* remembers how to start machines from the image: size, and role.

# %%
template = ec2.create_launch_template(
    LaunchTemplateName="hello-web",
    LaunchTemplateData={
        "ImageId": image_id,
        "InstanceType": "t3.micro",
        "IamInstanceProfile": {"Name": "hello-web-instance"},
    },
)["LaunchTemplate"]["LaunchTemplateId"]
template

# %% [markdown] minutes=5
# ## A group behind a load balancer
#
# A region has several *Availability Zones*: separate data centers. In each lies a *subnet*, a piece of your network. We
# take two, so that one zone may fail.

# %%
subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][:2]
subnet_ids = [subnet["SubnetId"] for subnet in subnets]
vpc_id = subnets[0]["VpcId"]
[subnet["AvailabilityZone"] for subnet in subnets]

# %% [markdown]
# A *security group* is the door in front of machines and load balancer. Without a rule, nobody may reach port 80. This
# rule lets everybody in (`0.0.0.0/0` means any address); `True` says that it is made.

# %%
in_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
door = ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"][0]["GroupId"]
visitors = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ec2.authorize_security_group_ingress(GroupId=door, IpPermissions=[visitors])["Return"]

# %% [markdown]
# The *target group* knows the machines, and asks each of them for `/` every ten seconds: are you well? Only an answer
# of 200 counts.

# %%
targets = elbv2.create_target_group(
    Name="hello-web-targets",
    Protocol="HTTP",
    Port=80,
    VpcId=vpc_id,
    HealthCheckPath="/",
    HealthCheckIntervalSeconds=10,
    HealthyThresholdCount=2,
)["TargetGroups"][0]["TargetGroupArn"]

# %% [markdown]
# The load balancer has the address, and a *listener* that sends visitors to the target group.

# %%
balancer = elbv2.create_load_balancer(Name="hello-web-alb", Subnets=subnet_ids)["LoadBalancers"][0]
elbv2.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
)
elbv2.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer["LoadBalancerArn"]])
address = f"http://{balancer['DNSName']}/"

# %% [markdown]
# The *Auto Scaling group* keeps two machines running, and puts each into the target group.

# %%
autoscaling.create_auto_scaling_group(
    AutoScalingGroupName="hello-web-asg",
    LaunchTemplate={"LaunchTemplateName": "hello-web"},
    MinSize=1,
    MaxSize=4,
    DesiredCapacity=2,
    VPCZoneIdentifier=",".join(subnet_ids),
    TargetGroupARNs=[targets],
    Tags=[{"Key": "Name", "Value": "hello-web", "PropagateAtLaunch": True}],
)
lab.advance(seconds=180)


# %%
def machines():
    """The machines of the group that run."""
    groups = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["hello-web-asg"])
    return [instance["InstanceId"] for instance in groups["AutoScalingGroups"][0]["Instances"]]


machines()

# %% [markdown] minutes=5
# ## What does a visitor get?
#
# Two machines run, a web server runs on each, and the load balancer is there for the visitors.

# %%
lesson.predict("first-visit")

# %%
requests.get(address).status_code

# %%
lesson.reveal("first-visit")

# %% [markdown]
# At this point the chapter's author was stuck. The health check says the same, in the words of AWS:


# %%
def health():
    """One line for each machine: what its health check says."""
    for found in elbv2.describe_target_health(TargetGroupArn=targets)["TargetHealthDescriptions"]:
        state = found["TargetHealth"]
        print(found["Target"]["Id"], state["State"], state.get("Description", ""))


health()

# %% [markdown]
# Nothing is broken. The machines wait for their first deployment, and until then there is no page. A load balancer with
# nobody healthy sends visitors to everybody, so they read the 404 itself.
#
# | | before the first deployment | after it |
# |---|---|---|
# | `/var/www` | not there | your page |
# | answer to `/` | 404 | 200 |
# | health check | unhealthy | healthy |

# %% [markdown] tags=["speaker"]
# Stop here until somebody says it in their own words: "The image has the server, the deployment brings the page."
# Most will then propose the quick remedy of the next section by themselves.

# %% [markdown] minutes=4
# ## The quick remedy
#
# Unhealthy machines look bad. Somebody logs in and puts a page there by hand:

# %%
for instance_id in machines():
    lab.machine(instance_id).run("mkdir -p /var/www && echo '<h1>Coming soon</h1>' > /var/www/index.html")
lab.advance(seconds=60)
health()

# %% [markdown]
# All healthy. Now comes the first deployment. It needs an application and a deployment group. Lesson 05 explains both;
# here they are in short.

# %%
codedeploy = boto3.client("codedeploy")
codedeploy.create_application(applicationName="hello-web", computePlatform="Server")
codedeploy.create_deployment_group(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
    serviceRoleArn=boto3.client("iam").get_role(RoleName="hello-web-codedeploy")["Role"]["Arn"],
    ec2TagFilters=[{"Key": "Name", "Value": "hello-web", "Type": "KEY_AND_VALUE"}],
)["deploymentGroupId"]

# %% [markdown]
# Version 1 of the site is the folder `resources/hello-web`. We commit it as it is.

# %%
site = Path("../resources/hello-web")
paths = [path for path in sorted(site.rglob("*")) if path.is_file()]
files = {path.relative_to(site).as_posix(): path.read_text() for path in paths}
commit_id = lab.github.repository("student/hello-web").commit(files, message="v1")


# %%
def deploy():
    """Deploys version 1 to all machines, and gives the deployment as it ended."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )["deploymentId"]
    lab.advance(seconds=300)
    return codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]


# %% [markdown]
# The deployment wants to write `/var/www/index.html`, the file that somebody has put there by hand.

# %%
lesson.predict("file-in-the-way")

# %%
first = deploy()
first["status"]

# %% [markdown]
# Which event failed, and what did the agent say?

# %%
target_id = machines()[0]
target = codedeploy.get_deployment_target(deploymentId=first["deploymentId"], targetId=target_id)
for event in target["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]:
    if event["status"] == "Failed":
        print(event["lifecycleEventName"], "failed:", event["diagnostics"]["message"])

# %%
lesson.reveal("file-in-the-way")

# %% [markdown]
# CodeDeploy will not overwrite what it has not put there. So: keep the destination empty. Take the page away, and
# deploy again.

# %%
for instance_id in machines():
    lab.machine(instance_id).run("rm -r /var/www")
second = deploy()
second["status"]

# %%
lab.advance(seconds=60)
health()
requests.get(address).text.split("<h1>")[1].split("</h1>")[0]

# %% [markdown] minutes=5
# ## Your turn
#
# **Exercise 1.** Start a third machine, and bring version 1 to it. In the end all three are healthy.

# %% tags=["exercise"]
# Ask the group for three machines, let them boot, and do what a fresh machine needs.

# %% tags=["wrong-solution"]
autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=3)
lab.advance(seconds=240)

# %% tags=["another-solution"]
autoscaling.update_auto_scaling_group(AutoScalingGroupName="hello-web-asg", MinSize=3, DesiredCapacity=3)
lab.advance(seconds=240)
codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    updateOutdatedInstancesOnly=True,
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id},
    },
)
lab.advance(seconds=600)

# %% tags=["solution"]
autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=3)
lab.advance(seconds=240)
deploy()
lab.advance(seconds=60)

# %%
lesson.check("third-machine")

# %% [markdown]
# **Exercise 2.** The group grows to four. This time nothing is deployed to the new machine, and yet the load balancer
# shall call it healthy. Change the health check, not the machine.

# %% tags=["exercise"]
# Ask for four machines, change the target group's health check, and let time pass.

# %% tags=["wrong-solution"]
autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=4)
lab.advance(seconds=240)
lab.machine(machines()[-1]).run("mkdir -p /var/www && echo '<h1>Coming soon</h1>' > /var/www/index.html")
lab.advance(seconds=60)

# %% tags=["another-solution"]
fourth = [found for found in machines() if "Coming" in lab.machine(found).run("cat /var/www/index.html").stdout]
lab.machine(fourth[0]).run("rm -r /var/www")
elbv2.modify_target_group(TargetGroupArn=targets, Matcher={"HttpCode": "200-499"})
lab.advance(seconds=120)

# %% tags=["solution"]
autoscaling.set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=4)
elbv2.modify_target_group(TargetGroupArn=targets, Matcher={"HttpCode": "200,404"})
lab.advance(seconds=240)

# %%
lesson.check("healthy-and-empty")

# %% [markdown]
# When it is solved, look at what that means for visitors: eight visits, one after another.

# %%
[requests.get(address).status_code for _ in range(8)]

# %% [markdown] tags=["speaker"]
# Exercise 2 works, and is a trap: green targets, and some visitors read 404. Ask who would do it in production. A
# better way: let CodeDeploy know the Auto Scaling group. It then deploys to each new machine before it serves
# (lesson 05).

# %% [markdown] minutes=1
# ## In short
#
# - The image holds what every machine needs: web server and agent. The deployment brings what changes.
# - A fresh machine answers 404 until its first deployment, so its health check fails. That is as it should be.
# - Keep the destination empty. CodeDeploy does not overwrite files that it did not put there.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.3 bakes this image in the console. Next: lesson 05, the application and the
# deployment group.
