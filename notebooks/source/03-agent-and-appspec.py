# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] minutes=2
# # The agent and its AppSpec file
#
# *30 minutes · section 6.2.3 of the chapter*
#
# CodeDeploy does not log in to your machines. On each of them a small program waits, the *agent*. It asks CodeDeploy
# for work, fetches your files, and does what a file named `appspec.yml` says.
#
# One machine is enough to see all of it.
#
# After this lesson you can
#
# - say what the agent waits for, and what happens when it is not there,
# - read and write an `appspec.yml`: files, permissions, hooks,
# - find out which script failed on a machine, and why.

# %% [markdown] tags=["speaker"]
# **Before the lecture:** run everything once, then restart the kernel.
#
# **Ask first:** "Who opens the connection: CodeDeploy to the machine, or the machine to CodeDeploy?" Most say the
# first. It is the second: that is why a machine needs no open port for it, and why it needs a role.

# %% [markdown] minutes=3
# ## One machine
#
# The stage `image` holds an image, the disk that a machine begins with. The agent is in it already. A *launch template*
# says how to start a machine from it: its size, its role. Lesson 04 makes both.

# %%
from pathlib import Path

import boto3
import yaml

import labkit

lab = labkit.start(stage="image", seed=7)
lesson = labkit.lesson("03")
ec2, codedeploy = boto3.client("ec2"), boto3.client("codedeploy")

# %% [markdown]
# Start one machine, with a tag by which it can be found, and give it a minute to boot. `machine.run` runs a shell
# command on it: does the agent run, and what has it written last?

# %%
instance_id = ec2.run_instances(
    LaunchTemplate={"LaunchTemplateName": "hello-web"},
    MinCount=1,
    MaxCount=1,
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "one"}]}],
)["Instances"][0]["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[instance_id])
lab.advance(seconds=60)

machine = lab.machine(instance_id)
machine.run("systemctl is-active codedeploy-agent && tail -n 1 /var/log/aws/codedeploy-agent/codedeploy-agent.log")

# %% [markdown]
# The agent runs. Who waits for calls on this machine? `ss` lists it:

# %%
machine.run("ss -tlnp")

# %% [markdown]
# Only the web server, nginx. (At AWS also `sshd`.) Nobody can call the agent: it has no port.
#
# So that CodeDeploy knows this machine, you make an application and a deployment group; lesson 05 explains both. The
# group says: every machine whose tag `Name` is `one`. AWS answers with the group's id.
#
# *In the AWS console: CodeDeploy, Applications, Create application.*

# %%
codedeploy.create_application(applicationName="hello-web", computePlatform="Server")
codedeploy.create_deployment_group(
    applicationName="hello-web",
    deploymentGroupName="one-machine",
    serviceRoleArn=boto3.client("iam").get_role(RoleName="hello-web-codedeploy")["Role"]["Arn"],
    deploymentConfigName="CodeDeployDefault.AllAtOnce",
    ec2TagFilters=[{"Key": "Name", "Value": "one", "Type": "KEY_AND_VALUE"}],
)["deploymentGroupId"]

# %% [markdown] minutes=3
# ## What the agent is told: appspec.yml
#
# The sample app is a folder of six files. We commit it as it is. What is deployed is called a *revision*: here a
# commit.

# %%
site = Path("../resources/hello-web")
paths = [path for path in sorted(site.rglob("*")) if path.is_file()]
files = {path.relative_to(site).as_posix(): path.read_text() for path in paths}

repository = lab.github.repository("student/hello-web")
commit_v1 = repository.commit(files, message="v1")
list(files)

# %% [markdown]
# One of the files tells the agent what to do with the others. Its first half:

# %%
print(files["appspec.yml"].partition("# Which scripts")[0])

# %% [markdown]
# Read it as: copy `index.html` into `/var/www`, and let everybody read it. The second half are the *hooks*: which
# script runs at which moment.

# %%
appspec = yaml.safe_load(files["appspec.yml"])
for event, scripts in appspec["hooks"].items():
    print(f"{event:<18}", scripts[0]["location"])

# %% [markdown]
# The moments are called *lifecycle events*. Between `BeforeInstall` and `AfterInstall` lies `Install`: there the agent
# copies the files, and no script of yours can run.
#
# | Event | Who acts | What for |
# |---|---|---|
# | ApplicationStop | your script | stop the old version |
# | DownloadBundle | the agent | fetch the commit |
# | BeforeInstall | your script | look around, make room |
# | Install | the agent | copy the files |
# | AfterInstall | your script | configure |
# | ApplicationStart | your script | start the new version |
# | ValidateService | your script | is it well? |

# %% [markdown] minutes=4
# ## Nobody at home
#
# Two functions that this lesson needs again and again: one starts a deployment, the other shows its events.


# %%
def deploy(commit_id, **more):
    """Starts a deployment of a commit to the machine."""
    location = {"repository": "student/hello-web", "commitId": commit_id}
    return codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="one-machine",
        revision={"revisionType": "GitHub", "gitHubLocation": location},
        **more,
    )["deploymentId"]


