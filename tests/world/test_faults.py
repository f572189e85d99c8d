"""Every fault that needs no account: what it does to a deployment, and which traces it leaves."""

from datetime import UTC, datetime

import pytest

from labkit.simulation.misuse import MisuseError
from labkit.world.deployment.messages import AGENT_SILENT, ALLOW_TRAFFIC_TIMED_OUT
from labkit.world.events import FaultInjected, InstanceStatusChanged, PageChanged, ScalingActivityChanged
from labkit.world.faults.catalogue import ON_AN_INSTANCE, find, names
from labkit.world.load_balancer import ClosedToVisitorsError
from tests.world.faults_world import PAGE, FaultyWorld

TIMEOUT = ("unhealthy", "Target.Timeout", "Request timed out")
REFUSED = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
NOT_IN_USE = (
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)


def mismatch(status):
    return ("unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def row(fault_id, sentence, parameters, *, ends, failed, health=None):
    """``ends``: the deployment's status and error code; ``failed``: event, error code and a part of the message."""
    return pytest.param(fault_id, parameters, ends, failed, health, id=f"{fault_id}: {sentence}")


FIRST = {"instance_id": 0}
ONE_OF_TWO, NONE = ("Succeeded", None), ("Failed", "HEALTH_CONSTRAINTS")
SILENT_AT_ONCE = ("BeforeBlockTraffic", "UnknownError", AGENT_SILENT)
HOUR = ("AllowTraffic", "UnknownError", ALLOW_TRAFFIC_TIMED_OUT)
START = "scripts/start_server.sh"
RESTARTED = "Failed: Failing in-progress lifecycle event after an agent restart."
NOT_THE_AGENT = {AGENT_SILENT, ALLOW_TRAFFIC_TIMED_OUT, RESTARTED}
"""What the service says for itself, or an agent that was not there when it happened."""


@pytest.mark.parametrize(
    ("fault_id", "parameters", "ends", "failed", "health"),
    [
        row("agent-not-installed", "nobody takes the event", FIRST, ends=ONE_OF_TWO, failed=SILENT_AT_ONCE),
        row("agent-stopped", "nobody takes the event", FIRST, ends=ONE_OF_TWO, failed=SILENT_AT_ONCE),
        row(
            "agent-crashed-mid-event",
            "without a restart nobody reports",
            FIRST,
            ends=ONE_OF_TWO,
            failed=("Install", "UnknownError", AGENT_SILENT),
        ),
        row(
            "agent-crashed-mid-event",
            "a restarted agent reports what it died in",
            {**FIRST, "restart_after_s": 30.0},
            ends=ONE_OF_TWO,
            failed=("Install", "UnknownError", "Failing in-progress lifecycle event after an agent restart."),
        ),
        row(
            "no-appspec",
            "it is looked for at the root",
            {},
            ends=NONE,
            failed=("BeforeInstall", "UnknownError", "not find an AppSpec file within the unpacked revision"),
        ),
        *(
            row(
                "bad-appspec",
                message,
                {"problem": problem},
                ends=NONE,
                failed=("BeforeInstall", "UnknownError", message),
            )
            for problem, message in {
                "os": "specifies an unsupported operating system (ubuntu)",
                "version": "an invalid version value (1.0) was entered",
                "destination": "specifies only a source file (/index.html)",
                "empty": "the application specification file was empty",
                "yaml": "found character",
            }.items()
        ),
        row(
            "file-already-at-destination",
            "the agent removes only what it remembers",
            FIRST,
            ends=ONE_OF_TWO,
            failed=("Install", "UnknownError", "a specified file already exists at this location: /var/www/index.html"),
        ),
        row(
            "script-missing",
            "the whole path is named",
            {},
            ends=NONE,
            failed=(
                "ApplicationStart",
                "ScriptMissing",
                "Script does not exist at specified location: /opt/codedeploy",
            ),
        ),
        row(
            "script-failing",
            "the exit code is named",
            {},
            ends=NONE,
            failed=("ApplicationStart", "ScriptFailed", f"{START} run as user root failed with exit code 1"),
        ),
        row(
            "script-hanging",
            "AppSpec's timeout ends it",
            {},
            ends=NONE,
            failed=("ApplicationStart", "ScriptTimedOut", f"{START} failed to complete in 60 seconds"),
        ),
        row(
            "script-not-executable",
            "an immutable file can't be made executable",
            FIRST,
            ends=ONE_OF_TWO,
            failed=(
                "ApplicationStop",
                "ScriptNotExecutable",
                "Unable to set script at specified location: scripts/stop_",
            ),
        ),
        row(
            "script-leaves-background-process",
            "the output stays open until the timeout",
            {},
            ends=NONE,
            failed=("ApplicationStart", "UnknownError", f"{START} failed to close STDOUT"),
        ),
        row(
            "fail-next-script",
            "the next script is the old revision's ApplicationStop",
            FIRST,
            ends=ONE_OF_TWO,
            failed=("ApplicationStop", "ScriptFailed", "failed with exit code 1"),
        ),
        row("web-server-not-started", "the connection is refused", {}, ends=NONE, failed=HOUR, health=REFUSED),
        row("wrong-document-root", "every page is answered 404", {}, ends=NONE, failed=HOUR, health=mismatch(404)),
        row(
            "wrong-document-root",
            "ValidateService finds it out on the instance",
            FIRST,
            ends=ONE_OF_TWO,
            failed=("ValidateService", "ScriptFailed", "failed with exit code 1"),
        ),
        row("health-check-wrong-path", "404", {}, ends=NONE, failed=HOUR, health=mismatch(404)),
        row("health-check-wrong-port", "refused", {}, ends=NONE, failed=HOUR, health=REFUSED),
        row("health-check-wrong-matcher", "200 will not do", {}, ends=NONE, failed=HOUR, health=mismatch(200)),
        row("target-group-on-no-listener", "nobody checks", {}, ends=NONE, failed=HOUR, health=NOT_IN_USE),
        row("security-group-closed", "nothing comes back", FIRST, ends=ONE_OF_TWO, failed=HOUR, health=TIMEOUT),
        row("slow-version", "slower than the check waits", {}, ends=NONE, failed=HOUR, health=TIMEOUT),
        row(
            "instance-replaced-mid-deployment",
            "its agent is gone",
            FIRST,
            ends=ONE_OF_TWO,
            failed=("BeforeInstall", "UnknownError", AGENT_SILENT),
        ),
        row(
            "availability-zone-lost",
            "its agents are silent, its targets too",
            {"availability_zone": "ap-northeast-2b"},
            ends=ONE_OF_TWO,
            failed=SILENT_AT_ONCE,
            health=TIMEOUT,
        ),
    ],
)
def test_a_fault_leaves_the_traces_that_aws_leaves(fault_id, parameters, ends, failed, health):
    world = FaultyWorld()
    world.break_it(fault_id, **parameters)
    traces = world.deployed()
    assert (traces.status, traces.error_code) == ends
    assert (traces.failed.lifecycle_event, traces.failed.error_code) == failed[:2]
    assert failed[2] in traces.failed.message
    assert health is None or health in traces.health
    if traces.failed.message not in NOT_THE_AGENT:
        said = f"Error during perform: {traces.failed.error_code} - {traces.failed.message}"
        assert said in world.agent_log(world.instances.index(traces.failed.instance_id))


ACCOUNT_ONLY = {
    "bundle-corrupt",
    "bundle-missing",
    "bundle-wrong-etag",
    "no-instance-profile",
    "profile-attached-late",
    "s3-read-denied",
    "scale-in-during-deployment",
    "scale-out-during-deployment",
    "service-role-missing-permission",
}
SUBJECTS = {"instance_id": 0, "availability_zone": "ap-northeast-2a"}


@pytest.mark.parametrize("fault_id", sorted(set(names()) - ACCOUNT_ONLY))
@pytest.mark.parametrize("at", [2.0, 64.5, 66.0, 90.0])
def test_a_fault_at_any_moment_lets_the_deployment_end_and_can_be_undone_afterwards(fault_id, at):
    world = FaultyWorld()
    asked = {name: subject for name, subject in SUBJECTS.items() if name in find(fault_id).parameters}
    fault = world.break_it(fault_id, at=at, **asked)
    traces = world.deployed()
    assert traces.status in {"Succeeded", "Failed"}
    assert sum(traces.overview.values()) == 2
    world.region.clock.advance(at)
    if fault_id != "agent-not-installed":
        fault.undo()
        assert fault.state == "undone, began"


def test_visitors_of_a_closed_load_balancer_hear_nothing():
    world = FaultyWorld()
    fault = world.break_it("security-group-closed", load_balancer="hello-web-alb")
    balancer = next(iter(world.region.load_balancers.values()))
    with pytest.raises(ClosedToVisitorsError):
        balancer.request(80, "/")
    fault.undo()
    assert balancer.request(80, "/").status == 200


def test_a_visitor_in_the_moment_of_a_change_does_not_hide_it_from_the_load_balancer():
    world = FaultyWorld()
    world.break_it("web-server-not-started", instance_id=0)
    assert world.machine().answer(80, "/") is None
    world.region.clock.advance(120)
    (group,) = world.region.target_groups.values()
    assert [target.state for target in group.health()] == ["unhealthy", "healthy"]


# --- what is left on the machine, in the agent's log, at EC2 and Auto Scaling ------------------------


def test_without_an_agent_systemd_knows_no_such_unit():
    world = FaultyWorld()
    world.break_it("agent-not-installed", instance_id=0)
    assert world.said("systemctl status codedeploy-agent").startswith(
        "Unit codedeploy-agent.service could not be found."
    )
    assert not world.machine().files.exists("/opt/codedeploy-agent")


def test_a_stopped_agent_is_inactive_and_the_journal_says_since_when():
    world = FaultyWorld()
    fault = world.break_it("agent-stopped", instance_id=0)
    assert world.said("systemctl is-active codedeploy-agent") == "inactive\n"
    assert "Stopped codedeploy-agent.service" in world.said("journalctl -u codedeploy-agent")
    fault.undo()
    assert world.said("systemctl is-active codedeploy-agent") == "active\n"
    assert world.deployed().overview == {"Succeeded": 2}


def test_an_agent_that_was_killed_leaves_the_event_it_was_at():
    world = FaultyWorld()
    world.break_it("agent-crashed-mid-event", instance_id=0)
    deployment = world.deploy()
    world.region.clock.advance(120)
    ongoing = f"/opt/codedeploy-agent/deployment-root/ongoing-deployment/{deployment.id}"
    assert world.machine().files.read(ongoing) == b"Install"
    assert "code=killed, status=9/KILL" in world.said("journalctl -u codedeploy-agent")
    assert world.agent_log().splitlines()[-1].endswith(f"Install of deployment {deployment.id} begins")


def test_what_a_script_wrote_is_the_tail_of_the_log():
    world = FaultyWorld()
    world.break_it("script-failing")
    assert world.deployed().failed.log_tail.endswith("[stderr]hello-web: cannot connect to the database\n")


def test_the_child_that_a_script_left_behind_can_be_seen():
    world = FaultyWorld()
    world.break_it("script-leaves-background-process")
    world.deployed()
    assert "scripts/start_server.sh" in world.said("ps aux")


def test_an_immutable_file_shows_in_lsattr_and_resists_chmod():
    world = FaultyWorld()
    world.machine().files.write("/opt/x.sh", "")
    said = world.said(
        "chattr +i /opt/x.sh; lsattr /opt/x.sh; chmod +x /opt/x.sh; chattr -i /opt/x.sh; chmod +x /opt/x.sh"
    )
    assert said == (
        "----i----------------- /opt/x.sh\nchmod: changing permissions of '/opt/x.sh': Operation not permitted\n"
    )


def test_lsattr_and_chattr_go_through_folders():
    world = FaultyWorld()
    for path in ("/opt/app/a.sh", "/opt/app/bin/b.sh"):
        world.machine().files.mkdir(path.rpartition("/")[0], parents=True)
        world.machine().files.write(path, "")
    said = world.said("chattr -R +i /opt/app; lsattr -R /opt/app; chattr -R -i /opt/app; chmod +x /opt/app/bin/b.sh")
    assert said.splitlines() == [
        "----i----------------- /opt/app/a.sh",
        "---------------------- /opt/app/bin",
        "",
        "/opt/app/bin:",
        "----i----------------- /opt/app/bin/b.sh",
    ]


def test_a_lost_zone_is_impaired_and_its_instances_are_replaced_in_the_other():
    world = FaultyWorld()
    world.break_it("availability-zone-lost", availability_zone="ap-northeast-2b")
    traces = world.deployed()
    lost = next(i for i in world.instances if world.region.fleet.machine(i).availability_zone == "ap-northeast-2b")
    assert [(e.instance_id, e.status) for e in world.region.history.of(InstanceStatusChanged)] == [(lost, "impaired")]
    assert [what for what, _ in traces.activities] == ["Launching a new EC2 instance", "Terminating EC2 instance"]
    assert traces.activities[1][1].endswith("in response to an EC2 instance status checks failure.")
    zones = {machine.availability_zone for machine in world.region.fleet.not_terminated()}
    assert zones == {"ap-northeast-2a"}


def test_power_that_comes_back_boots_the_machines():
    world = FaultyWorld()
    fault = world.break_it("availability-zone-lost", availability_zone="ap-northeast-2a")
    assert world.machine().answer(80, "/").delay_s == float("inf")
    world.region.clock.advance(20)
    fault.undo()
    world.region.clock.advance(60)
    assert world.machine().answer(80, "/").status == 200
    assert world.deployed().overview == {"Succeeded": 2}


def test_no_instance_can_be_launched_while_all_zones_are_lost():
    world = FaultyWorld()
    for zone in ("ap-northeast-2a", "ap-northeast-2b"):
        world.break_it("availability-zone-lost", availability_zone=zone)
    world.region.clock.advance(600)
    failed = [e for e in world.region.history.of(ScalingActivityChanged) if e.status_code == "Failed"]
    assert failed
    assert "We currently do not have sufficient capacity" in (failed[0].status_message or "")


def test_an_instance_that_goes_during_a_deployment_is_replaced():
    world = FaultyWorld()
    world.break_it("instance-replaced-mid-deployment", instance_id=0)
    causes = [cause for _, cause in world.deployed().activities]
    assert any("an EC2 health check indicating it has been terminated or stopped." in cause for cause in causes)
    assert any("in response to an unhealthy instance needing to be replaced." in cause for cause in causes)


# --- versions that serve badly ----------------------------------------------------------------------


def test_a_slow_version_that_is_fast_enough_for_the_check_serves_slowly():
    world = FaultyWorld()
    world.break_it("slow-version", seconds=3)
    assert world.deployed().overview == {"Succeeded": 2}
    assert world.machine().answer(80, "/").delay_s == pytest.approx(3, abs=1)


def test_a_health_check_that_gives_up_too_soon_finds_a_version_of_three_seconds_timed_out():
    world = FaultyWorld()
    world.break_it("slow-version", seconds=3)
    world.break_it("health-check-wrong-timeouts")
    assert TIMEOUT in world.deployed().health


def test_a_half_broken_version_answers_its_share_of_requests_with_500_and_others_with_the_page():
    world = FaultyWorld()
    world.break_it("half-broken-version", percent=30)
    traces = world.deployed()
    answers = [world.machine().answer(80, "/") for _ in range(1000)]
    assert {(a.status, a.body.decode()) for a in answers if a.status == 200} == {(200, PAGE)}
    assert world.region.history.of(PageChanged)[-1].error_share == pytest.approx(0.3)
    assert sum(answer.status == 500 for answer in answers) / 1000 == pytest.approx(0.3, abs=0.05)
    assert traces.overview == {"Succeeded": 2}


def test_a_version_that_is_slow_and_then_half_broken_is_installed_once():
    world = FaultyWorld()
    world.break_it("slow-version", seconds=3)
    world.break_it("half-broken-version")
    assert world.deployed().overview == {"Succeeded": 2}


def test_a_fault_in_an_appspec_that_cannot_be_read_is_refused():
    world = FaultyWorld()
    world.break_it("bad-appspec", problem="yaml")
    with pytest.raises(MisuseError, match="mend it, or undo its fault"):
        world.break_it("slow-version")


def test_health_checks_of_a_half_broken_version_change_their_mind():
    world = FaultyWorld()
    world.break_it("half-broken-version", percent=60)
    world.deploy()
    world.region.clock.advance(3600)
    assert {mismatch(500), ("healthy", None, None)} <= world.traces(world.deploy()).health


def test_the_next_version_takes_the_configuration_of_the_broken_one_away():
    world = FaultyWorld()
    fault = world.break_it("half-broken-version")
    world.deployed()
    fault.undo()
    assert world.deployed().overview == {"Succeeded": 2}
    assert {world.machine().answer(80, "/").status for _ in range(200)} == {200}


# --- on one instance, at once -----------------------------------------------------------------------


@pytest.mark.parametrize("fault_id", ON_AN_INSTANCE)
def test_what_is_done_to_an_instance_needs_nothing_but_its_id_and_can_be_undone(fault_id):
    world = FaultyWorld()
    fault = world.break_it(fault_id, instance_id=0)
    assert world.deployed().overview == {"Succeeded": 1, "Failed": 1}
    fault.undo()
    assert world.deployed().overview["Succeeded"] >= 1


def test_a_broken_health_check_shows_without_any_deployment():
    world = FaultyWorld()
    fault = world.break_it("break-health-check", instance_id=0)
    world.region.clock.advance(60)
    group = next(iter(world.region.target_groups.values()))
    assert [h.reason for h in group.health()].count("Target.ResponseCodeMismatch") == 1
    fault.undo()
    world.region.clock.advance(60)
    assert {h.state for h in group.health()} == {"healthy"}


def test_a_web_server_that_is_stopped_shows_without_any_deployment():
    world = FaultyWorld()
    fault = world.break_it("web-server-not-started", instance_id=0)
    world.region.clock.advance(60)
    assert world.region.history.of(PageChanged)[-1].status is None
    fault.undo()
    world.region.clock.advance(60)
    assert world.machine().answer(80, "/").status == 200


# --- the catalogue and the handle -------------------------------------------------------------------


def test_every_fault_says_what_it_is_and_which_traces_it_leaves():
    assert [name for name in names() if not (find(name).description.endswith(".") and find(name).traces)] == []


def test_a_fault_is_written_down_with_its_subject_when_it_happens():
    world = FaultyWorld()
    world.break_it("agent-stopped", instance_id=0, at=60)
    assert world.region.history.of(FaultInjected) == []
    began_s = world.region.clock.now_s
    world.region.clock.advance(60)
    (event,) = world.region.history.of(FaultInjected)
    assert (event.fault, event.subject, event.at_s) == (
        "agent-stopped",
        f"instance_id={world.instances[0]}",
        began_s + 60,
    )


def test_a_fault_that_was_planned_can_be_called_off():
    world = FaultyWorld()
    fault = world.break_it("agent-stopped", instance_id=0, at=datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    assert repr(fault).endswith("planned for 2026-03-02 10:00:00 UTC>")
    fault.undo()
    assert repr(fault).endswith("called off, was planned for 2026-03-02 10:00:00 UTC>")
    world.region.clock.advance(7200)
    assert world.region.history.of(FaultInjected) == []


def test_the_same_seed_and_fault_give_the_same_history():
    def told():
        world = FaultyWorld()
        world.break_it("half-broken-version")
        world.deployed()
        return world.region.history.to_json()

    assert told() == told()


@pytest.mark.parametrize(
    ("fault_id", "parameters", "sentence"),
    [
        pytest.param(
            "agent-on-strike", {}, "Expected the name of a fault, found 'agent-on-strike'; there are: ", id="name"
        ),
        pytest.param("agent-stopped", {}, "found nothing; add instance_id.", id="a parameter is missing"),
        pytest.param("agent-stopped", {"instance_id": "i-1"}, "found 'i-1'; there are: i-", id="no such instance"),
        pytest.param("no-appspec", {"folder": "x"}, "found folder; leave out folder.", id="no such parameter"),
        pytest.param(
            "no-appspec", {"repository": "a/b"}, "found 'a/b'; there are: student/hello-web.", id="repository"
        ),
        pytest.param("bad-appspec", {"problem": "x"}, "Expected problem to be one of os, version", id="problem"),
        pytest.param("security-group-closed", {}, "either instance_id or load_balancer, found neither", id="neither"),
        pytest.param("availability-zone-lost", {"availability_zone": "x"}, "found 'x'; there are: ap-nor", id="zone"),
        pytest.param("scale-in-during-deployment", {"auto_scaling_group": "x"}, "a world without records", id="group"),
        pytest.param("slow-version", {"seconds": 0}, "a whole number from 1 to 600, found 0.", id="seconds"),
        pytest.param("no-instance-profile", {"instance_id": 0}, "found a world without records", id="records"),
        pytest.param(
            "script-failing", {"lifecycle_event": "AfterInstall"}, "found none; name another.", id="no script"
        ),
    ],
)
def test_what_cannot_be_broken_is_refused_in_one_sentence(fault_id, parameters, sentence):
    world = FaultyWorld()
    with pytest.raises(MisuseError) as refused:
        world.break_it(fault_id, **parameters)
    assert sentence in str(refused.value)
    assert world.region.history.of(FaultInjected) == []


@pytest.mark.parametrize("at", [-1, datetime(2026, 3, 2, 9, 0, tzinfo=UTC), datetime(2026, 3, 3, 9, 0)])  # noqa: DTZ001 - no time zone: that is what is refused
def test_a_fault_is_for_now_or_later(at):
    with pytest.raises(MisuseError):
        FaultyWorld().break_it("agent-stopped", instance_id=0, at=at)


def test_what_has_no_way_back_says_so():
    world = FaultyWorld()
    with pytest.raises(MisuseError, match="found agent-not-installed; mend it as one would on AWS"):
        world.break_it("agent-not-installed", instance_id=0).undo()
