"""Which scripts run, with what around them, and how they fail. (What a shell does with them is tested elsewhere.)"""

import json

import pytest

from labkit.rules.revision import GitHubRevision
from labkit.world.agent.deployment_root import DEPLOYMENTS_LOG, ROOT, GroupFiles
from labkit.world.agent.outcome import ErrorCode
from labkit.world.execution import Chunk, Execution
from tests.world.agent.bundles import APPSPEC, REVISION, specification, tar
from tests.world.agent.fake_host import FakeHost

ARCHIVE = f"{ROOT}/group-1/d-1/deployment-archive"


def ready(
    *scripts: str, event: str = "AfterInstall", host: FakeHost | None = None, deployment: str = "d-1"
) -> FakeHost:
    """A machine with a downloaded bundle whose hook runs ``scripts`` (each as YAML)."""
    machine = host or FakeHost()
    appspec = f"{APPSPEC}hooks:\n  {event}: [{', '.join(scripts)}]\n"
    bundle = {"appspec.yml": appspec, "a.sh": "#!/bin/bash\n", "b.sh": "#!/bin/bash\n"}
    machine.bundles[REVISION.label] = tar(bundle)
    machine.perform("DownloadBundle", specification(deployment))
    return machine


def run(machine: FakeHost, event: str = "AfterInstall", **changes):
    return machine.perform(event, specification(**changes))


def test_scripts_run_one_after_another_until_one_fails():
    machine = ready("{location: a.sh}", "{location: b.sh}", "{location: a.sh}")
    machine.scripts["b.sh"] = Execution(exit_code=7)
    outcome = run(machine)
    assert machine.ran == [f"{ARCHIVE}/a.sh", f"{ARCHIVE}/b.sh"]
    assert (outcome.error_code, outcome.script_name) == (ErrorCode.SCRIPT_FAILED, "b.sh")


@pytest.mark.parametrize(
    ("script", "command"),
    [
        pytest.param("{location: a.sh, runas: appuser}", f"su appuser -c {ARCHIVE}/a.sh", id="runas goes through su"),
        pytest.param("{location: a.sh, sudo: true}", f"sudo {ARCHIVE}/a.sh", id="sudo goes through sudo"),
        pytest.param("{location: a.sh, sudo: 'no', runas: x}", f"sudo su x -c {ARCHIVE}/a.sh", id="both; text is yes"),
        pytest.param("{location: a.sh, sudo: no}", f"{ARCHIVE}/a.sh", id="no is false, and false is no"),
        pytest.param("{location: a.sh, runas: ''}", f"su  -c {ARCHIVE}/a.sh", id="an empty user still goes through su"),
    ],
)
def test_the_command_line_of_a_script(script, command):
    machine = ready(script)
    assert run(machine).succeeded
    assert machine.ran == [command]


@pytest.mark.parametrize(
    ("execution", "code", "message"),
    [
        pytest.param(Execution(exit_code=None, signal=9), 4, "failed with exit code ", id="killed by a signal"),
        pytest.param(Execution(exit_code=None, timed_out=True), 3, "failed to complete in 9 seconds", id="time-out"),
        pytest.param(
            Execution(exit_code=0, open_stream="stderr", open_until_s=20.0), 6, "failed to close STDERR", id="held open"
        ),
        pytest.param(
            Execution(exit_code=None, start_error="Permission denied"),
            4,
            f"failed with error Errno::EACCES with message Permission denied - {ARCHIVE}/a.sh",
            id="not started",
        ),
    ],
)
def test_how_a_script_fails(execution, code, message):
    machine = ready("{location: a.sh, timeout: 9}")
    machine.scripts["a.sh"] = execution
    outcome = run(machine)
    assert (int(outcome.error_code), outcome.message) == (code, f"Script at specified location: a.sh {message}")


def test_an_output_held_open_for_less_than_the_timeout_only_takes_time():
    machine = ready("{location: a.sh, timeout: 9}")
    began_s = machine.clock.now_s
    machine.scripts["a.sh"] = Execution(exit_code=0, duration_s=1.0, open_stream="stdout", open_until_s=8.0)
    assert run(machine).succeeded
    assert machine.clock.now_s - began_s == pytest.approx(8.0)


def test_a_script_that_is_not_there_is_named_by_its_clean_path():
    outcome = run(ready("{location: x/../nope.sh}"))
    assert outcome.error_code is ErrorCode.SCRIPT_MISSING
    assert outcome.message == f"Script does not exist at specified location: {ARCHIVE}/nope.sh"


def test_a_script_is_made_executable_first():
    machine = ready("{location: a.sh}")
    run(machine)
    assert machine.files.stat(f"{ARCHIVE}/a.sh").mode == 0o755


def test_a_script_knows_its_deployment_and_where_its_bundle_came_from():
    machine = ready("{location: a.sh}")
    run(machine)
    run(machine, revision=GitHubRevision("student/hello-web", "c0ffee"))
    assert machine.variables == [
        {
            "LIFECYCLE_EVENT": "AfterInstall",
            "DEPLOYMENT_ID": "d-1",
            "APPLICATION_NAME": "hello-web",
            "DEPLOYMENT_GROUP_NAME": "hello-web-group",
            "DEPLOYMENT_GROUP_ID": "group-1",
            **origin,
        }
        for origin in ({"BUNDLE_BUCKET": "lab-bucket", "BUNDLE_KEY": "site.tar"}, {"BUNDLE_COMMIT": "c0ffee"})
    ]


