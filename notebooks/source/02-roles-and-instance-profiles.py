# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # Roles and instance profiles
#
# *30 minutes · section 6.1.2 of the chapter*
#
# A program on an *instance*, a virtual machine of EC2, needs permissions: to read its files from S3, to report to
# CodeDeploy. It could carry a user's key. In this lesson you see why that is unwieldy, how a role does it without any
# key, and what CodeDeploy's own role really uses of all that it may.
#
# After this lesson you can
#
# - give an instance permissions through a role and an instance profile,
# - read a trust policy: who may become this role,
# - say what a service role is for, and cut it down to what it needs,
# - say whose permission a step of a deployment needs: yours, CodeDeploy's or the instance's.

# %% [markdown] tags=["speaker"]
# **Ask first:** "Where is the key of the last program you put on a server?" In the source, in an environment variable,
# in the image? All three have leaked somewhere.

# %% [markdown] minutes=1
# ## Where we start
#
# Two machines serve the site `hello-web`. Lessons 04 and 05 make such machines; here they are ready. You add a bucket
# with one file, which a program shall read.

# %%
import io
import json
import zipfile
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=2)
lesson = labkit.lesson("02")

s3 = boto3.client("s3")
s3.create_bucket(Bucket="hello-web-bundles", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
s3.put_object(Bucket="hello-web-bundles", Key="v1.zip", Body=b"version 1")
lab

# %% [markdown] minutes=4
# ## A key on an instance
#
# A new instance, started without any role. An *image* is what its disk begins with; this one is Amazon's own.

# %%
ec2, ssm, iam = boto3.client("ec2"), boto3.client("ssm"), boto3.client("iam")
image_name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
image_id = ssm.get_parameter(Name=image_name)["Parameter"]["Value"]
started = ec2.run_instances(ImageId=image_id, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]
instance_id = started["InstanceId"]
ec2.get_waiter("instance_status_ok").wait(InstanceIds=[instance_id])
machine = lab.machine(instance_id)
machine

# %% [markdown]
# Its program gets a user with a key, and the key is written where every AWS program looks for it.

# %%
document = Path("../resources/policies/read-bundles.json").read_text()
iam.create_user(UserName="hello-web-program")
iam.put_user_policy(UserName="hello-web-program", PolicyName="read-bundles", PolicyDocument=document)
key = iam.create_access_key(UserName="hello-web-program")["AccessKey"]

credentials_file = f"""[default]
aws_access_key_id = {key["AccessKeyId"]}
aws_secret_access_key = {key["SecretAccessKey"]}
"""
machine.run(f"mkdir -p ~/.aws && cat > ~/.aws/credentials <<'END'\n{credentials_file}END")
machine.run("ls -l ~/.aws")

# %% [markdown]
# Now the program may read the bucket. But the secret lies on a disk, and in every image and backup that is made of it.
# Somebody copies it. How long does the copy work?

# %%
lesson.predict("leaked-key")

# %%
copied = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
lab.advance(seconds=24 * 3600)
print("a day later:", copied.client("s3").get_object(Bucket="hello-web-bundles", Key="v1.zip")["Body"].read())

# %%
lesson.reveal("leaked-key")

# %% [markdown]
# The only remedy is to delete the key, and then every machine that carries it stops working until each has a new one.

# %%
iam.delete_access_key(UserName="hello-web-program", AccessKeyId=key["AccessKeyId"])
try:
    copied.client("s3").get_object(Bucket="hello-web-bundles", Key="v1.zip")
except ClientError as error:
    print(error)

# %% [markdown] minutes=6
# ## A role instead
#
# The stage has made a role, `hello-web-instance`, and the two machines use it. It has two kinds of document. The first,
# its *trust policy*, says who may become the role; the others, its policies, what it then may.
#
# ![On the left a key is copied onto three instances. On the right a role, which EC2 may assume, reaches three instances
# through an instance profile, and each gets temporary credentials.](../resources/role.svg)

# %%
role = iam.get_role(RoleName="hello-web-instance")["Role"]
print(json.dumps(role["AssumeRolePolicyDocument"], indent=2))
for policy in iam.list_attached_role_policies(RoleName="hello-web-instance")["AttachedPolicies"]:
    print(policy["PolicyName"])

# %% [markdown]
# Of the trust policy you see the document, of the policies only the names: both are AWS's own.
#
# A machine asks for credentials at an address that only it can reach, 169.254.169.254: the *instance metadata*. It asks
# twice: first for a token, then, with the token, for what it wants to know. The new machine gets no credentials yet.

# %%
metadata = "http://169.254.169.254/latest"
get_token = f'TOKEN=$(curl -s -X PUT {metadata}/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 60")'
ask = f'{get_token}; curl -s -H "X-aws-ec2-metadata-token: $TOKEN" {metadata}/meta-data/iam/security-credentials'
machine.run(f"{ask}/ | grep title")

# %% [markdown]
# Now it gets the instance profile. *In the AWS console: Instances, Actions, Security, Modify IAM role.* The console
# says "role" there; what it attaches is the profile of the same name.

# %%
ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "hello-web-instance"}, InstanceId=instance_id)
machine.run(f"{ask}/")

