"""Every fault that needs no account, alone and two at once: its root cause is named, and the evidence is true."""

from typing import Any

import pytest

from labkit.explain.answer import Answer
from labkit.explain.why import Why
from tests.explain.evidence_check import roots_of, untrue_on_machines
from tests.world.faults_world import FaultyWorld

FIRST, SECOND = {"instance_id": 0}, {"instance_id": 1}


def explained(world: FaultyWorld) -> Answer:
    """``lab.why`` of a deployment of the head, once it has ended."""
    deployment = world.deploy()
    world.region.clock.run_until(lambda: deployment.terminal)
    return Why(world.region)(deployment.id)


def untrue(world: FaultyWorld, answer: Answer) -> list[tuple[str, str]]:
    return untrue_on_machines(answer, lambda instance, command: world.said(command, world.instances.index(instance)))


def row(fault_id: str, parameters: dict[str, Any], root: str | None = None, why: str = "") -> Any:
    """``root``: the id of the root cause, where it is not the fault's own."""
    return pytest.param(fault_id, parameters, root or fault_id, id=f"{fault_id}{': ' if why else ''}{why}")


@pytest.mark.parametrize(
    ("fault_id", "parameters", "root"),
    [
        row("agent-not-installed", FIRST),
        row("agent-stopped", FIRST),
        row("agent-crashed-mid-event", FIRST, why="nobody started it again"),
        row("agent-crashed-mid-event", {**FIRST, "restart_after_s": 30.0}, why="it reports what it died in"),
        row("no-appspec", {}),
        *(
            row("bad-appspec", {"problem": problem}, why=problem)
            for problem in ("os", "version", "yaml", "destination", "empty")
        ),
        row("file-already-at-destination", FIRST),
        row("script-missing", {}),
        row("script-failing", {}),
        row("script-hanging", {}),
        row("script-not-executable", FIRST),
        row("script-leaves-background-process", {}),
        row("fail-next-script", FIRST, "script-changed-on-instance"),
        row("web-server-not-started", {}),
        row("wrong-document-root", {}, why="by a commit"),
        row("wrong-document-root", FIRST, why="by a change on the instance"),
        row("break-health-check", FIRST, "wrong-document-root"),
        row("health-check-wrong-path", {}),
        row("health-check-wrong-port", {}),
        row("health-check-wrong-matcher", {}),
        row("target-group-on-no-listener", {}),
        row("security-group-closed", FIRST),
        row("slow-version", {}),
        row("half-broken-version", {}),
        row("instance-replaced-mid-deployment", FIRST),
        row("availability-zone-lost", {"availability_zone": "ap-northeast-2b"}),
    ],
)
def test_the_root_cause_of_a_fault_is_named_with_evidence_that_holds(
    fault_id: str, parameters: dict[str, Any], root: str
) -> None:
    world = FaultyWorld()
    world.break_it(fault_id, **parameters)
    answer = explained(world)
    assert roots_of(answer) == [root]
    assert untrue(world, answer) == []


def pair(first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]], roots: set[str] | None = None) -> Any:
    return pytest.param((first, second), roots or {first[0], second[0]}, id=f"{first[0]} and {second[0]}")


@pytest.mark.parametrize(
    ("faults", "roots"),
    [
        pair(("agent-stopped", FIRST), ("file-already-at-destination", SECOND)),
        pair(("agent-stopped", FIRST), ("security-group-closed", SECOND)),
        pair(("agent-stopped", FIRST), ("security-group-closed", FIRST)),
        pair(("agent-stopped", FIRST), ("script-failing", {})),
        pair(("agent-not-installed", FIRST), ("script-hanging", {})),
        pair(("agent-crashed-mid-event", FIRST), ("health-check-wrong-path", {})),
        pair(
            ("script-not-executable", FIRST),
            ("fail-next-script", SECOND),
            {"script-not-executable", "script-changed-on-instance"},
        ),
        pair(("web-server-not-started", {}), ("security-group-closed", FIRST)),
        pair(("wrong-document-root", {}), ("agent-stopped", FIRST)),
        pair(("script-failing", {}), ("target-group-on-no-listener", {})),
        pair(("agent-stopped", FIRST), ("health-check-wrong-port", {})),
        pair(("instance-replaced-mid-deployment", FIRST), ("script-missing", {})),
        pair(("half-broken-version", {}), ("agent-stopped", FIRST)),
        pair(
            ("availability-zone-lost", {"availability_zone": "ap-northeast-2b"}),
            ("health-check-wrong-matcher", {}),
        ),
    ],
)
def test_two_faults_at_once_are_both_named(faults: tuple[tuple[str, dict[str, Any]], ...], roots: set[str]) -> None:
    world = FaultyWorld()
    for fault_id, parameters in faults:
        world.break_it(fault_id, **parameters)
    answer = explained(world)
    assert set(roots_of(answer)) == roots
    assert untrue(world, answer) == []


def test_behind_a_closed_security_group_a_stopped_web_server_is_found_too() -> None:
    world = FaultyWorld()
    world.break_it("security-group-closed", instance_id=0)
    world.break_it("web-server-not-started", instance_id=0)
    world.region.clock.advance(60)
    answer = Why(world.region)(world.instances[0])
    assert roots_of(answer) == ["security-group-closed", "web-server-not-started"]


def test_a_version_of_three_seconds_and_a_check_that_waits_two_leave_a_question() -> None:
    world = FaultyWorld()
    world.break_it("slow-version", seconds=3)
    world.break_it("health-check-wrong-timeouts")
    answer = explained(world)
    assert roots_of(answer) == ["health-check-wrong-timeouts"]
    assert answer.explanation.question == (
        "Did the version before take as long? If so, the timeout is too short; if not, the new version is slow."
    )


def test_the_lost_zone_of_a_single_instance_leaves_the_question_whether_it_was_the_zone() -> None:
    world = FaultyWorld()
    world.break_it("availability-zone-lost", availability_zone="ap-northeast-2b")
    assert (explained(world).explanation.question or "").startswith("Is it the zone, or this one machine?")


def test_what_is_under_way_is_explained_before_it_fails() -> None:
    world = FaultyWorld()
    world.break_it("wrong-document-root")
    deployment = world.deploy()
    world.region.clock.advance(600)
    answer = Why(world.region)(deployment.id)
    assert [link.id for link in answer.links] == [
        "deployment-status",
        "event-in-progress",
        "target-not-healthy",
        "wrong-document-root",
    ]


def test_a_deployment_that_went_well_is_said_to_be_well() -> None:
    world = FaultyWorld()
    answer = explained(world)
    assert roots_of(answer) == ["healthy"]
    assert answer.explanation.title.endswith("succeeded: nothing is wrong")


@pytest.mark.parametrize("subject", ["deployment", "instance", "target group"])
def test_asking_changes_nothing_and_gives_the_same_bytes(subject: str) -> None:
    def asked_and_played_on(*, ask: bool) -> tuple[str, str]:
        world = FaultyWorld()
        world.break_it("half-broken-version", percent=40)
        world.break_it("agent-stopped", instance_id=0)
        deployment = world.deploy()
        subjects = {"deployment": deployment.id, "instance": world.instances[0], "target group": "hello-web-targets"}
        said = ""
        for _ in range(12):
            world.region.clock.advance(50)
            if ask:
                answer = Why(world.region)(subjects[subject])
                said = repr(answer) + answer._repr_html_()
        return said, world.region.history.to_json()

    said, history = asked_and_played_on(ask=True)
    assert (said, history) == asked_and_played_on(ask=True)
    assert history == asked_and_played_on(ask=False)[1]
