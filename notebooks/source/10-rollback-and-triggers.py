# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=1
# # Rollback and triggers
#
# *30 minutes · section 6.2.4 of the chapter*
#
# A version can be bad in two ways: its scripts notice, or only your visitors do. CodeDeploy can take both back by
# itself, if you ask it to before.
#
# And it starts nothing by itself. A push to GitHub deploys nothing until you wire it.
#
# After this lesson you can
#
# - read why a deployment failed, and on which machine,
# - let CodeDeploy roll back after a failure, and after an alarm,
# - let a push to GitHub start a deployment, and keep strangers from doing the same.

# %% [markdown] tags=["speaker"]
# **The thread:** three ways to find out that a version is bad (a script, an alarm, a person), and one way back for all
# of them. Then the opposite end: who presses the button in the first place?

# %% [markdown] minutes=2
# ## Where we start
#
# Version 1 runs on four machines. Deployments go in place, one at a time.

# %%
import json

import boto3
import requests

import labkit

lab = labkit.start(stage="v1-deployed", seed=7, fleet_size=4)
lesson = labkit.lesson("10")

codedeploy = boto3.client("codedeploy")
repository = lab.github.repository("student/hello-web")
lab

# %% [markdown]
# Two calls that you know from lesson 06, as small helpers:


# %%
def deploy(commit_id):
    """Starts a deployment of that commit, and gives its id."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    return codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={"revisionType": "GitHub", "gitHubLocation": location},
    )["deploymentId"]


def about(deployment_id):
    """What CodeDeploy says of a deployment."""
    return codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]


# %% [markdown]
# A waiter raises an exception when a deployment fails. Some will fail here, so we wait for any end. The last helper
# reads what visitors read.


# %%
def finish(deployment_id):
    """Lets lab time pass until the deployment has ended, and gives its status."""
    lab.run_until(lambda: about(deployment_id)["status"] in ("Succeeded", "Failed", "Stopped"))
    return about(deployment_id)["status"]


# %%
elbv2 = boto3.client("elbv2")
balancer = elbv2.describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]
address = f"http://{balancer['DNSName']}/"


def headlines(count=8):
    """What visitors read, one after another."""
    pages = [requests.get(address).text for _ in range(count)]
    return [page.split("<h1>")[1].split("</h1>")[0] for page in pages]


headlines(4)

# %% [markdown] minutes=5
# ## A bad version
#
# Version 2 has a typing mistake in the script that starts the web server. Such things happen.

# %%
files = {path: content.decode() for path, content in repository.files().items()}
page, start_script = files["index.html"], files["scripts/start_server.sh"]

commit_v2 = repository.commit(
    {
        "index.html": page.replace("version 1", "version 2").replace("#0072b2", "#d55e00"),
        "scripts/start_server.sh": start_script.replace("nginx", "nginy"),
    },
    message="v2",
)

# %%
lesson.predict("others")

# %%
deployment_v2 = deploy(commit_v2)
print(finish(deployment_v2))
print(about(deployment_v2)["errorInformation"]["code"])
print(about(deployment_v2)["deploymentOverview"])

# %%
lesson.reveal("others")

# %% [markdown]
# `HEALTH_CONSTRAINTS` says *that* too many machines failed. *Why* stands with the machine, at the event that failed.
#
# *In the AWS console: the deployment → the instance → View events → the error code.*


# %%
def why_failed(deployment_id):
    """Each lifecycle event that failed: where, which, and the end of its log."""
    for target_id in codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]:
        found = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=target_id)
        for event in found["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]:
            if event["status"] == "Failed":
                print(target_id, event["lifecycleEventName"], event["diagnostics"]["errorCode"])
                print(event["diagnostics"]["logTail"].strip())


why_failed(deployment_v2)

# %% [markdown]
# The log's last line names the typing mistake. Visitors notice nothing: the machine that failed is out of service.

# %%
print(set(headlines()))

group_arn = elbv2.describe_target_groups(Names=["hello-web-targets"])["TargetGroups"][0]["TargetGroupArn"]
registered = elbv2.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
print(sum(target["TargetHealth"]["State"] == "healthy" for target in registered), "of 4 machines serve")

# %% [markdown]
# But one machine in four is broken, and stays so until somebody does something. At three in the morning, who?

# %% [markdown] tags=["speaker"]
# **Ask:** "Why did the other three not get version 2?" One at a time promises that three of four stay healthy. One has
# failed, so no other may be touched. The promise of lesson 07 is what protects you here.

# %% [markdown] minutes=5
# ## Let CodeDeploy take it back
#
# A deployment group can say: roll back. It names the events after which it wants that. `DEPLOYMENT_FAILURE` is for what
# you have just seen; `DEPLOYMENT_STOP_ON_ALARM` is for the next section.
#
# *In the AWS console: Deployment group → Edit → Advanced → Rollbacks → "Roll back when a deployment fails".*

# %%
answer = codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    autoRollbackConfiguration={
        "enabled": True,
        "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
    },
)

# %% [markdown]
# The same mistake once more. What will CodeDeploy do?

# %%
lesson.predict("rollback")

# %%
again = deploy(commit_v2)
print(again, finish(again))
print(about(again)["rollbackInfo"]["rollbackMessage"])

# %%
rollback = about(again)["rollbackInfo"]["rollbackDeploymentId"]
print(rollback, finish(rollback))
print("created by", about(rollback)["creator"])
print("revision  ", about(rollback)["revision"]["gitHubLocation"]["commitId"])
print("version 1 ", repository.log()[-1].commit_id)

# %%
lesson.reveal("rollback")

# %% [markdown]
# So a rollback is not an undo. It goes forward to an old version. What a script of the bad version has done elsewhere,
# in a database for example, stays done.
#
# In the chart, each machine goes through all its events, the broken one first.

# %%
lab.charts.lifecycle_gantt(rollback)

# %% [markdown] tags=["speaker"]
# **What goes wrong:** people look for the rollback inside the failed deployment. It has an id of its own. In the
# console there are two rows, and only the second one says *codeDeployRollback*.

# %% [markdown] minutes=5
# ## A version that no script finds bad
#
# Version 3 starts well. Its page has a link to a menu, and the menu is in the repository too. But the AppSpec file
# copies `index.html` alone. Every script succeeds, and every visitor who follows the link reads 404.
#
# The load balancer counts such answers, and reports the number to CloudWatch, which keeps numbers of all services.
# There an *alarm* compares one of them with a limit, again and again. So let one watch this number.
#
# *In the AWS console: CloudWatch → Alarms → Create alarm → ApplicationELB → HTTPCode_Target_4XX_Count.*

# %%
answer = boto3.client("cloudwatch").put_metric_alarm(
    AlarmName="broken-links",
    Namespace="AWS/ApplicationELB",
    MetricName="HTTPCode_Target_4XX_Count",
    Dimensions=[{"Name": "LoadBalancer", "Value": balancer["LoadBalancerArn"].split("loadbalancer/")[1]}],
    Statistic="Sum",
    Period=60,
    EvaluationPeriods=1,
    Threshold=5,
    ComparisonOperator="GreaterThanOrEqualToThreshold",
    TreatMissingData="notBreaching",
)

# %% [markdown]
# In words: five answers of the kind 4xx, 404 for example, are too many within 60 seconds.
#
# Nobody wants to sit and watch, so we make a place where CodeDeploy can leave its messages: a *topic* (of the service
# SNS), and a *queue* (of SQS) that keeps what the topic hears. A topic could as well send you a mail.

# %%
sns, sqs = boto3.client("sns"), boto3.client("sqs")
topic_arn = sns.create_topic(Name="deployments")["TopicArn"]
queue_url = sqs.create_queue(QueueName="deployments")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
answer = sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue["QueueArn"])

# %% [markdown]
# *On AWS the queue needs one thing more: a queue policy that allows `sns.amazonaws.com` to call `sqs:SendMessage`.*
#
# Now the deployment group learns of both: of the alarm that may stop it, and of the topic, by a *trigger*.
#
# *In the AWS console: Deployment group → Edit → Advanced → Alarms, and → Triggers.*

# %%
told = ["DeploymentStop", "DeploymentRollback", "DeploymentSuccess"]
answer = codedeploy.update_deployment_group(
    applicationName="hello-web",
    currentDeploymentGroupName="hello-web-group",
    alarmConfiguration={"enabled": True, "alarms": [{"name": "broken-links"}]},
    triggerConfigurations=[{"triggerName": "tell-us", "triggerTargetArn": topic_arn, "triggerEvents": told}],
)

# %% [markdown]
# Visitors who see the link follow it:


# %%
def visit():
    """One visitor, who follows the link to the menu if there is one; the status of what came last."""
    answer = requests.get(address)
    if "menu.html" in answer.text:
        answer = requests.get(f"{address}menu.html")
    return answer.status_code


# %% [markdown]
# A minute later version 3 goes out.

# %%
lab.advance(seconds=60)
page_v3 = page.replace("version 1", "version 3").replace("#0072b2", "#009e73")
page_v3 = page_v3.replace("</main>", '  <p><a href="menu.html">Menu</a></p>\n    </main>')
new_files = {"index.html": page_v3, "menu.html": "<h1>Menu</h1>", "scripts/start_server.sh": start_script}
deployment_v3 = deploy(repository.commit(new_files, message="v3"))

# %%
for _ in range(8):
    lab.advance(seconds=20)
    print(f"{lab.now:%H:%M:%S}", *[visit() for _ in range(8)], about(deployment_v3)["status"])

# %% [markdown]
# The alarm went off, and CodeDeploy stopped the deployment. One machine had got version 3, a second one was just being
# let go, and the other two were never touched. Then came the rollback.

# %%
print(about(deployment_v3)["errorInformation"]["code"])
rollback_v3 = about(deployment_v3)["rollbackInfo"]["rollbackDeploymentId"]
print(rollback_v3, finish(rollback_v3))
print(set(headlines()))

# %%
for message in sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]:
    print(json.loads(message["Body"])["Subject"])

# %% [markdown]
# The theater shows how far version 3 came: to one machine. Drag the slider to the end and see what the second one was
# at when the alarm went off.

# %%
theater = lab.theater(deployment_v3)
theater

# %% [markdown] tags=["speaker"]
# **On AWS** the alarm takes a little longer: the load balancer reports once a minute, and CloudWatch looks once a
# minute.
#
# **Ask:** "Why did the rollback not stop at the same alarm?" It was still in ALARM then. The lab lets no alarm stop a
# rollback; AWS's pages do not say it, and it could not work otherwise.

# %% [markdown] minutes=5
# ## A push deploys nothing
#
# Version 4 has no link and no mistake. Push it, and wait an hour.

# %%
lesson.predict("push")


# %%
def commit_version(number, colour):
    """Commits a page that says so, and gives the commit's hash."""
    text = page.replace("version 1", f"version {number}").replace("#0072b2", colour)
    return repository.commit({"index.html": text}, message=f"v{number}")