# %%
lesson.predict("role-credentials")

# %%
credentials = json.loads(machine.run(f"{ask}/hello-web-instance").stdout)
print("now:    ", f"{lab.now:%Y-%m-%dT%H:%M:%SZ}")
print("expires:", credentials["Expiration"])

# %%
lesson.reveal("role-credentials")

# %% [markdown]
# A program on the machine finds these by itself. Here you use them from the notebook, to see who it is then:

# %%
as_instance = boto3.Session(
    aws_access_key_id=credentials["AccessKeyId"],
    aws_secret_access_key=credentials["SecretAccessKey"],
    aws_session_token=credentials["Token"],
)
print(as_instance.client("sts").get_caller_identity()["Arn"])
print(as_instance.client("s3").get_object(Bucket="hello-web-bundles", Key="v1.zip")["Body"].read())

# %% [markdown]
# The role, and in it one session for this machine: AWS's record can tell the machines apart. No key was copied, and
# changing the role's policies once changes all machines.

# %% [markdown] minutes=4
# ## Who may become the role?
#
# Mina administers everything. May she become `hello-web-instance`?

# %%
iam.create_user(UserName="mina")
iam.attach_user_policy(UserName="mina", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
mina_key = iam.create_access_key(UserName="mina")["AccessKey"]
as_mina = boto3.Session(aws_access_key_id=mina_key["AccessKeyId"], aws_secret_access_key=mina_key["SecretAccessKey"])

# %%
lesson.predict("administrator")

# %%
try:
    as_mina.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="mina")
except ClientError as error:
    refusal = error
    print(error)

# %%
lab.why(refusal)

# %%
lesson.reveal("administrator")

# %% [markdown]
# A role may also be for *another account*. This trust policy lets account 111122223333 in, if it says the agreed word,
# the *external id*. `root` stands for the account as a whole: it decides which of its users come.

# %%
trust = Path("../resources/policies/trust-partner.json").read_text()
partner_role = iam.create_role(RoleName="partner-audit", AssumeRolePolicyDocument=trust)["Role"]
print(trust)

# %% [markdown]
# Across accounts both sides must agree. The trust policy allows, and still the answer is no: their own account has to
# allow it too. Choose *Identity-based policies* as the kind, and press *Try one more policy*: now it is yes. Then
# delete the line with `sts:ExternalId` in the context, and it is no again.

# %%
lab.policy_explorer(
    who="arn:aws:iam::111122223333:user/auditor",
    action="sts:AssumeRole",
    resource=partner_role["Arn"],
    context={"sts:ExternalId": "hello-web-audit"},
)

# %% [markdown] minutes=4
# ## CodeDeploy's service role
#
# CodeDeploy acts in your account too: it looks up instances, takes them out of the load balancer, speaks with Auto
# Scaling. It does so through a role that trusts the service `codedeploy.amazonaws.com`, with AWS's own policy
# `AWSCodeDeployRole`. With it the stage has made the deployment group and deployed version 1. How much of what that
# policy grants did it use?

# %%
lesson.predict("service-role")

# %%
service_role = lab.permissions_used("hello-web-codedeploy")
service_role

# %%
lesson.reveal("service-role")

