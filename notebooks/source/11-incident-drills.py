# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # Incident drills
#
# *30 minutes · section 6.2.4 of the chapter, gone wrong*
#
# The chapter ends with a health check and five question marks. This lesson is for those question marks: things break,
# nobody says what, and you find out.
#
# After this lesson you can
#
# - go from a symptom to its cause with questions, not with guesses,
# - mend the cause and leave nothing weaker than it was,
# - say afterwards what would have prevented it.
#
# Every tool is one that you have on AWS: boto3, Run Command, git.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** one drill solved together takes ten minutes, and is the best of the whole course. Do the first
# one with the room, and give the others as homework: each seed is another incident, so two neighbours need not have the
# same.

# %% [markdown] minutes=3
# ## How a drill goes
#
# `lab.drill(level, seed)` breaks something in the running example. Level 1 is one clear fault, level 2 a subtle one,
# level 3 two at once or a symptom that misleads. The same seed is the same drill.

# %%
import json

import boto3

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
lesson = labkit.lesson("11")
drill = lab.drill(level=1, seed=5)
drill

# %% [markdown]
# That is all that anybody tells you. `drill.check()` says whether it is over, and judges by how things stand, not by
# what you typed. `drill.hint()` helps a little more each time.

# %% [markdown] minutes=7
# ## The first one together
#
# **First question: where?** Which event failed, on which machine, in which words? `failures` asks all targets of a
# deployment. *In the AWS console: the deployment's page, "View events".*

# %%
codedeploy = boto3.client("codedeploy")


def failures(deployment_id):
    """The events that did not succeed, machine by machine."""
    for target_id in codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]:
        target = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=target_id)
        for event in target["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]:
            if event["status"] in ("Failed", "InProgress"):
                said = event.get("diagnostics", {}).get("message", "")
                print(target_id, event["lifecycleEventName"], event["status"], said)


# %%
def newest_deployment():
    """What CodeDeploy says of the newest deployment to the group."""
    found = codedeploy.list_deployments(applicationName="hello-web", deploymentGroupName="hello-web-group")
    infos = [codedeploy.get_deployment(deploymentId=each)["deploymentInfo"] for each in found["deployments"]]
    return max(infos, key=lambda info: info["createTime"])


release = newest_deployment()
failures(release["deploymentId"])

# %% [markdown]
# **Second question: who asked whom, and was told no?** The agent asked S3, with the role of its machine. So: what may
# that role do?

# %%
iam = boto3.client("iam")
role = "hello-web-instance"
print([policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]])
for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for statement in document["Statement"]:
        print(name, statement["Effect"], statement["Action"], statement["Resource"])

# %% [markdown]
# Somebody has replaced the policy that allowed reading the bundle by a smaller one. `s3:GetObject` is not in it.
#
# "Just give it AdministratorAccess", writes a colleague in the chat. We try that. What will happen?

# %%
lesson.predict("everything")


# %%
def deploy(revision):
    """Deploys a revision to the group, lets a quarter of an hour pass, and says how it stands then."""
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web", deploymentGroupName="hello-web-group", revision=revision
    )["deploymentId"]
    lab.advance(seconds=900)
    return codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]["status"]


# %%
administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
iam.attach_role_policy(RoleName=role, PolicyArn=administrator)
deploy(release["revision"])

# %%
drill.check()

# %%
lesson.reveal("everything")

# %% [markdown] tags=["speaker"]
# Wait here. Who would have gone home after the deployment succeeded? Every script that anybody ever deploys to these
# machines could now delete the account's users.

# %% [markdown]
# What the machines need is one action on one bucket. That is the whole policy:

# %%
bucket = release["revision"]["s3Location"]["bucket"]
read_releases = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}],
}
iam.put_role_policy(RoleName=role, PolicyName="read-releases", PolicyDocument=json.dumps(read_releases))
iam.detach_role_policy(RoleName=role, PolicyArn=administrator)
deploy(release["revision"])

# %%
drill.check()

# %% [markdown]
# Afterwards comes the part that pays: what was broken, how it could have been found, and what prevents it. Unfold the
# last line: that is what `lab.why` had to say at the moment of the incident.

# %%
drill.debriefing()

# %% [markdown] minutes=1
# ## Questions in their order
#
# | Symptom | First question | Ask |
# |---|---|---|
# | An event *failed* | In which words? | `get_deployment_target`, `diagnostics` |
# | An agent's event hangs | Does the agent run, and with credentials? | `systemctl status`, the agent's log |
# | `AllowTraffic` hangs | What does the health check meet? | `describe_target_health` |
# | A role is "missing" or not permitted | Who may assume it? What may it do? | `get_role`, `get_role_policy` |
# | Visitors see it, no release did | What lies between? | `describe_listeners`, `describe_security_groups` |
#
# After the first cause: does it explain *every* symptom?

# %% [markdown] minutes=5
# ## Your turn: level 1
#
# A new lab, a new incident. This helper runs a command on a machine by Systems Manager; the rest you have above.

# %%
lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
drill = lab.drill(level=1, seed=6)
drill

# %%
ssm = boto3.client("ssm")


def on(instance_id, command):
    """What a command says on a machine (Run Command)."""
    sent = ssm.send_command(
        InstanceIds=[instance_id], DocumentName="AWS-RunShellScript", Parameters={"commands": [command]}
    )
    lab.advance(seconds=15)
    done = ssm.get_command_invocation(CommandId=sent["Command"]["CommandId"], InstanceId=instance_id)
    return done["StandardOutputContent"] + done["StandardErrorContent"]