commit_v4 = commit_version(4, "#cc79a7")
lab.advance(seconds=3600)
set(headlines())

# %%
lesson.reveal("push")

# %% [markdown]
# GitHub knows of the push, CodeDeploy knows how to deploy, and nobody connects the two. GitHub's side of the wire is
# called a *webhook*: at each push GitHub sends a request to an address of yours. At that address a few lines of Python
# can wait. On AWS they would be a Lambda function with a *function URL*; its shape is the same here.


# %%
def handler(event, context):
    """A push comes in, a deployment goes out."""
    if event["headers"]["x-github-event"] != "push":
        return {"statusCode": 200, "body": "only a push is deployed"}
    push = json.loads(event["body"])
    return {"statusCode": 200, "body": deploy(push["after"])}


hook = repository.webhook(handler)
hook.deliveries

# %% [markdown]
# *On GitHub: the repository → Settings → Webhooks → Add webhook.* GitHub tries a new webhook out with a `ping`, and
# keeps a list of what it delivered. Now the next push:

# %%
commit_v5 = commit_version(5, "#56b4e9")
hook.deliveries[0]

# %%
deployment_v5 = hook.deliveries[0].response
print(deployment_v5, finish(deployment_v5))
print(set(headlines()))

# %% [markdown]
# You called nothing, and version 5 is out. The rollback and the alarm still stand guard: now they matter more.
#
# One thing is wrong with our wire. Its address is open to everybody.


