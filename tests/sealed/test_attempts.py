"""No packet leaves the machine, whatever keys lie around, whatever was made before, whichever library asks."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sealed.attempts import AWS_AFTERWARDS, CALLS, ELSEWHERE, NO_KEYS, STRANGERS
from tests.sealed.keys import with_real_looking_keys


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, Any]]]:
    """What became of each attempt, tried in a process with a home of its own full of real-looking keys."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sealed.attempts"],
        capture_output=True,
        text=True,
        check=False,
        env=with_real_looking_keys(tmp_path_factory.mktemp("home")),
        cwd=Path(__file__).parents[2],
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, dict[str, dict[str, Any]]] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("attempt", CALLS)
def test_the_lab_answers_every_client(found: dict[str, Any], attempt: str) -> None:
    assert found["open"][attempt] == {"said": "answered []", "through": []}


@pytest.mark.parametrize("attempt", STRANGERS)
def test_the_lab_refuses_keys_it_never_gave_away_as_aws_does(found: dict[str, Any], attempt: str) -> None:
    outcome = found["open"][attempt]
    assert any(code in outcome["said"] for code in ("InvalidClientTokenId", "InvalidAccessKeyId"))
    assert outcome["through"] == []


@pytest.mark.parametrize("attempt", ELSEWHERE)
def test_what_goes_elsewhere_is_refused_while_a_lab_is_open(found: dict[str, Any], attempt: str) -> None:
    outcome = found["open"][attempt]
    expected = "refused" if attempt == "another process" else "nothing leaves this machine while a lab is open"
    assert expected in outcome["said"]
    assert outcome["through"] == []


@pytest.mark.parametrize("attempt", NO_KEYS)
def test_the_keys_of_a_profile_are_not_found(found: dict[str, Any], attempt: str) -> None:
    outcome = found["open"][attempt]
    assert outcome == {"said": "NoCredentialsError: Unable to locate credentials", "through": []}


@pytest.mark.parametrize("attempt", [*CALLS, *STRANGERS, *AWS_AFTERWARDS])
def test_aws_is_out_of_reach_when_the_lab_has_stopped(found: dict[str, Any], attempt: str) -> None:
    outcome = found["stopped"][attempt]
    assert "never calls AWS itself; open one with labkit.start(), or restart the kernel" in outcome["said"]
    assert outcome["through"] == []


def test_this_machine_has_curl_or_not_but_the_proxy_refuses_it() -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here; another process is tried with Python above")
    import labkit  # noqa: PLC0415

    with labkit.start():
        done = subprocess.run(
            [curl, "-sS", "--max-time", "30", "http://example.com/"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 7  # failed to connect: to the proxy