def test_an_on_premises_registration_shows_in_the_environment():
    machine = ready("{location: a.sh}")
    machine.files.mkdir("/etc/codedeploy-agent/conf", parents=True)
    machine.files.write(
        "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml",
        "region: eu-west-1\niam_session_arn: arn:aws:sts::1:assumed-role/x/y\naws_credentials_file: /root/c\n",
    )
    run(machine)
    assert machine.variables[0]["AWS_CREDENTIALS_FILE"] == "/root/c"
    machine.files.write("/etc/codedeploy-agent/conf/codedeploy.onpremises.yml", "iam_user_arn: x\n")
    assert run(machine).message == "'region' key is required when 'iam_user_arn' is provided."


# --- whose scripts -------------------------------------------------------------------------------


def group_files(machine: FakeHost) -> GroupFiles:
    return GroupFiles(machine.files, "group-1")


@pytest.mark.parametrize("event", ["ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"])
def test_events_before_the_download_run_the_scripts_of_what_is_installed(event):
    machine = ready("{location: a.sh}", event=event)
    group_files(machine).remember_last_successful(f"{ROOT}/group-1/d-1")
    assert machine.perform(event, specification("d-2")).succeeded
    assert machine.ran == [f"{ARCHIVE}/a.sh"]
    assert machine.variables[0]["DEPLOYMENT_ID"] == "d-2"
    assert machine.files.exists(f"{ROOT}/group-1/d-2/logs/scripts.log")


def test_before_the_first_deployment_there_is_nothing_to_stop():
    machine = FakeHost()
    assert machine.agent.is_noop("ApplicationStop", specification())
    assert run(machine, "ApplicationStop").succeeded


def test_an_event_after_the_download_needs_its_bundle():
    outcome = run(FakeHost(), "BeforeInstall")
    assert outcome.message.startswith("The CodeDeploy agent did not find an AppSpec file within the unpacked revision")


@pytest.mark.parametrize(
    ("event", "whose"),
    [
        pytest.param("ApplicationStop", "good", id="ApplicationStop is still the last successful one's"),
        pytest.param("AfterBlockTraffic", "recent", id="traffic is taken from the most recent one"),
        pytest.param("BeforeAllowTraffic", "good", id="and given to the last successful one"),
    ],
)
def test_a_blue_green_rollback_runs_the_scripts_of_the_fleet_that_loses_or_gets_the_traffic(event, whose):
    machine = FakeHost()
    for deployment in ("good", "recent"):
        ready("{location: a.sh}", event=event, host=machine, deployment=deployment)
    group_files(machine).remember_last_successful(f"{ROOT}/group-1/good")
    machine.perform(event, specification("d-9", deployment_creator="codeDeployRollback", deployment_type="BLUE_GREEN"))
    assert machine.ran == [f"{ROOT}/group-1/{whose}/deployment-archive/a.sh"]


def test_hooks_look_for_the_appspec_under_its_one_name_only():
    machine = ready("{location: a.sh}")
    assert 'relative path "other.yml"' in run(machine, appspec_filename="other.yml").message


# --- logs ----------------------------------------------------------------------------------------


def said(*pieces: tuple[str, str]) -> Execution:
    return Execution(exit_code=1, chunks=tuple(Chunk(stream, text) for stream, text in pieces))


def test_lines_are_logged_when_they_are_complete_and_an_unended_one_at_the_end():
    machine = ready("{location: a.sh}")
    machine.scripts["a.sh"] = said(("stdout", "one "), ("stderr", "two\n"), ("stdout", "half\nrest"))
    assert run(machine).log.splitlines()[2:] == ["[stderr]two", "[stdout]one half", "[stdout]rest"]


def test_the_log_tail_is_shorter_than_2048_characters_and_made_of_whole_entries():
    machine = ready("{location: a.sh}")
    machine.scripts["a.sh"] = said(("stdout", "x" * 2500 + "\nlast\n"))
    assert run(machine).log == "[stdout]last\n"
    machine.scripts["a.sh"] = said(("stdout", "x" * (2048 - len("[stdout]\n"))), ("stdout", "\n"))
    assert run(machine).log == ""


def test_logs_on_the_machine_carry_lab_time():
    machine = ready("{location: a.sh}")
    machine.scripts["a.sh"] = said(("stdout", "  hello\n"))
    run(machine)
    assert machine.files.read_text(f"{ROOT}/group-1/d-1/logs/scripts.log").splitlines()[-1] == (
        "2026-03-02 09:00:01 [stdout]  hello"
    )
    assert "[2026-03-02 09:00:01.000] [d-1][stdout]  hello\n" in machine.files.read_text(DEPLOYMENTS_LOG)


def test_the_common_log_can_be_switched_off():
    machine = ready("{location: a.sh}")
    machine.files.mkdir("/etc/codedeploy-agent/conf", parents=True)
    machine.files.write("/etc/codedeploy-agent/conf/codedeployagent.yml", ":enable_deployments_log: false\n")
    run(machine)
    assert not machine.files.exists(DEPLOYMENTS_LOG)


def test_output_that_is_no_utf8_leaves_only_the_minimum_of_diagnostics():
    machine = ready("{location: a.sh}")
    machine.scripts["a.sh"] = said(("stdout", "caf\udce9\n"))
    payload = json.loads(run(machine).to_payload())
    assert (payload["error_code"], payload["message"]) == ("Unknown", "Attempting minimal diagnostics")
    assert b"caf\xe9" in machine.files.read(f"{ROOT}/group-1/d-1/logs/scripts.log")