# %%
def forge():
    """A stranger, who knows the address, says that version 2 was pushed."""
    body = json.dumps({"ref": "refs/heads/main", "after": commit_v2})
    signature = "sha256=" + 64 * "0"
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature}
    return requests.post(hook.url, data=body, headers=headers)


forged = forge()
print(forged.status_code, forged.text)
print(about(forged.text)["revision"]["gitHubLocation"]["commitId"] == commit_v2)

# %% [markdown]
# A stranger has just started a deployment of the broken version. Stop it before it does harm.

# %%
answer = codedeploy.stop_deployment(deploymentId=forged.text)
finish(forged.text)

# %% [markdown] tags=["speaker"]
# **What goes wrong:** two pushes within minutes. A group has one active deployment at a time, so the second call
# answers `DeploymentLimitExceededException`, and the delivery says 502 with that line. GitHub does not repeat it.
#
# **Ask:** "Who may start a deployment?" Until a minute ago: whoever has `codedeploy:CreateDeployment`. Since the
# webhook: whoever knows an address. On AWS the function runs with its own role, and that role needs
# `codedeploy:CreateDeployment`, `GetDeploymentConfig` and `RegisterApplicationRevision`, for this one application, and
# nothing else.

# %% [markdown] minutes=5
# ## Your turn
#
# **Exercise 1.** The menu was a good idea. Bring out version 6: its page has the link of version 3, and whoever follows
# it reads the menu. Follow it once yourself, with `visit()`. (Your webhook deploys what you commit.)

