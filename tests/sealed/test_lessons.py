"""No lesson needs the network or asks for it, with cells run in order and then backwards, whatever keys lie around."""

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sealed.keys import with_real_looking_keys

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in FOLDER.glob("*.ipynb"))
WITHOUT_NETWORK = ["unshare", "--map-root-user", "--net"]
"""util-linux's unshare(1): in a network namespace of its own a process has not even a loopback."""


@functools.cache
def namespaces() -> bool:
    """Whether this computer lets us take the network away from a process."""
    if shutil.which(WITHOUT_NETWORK[0]) is None:
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_asks_for_nothing_beyond_this_machine(lesson: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    more = {"PYTHONPATH": str(FOLDER.parent), "MPLBACKEND": "agg", "LABKIT_PROGRESS": "", "IPYTHONDIR": str(tmp_path)}
    done = subprocess.run(
        [*(WITHOUT_NETWORK if namespaces() else []), sys.executable, "-m", "tests.sealed.any_order", lesson],
        capture_output=True,
        text=True,
        check=False,
        env={**with_real_looking_keys(home), **more},
        cwd=FOLDER,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["cells"] > 5
    assert (found["asked"], found["surprises"]) == ([], [])


def test_the_lessons_ran_where_there_is_no_network_at_all() -> None:
    if not namespaces():
        pytest.skip("this computer has no network namespaces for us: the lessons above were watched, but had a network")
    look_up = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    command = [*WITHOUT_NETWORK, sys.executable, "-c", look_up]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Network is unreachable" in done.stderr
