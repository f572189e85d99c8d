# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=1
# # The words of IAM
#
# *25 minutes · section 6.1.2 of the chapter*
#
# IAM, *Identity and Access Management*, decides who may do what in an AWS account. When a deployment fails, a missing
# permission is often the cause. So you make each thing that IAM knows once; you are refused, read why, and are allowed.
#
# After this lesson you can
#
# - say what a permission, a policy, a user, a group, a role and an instance profile are,
# - explain why a permission reaches somebody only through a policy,
# - read a refusal and find the statement, or the gap, that caused it.

# %% [markdown] tags=["speaker"]
# **Ask first:** "Who of you has an AWS account? Whose key do your programs use?" Most use the owner's. That is the
# habit this lesson works against.
#
# **Words:** keep the picture on the board. Each section makes one of its boxes.

# %% [markdown] minutes=2
# ## The map
#
# Six words and how they hang together. Come back here whenever one of them is new.
#
# ![A permission is written in a policy. A policy is attached to a user, a group or a role. A user belongs to groups.
# An instance profile contains one role, and an EC2 instance is started with it.](../resources/iam.svg)

# %% [markdown] minutes=1
# ## Where we start
#
# An empty account. You are its administrator: boto3, AWS's library for Python, uses your key, and you may do
# everything. S3 is AWS's store for files. You make a *bucket* in it (in Seoul, `ap-northeast-2`) and put two files
# there, so that there is something to protect.

# %%
import json
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

import labkit

lab = labkit.start(stage="empty", seed=7)
lesson = labkit.lesson("01")

s3 = boto3.client("s3")
s3.create_bucket(Bucket="hello-web-bundles", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
for file_name, content in {"v1.zip": b"version 1", "secret.txt": b"not for everybody"}.items():
    s3.put_object(Bucket="hello-web-bundles", Key=file_name, Body=content)
lab

# %% [markdown] minutes=4
# ## User: somebody who may nothing yet
#
# A *user* is a name in the account. It may stand for a person, or for a program. You make one for your colleague Mina.
#
# *In the AWS console: IAM, Users, Create user.*

# %%
iam = boto3.client("iam")
mina = iam.create_user(UserName="mina")["User"]
mina["Arn"]

# %% [markdown]
# That is her *ARN*. Everything in AWS has one. In hers stand the service, the account's number, the kind, and her name.
#
# A person signs in with a password, a program with an *access key*. The key has a name (its id) and a secret. With it
# we ask AWS: who am I?

# %%
key = iam.create_access_key(UserName="mina")["AccessKey"]
as_mina = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
as_mina.client("sts").get_caller_identity()["Arn"]

# %% [markdown]
# AWS knows her. What may she do?

# %%
lesson.predict("new-user")

# %%
try:
    as_mina.client("s3").get_object(Bucket="hello-web-bundles", Key="v1.zip")
except ClientError as error:
    refusal = error
    print(error)

# %% [markdown]
# AWS says who (the user), what (the action), on which resource, and why: *no identity-based policy allows* it. That is
# a policy of the one who asks. The lab can tell it at length, because it has kept every statement that it looked at.

# %%
lab.why(refusal)

# %%
lesson.reveal("new-user")

# %% [markdown] tags=["speaker"]
# `get_caller_identity` worked although she may nothing. It is one of the few calls that need no permission: AWS only
# says who holds the key.

# %% [markdown] minutes=5
# ## Permission and policy
#
# A *permission* is: this action, on this resource, is allowed. It cannot be given to anybody as it is. It is written
# as a *statement* of a *policy*, and the policy is attached. This file is such a policy:

# %%
document = Path("../resources/policies/read-bundles.json").read_text()
print(document)

# %% [markdown]
# `Sid` is a label of your choice, and `*` stands for anything. `2012-10-17` is the version of AWS's policy language,
# and always this one.
#
# *In the AWS console: IAM, Policies, Create policy; then Attach.*

# %%
read_bundles = iam.create_policy(PolicyName="read-bundles", PolicyDocument=document)["Policy"]["Arn"]
iam.attach_user_policy(UserName="mina", PolicyArn=read_bundles)

as_mina.client("s3").get_object(Bucket="hello-web-bundles", Key="v1.zip")["Body"].read()

# %% [markdown]
# The same key, the same call: now it is allowed. Nothing about the key has changed, only a policy was attached.
#
# May she also delete what she may read?

# %%
lesson.predict("delete")

# %%
try:
    as_mina.client("s3").delete_object(Bucket="hello-web-bundles", Key="v1.zip")
except ClientError as error:
    print(error)

# %%
lesson.reveal("delete")

# %% [markdown]
# This is the decision with all its parts. AWS asks five kinds of policy; here only Mina's own, the identity-based one,
# has anything to say. Choose another action or another resource and watch which part stops matching. *Edit* the policy:
# what you change is tried in the picture only.

# %%
lab.policy_explorer(who="mina", action="s3:DeleteObject", resource="arn:aws:s3:::hello-web-bundles/v1.zip")

# %% [markdown] minutes=2
# ## Group: the same permissions for the same work
#
# Juno joins. You could attach the policy to him too, and then to the next, and one day forget somebody. A *group* holds
# the policy once. Whoever belongs to it has its permissions.
#
# *In the AWS console: IAM, User groups, Create group.*

# %%
iam.create_group(GroupName="developers")
iam.attach_group_policy(GroupName="developers", PolicyArn=read_bundles)

iam.create_user(UserName="juno")
for name in ["mina", "juno"]:
    iam.add_user_to_group(GroupName="developers", UserName=name)
iam.detach_user_policy(UserName="mina", PolicyArn=read_bundles)  # the group has it now

as_mina.client("s3").get_object(Bucket="hello-web-bundles", Key="v1.zip")["Body"].read()

# %% [markdown]
# Mina has no policy of her own any more, and may still read: through the group.

# %% [markdown] minutes=2
# ## A deny outweighs every allow
#
# `secret.txt` lies in the same bucket. The group must read the bucket, but nobody in it that file. A statement may also
# *deny*. You try it with Mina: `put_user_policy` writes a policy into the user herself, an *inline* policy.

# %%
lesson.predict("deny")

# %%
no_secret = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::hello-web-bundles/secret.txt"}],
}
iam.put_user_policy(UserName="mina", PolicyName="no-secret", PolicyDocument=json.dumps(no_secret))

