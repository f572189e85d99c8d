"""CodeDeploy's arithmetic of healthy hosts: user guide "Instance health", API reference MinimumHealthyHosts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.healthy_hosts import (
    ALL_AT_ONCE,
    HALF_AT_A_TIME,
    ONE_AT_A_TIME,
    PREDEFINED,
    DeploymentConfig,
    HostType,
    Progress,
    Verdict,
    at_a_time,
    can_start,
    may_begin_another,
    minimum_healthy,
    verdict,
)


def percent(value: int) -> DeploymentConfig:
    return DeploymentConfig(f"{value}-percent", HostType.FLEET_PERCENT, value)


def count(value: int) -> DeploymentConfig:
    return DeploymentConfig(f"{value}-hosts", HostType.HOST_COUNT, value)


@pytest.mark.parametrize(
    ("config", "fleet_size", "minimum", "down"),
    [
        pytest.param(count(6), 9, 6, 3, id="nine hosts with a count of six: three at a time"),
        pytest.param(percent(40), 9, 4, 5, id="nine hosts with 40 %: four stay healthy, five at a time"),
        pytest.param(percent(75), 8, 6, 2, id="75 % of eight is six"),
        pytest.param(percent(75), 10, 8, 2, id="75 % of ten is rounded up to eight"),
        pytest.param(ONE_AT_A_TIME, 10, 9, 1, id="OneAtATime keeps all but one"),
        pytest.param(ONE_AT_A_TIME, 1, 0, 1, id="OneAtATime deploys to a fleet of one"),
        pytest.param(HALF_AT_A_TIME, 9, 5, 4, id="HalfAtATime of nine takes four, fractions rounded down"),
        pytest.param(HALF_AT_A_TIME, 1, 0, 1, id="HalfAtATime deploys to a fleet of one"),
        pytest.param(ALL_AT_ONCE, 9, 0, 9, id="AllAtOnce takes all"),
        pytest.param(count(0), 3, 0, 3, id="a count of zero takes all"),
    ],
)
def test_how_many_stay_healthy_and_how_many_may_be_down(
    config: DeploymentConfig, fleet_size: int, minimum: int, down: int
) -> None:
    assert (minimum_healthy(config, fleet_size), at_a_time(config, fleet_size)) == (minimum, down)


@pytest.mark.parametrize(
    ("config", "fleet_size", "starts"),
    [
        pytest.param(percent(95), 10, False, id="95 % of ten is ten: nothing can be deployed"),
        pytest.param(percent(75), 3, False, id="75 % of three is three"),
        pytest.param(count(2), 2, False, id="a count equal to the fleet"),
        pytest.param(count(5), 2, False, id="a count above the fleet"),
        pytest.param(percent(75), 4, True, id="75 % of four is three"),
    ],
)
def test_a_minimum_that_leaves_nobody_to_take_down_refuses_the_deployment(
    config: DeploymentConfig, fleet_size: int, starts: bool
) -> None:
    assert can_start(config, fleet_size) is starts


@pytest.mark.parametrize(
    ("config", "progress", "expected"),
    [
        pytest.param(
            ONE_AT_A_TIME,
            Progress(10, succeeded=3, failed=1),
            Verdict.FAIL,
            id="OneAtATime fails at the first failure that is not the last instance's",
        ),
        pytest.param(
            ONE_AT_A_TIME,
            Progress(10, succeeded=9, failed=1),
            Verdict.SUCCEED,
            id="OneAtATime succeeds when only the last instance fails",
        ),
        pytest.param(
            ONE_AT_A_TIME, Progress(1, failed=1), Verdict.FAIL, id="a fleet of one must succeed, whatever the minimum"
        ),
        pytest.param(
            count(8),
            Progress(10, succeeded=2, failed=1),
            Verdict.GO_ON,
            id="ten hosts, eight needed: one failure is tolerated",
        ),
        pytest.param(
            count(8),
            Progress(10, succeeded=2, failed=2),
            Verdict.FAIL,
            id="ten hosts, eight needed: the second failure stops it while others wait",
        ),
        pytest.param(
            count(8),
            Progress(10, succeeded=8, failed=2),
            Verdict.SUCCEED,
            id="ten hosts, eight needed: a second failure on the last one is tolerated",
        ),
        pytest.param(
            ALL_AT_ONCE, Progress(4, succeeded=1, failed=3), Verdict.SUCCEED, id="AllAtOnce needs one success"
        ),
        pytest.param(ALL_AT_ONCE, Progress(4, failed=4), Verdict.FAIL, id="AllAtOnce with no success fails"),
        pytest.param(
            HALF_AT_A_TIME, Progress(9, succeeded=5, failed=4), Verdict.SUCCEED, id="HalfAtATime needs five of nine"
        ),
        pytest.param(
            HALF_AT_A_TIME,
            Progress(9, succeeded=4, failed=4, in_progress=1),
            Verdict.GO_ON,
            id="the last instance decides",
        ),
        pytest.param(
            HALF_AT_A_TIME, Progress(9, succeeded=4, failed=5), Verdict.FAIL, id="HalfAtATime fails with four of nine"
        ),
    ],
)
def test_whether_the_deployment_goes_on(config: DeploymentConfig, progress: Progress, expected: Verdict) -> None:
    assert verdict(config, progress) is expected


configs = st.sampled_from(PREDEFINED) | st.integers(0, 99).map(percent) | st.integers(0, 12).map(count)


@given(configs, st.integers(1, 12), st.data())
def test_never_fewer_healthy_than_promised_unless_an_instance_failed(
    config: DeploymentConfig, fleet_size: int, data: st.DataObject
) -> None:
    """Plays whole deployments: at every moment the instances that are not down are at least the minimum."""
    if not can_start(config, fleet_size):
        return
    minimum = minimum_healthy(config, fleet_size)
    succeeded = failed = in_progress = 0
    decision = Verdict.GO_ON
    while decision is Verdict.GO_ON:
        while may_begin_another(config, Progress(fleet_size, succeeded, failed, in_progress)):
            in_progress += 1
        assert in_progress > 0
        assert fleet_size - in_progress - failed >= minimum or failed > 0
        in_progress -= 1
        if data.draw(st.booleans(), label="this instance succeeds"):
            succeeded += 1
        else:
            failed += 1
        decision = verdict(config, Progress(fleet_size, succeeded, failed, in_progress))
    if decision is Verdict.SUCCEED:
        assert succeeded >= max(minimum, 1)
    else:
        assert failed > 0
