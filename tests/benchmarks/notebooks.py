"""What running all notebooks costs, beside as many empty ones that only import boto3 and moto and make one EC2 call."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from labkit.authoring.derive import KERNEL
from labkit.authoring.editions import Edition, editions
from labkit.authoring.lessons import NOTEBOOKS, find_lessons
from labkit.authoring.surroundings import DERIVING

ROOT = Path(__file__).parents[2]
COMPILED_ONCE = {"PYTHONDONTWRITEBYTECODE": ""}
"""As `make lab` and `make test` have it, and every machine that does not say otherwise."""

EMPTY = """\
import boto3
import moto

with moto.mock_aws():
    boto3.client("ec2", region_name="ap-northeast-2").describe_instances()
"""


def report() -> None:
    all_editions = [edition for lesson in find_lessons() for edition in editions(lesson)]
    with TemporaryDirectory() as folder:
        for number in range(len(all_editions)):
            notebook = new_notebook(cells=[new_code_cell(EMPTY)], metadata={"kernelspec": KERNEL})
            nbformat.write(notebook, Path(folder, f"{number:02}.ipynb"))
        empty_s = _nbval_s(Path(folder))
    lessons_s = _nbval_s(NOTEBOOKS)
    print(f"{len(all_editions)} notebooks under nbval: {lessons_s:.1f} s; as many empty ones: {empty_s:.1f} s")
    print(f"ratio {lessons_s / empty_s:.2f} (aim: at most 1.5)")
    slowest = sorted((row for edition in all_editions for row in _cells_s(edition)), reverse=True)[:3]
    for seconds, place in slowest:
        print(f"slowest cells after the first: {seconds:.2f} s, {place} (aim: at most 2)")


def _nbval_s(folder: Path) -> float:
    config = ["--config-file", ROOT / "pyproject.toml", "--rootdir", folder]
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *config, folder],
        cwd=ROOT,
        env={**os.environ, **COMPILED_ONCE},
        check=True,
        capture_output=True,
        timeout=1800,
    )
    return time.perf_counter() - begin


def _cells_s(edition: Edition) -> Iterator[tuple[float, str]]:
    """How long each code cell but the first took."""
    notebook = nbformat.read(edition.notebook, as_version=4)
    resources = {"metadata": {"path": str(edition.notebook.parent)}}
    NotebookClient(notebook, kernel_name="python3", resources=resources).execute(
        env={**os.environ, **DERIVING, **COMPILED_ONCE}
    )
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code[1:], start=2):
        times = cell.metadata.execution
        begin, end = (datetime.fromisoformat(times[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
        yield (end - begin).total_seconds(), f"code cell {number} of {edition.name}"