# %% [markdown]
# **Exercise 1.** Find out what is broken, mend it, and bring the release to every machine.

# %% tags=["exercise"]
# Begin with failures(newest_deployment()["deploymentId"]).

# %% tags=["wrong-solution"]
deploy(newest_deployment()["revision"])

# %% tags=["another-solution"]
release = newest_deployment()
targets = codedeploy.list_deployment_targets(deploymentId=release["deploymentId"])["targetIds"]
for target_id in targets:
    if "active (running)" not in on(target_id, "systemctl status codedeploy-agent"):
        boto3.client("ec2").terminate_instances(InstanceIds=[target_id])
lab.advance(seconds=900)
deploy(release["revision"])

# %% tags=["solution"]
release = newest_deployment()
targets = codedeploy.list_deployment_targets(deploymentId=release["deploymentId"])["targetIds"]
for target_id in targets:
    if "active (running)" not in on(target_id, "systemctl status codedeploy-agent"):
        on(target_id, "systemctl start codedeploy-agent")
deploy(release["revision"])

# %%
lesson.check("level-1")

# %%
drill.debriefing()

# %% [markdown] minutes=6
# ## Level 2
#
# One at a time, of four machines, and the release goes wrong on the first of them. What do visitors get until you have
# mended it?

# %%
lesson.predict("meanwhile")

# %%
lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
drill = lab.drill(level=2, seed=5)
drill

# %%
lesson.reveal("meanwhile")

# %% [markdown]
# **Exercise 2.** The team's repository is `student/hello-web`. Find the cause, and bring the new version to every
# machine.

# %% tags=["exercise"]
repository = lab.github.repository("student/hello-web")
# What did the last commits change? repository.log() and repository.files(commit_id) tell.

# %% tags=["wrong-solution"]
repository = lab.github.repository("student/hello-web")
codedeploy.stop_deployment(deploymentId=newest_deployment()["deploymentId"])
lab.advance(seconds=3600)  # it still waits for the event under way, AllowTraffic for an hour at most
appspec = repository.files()["appspec.yml"].decode()
destination = appspec.partition("destination: ")[2].split()[0]
commit_id = repository.commit({"appspec.yml": appspec.replace(destination, "/var/www")}, message="To /var/www")
deploy({"revisionType": "GitHub", "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id}})

# %% tags=["another-solution"]
before = repository.files(repository.log()[-1].commit_id)
commit_id = repository.commit({"appspec.yml": before["appspec.yml"]}, message="The AppSpec file of version 1")
deploy({"revisionType": "GitHub", "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id}})

# %% tags=["solution"]
repository = lab.github.repository("student/hello-web")
before = repository.files(repository.log()[1].commit_id)
commit_id = repository.commit({"appspec.yml": before["appspec.yml"]}, message="The AppSpec file as it was")

codedeploy.stop_deployment(deploymentId=newest_deployment()["deploymentId"])
lab.advance(seconds=3600)  # it still waits for the event under way, AllowTraffic for an hour at most
deploy({"revisionType": "GitHub", "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id}})

# %%
lesson.check("level-2")

# %%
drill.debriefing()

# %% [markdown] tags=["speaker"]
# The half solution is worth showing: with the destination alone the deployment succeeds, and the drill is not over. The
# same commit had taken out ValidateService, which would have failed within a minute instead of an hour.

# %% [markdown] minutes=5
# ## Level 3
#
# Two things are broken at once, or a symptom misleads. Read the report to its end.

# %%
lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
drill = lab.drill(level=3, seed=6)
drill

# %% [markdown]
# **Exercise 3.** Does the first cause that you find explain everything that was reported?

# %% tags=["exercise"]
elbv2 = boto3.client("elbv2")
# Look at the health of the targets, too: elbv2.describe_target_health(TargetGroupArn=…)

# %% tags=["wrong-solution"]
repository = lab.github.repository("student/hello-web")
elbv2 = boto3.client("elbv2")
targets = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
elbv2.modify_target_group(TargetGroupArn=targets, Matcher={"HttpCode": "200-404"})
before = repository.files(repository.log()[1].commit_id)
commit_id = repository.commit({"appspec.yml": before["appspec.yml"]}, message="The AppSpec file as it was")
deploy({"revisionType": "GitHub", "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id}})

# %% tags=["another-solution"]
elbv2.modify_target_group(TargetGroupArn=targets, Matcher={"HttpCode": "200"}, HealthCheckPath="/index.html")
lab.advance(seconds=60)

# %% tags=["solution"]
elbv2 = boto3.client("elbv2")
targets = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
elbv2.modify_target_group(TargetGroupArn=targets, HealthCheckPath="/")

repository = lab.github.repository("student/hello-web")
before = repository.files(repository.log()[1].commit_id)
commit_id = repository.commit({"appspec.yml": before["appspec.yml"]}, message="The AppSpec file as it was")
deploy({"revisionType": "GitHub", "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id}})

# %%
lesson.check("level-3")

# %%
drill.debriefing()

# %% [markdown] minutes=1
# ## In short
#
# - Ask where, then who asked whom. Read AWS's words to their end before you change anything.
# - A deployment that succeeds does not say that the incident is over: look at what you leave behind.
# - There are more than forty incidents. `lab.drill(level=2, seed=8)` is another one, and so is every other seed.

# %%
lesson.quiz()

# %% [markdown]
# What the last drill would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.4 ends with "health check ?????". You can answer it now.