# %% tags=["exercise"]
# Commit version 6, with an AppSpec file that copies the menu too. Wait until it is everywhere, then visit().

# %% tags=["wrong-solution"]
repository.commit({"index.html": page_v3.replace("version 3", "version 6")}, message="v6")
finish(hook.deliveries[0].response)
visit()

# %% tags=["another-solution"]
import yaml

appspec = yaml.safe_load(files["appspec.yml"])
appspec["files"].append({"source": "menu.html", "destination": "/var/www/"})
with_menu = {
    "index.html": page_v3.replace("version 3", "version 6, with menu"),
    "appspec.yml": yaml.safe_dump(appspec, sort_keys=False),
}
repository.commit(with_menu, message="menu")
lab.advance(seconds=1200)
requests.get(f"{address}menu.html")

# %% tags=["solution"]
both_files = "  - source: /index.html\n    destination: /var/www\n  - source: /menu.html\n    destination: /var/www\n"
appspec = files["appspec.yml"].replace("  - source: /index.html\n    destination: /var/www\n", both_files)

repository.commit({"index.html": page_v3.replace("version 3", "version 6"), "appspec.yml": appspec}, message="v6")
finish(hook.deliveries[0].response)
visit()

# %%
lesson.check("menu")

# %% [markdown]
# **Exercise 2.** Keep strangers out. GitHub can sign what it sends: `repository.webhook(handler, secret=…)`. The header
# `x-hub-signature-256` then holds `sha256=` and the HMAC-SHA256 of the body, a fingerprint that only somebody who has
# the secret can make (Python's module `hmac` makes it too). Write a `handler` that refuses whatever is not signed so,
# with a status code of 400 or more. Then let a stranger try, with `forge()`, and push once yourself.

# %% tags=["exercise"]
# Write the new handler, make the webhook with a secret, call forge(), push a commit, and wait until it is deployed.

# %% tags=["wrong-solution"]
naive_handler = handler


def handler(event, context):
    if "x-hub-signature-256" not in event["headers"]:
        return {"statusCode": 401, "body": "not signed"}
    return naive_handler(event, context)


hook = repository.webhook(handler, secret="open sesame")
fooled = forge().text
codedeploy.stop_deployment(deploymentId=fooled)
finish(fooled)
commit_version(7, "#000000")
finish(hook.deliveries[0].response)

# %% tags=["another-solution"]
import hmac


def handler(event, context):
    signature = event["headers"].get("x-hub-signature-256", "")
    own = hmac.digest(b"another secret", event["body"].encode(), "sha256").hex()
    if signature != f"sha256={own}":
        raise ValueError("this does not come from GitHub")
    return naive_handler(event, context)


hook = repository.webhook(handler, secret="another secret")
commit_version(8, "#222222")
forge()
lab.advance(seconds=1200)

# %% tags=["solution"]
import hashlib
import hmac

SECRET = "open sesame"


def handler(event, context):
    """A push comes in, signed by GitHub; a deployment goes out."""
    digest = hmac.new(SECRET.encode(), event["body"].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={digest}", event["headers"].get("x-hub-signature-256", "")):
        return {"statusCode": 401, "body": "this does not come from GitHub"}
    if event["headers"]["x-github-event"] != "push":
        return {"statusCode": 200, "body": "only a push is deployed"}
    return {"statusCode": 200, "body": deploy(json.loads(event["body"])["after"])}


hook = repository.webhook(handler, secret=SECRET)
print(forge().status_code)
commit_version(7, "#000000")
finish(hook.deliveries[0].response)

# %%
lesson.check("signed")

# %% [markdown] minutes=2
# ## In short
#
# | Who tells | Whom | With what |
# |---|---|---|
# | GitHub | your function | a webhook: there was a push |
# | your function | CodeDeploy | `create_deployment` |
# | an alarm | CodeDeploy | "stop": visitors meet errors |
# | CodeDeploy | you | a trigger: an SNS topic hears of it |
#
# - A failed deployment stays where it failed, unless the group asks for a rollback.
# - A rollback is a new deployment of the last good version. It undoes nothing else.
# - Scripts see what a machine sees. Alarms see what visitors see. You want both.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.4 leaves rollbacks, alarms and triggers at their defaults under *Advanced*. Now
# you know what stands there. Next: lesson 11, where things go wrong and you find out why.
