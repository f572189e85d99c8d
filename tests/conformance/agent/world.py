"""The machine that the cases are run on, and how what they did to it is looked at.

Its users and folders are those of the recorded runs (README.md beside this file).
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from labkit.simulation.clock import Clock
from labkit.world.accounts import group_name, user_name
from labkit.world.agent.deployment_root import ROOT
from labkit.world.agent.specification import DeploymentSpecification, parse_specification
from labkit.world.files import Directory, Fifo, File, FileSystem, Node, Symlink

ABSENT = "__absent__"
TEMPORARY = "/tmp"  # noqa: S108 - of the lab's machine, not of this computer
TRACE = f"{TEMPORARY}/trace"
AGENT_FOLDERS = ("/opt/codedeploy-agent", "/etc/codedeploy-agent", "/var/log/aws", "/bundles", TRACE)
"""Not part of the recorded trees: what belongs to the agent and to the case itself."""

SPECIFICATION = {
    "DeploymentId": "d-AAAAAAAA1",
    "DeploymentGroupId": "0f1e2d3c-group",
    "DeploymentGroupName": "blue-fleet",
    "ApplicationName": "demo-app",
    "Revision": {
        "RevisionType": "S3",
        "S3Revision": {
            "Bucket": "lab-bucket",
            "Key": "apps/demo.zip",
            "BundleType": "zip",
            "Version": "v-1",
            "ETag": "abc123",
        },
    },
}
USERS = """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
appuser:x:1001:1001::/home/appuser:/bin/bash
deploy:x:1002:1002::/home/deploy:/bin/sh
"""
GROUPS = """\
root:x:0:
daemon:x:1:
www-data:x:33:
nogroup:x:65534:
webteam:x:1100:
appuser:x:1001:
deploy:x:1002:
"""
FOLDERS = (
    "/etc",
    "/home/appuser",
    "/home/deploy",
    "/opt",
    "/root",
    "/srv",
    TEMPORARY,
    "/usr/bin",
    "/usr/sbin",
    "/var/log",
)


def specification_data(changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The deployment specification of the cases with ``changes``: keys replaced, or removed by ``__absent__``."""
    data = {**SPECIFICATION, **(changes or {})}
    return {key: value for key, value in data.items() if value != ABSENT}


def specification(changes: Mapping[str, Any] | None) -> DeploymentSpecification:
    """The same, read as the agent reads it. Raises AgentError."""
    return parse_specification(specification_data(changes))


def deployment_folder(data: Mapping[str, Any]) -> str:
    """Where the deployment's files lie, whether the agent would accept ``data`` or not."""
    group = data.get("DeploymentGroupId") or SPECIFICATION["DeploymentGroupId"]
    deployment = data.get("DeploymentId") or SPECIFICATION["DeploymentId"]
    return f"{ROOT}/{group}/{deployment.rpartition('/')[2]}"


def furnish(files: FileSystem) -> None:
    """Gives a machine the users and folders of the recorded runs."""
    for folder in FOLDERS:
        files.mkdir(folder, parents=True)
    files.write("/etc/passwd", USERS)
    files.write("/etc/group", GROUPS)
    for user, home in ((1001, "/home/appuser"), (1002, "/home/deploy")):
        files.chown(home, user, user)
    files.chmod(TEMPORARY, 0o1777)


def lay_out(files: FileSystem, top: str, entries: Iterable[Mapping[str, Any]], clock: Clock) -> None:
    """Puts a case's ``bundle`` or ``before`` below the folder ``top``."""
    for entry in entries:
        path = f"{top}/{entry['path'].lstrip('/')}"
        if entry.get("op") == "rm":
            files.remove_tree(path)
        elif entry.get("op") == "chmod":
            files.chmod(path, int(entry["mode"], 8))
        else:
            files.mkdir(path.rpartition("/")[0] or "/", parents=True)
            files.put(path, _node(files, path, entry, clock))


def _node(files: FileSystem, path: str, entry: Mapping[str, Any], clock: Clock) -> Node:
    uid, gid = (_id(files, entry.get(key), book) for key, book in (("owner", "/etc/passwd"), ("group", "/etc/group")))
    mtime_s = entry.get("mtime", clock.start.timestamp()) - clock.start.timestamp()
    if entry.get("type") == "symlink":
        return Symlink(target=entry["target"], mtime_s=mtime_s)
    if entry.get("type") == "fifo":
        return Fifo(mode=int(entry.get("mode", "0644"), 8), uid=uid, gid=gid, mtime_s=mtime_s)
    if entry.get("type") == "dir":
        old = files.stat(path)
        children = old.children if isinstance(old, Directory) else {}
        return Directory(mode=int(entry.get("mode", "0755"), 8), uid=uid, gid=gid, children=children, mtime_s=mtime_s)
    content = base64.b64decode(entry["content_b64"]) if "content_b64" in entry else entry.get("content", "").encode()
    return File(content=content, mode=int(entry.get("mode", "0644"), 8), uid=uid, gid=gid, mtime_s=mtime_s)


def _id(files: FileSystem, name: str | None, book: str) -> int:
    lines = (line.split(":") for line in files.read_text(book).splitlines())
    return 0 if name is None else next(int(line[2]) for line in lines if line[0] == name)


def changed_tree(fresh: FileSystem, files: FileSystem) -> list[dict[str, Any]]:
    """Everything that is not as in the ``fresh`` world, in the shape of the recorded trees."""
    before = {path: _shown(fresh, path, node) for path, node in fresh.walk()}
    after = {path: _shown(files, path, node) for path, node in files.walk() if not path.startswith(AGENT_FOLDERS)}
    return [shown for path, shown in sorted(after.items()) if before.get(path) != shown]


def removed_paths(fresh: FileSystem, files: FileSystem) -> list[str]:
    """Paths of the fresh world that are gone."""
    return [path for path, _ in fresh.walk() if files.lstat(path) is None]


def _shown(files: FileSystem, path: str, node: Node) -> dict[str, Any]:
    common = {"path": path, "owner": user_name(files, node.uid), "group": group_name(files, node.gid)}
    if isinstance(node, Symlink):
        return common | {"type": "symlink", "target": node.target}
    if isinstance(node, File):
        digest = hashlib.sha256(node.content).hexdigest()
        return common | {"type": "file", "mode": f"{node.mode:04o}", "sha256": digest}
    return common | {"type": "dir", "mode": f"{node.mode:04o}"}
