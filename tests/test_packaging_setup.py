"""``.ci/setup`` itself, with a made-up pip: when it works, when it does nothing, and what it says when it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="needs a POSIX shell; on Windows the README gives two lines instead"
)


@pytest.fixture
def project(tmp_path):
    """A project that needs nothing from anywhere: an empty lock, and a package without dependencies."""
    folder = tmp_path / "a place with spaces"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/setup", folder / ".ci/setup")
    (folder / "requirements.lock").write_text("# nothing\n")
    (folder / "stand_in.py").write_text(STAND_IN)
    return folder


# A Python that makes a .venv at once instead of in seconds, and writes down what pip was asked for.
STAND_IN = """
import pathlib, sys
arguments = sys.argv[1:]
if arguments[:2] == ["-m", "venv"]:
    python = pathlib.Path(".venv/bin/python")
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text('#!/bin/sh\\necho "$@" >>pip.log\\n[ ! -e pip-fails ]\\n')
    python.chmod(0o755)
    pathlib.Path(".venv/labkit-setup").unlink(missing_ok=True)
else:
    sys.argv = arguments
    exec(arguments[1])
"""


def run_setup(project: Path, **variables: str) -> subprocess.CompletedProcess:
    stand_in = project / "python"
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{project}/stand_in.py" "$@"\n')
    stand_in.chmod(0o755)
    surroundings = {"PATH": f"{project}:{os.environ['PATH']}", "PYTHON": "python", **variables}
    return subprocess.run(
        [project / ".ci/setup"], env=surroundings, capture_output=True, text=True, check=False, timeout=60
    )


def pip_calls(project: Path) -> int:
    log = project / "pip.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_the_first_set_up_installs_the_lock_and_then_labkit(project):
    assert run_setup(project).returncode == 0
    lock, labkit = (project / "pip.log").read_text().splitlines()
    assert lock.endswith("install --requirement requirements.lock")
    assert labkit.endswith("install --no-deps --no-build-isolation --editable .")


def test_a_second_set_up_does_and_says_nothing(project):
    run_setup(project)
    again = run_setup(project)
    assert (again.returncode, again.stdout, again.stderr, pip_calls(project)) == (0, "", "", 2)


def test_a_changed_lock_is_installed(project):
    run_setup(project)
    (project / "requirements.lock").write_text("# something else\n")
    run_setup(project)
    assert pip_calls(project) == 4


def test_a_set_up_that_failed_is_tried_again(project):
    (project / "pip-fails").touch()
    assert run_setup(project).returncode != 0
    (project / "pip-fails").unlink()
    assert run_setup(project).returncode == 0
    assert pip_calls(project) == 3


def test_a_project_that_was_moved_is_set_up_anew(project):
    run_setup(project)
    moved = project.rename(project.with_name("moved"))
    run_setup(moved)
    assert pip_calls(moved) == 4


def test_without_a_fitting_python_it_says_what_to_do(project):
    old = project / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.1 && exit 0\nexit 1\n')
    old.chmod(0o755)
    failed = run_setup(project, PYTHON="old-python")
    assert failed.returncode == 1
    assert failed.stderr.startswith(
        "Expected a Python from 3.11 to 3.14 with its venv and pip modules, found Python 3.8.1; install"
    )
    assert failed.stderr.count("\n") == 1
    assert not (project / ".venv").exists()
