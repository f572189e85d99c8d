"""The agent's own folders on the machine, and what is kept in them.

AWS page "Working with the CodeDeploy agent", "Files installed by the agent" and "Revision and log file cleanup":

    deployment-root/<deployment group id>/<deployment id>/bundle.tar
                                                          deployment-archive/
                                                          logs/scripts.log
    deployment-root/deployment-instructions/<deployment group id>-install.json, -cleanup,
                                            <deployment group id>_last_successful_install, _most_recent_install
    deployment-root/deployment-logs/codedeploy-agent-deployments.log
    deployment-root/ongoing-deployment/<deployment id>
"""

from dataclasses import dataclass

from labkit.world.agent.specification import DeploymentSpecification
from labkit.world.files import FileSystem

ROOT = "/opt/codedeploy-agent/deployment-root"
INSTRUCTIONS = f"{ROOT}/deployment-instructions"
ONGOING = f"{ROOT}/ongoing-deployment"
DEPLOYMENTS_LOG = f"{ROOT}/deployment-logs/codedeploy-agent-deployments.log"
LINE_ENDS = ("\r\n", "\n", "\r")


@dataclass(frozen=True, slots=True)
class GroupFiles:
    """Where the agent keeps what concerns one deployment group."""

    files: FileSystem
    group_id: str

    @property
    def install_json(self) -> str:
        """Path of the last plan."""
        return f"{INSTRUCTIONS}/{self.group_id}-install.json"

    @property
    def cleanup(self) -> str:
        """Path of the list of what the next Install removes."""
        return f"{INSTRUCTIONS}/{self.group_id}-cleanup"

    @property
    def last_successful(self) -> str | None:
        """The folder of the last deployment whose Install succeeded, None before the first."""
        return self._pointer("last_successful_install")

    @property
    def most_recent(self) -> str | None:
        """The folder of the last deployment whose bundle was unpacked, None before the first."""
        return self._pointer("most_recent_install")

    def remember_last_successful(self, folder: str) -> None:
        """Writes the pointer that the next ApplicationStop follows."""
        self._write("last_successful_install", folder)

    def remember_most_recent(self, folder: str) -> None:
        """Writes the pointer that a blue/green rollback follows."""
        self._write("most_recent_install", folder)

    def _pointer(self, name: str) -> str | None:
        path = f"{INSTRUCTIONS}/{self.group_id}_{name}"
        if not self.files.exists(path):
            return None
        text = self.files.read_text(path)
        ending = next((end for end in LINE_ENDS if text.endswith(end)), "")
        return text.removesuffix(ending)

    def _write(self, name: str, folder: str) -> None:
        self.files.mkdir(INSTRUCTIONS, parents=True)
        self.files.write(f"{INSTRUCTIONS}/{self.group_id}_{name}", folder)


@dataclass(frozen=True, slots=True)
class DeploymentFolder:
    """One deployment's folder; ``path`` has no trailing slash."""

    path: str

    @property
    def bundle(self) -> str:
        """The bundle as it came, whatever its type."""
        return f"{self.path}/bundle.tar"

    @property
    def archive(self) -> str:
        """The unpacked bundle."""
        return f"{self.path}/deployment-archive"

    @property
    def scripts_log(self) -> str:
        """What the deployment's scripts wrote."""
        return f"{self.path}/logs/scripts.log"


def folder_of(specification: DeploymentSpecification) -> DeploymentFolder:
    """Where the deployment's files are."""
    return DeploymentFolder(f"{ROOT}/{specification.deployment_group_id}/{specification.deployment_id}")


def remove_old_revisions(files: FileSystem, specification: DeploymentSpecification, keep: int) -> None:
    """Removes the group's oldest deployments until there are ``keep``, counting the present one.

    Neither the present nor the last successful one is removed.
    """
    group_id = specification.deployment_group_id
    paths = (f"{ROOT}/{group_id}/{name}" for name in files.listdir(f"{ROOT}/{group_id}"))
    others = [path for path in paths if path != folder_of(specification).path]
    last_successful = GroupFiles(files, group_id).last_successful
    candidates = [path for path in others if path != last_successful]
    extra = max(len(others) + 1 - keep, 0)
    for path in sorted(candidates, key=lambda path: _changed_at_s(files, path))[:extra]:
        files.remove_tree(path)


def _changed_at_s(files: FileSystem, path: str) -> float:
    node = files.stat(path)
    return node.mtime_s if node else 0.0
