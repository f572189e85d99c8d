"""Whenever Ctrl-C comes, the world goes on from there: its history is, byte for byte, that of a run without one."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import boto3
import pytest

import labkit
from labkit.lab import Lab
from tests.aws.stories import commit, deploy, deployment, page

MOMENTS = [1, 7, 40, 333, 2_000, 9_000, 30_000, 80_000]
"""Which line of labkit's own code the interrupt comes at, counted from where the cell begins."""


def interrupting_at(line: int) -> Callable[[FrameType, str, Any], Any]:
    """A tracer that sends this process an interrupt at the ``line``-th line of labkit's or SimPy's code it runs."""
    left = line

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(("labkit.", "simpy.")):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGINT)
        return trace

    return trace


def interrupted(cell: Callable[[], object], line: int) -> bool:
    """Runs ``cell`` with an interrupt at ``line``; whether it was broken off."""
    before = sys.gettrace()
    sys.settrace(interrupting_at(line))
    try:
        cell()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def deploying(lab: Lab) -> str:
    return deploy(commit(lab, {"index.html": page("v2")}))


def whole_story(line: int | None) -> tuple[str, str]:
    """A deployment and half an hour of lab time; status and history at the end."""
    with labkit.start(stage="v1-deployed", fleet_size=2) as lab:
        deployment_id = deploying(lab)
        until = lab.now.replace(hour=lab.now.hour + 1)
        if line is not None:
            interrupted(lambda: lab.run_until(until), line)
        lab.run_until(until)
        return deployment(deployment_id)["status"], lab.history.to_json()


@pytest.fixture(scope="module")
def undisturbed() -> tuple[str, str]:
    return whole_story(None)


@pytest.mark.parametrize("line", MOMENTS)
def test_an_interrupted_cell_that_is_run_again_ends_as_if_nothing_had_come(
    undisturbed: tuple[str, str], line: int
) -> None:
    assert whole_story(line) == undisturbed
    assert undisturbed[0] == "Succeeded"


@pytest.mark.parametrize("line", [1, 20, 60, 120])
def test_an_interrupted_call_is_answered_whole_or_not_made(line: int) -> None:
    with labkit.start() as lab:
        iam = boto3.client("iam")
        interrupted(lambda: iam.create_user(UserName="kim"), line)
        users = [user["UserName"] for user in iam.list_users()["Users"] if user["UserName"] == "kim"]
        written = [event.to_dict()["operation"] for event in lab.history if event.kind == "ApiCalled"]
        assert users == ["kim"] * written.count("CreateUser")


@pytest.mark.parametrize("line", [1, 100, 400, 3_000, 20_000])
def test_an_interrupted_start_leaves_a_lab_or_none(line: int) -> None:
    interrupted(lambda: labkit.start(stage="roles"), line)
    with labkit.start(stage="roles") as lab:
        assert boto3.client("iam").list_roles()["Roles"]
        lab.advance(60)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