for file_name in ["v1.zip", "secret.txt"]:
    try:
        as_mina.client("s3").get_object(Bucket="hello-web-bundles", Key=file_name)
        print(file_name, "allowed")
    except ClientError as error:
        print(file_name, error)

# %%
lesson.reveal("deny")

# %% [markdown]
# This time the message ends differently: *with an explicit deny*. That is how you tell the two kinds of refusal apart.
# For a missing permission you add something; for an explicit deny you must find the statement and change it.

# %% [markdown] minutes=3
# ## Role and instance profile: permissions without a key
#
# A user has keys that somebody must keep. A *role* has none. It has a *trust policy* instead, which says who may become
# it for a while. This one trusts the service EC2, AWS's virtual machines: programs on such a machine, an *instance*,
# may become the role.

# %%
trust = Path("../resources/policies/trust-ec2.json").read_text()
role = iam.create_role(RoleName="hello-web-instance", AssumeRolePolicyDocument=trust)["Role"]
iam.attach_role_policy(RoleName="hello-web-instance", PolicyArn=read_bundles)
print(trust)

# %% [markdown]
# An instance is not started with a role but with an *instance profile*, a box that holds exactly one role. The console
# makes it silently, with the same name; in boto3 you see both.

# %%
iam.create_instance_profile(InstanceProfileName="hello-web-instance")
iam.add_role_to_instance_profile(InstanceProfileName="hello-web-instance", RoleName="hello-web-instance")
profile = iam.get_instance_profile(InstanceProfileName="hello-web-instance")["InstanceProfile"]
print(profile["Arn"])
print(profile["Roles"][0]["Arn"])

# %% [markdown]
# Lesson 02 starts instances with it. You have made everything on the map now but the instance.

# %% [markdown] minutes=4
# ## Your turn
#
# **Exercise 1.** A program makes backups every night. Give it a user `backup-program` that may put files into
# `hello-web-bundles`, but only below `backups/`, and nothing else.

# %% tags=["exercise"]
# Make the user and its policy here.

# %% tags=["wrong-solution"]
iam.create_user(UserName="backup-program")
too_much = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::hello-web-bundles/*"}],
}
iam.put_user_policy(UserName="backup-program", PolicyName="backups", PolicyDocument=json.dumps(too_much))

# %% tags=["another-solution"]
iam.delete_user_policy(UserName="backup-program", PolicyName="backups")
statement = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::hello-web-bundles/backups/*"]}
write_backups = iam.create_policy(
    PolicyName="write-backups",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
)["Policy"]["Arn"]
iam.create_group(GroupName="programs")
iam.attach_group_policy(GroupName="programs", PolicyArn=write_backups)
iam.add_user_to_group(GroupName="programs", UserName="backup-program")

# %% tags=["solution"]
iam.create_user(UserName="backup-program")
write_backups = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::hello-web-bundles/backups/*"}
    ],
}
iam.put_user_policy(UserName="backup-program", PolicyName="write-backups", PolicyDocument=json.dumps(write_backups))

# %%
lesson.check("backup-program")

# %% [markdown]
# **Exercise 2.** Juno may still read `secret.txt`: the denial is Mina's alone. Change it so that *nobody* in
# `developers` can read that file, whoever joins later, while all of them can still read `v1.zip`.

# %% tags=["exercise"]
# Change what the group may do here.

# %% tags=["wrong-solution"]
iam.put_user_policy(UserName="juno", PolicyName="no-secret", PolicyDocument=json.dumps(no_secret))

# %% tags=["another-solution"]
only_zips = document.replace("hello-web-bundles/*", "hello-web-bundles/*.zip")
iam.create_policy_version(PolicyArn=read_bundles, PolicyDocument=only_zips, SetAsDefault=True)

# %% tags=["solution"]
iam.put_group_policy(GroupName="developers", PolicyName="no-secret", PolicyDocument=json.dumps(no_secret))

# %%
lesson.check("nobody-reads-secret")

# %% [markdown] tags=["speaker"]
# Two roads: a deny in the group, or a narrower allow. Ask what happens to each when somebody gets a second policy that
# allows `s3:*`. The deny still holds; the narrower allow does not.

# %% [markdown] minutes=1
# ## In short
#
# - A *permission* is an action on a resource. It stands in a statement of a *policy*, and reaches somebody only where
#   the policy is attached: to a *user*, a *group* or a *role*.
# - Without a statement that allows, the answer is no. A statement that denies outweighs all that allow.
# - A *role* has no keys; its trust policy says who may become it. An *instance profile* carries one role to an
#   instance.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS? Nothing: IAM is free, and two small files cost less than a cent.

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.1.2 makes the same users and groups in the console. Next: lesson 02, roles and
# instance profiles.
