"""The agent as the service meets it: commands in, outcomes out, in lab time."""

import json

import pytest

from labkit.rules.revision import GitHubRevision, LocalRevision
from labkit.world.agent.bundle import DownloadFailedError, GitHubStatusError, check_etag
from labkit.world.agent.deployment_root import INSTRUCTIONS, ONGOING, ROOT
from labkit.world.agent.outcome import FAILED_AFTER_RESTART
from labkit.world.execution import Execution
from tests.world.agent.bundles import APPSPEC, REVISION, SITE, specification, tar, zipped
from tests.world.agent.fake_host import FakeHost

COMMIT = GitHubRevision("student/hello-web", "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b")


def host(bundle: bytes | Exception, label: str = REVISION.label) -> FakeHost:
    return FakeHost(bundles={label: bundle})


def deploy(machine: FakeHost, *arguments, **keywords):
    wanted = specification(*arguments, **keywords)
    return [machine.perform(command, wanted) for command in ("DownloadBundle", "Install")]


def test_a_bundle_is_downloaded_unpacked_and_installed():
    machine = host(tar({"appspec.yml": SITE, "site/index.html": "v1"}))
    assert [outcome.succeeded for outcome in deploy(machine)] == [True, True]
    assert machine.files.read_text("/srv/site/index.html") == "v1"
    assert machine.files.read_text(f"{INSTRUCTIONS}/group-1_last_successful_install") == f"{ROOT}/group-1/d-1"
    assert machine.clock.now_s > 1


def test_the_next_install_removes_what_the_last_one_put_there_and_nothing_else():
    machine = host(tar({"appspec.yml": SITE, "site/old.html": "v1"}))
    deploy(machine)
    machine.files.write("/srv/site/mine.txt", "mine")
    machine.bundles[REVISION.label] = tar({"appspec.yml": SITE, "site/new.html": "v2"})
    deploy(machine, "d-2")
    assert machine.files.listdir("/srv/site") == ["mine.txt", "new.html"]


def test_a_plan_that_fails_comes_after_the_cleanup_so_the_old_version_is_gone():
    machine = host(tar({"appspec.yml": SITE, "site/old.html": "v1"}))
    deploy(machine)
    machine.files.write("/srv/site/new.html", "in the way")
    machine.bundles[REVISION.label] = tar({"appspec.yml": SITE, "site/new.html": "v2"})
    outcome = deploy(machine, "d-2")[-1]
    assert outcome.message.endswith("already exists at this location: /srv/site/new.html")
    assert machine.files.listdir("/srv/site") == ["new.html"]
    assert machine.files.read_text(f"{INSTRUCTIONS}/group-1_last_successful_install") == f"{ROOT}/group-1/d-1"


def test_a_bad_appspec_stops_before_the_cleanup_so_the_old_version_stays():
    machine = host(tar({"appspec.yml": SITE, "site/old.html": "v1"}))
    deploy(machine)
    machine.bundles[REVISION.label] = tar({"appspec.yml": "version: 1\n"})
    assert deploy(machine, "d-2")[-1].category == "validation"
    assert machine.files.read_text("/srv/site/old.html") == "v1"


def test_what_the_source_refuses_becomes_the_diagnostics():
    (outcome, _) = deploy(host(DownloadFailedError("Access Denied")))
    assert outcome.to_diagnostics() == {
        "errorCode": "UnknownError",
        "scriptName": "",
        "message": "Access Denied",
        "logTail": "",
    }


def test_github_is_asked_four_times_with_longer_and_longer_waits():
    machine = host(GitHubStatusError(404, "Not Found"), COMMIT.label)
    outcome = machine.perform("DownloadBundle", specification(revision=COMMIT))
    assert machine.clock.now_s == 130
    assert outcome.message == (
        f"Could not download bundle at 'https://api.github.com/repos/student/hello-web/tarball/{COMMIT.commit_id}' "
        "after 3 retries. Server returned codes: 404 'Not Found'; 404 'Not Found'; 404 'Not Found'; 404 'Not Found'."
    )


def test_a_commit_comes_in_a_folder_that_is_stripped():
    machine = host(tar({"hello-web-1a2b/appspec.yml": SITE, "hello-web-1a2b/site/a": "1"}, "w:gz"), COMMIT.label)
    assert deploy(machine, revision=COMMIT)[-1].succeeded
    assert machine.files.listdir("/srv/site") == ["a"]


def test_an_etag_that_differs_is_refused_and_quotes_do_not_matter():
    check_etag('"abc"', "abc")
    check_etag(None, "abc")
    with pytest.raises(DownloadFailedError, match="bundle etag abc but was actually def"):
        check_etag("abc", "def")


def test_a_local_folder_is_copied_and_the_second_copy_lands_inside_the_first():
    machine = FakeHost()
    machine.files.mkdir("/bundles/site", parents=True)
    machine.files.write("/bundles/site/appspec.yml", APPSPEC)
    local = specification(revision=LocalRevision("/bundles/site", "directory", directory=True))
    assert machine.perform("DownloadBundle", local).succeeded
    assert machine.perform("DownloadBundle", local).succeeded
    assert machine.files.listdir(f"{ROOT}/group-1/d-1/deployment-archive") == ["appspec.yml", "site"]


