import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.target_health import (
    FAILED_HEALTH_CHECKS,
    HEALTHY,
    INITIAL_HEALTH_CHECKING,
    TIMEOUT,
    CheckGrid,
    Health,
    HealthCheck,
    Standing,
    after_checks,
    check_result,
    checks_until_change,
    first_check_delay_s,
    matches,
    next_change_s,
)

CHECK = HealthCheck(interval_s=10, healthy_threshold=5, unhealthy_threshold=2)
NOT_FOUND = Health("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]")
SERVER_ERROR = Health("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")


@pytest.mark.parametrize(
    ("matcher", "status", "success"),
    [
        pytest.param("200", 200, True, id="the default value is 200"),
        pytest.param("200", 201, False, id="with the default nothing else is a success"),
        pytest.param("200,202", 202, True, id="you can specify multiple values"),
        pytest.param("200,202", 201, False, id="values do not include what lies between them"),
        pytest.param("200-299", 299, True, id="or a range of values, its end included"),
        pytest.param("200-299", 300, False, id="a range ends at its end"),
        pytest.param("200-299, 404", 404, True, id="values and ranges may be mixed"),
    ],
)
def test_the_matcher_says_which_codes_are_a_success(matcher, status, success):
    assert matches(matcher, status) is success


@pytest.mark.parametrize("matcher", ["", "ok", "2xx", "200-", "299-200", "199", "200-500", "200,,202", "²00"])
def test_a_matcher_outside_200_to_499_is_refused_with_the_forms_that_are_not(matcher):
    with pytest.raises(ValueError, match="Expected a matcher of HTTP codes from 200 to 499"):
        HealthCheck(matcher=matcher)


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param({"interval_s": 4}, id="interval: the range is 5-300"),
        pytest.param({"interval_s": 301}, id="interval: the range ends at 300"),
        pytest.param({"timeout_s": 1}, id="timeout: the range is 2-120"),
        pytest.param({"healthy_threshold": 1}, id="healthy threshold: the range is 2-10"),
        pytest.param({"unhealthy_threshold": 11}, id="unhealthy threshold: the range is 2-10"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(setting):
    with pytest.raises(ValueError, match=r"^Expected \w+ from \d+ to \d+, found \d+; "):
        HealthCheck(**setting)


def test_the_health_check_goes_to_the_traffic_port_unless_a_port_is_given():
    assert HealthCheck().port_for(8080) == 8080
    assert HealthCheck(port="9000").port_for(8080) == 9000


@pytest.mark.parametrize(
    ("status", "delay_s", "result"),
    [
        pytest.param(200, 0.0, HEALTHY, id="an expected code passes"),
        pytest.param(404, 0.0, NOT_FOUND, id="did not return an expected HTTP code: ResponseCodeMismatch"),
        pytest.param(None, 0.0, FAILED_HEALTH_CHECKS, id="error while establishing a connection: FailedHealthChecks"),
        pytest.param(200, 5.0, HEALTHY, id="an answer within the timeout passes"),
        pytest.param(200, 5.1, TIMEOUT, id="the health check requests timed out: Timeout"),
        pytest.param(404, 5.1, TIMEOUT, id="nobody learns the code of an answer that came too late"),
    ],
)
def test_a_check_that_fails_says_why(status, delay_s, result):
    assert check_result(HealthCheck(timeout_s=5), status, delay_s) == result


@pytest.mark.parametrize(
    ("standing", "result", "count"),
    [
        pytest.param(Standing(), HEALTHY, 1, id="after registration it must pass one health check"),
        pytest.param(Standing(failures=1), HEALTHY, 1, id="a failed first check does not raise that number"),
        pytest.param(Standing(), NOT_FOUND, 2, id="a new target that fails stays initial until the threshold"),
        pytest.param(Standing(NOT_FOUND), HEALTHY, 5, id="consecutive successes before an unhealthy one is healthy"),
        pytest.param(Standing(NOT_FOUND, passes=3), HEALTHY, 2, id="passes in a row count"),
        pytest.param(Standing(HEALTHY), NOT_FOUND, 2, id="consecutive failures before a target is unhealthy"),
        pytest.param(Standing(HEALTHY, failures=1), TIMEOUT, 1, id="failures in a row count, whatever their cause"),
        pytest.param(Standing(HEALTHY, passes=9), HEALTHY, None, id="a healthy target that passes stays healthy"),
        pytest.param(Standing(NOT_FOUND, failures=9), NOT_FOUND, None, id="an unhealthy one that fails stays so"),
        pytest.param(Standing(NOT_FOUND, failures=9), SERVER_ERROR, 1, id="its reason is that of the latest check"),
        pytest.param(Standing(HEALTHY, failures=4), NOT_FOUND, 1, id="a lowered threshold still takes one check"),
    ],
)
def test_how_many_equal_checks_change_the_health(standing, result, count):
    assert checks_until_change(standing, result, CHECK) == count


def test_a_check_of_the_other_kind_starts_the_count_again():
    failed_once = after_checks(Standing(HEALTHY), NOT_FOUND, 1, CHECK)
    passed_again = after_checks(failed_once, HEALTHY, 1, CHECK)

    assert failed_once == Standing(HEALTHY, passes=0, failures=1)
    assert checks_until_change(passed_again, NOT_FOUND, CHECK) == 2


results = st.sampled_from([HEALTHY, NOT_FOUND, SERVER_ERROR, TIMEOUT])
runs = st.lists(st.tuples(results, st.integers(0, 12)), max_size=8)
checks = st.builds(HealthCheck, healthy_threshold=st.integers(2, 10), unhealthy_threshold=st.integers(2, 10))


@given(runs, checks)
def test_counting_a_run_of_checks_equals_making_each_of_them(runs, check):
    counted = made = Standing()
    for result, count in runs:
        counted = after_checks(counted, result, count, check)
        for _ in range(count):
            made = after_checks(made, result, 1, check)

    assert counted == made


@given(runs, results, checks)
def test_health_changes_at_the_foretold_check_and_not_before(runs, result, check):
    standing = Standing()
    for former, count in runs:
        standing = after_checks(standing, former, count, check)
    change = checks_until_change(standing, result, check)

    unchanged = 50 if change is None else change - 1
    assert after_checks(standing, result, unchanged, check).health == standing.health
    assert change is None or after_checks(standing, result, change, check).health == result


@given(first_s=st.floats(0, 1e7), interval_s=st.integers(5, 300), number=st.integers(1, 10_000))
def test_every_check_has_its_own_moment_on_the_grid(first_s, interval_s, number):
    grid = CheckGrid(first_s, interval_s)
    moment_s = grid.moment_s(number)

    assert grid.count_before(moment_s) == number - 1
    assert grid.count_before(moment_s + 0.001) == number
    assert grid.moment_s(number + 1) - moment_s == pytest.approx(interval_s)


@given(st.integers(0, 5000), st.integers(5, 300))
def test_the_first_check_comes_within_one_interval_of_registration(registration, interval_s):
    assert 0 < first_check_delay_s(registration, interval_s) < interval_s


def test_targets_registered_together_are_not_checked_together():
    assert len({first_check_delay_s(registration, 30) for registration in range(900)}) == 900


def test_the_next_change_is_a_moment_of_the_grid():
    grid = CheckGrid(first_s=4.0, interval_s=10)

    assert next_change_s(Standing(HEALTHY), NOT_FOUND, CHECK, grid, made=3) == 44.0
    assert next_change_s(Standing(HEALTHY), HEALTHY, CHECK, grid, made=3) is None


def test_a_new_target_is_being_checked_for_the_first_time():
    assert Standing().health == INITIAL_HEALTH_CHECKING