# %% [markdown]
# The rest serves what nobody has done here: blue/green deployments, triggers, alarms, machines found by their tags. The
# picture puts two kinds of deployment side by side: *in place*, which you saw, and *blue/green*, which lesson 08 is
# about.
#
# ![How many of its permissions CodeDeploy's service role uses, service by service, in an in-place and in a blue/green
# deployment; and what the instances' role uses.](../resources/permissions.svg)

# %% [markdown] tags=["speaker"]
# The numbers in the picture come from deployments that ran in the lab; `python -m labkit.authoring diagrams` draws it
# anew. On AWS the same is told by IAM's *last accessed* information, service by service, some hours later.

# %% [markdown] minutes=3
# ## Whose permission fetches the files?
#
# Not the service role's: the program that fetches them, CodeDeploy's *agent*, runs on the machine. It has taken version
# 1 from GitHub, and GitHub does not ask for roles. S3 does. So put the same files there, as a *bundle*: one zip file.

# %%
site, bundle = Path("../resources/hello-web"), io.BytesIO()
with zipfile.ZipFile(bundle, "w") as archive:
    for path in sorted(site.rglob("*.*")):
        archive.write(path, path.relative_to(site))
s3.put_object(Bucket="hello-web-bundles", Key="hello-web.zip", Body=bundle.getvalue())
archive.namelist()

# %%
codedeploy = boto3.client("codedeploy")
in_s3 = {"bucket": "hello-web-bundles", "key": "hello-web.zip", "bundleType": "zip"}


def deploy_bundle():
    """Deploys the bundle to the two machines, waits, and gives the deployment's id."""
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={"revisionType": "S3", "s3Location": in_s3},
    )["deploymentId"]
    lab.advance(seconds=300)
    return deployment_id


# %% [markdown]
# Take the policy with `s3:GetObject` away from the machines' role, and deploy. Which step of it fails on the first
# machine?

# %%
reads_s3 = "arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforAWSCodeDeploy"
iam.detach_role_policy(RoleName="hello-web-instance", PolicyArn=reads_s3)
refused = deploy_bundle()

target_id = codedeploy.list_deployment_targets(deploymentId=refused)["targetIds"][0]
target = codedeploy.get_deployment_target(deploymentId=refused, targetId=target_id)["deploymentTarget"]
for event in target["instanceTarget"]["lifecycleEvents"]:
    if event["status"] == "Failed":
        print(event["lifecycleEventName"], "failed:", event["diagnostics"]["message"])

# %% [markdown]
# The agent asked S3 with the machine's role, and S3 said no. Give the policy back:

# %%
iam.attach_role_policy(RoleName="hello-web-instance", PolicyArn=reads_s3)
allowed = deploy_bundle()
codedeploy.get_deployment(deploymentId=allowed)["deploymentInfo"]["status"]

# %% [markdown]
# So three permissions stand behind one deployment: *yours* started it, the *service role's* took the machines out of
# the load balancer, and the *machines' role* fetched the files.

# %% [markdown] tags=["speaker"]
# Write the three on the board, and point at one for every step you name: "BlockTraffic? DownloadBundle?" A deployment
# from GitHub needs nothing of the machines' role, so the gap shows only when somebody moves the files to S3. On AWS a
# changed policy takes some seconds to arrive everywhere.

# %% [markdown] minutes=5
# ## Your turn
#
# **Exercise 1.** A program on EC2 writes logs. Make a role `log-writer` that EC2 may assume and that may put files into
# `hello-web-bundles` below `logs/`, nothing else; and an instance profile of the same name that an instance can be
# started with.

# %% tags=["exercise"]
# Make the role, its policy and its instance profile here.