def test_five_revisions_are_kept_and_the_last_successful_one_always():
    machine = host(tar({"appspec.yml": APPSPEC}))
    deploy(machine, "d-0")
    for number in range(1, 8):
        machine.perform("DownloadBundle", specification(f"d-{number}"))
    assert machine.files.listdir(f"{ROOT}/group-1") == ["d-0", "d-4", "d-5", "d-6", "d-7"]


@pytest.mark.parametrize("kept", [pytest.param("3", id="a number"), pytest.param("'3'", id="or its text")])
def test_how_many_revisions_are_kept_is_a_setting_of_the_agent(kept):
    machine = host(tar({"appspec.yml": APPSPEC}))
    machine.files.mkdir("/etc/codedeploy-agent/conf", parents=True)
    machine.files.write("/etc/codedeploy-agent/conf/codedeployagent.yml", f"---\n:max_revisions: {kept}\n")
    for number in range(6):
        machine.perform("DownloadBundle", specification(f"d-{number}"))
    assert machine.files.listdir(f"{ROOT}/group-1") == ["d-3", "d-4", "d-5"]


def test_keeping_one_revision_keeps_the_last_successful_one_besides():
    machine = host(tar({"appspec.yml": APPSPEC}))
    machine.files.mkdir("/etc/codedeploy-agent/conf", parents=True)
    machine.files.write("/etc/codedeploy-agent/conf/codedeployagent.yml", ":max_revisions: 1\n")
    deploy(machine, "d-0")
    for number in range(1, 4):
        machine.perform("DownloadBundle", specification(f"d-{number}"))
    assert machine.files.listdir(f"{ROOT}/group-1") == ["d-0", "d-3"]


@pytest.mark.parametrize("kept", ["0", "many", "-1"])
def test_an_agent_told_to_keep_nothing_refuses_to_work(kept):
    machine = host(tar({"appspec.yml": APPSPEC}))
    machine.files.mkdir("/etc/codedeploy-agent/conf", parents=True)
    machine.files.write("/etc/codedeploy-agent/conf/codedeployagent.yml", f":max_revisions: {kept}\n")
    outcome = machine.perform("DownloadBundle", specification())
    assert outcome.message == f"Invalid configuration :max_revision={kept}"


def test_an_unknown_command_is_a_noop_beforehand_and_then_fails():
    machine = FakeHost()
    assert machine.agent.is_noop("MakeCoffee", specification())
    assert machine.perform("MakeCoffee", specification()).message == "Unsupported command type: MakeCoffee."


@pytest.mark.parametrize("command", ["DownloadBundle", "Install"])
def test_download_and_install_are_never_noops(command):
    assert not FakeHost().agent.is_noop(command, specification())


def test_an_agent_that_died_in_the_middle_of_a_command_says_so_when_it_starts_again():
    machine = host(tar({"appspec.yml": APPSPEC}))
    machine.clock.process(machine.agent.perform("DownloadBundle", specification()))
    machine.clock.advance(0.5)
    assert machine.files.listdir(ONGOING) == ["d-1"]
    assert machine.agent.recover() == ("d-1",)
    assert machine.agent.recover() == ()
    assert FAILED_AFTER_RESTART.lifecycle_error_code == "UnknownError"


def test_a_finished_command_leaves_no_trace_of_being_in_progress():
    machine = host(tar({"appspec.yml": APPSPEC}))
    deploy(machine)
    assert machine.agent.recover() == ()


def test_the_agents_own_log_tells_of_every_command_in_lab_time():
    machine = host(tar({"appspec.yml": "version: 1\n"}))
    deploy(machine)
    first, *_, last = machine.files.read_text("/var/log/aws/codedeploy-agent/codedeploy-agent.log").splitlines()
    assert first == "2026-03-02T09:00:00 INFO  [codedeploy-agent(3812)]: DownloadBundle of deployment d-1 begins"
    assert "ERROR [codedeploy-agent(3812)]: Error during perform: UnknownError - The deployment failed" in last


def test_a_zip_is_unpacked_with_plain_modes():
    machine = host(zipped({"appspec.yml": SITE, "site/a": "1", "../../outside": "2"}))
    assert deploy(machine, revision=REVISION.__class__("lab-bucket", "site.tar", "zip"))[-1].succeeded
    assert machine.files.read_text(f"{ROOT}/group-1/d-1/deployment-archive/outside") == "2"


def test_the_payload_for_the_service_is_the_agents_json():
    machine = host(tar({"appspec.yml": APPSPEC + "hooks: {AfterInstall: [{location: a.sh}]}\n", "a.sh": "x"}))
    deploy(machine)
    machine.scripts["a.sh"] = Execution(exit_code=3)
    payload = json.loads(machine.perform("AfterInstall", specification()).to_payload())
    assert payload == {
        "error_code": 4,
        "script_name": "a.sh",
        "message": "Script at specified location: a.sh failed with exit code 3",
        "log": "LifecycleEvent - AfterInstall\nScript - a.sh\n",
    }
