"""A real JupyterLab on this machine, with settings of its own, for the length of a test."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
START_TRIES = 240
BETWEEN_TRIES_S = 0.25


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Serves ``folder``; gives the address. Nothing of the user's own Jupyter is read or written."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(folder / f".{name.lower()}") for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **own, "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces")}
    environment["JUPYTERLAB_SETTINGS_DIR"] = str(folder / ".settings")
    environment["PYTHONPATH"] = str(REPOSITORY)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", "--LabApp.news_url="),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(port)
            yield address
        finally:
            server.terminate()
            server.wait()


def notebook(sources: Sequence[str]) -> str:
    """The text of a notebook with these code cells."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells})


def _wait(port: int) -> None:
    for _ in range(START_TRIES):
        try:
            asked = HTTPConnection("127.0.0.1", port)
            asked.request("GET", "/api")
            asked.getresponse()
            asked.close()
        except ConnectionError:
            time.sleep(BETWEEN_TRIES_S)
        else:
            return
    message = f"Expected JupyterLab to answer on port {port}, found nothing there; read server.log beside the notebook."
    raise TimeoutError(message)
