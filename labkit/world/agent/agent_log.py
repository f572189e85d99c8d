"""The agent's own log on the machine: ``/var/log/aws/codedeploy-agent/codedeploy-agent.log``.

AWS page "View log data for CodeDeploy EC2/On-Premises deployments".
"""

from datetime import datetime

from labkit.world.agent.script_log import append
from labkit.world.files import FileSystem

PATH = "/var/log/aws/codedeploy-agent/codedeploy-agent.log"
PROCESS_ID = 3812
"""The process id that a lab's agent always has."""


def write(files: FileSystem, at: datetime, level: str, message: str) -> None:
    """Adds a line. ``level``: DEBUG, INFO, WARN or ERROR; ``at``: lab time."""
    append(files, PATH, f"{at:%Y-%m-%dT%H:%M:%S} {level:<5} [codedeploy-agent({PROCESS_ID})]: {message}\n")


def write_start(files: FileSystem, at: datetime) -> None:
    """Adds what the agent's master process says when it begins (ProcessManager in the agent's ``lib``)."""
    write(files, at, "INFO", f"master {PROCESS_ID}: Spawned child 1/1")
    write(files, at, "INFO", f"Started master {PROCESS_ID} with 1 children")