# %%
def events(deployment_id):
    """One line for each lifecycle event on the machine."""
    target = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=instance_id)
    for event in target["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]:
        print(f"{event['lifecycleEventName']:<18}", event["status"])


# %% [markdown]
# What if the agent is not running? Stop it, and deploy.

# %%
machine.run("systemctl stop codedeploy-agent")

# %%
lesson.predict("no-agent")

# %%
first = deploy(commit_v1)
lab.advance(seconds=180)
events(first)

# %% [markdown]
# Three minutes later the first event is still waiting for somebody to take it up. Start the agent again:

# %%
machine.run("systemctl start codedeploy-agent")
lab.advance(seconds=60)
events(first)

# %%
lesson.reveal("no-agent")

# %% [markdown]
# One bar for each event. The first is long, and nothing was done in it: nobody had come for the work. The strip below
# is what the machine showed meanwhile: no page (404), then version 1.

# %%
lab.charts.lifecycle_gantt(first)

# %% [markdown] tags=["speaker"]
# An event that nobody takes up fails after five minutes; one that an agent began and never ended, after an hour.
# Ask: "How do you tell a slow script from a dead agent?" (The event is in progress in both. On the machine:
# `systemctl status codedeploy-agent`, and the agent's log.)

# %% [markdown] minutes=3
# ## What it left on the machine
#
# The page is where `files` said, with the rights that `permissions` said: everybody may read it (`r`).

# %%
machine.run("ls -l /var/www; curl -s http://localhost/ | grep '<h1>'")

# %% [markdown]
# The agent keeps a folder for each deployment, and a log of what your scripts said.

# %%
machine.run("cat /opt/codedeploy-agent/deployment-root/deployment-logs/codedeploy-agent-deployments.log")

# %% [markdown] minutes=4
# ## A trap: whose ApplicationStop?
#
# Version 2 brings a stop script with a mistake: it stops `apache`, and the web server here is `nginx`.

# %%
broken = files["scripts/stop_server.sh"].replace("nginx", "apache")
commit_v2 = repository.commit({"scripts/stop_server.sh": broken}, message="v2: stop script with a mistake")
print(broken)

# %%
lesson.predict("whose-stop-script")

# %%
second = deploy(commit_v2)
lab.advance(seconds=120)
events(second)

# %% [markdown]
# No complaint. Somebody finds the mistake and mends it in version 3. All is well?

# %%
commit_v3 = repository.commit({"scripts/stop_server.sh": files["scripts/stop_server.sh"]}, message="v3: mended")
third = deploy(commit_v3)
lab.advance(seconds=120)
events(third)

# %%
lesson.reveal("whose-stop-script")

# %% [markdown]
# `ApplicationStop` runs before the new files are fetched. So the agent runs the script of the version that was deployed
# *before*, the last one that succeeded. It is on the machine, and no commit changes it any more.
#
# When something is unclear, ask the lab. `lab.why` walks from what you see to the cause, and shows where it looked:

# %%
lab.why(third)

# %% [markdown]
# So there is a switch: go on even if stopping fails.

# %%
fourth = deploy(commit_v3, ignoreApplicationStopFailures=True)
lab.advance(seconds=120)
events(fourth)

# %% [markdown]
# Stopping failed once more, and the rest went on. From now on the mended script is the one on the machine.

# %% [markdown] minutes=3
# ## One zero too many
#
# In a shell many write `chmod 0644`. Here somebody did the same in `appspec.yml`.

# %%
zero = Path("../resources/appspecs/mode-with-a-zero.yml").read_text()
print(zero[zero.index("permissions:") : zero.index("hooks:")])

# %%
lesson.predict("zero")

# %%
with_zero = deploy(repository.commit({"appspec.yml": zero}, message="the mode as in a shell"))
lab.advance(seconds=120)
events(with_zero)

# %%
machine.run("ls -l /var/www; curl -s -I http://localhost/ | head -n 1")

# %%
lesson.reveal("zero")

# %% [markdown] tags=["speaker"]
# Ask who could have known: the shell, the agent and YAML each did exactly what they promise. ValidateService is what
# told us, because it asks as a visitor would.

# %% [markdown] minutes=7
# ## Your turn
#
# The last `appspec.yml` in the repository is the one with the zero. `files` still holds the good one.
#
# **Exercise 1.** The site gets a second page, `about.html`. Deploy it. The machine shall answer to `/about.html`, and
# still to `/`.

# %% tags=["exercise"]
# Commit about.html and an appspec.yml that installs it too; deploy, and let time pass.

# %% tags=["wrong-solution"]
deploy(repository.commit({"appspec.yml": files["appspec.yml"], "about.html": "<h1>About us</h1>\n"}, message="about"))
lab.advance(seconds=120)

# %% tags=["another-solution"]
whole_folder = files["appspec.yml"].replace("/index.html", "/public")
pages = {"public/index.html": files["index.html"], "public/about.html": "<h1>About this site</h1>\n"}
deploy(repository.commit({"appspec.yml": whole_folder, **pages}, message="all pages in one folder"))
lab.advance(seconds=120)

# %% tags=["solution"]
described = yaml.safe_load(files["appspec.yml"])
described["files"].append({"source": "/about.html", "destination": "/var/www"})
changes = {"appspec.yml": yaml.safe_dump(described), "about.html": "<h1>About us</h1>\n"}
deploy(repository.commit(changes, message="about"))
lab.advance(seconds=120)

# %%
lesson.check("second-page")

# %% [markdown]
# **Exercise 2.** The commit below fails on the machine. Find out why, mend it in a new commit, and deploy that. The
# page should say "version 4".

# %%
page_v4 = files["index.html"].replace("version 1", "version 4")
appspec_v4 = files["appspec.yml"].replace("scripts/check_instance.sh", "scripts/check-instance.sh")
commit_v4 = repository.commit({"index.html": page_v4, "appspec.yml": appspec_v4}, message="v4")

fifth = deploy(commit_v4)
lab.advance(seconds=120)
codedeploy.get_deployment(deploymentId=fifth)["deploymentInfo"]["status"]

# %% tags=["exercise"]
# Which event failed, and what do its diagnostics say? Mend it, commit, deploy.

# %% tags=["wrong-solution"]
again = deploy(commit_v4, ignoreApplicationStopFailures=True)
lab.advance(seconds=120)

# %% tags=["another-solution"]
script = repository.files()["scripts/check_instance.sh"]
renamed = {"scripts/check-instance.sh": script, "scripts/check_instance.sh": None}
deploy(repository.commit(renamed, message="v4: the script has the name that appspec.yml says"))
lab.advance(seconds=120)

# %% tags=["solution"]
target = codedeploy.get_deployment_target(deploymentId=fifth, targetId=instance_id)["deploymentTarget"]
for event in target["instanceTarget"]["lifecycleEvents"]:
    if event["status"] == "Failed":
        print(event["lifecycleEventName"], event["diagnostics"]["message"])

mended = repository.commit({"appspec.yml": files["appspec.yml"]}, message="v4: the name of the script")
deploy(mended)
lab.advance(seconds=120)

# %%
lesson.check("find-the-mistake")

# %% [markdown]
# **Exercise 3.** The page shall say which deployment brought it. Scripts get that as an environment variable,
# `DEPLOYMENT_ID`. Write a script for `AfterInstall` that puts it into the page's headline.

# %% tags=["exercise"]
# Commit a script and an appspec.yml that runs it in AfterInstall, and deploy.

# %% tags=["wrong-solution"]
signed = page_v4.replace("version 4", "version 5, by $DEPLOYMENT_ID")
deploy(repository.commit({"index.html": signed}, message="v5"))
lab.advance(seconds=120)

# %% tags=["another-solution"]
described = yaml.safe_load(repository.files()["appspec.yml"])
described["hooks"]["AfterInstall"] = [{"location": "scripts/headline.sh", "timeout": 60}]
script = '#!/bin/bash\nsed "s|<h1>.*</h1>|<h1>$DEPLOYMENT_ID</h1>|" -i /var/www/index.html\n'
changes = {"appspec.yml": yaml.safe_dump(described, sort_keys=False), "scripts/headline.sh": script}
deploy(repository.commit(changes, message="v5 says its deployment"))
lab.advance(seconds=120)

# %% tags=["solution"]
script = """#!/bin/bash
sed -i "s#</h1>#, by $DEPLOYMENT_ID</h1>#" /var/www/index.html
"""
described = yaml.safe_load(files["appspec.yml"])
described["hooks"]["AfterInstall"] = [{"location": "scripts/sign.sh", "timeout": 30, "runas": "root"}]
changes = {"scripts/sign.sh": script, "appspec.yml": yaml.safe_dump(described, sort_keys=False)}
deploy(repository.commit(changes, message="v5: the page says its deployment"))
lab.advance(seconds=120)

# %%
lesson.check("sign-the-page")

# %% [markdown] tags=["speaker"]
# If nobody finds exercise 2: the message names the path. Let them read it aloud; an underscore has become a hyphen.

# %% [markdown] minutes=1
# ## In short
#
# - The agent asks for work; CodeDeploy never comes to the machine. Without an agent an event waits, for five minutes.
# - `appspec.yml` says what is copied where, who may read it, and which script runs at which event.
# - `ApplicationStop` runs the script of the version before. Its mistakes show one deployment later.

# %%
lesson.quiz()

# %% [markdown]
# What the same would have taken and cost on AWS:

# %%
lesson.on_aws()

# %% [markdown]
# **Back to the chapter:** section 6.2.3 installs the agent and writes this file. Next: lesson 04, an image with the
# agent in it.
