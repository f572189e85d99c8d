"""What the CodeDeploy agent has written down on a machine about the files it put there.

AWS page "Working with the CodeDeploy agent", "Files installed by the agent": ``<deployment group id>-cleanup`` lists
every file and folder that the group's last deployment installed.
"""

from collections.abc import Iterator

from labkit.world.agent.deployment_root import INSTRUCTIONS
from labkit.world.files import FileSystem

CLEANUP = "-cleanup"


def installed_files(files: FileSystem) -> Iterator[str]:
    """Paths of the files and folders that deployments have installed, by deployment group, in order."""
    for name in names_in(files, INSTRUCTIONS):
        if name.endswith(CLEANUP):
            yield from _lines(files, name)


def owner_of(files: FileSystem, path: str) -> str | None:
    """Id of the deployment group whose deployment installed ``path``; None if the agent did not."""
    for name in names_in(files, INSTRUCTIONS):
        if name.endswith(CLEANUP) and path in _lines(files, name):
            return name.removesuffix(CLEANUP)
    return None


def names_in(files: FileSystem, folder: str) -> list[str]:
    """The names in a folder; none if it is not there."""
    return files.listdir(folder) if files.is_dir(folder) else []


def _lines(files: FileSystem, name: str) -> list[str]:
    return files.read_text(f"{INSTRUCTIONS}/{name}").splitlines()
