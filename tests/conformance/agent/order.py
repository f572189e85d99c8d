"""Cases of kind ``order``: whole deployments, command by command, from bundles that lie on the machine."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from labkit.world.agent.deployment_root import INSTRUCTIONS, ONGOING, ROOT
from labkit.world.files import Directory, File, FileSystem, Node, Symlink
from tests.conformance.agent.hook import configure, run_command
from tests.conformance.agent.machine import CaseMachine
from tests.conformance.agent.world import TRACE, changed_tree, lay_out, specification_data

Outcome = dict[str, Any]
GARBAGE = b"this is not an archive of any kind\n" * 40


def observe_order(case: Outcome) -> Outcome:
    """What each command came to, what the scripts traced and what is left, in the shape of the recorded outcomes."""
    machine = CaseMachine()
    configure(machine.files, case)
    steps = [step for action in case["actions"] if (step := _act(machine, action))]
    files = machine.files
    return {
        "steps": steps,
        "trace": files.read_text(TRACE).splitlines() if files.exists(TRACE) else [],
        "final_state": _state(files),
        "tree": changed_tree(machine.fresh, files),
    }


def _act(machine: CaseMachine, action: Outcome) -> Outcome | None:
    if "bundle_file" in action:
        _make_bundle(machine, action["bundle_file"])
    elif "world" in action:
        lay_out(machine.files, "", action["world"], machine.clock)
    elif "touch_dirs" in action:
        for path, epoch_s in action["touch_dirs"]:
            machine.files.touch(path, epoch_s - machine.clock.start.timestamp())
    else:
        return _command(machine, action)
    return None


def _command(machine: CaseMachine, action: Outcome) -> Outcome:
    result = run_command(machine, action["command"], action.get("spec"))
    deployment = specification_data(action.get("spec"))["DeploymentId"]
    result |= {"command": result.pop("event"), "deployment": deployment}
    if action.get("record_state"):
        result["state"] = _state(machine.files)
    return result


def _state(files: FileSystem) -> Outcome:
    """The agent's folders, without those that its commands themselves do not use."""
    folders = [name for name in files.listdir(ROOT) if f"{ROOT}/{name}" not in (INSTRUCTIONS, ONGOING)]
    return {
        "deployment_root": {name: _listing(files, f"{ROOT}/{name}") for name in folders},
        "pointers": {name: _pointer(files, name) for name in files.listdir(INSTRUCTIONS)},
    }


def _listing(files: FileSystem, folder: str) -> Outcome:
    paths = {name: f"{folder}/{name}" for name in files.listdir(folder)}
    return {name: files.listdir(path) if files.is_dir(path) else "(file)" for name, path in paths.items()}


def _pointer(files: FileSystem, name: str) -> str:
    return files.read_text(f"{INSTRUCTIONS}/{name}") if name.endswith("_install") else "(present)"


# --- bundles -------------------------------------------------------------------------------------


def _make_bundle(machine: CaseMachine, bundle: Mapping[str, Any]) -> None:
    files = FileSystem()
    files.put("/etc", machine.files.stat("/etc") or Directory())
    lay_out(files, "/b", [{"path": "", "type": "dir"}, *bundle["bundle"]], machine.clock)
    if "appspec" in bundle:
        files.write("/b/appspec.yml", bundle["appspec"])
    machine.files.mkdir(bundle["at"].rpartition("/")[0], parents=True)
    if bundle["type"] == "directory":
        machine.files.put(bundle["at"], files.stat("/b") or Directory())
    else:
        machine.files.write(bundle["at"], PACKERS[bundle["type"]](files))


def _entries(files: FileSystem) -> list[tuple[str, Node]]:
    return [(path.removeprefix("/b/"), node) for path, node in files.walk("/b")]


def _tar(files: FileSystem, mode: str, prefix: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for path, node in _entries(files):
            info = tarfile.TarInfo(prefix + path)
            info.mode, info.uid, info.gid, info.mtime = node.mode, node.uid, node.gid, 0
            content = b""
            if isinstance(node, Directory):
                info.type = tarfile.DIRTYPE
            elif isinstance(node, Symlink):
                info.type, info.linkname = tarfile.SYMTYPE, node.target
            elif isinstance(node, File):
                content = node.content
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def _zip(files: FileSystem) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, node in _entries(files):
            kind = {Directory: 0o040000, Symlink: 0o120000}.get(type(node), 0o100000)
            info = zipfile.ZipInfo(path + "/" * isinstance(node, Directory))
            info.external_attr = (kind | node.mode) << 16
            content = node.content if isinstance(node, File) else getattr(node, "target", "").encode()
            archive.writestr(info, content)
    return packed.getvalue()


PACKERS: dict[str, Callable[[FileSystem], bytes]] = {
    "tar": lambda files: _tar(files, "w", "./"),
    "tar-noslash": lambda files: _tar(files, "w", ""),
    "tgz": lambda files: _tar(files, "w:gz", "./"),
    "zip": _zip,
    "garbage": lambda _: GARBAGE,
    "empty": lambda _: b"",
}