# %% tags=["wrong-solution"]
trust_ec2 = Path("../resources/policies/trust-ec2.json").read_text()
iam.create_role(RoleName="log-writer", AssumeRolePolicyDocument=trust_ec2)
write_logs = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::hello-web-bundles/logs/*"}],
}
iam.put_role_policy(RoleName="log-writer", PolicyName="write-logs", PolicyDocument=json.dumps(write_logs))

# %% tags=["another-solution"]
iam.delete_role_policy(RoleName="log-writer", PolicyName="write-logs")
write_logs["Statement"][0]["Action"] = ["s3:Put*"]
logs_arn = iam.create_policy(PolicyName="write-logs", PolicyDocument=json.dumps(write_logs))["Policy"]["Arn"]
iam.attach_role_policy(RoleName="log-writer", PolicyArn=logs_arn)
iam.create_instance_profile(InstanceProfileName="log-writer")
iam.add_role_to_instance_profile(InstanceProfileName="log-writer", RoleName="log-writer")

# %% tags=["solution"]
trust_ec2 = Path("../resources/policies/trust-ec2.json").read_text()
iam.create_role(RoleName="log-writer", AssumeRolePolicyDocument=trust_ec2)
write_logs = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::hello-web-bundles/logs/*"}],
}
iam.put_role_policy(RoleName="log-writer", PolicyName="write-logs", PolicyDocument=json.dumps(write_logs))
iam.create_instance_profile(InstanceProfileName="log-writer")
iam.add_role_to_instance_profile(InstanceProfileName="log-writer", RoleName="log-writer")

# %%
lesson.check("log-writer")

# %% [markdown]
# **Exercise 2.** Give CodeDeploy's service role what it needs and no more: take `AWSCodeDeployRole` away, put a
# policy of your own in its place, and prove it with one more deployment that succeeds. `service_role.policy` is the
# smallest policy that allows what the table calls *used*, as a dictionary.

# %% tags=["exercise"]
# Change the policies of hello-web-codedeploy here, then deploy.

# %% tags=["wrong-solution"]
iam.put_role_policy(
    RoleName="hello-web-codedeploy",
    PolicyName="what-it-uses",
    PolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["ec2:Describe*", "autoscaling:*"], "Resource": "*"}],
        }
    ),
)
iam.detach_role_policy(
    RoleName="hello-web-codedeploy", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"
)
codedeploy = boto3.client("codedeploy")
revision = {
    "revisionType": "GitHub",
    "gitHubLocation": {
        "repository": "student/hello-web",
        "commitId": lab.github.repository("student/hello-web").head,
    },
}
codedeploy.create_deployment(applicationName="hello-web", deploymentGroupName="hello-web-group", revision=revision)
lab.advance(seconds=1800)

# %% tags=["another-solution"]
by_hand = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeInstances",
                "autoscaling:*Lifecycle*",
                "autoscaling:DescribeAutoScalingGroups",
                "elasticloadbalancing:*Targets",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "Resource": "*",
        }
    ],
}
iam.put_role_policy(RoleName="hello-web-codedeploy", PolicyName="what-it-uses", PolicyDocument=json.dumps(by_hand))
deployment_id = codedeploy.create_deployment(
    applicationName="hello-web", deploymentGroupName="hello-web-group", revision=revision
)["deploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)

# %% tags=["solution"]
iam.put_role_policy(
    RoleName="hello-web-codedeploy", PolicyName="what-it-uses", PolicyDocument=json.dumps(service_role.policy)
)
iam.detach_role_policy(
    RoleName="hello-web-codedeploy", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"
)
codedeploy = boto3.client("codedeploy")
deployment_id = codedeploy.create_deployment(
    applicationName="hello-web",
    deploymentGroupName="hello-web-group",
    revision={
        "revisionType": "GitHub",
        "gitHubLocation": {
            "repository": "student/hello-web",
            "commitId": lab.github.repository("student/hello-web").head,
        },
    },
)["deploymentId"]
codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)

# %%
lesson.check("least-privilege")

# %% [markdown] tags=["speaker"]
# **What goes wrong:** some write the policy first and detach later, and test in between: then AWS's policy still
# carries the deployment. Ask how one would notice on AWS.

# %% [markdown] minutes=1
# ## In short
#
# - A key on a machine never expires, is copied with every image, and must be changed everywhere at once.
# - A role has a *trust policy* (who may become it) and policies (what it then may). An *instance profile* carries it to
#   instances, which get credentials that expire by themselves.
# - CodeDeploy acts through its *service role*. What a deployment really uses is a small part of what AWS's policy
#   grants.
# - The agent fetches a bundle from S3 with the role of its machine.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.1.2 makes both roles in the console. Next: lesson 03, the agent and its AppSpec
# file.
