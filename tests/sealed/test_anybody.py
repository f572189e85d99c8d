"""Whatever anybody does, breaks, interrupts or calls from several threads at once, the lab stays true to itself.

``LABKIT_STATEFUL="200x30@5"`` plays 200 examples of up to 30 steps with seed 5; without it there are a few, always the
same.
"""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

import labkit
from labkit.simulation.history import Event
from labkit.simulation.misuse import MisuseError
from labkit.world.faults.catalogue import names
from tests.aws.stories import instance_ids
from tests.aws.test_codedeploy_stateful import Student
from tests.sealed.test_interrupts import interrupted

EXAMPLES, STEPS, SEED = (int(part) for part in os.environ.get("LABKIT_STATEFUL", "4x10@0").replace("@", "x").split("x"))
THREADS = 3


class Anybody(Student):
    """A student who also breaks things, interrupts cells, starts threads and opens a second lab."""

    played = 0

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Any] = []

    @rule(fault=st.sampled_from(names()), which=st.integers(0, 3), later_s=st.sampled_from([None, 5, 200]))
    def break_something(self, fault: str, which: int, later_s: float | None) -> None:
        ids = instance_ids()
        parameters = {"instance_id": ids[which % len(ids)]} if ids else {}
        asked = self.lab.faults.describe(fault).parameters
        chosen = {name: value for name, value in parameters.items() if name in asked}
        try:
            self.faults.append(self.lab.faults.inject(fault, at=later_s, **chosen))
        except MisuseError as error:
            assert str(error).startswith("Expected ")  # noqa: PT017

    @rule()
    def mend_what_was_broken_last(self) -> None:
        if self.faults:
            try:
                self.faults.pop().undo()
            except MisuseError as error:
                assert "can be undone" in str(error)  # noqa: PT017

    @rule(seconds=st.sampled_from([30, 700]), line=st.integers(1, 20_000))
    def wait_and_interrupt(self, seconds: int, line: int) -> None:
        interrupted(lambda: self.lab.advance(seconds), line)

    @rule(line=st.integers(1, 400))
    def interrupt_a_call(self, line: int) -> None:
        interrupted(self.codedeploy.list_deployments, line)

    @rule()
    def call_from_several_threads(self) -> None:
        answers: list[int] = []
        ec2 = boto3.client("ec2")

        def work() -> None:
            answers.append(len(ec2.describe_instances()["Reservations"]))
            self.lab.advance(1)

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == THREADS

    @rule()
    def listen_and_fail(self) -> None:
        def fail(_event: Event) -> None:
            raise LookupError

        stop = self.lab.history.listen(fail)
        with suppress(LookupError):
            self.lab.advance(100)
        stop()

    @rule()
    def fail_in_a_condition(self) -> None:
        with pytest.raises(ZeroDivisionError):
            self.lab.run_until(lambda: 1 / 0 > 0)

    @rule()
    def open_a_second_lab(self) -> None:
        old = self.lab
        self.lab = labkit.start(stage="v1-deployed", fleet_size=2)
        self.faults, self.ended = [], {}
        with pytest.raises(MisuseError, match="has been stopped"):
            old.advance(1)

    # --- what must stay true -------------------------------------------------------------------

    @invariant()
    def nothing_of_a_call_is_left_over(self) -> None:
        Anybody.played += 1
        assert abs(time.time() - time.clock_gettime(time.CLOCK_REALTIME)) < 60  # the computer's clock is its own again
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    @invariant()
    def a_call_takes_no_lab_time(self) -> None:
        before = self.lab.now
        self.codedeploy.list_applications()
        assert self.lab.now == before


def test_anybody(capsys: pytest.CaptureFixture[str]) -> None:
    Anybody.played = 0
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not SEED,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(Anybody) if SEED else Anybody, settings=chosen)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{EXAMPLES} examples of up to {STEPS} steps, seed {SEED}: {Anybody.played} states looked at\n"
        )
