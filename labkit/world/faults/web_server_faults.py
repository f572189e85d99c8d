"""Faults of the web server: it does not run, or looks where no files are. On an instance, or by a commit."""

import re

from labkit.simulation.misuse import MisuseError
from labkit.world import services
from labkit.world.agent.specification import DEFAULT_APPSPEC_FILENAME
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault
from labkit.world.faults.revision_faults import appspec_of, appspec_text, commit_files, script_path
from labkit.world.files import FileSystem
from labkit.world.machine import Machine

CONFIGURATIONS = ("/etc/nginx/conf.d", "/etc/nginx/nginx.conf", "/etc/httpd/conf.d", "/etc/httpd/conf/httpd.conf")
ROOT_LINE = re.compile(r"(?m)^(\s*(?:root|DocumentRoot)\s+)\"?([^\s;\"]+)\"?")
EMPTY_ROOT = "/srv/www"
NO_START = "#!/bin/bash\necho 'the server starts by itself now'\n"


@fault
def web_server_not_started(scene: Scene, *, instance_id: str | None = None, repository: str | None = None) -> Undo:
    """The web server does not run: stopped on an instance, or never started by a repository's newest commit.

    ``systemctl status nginx``: inactive (dead). The target becomes unhealthy with Target.FailedHealthChecks, the load
    balancer answers 502 if it still sends requests there. In a deployment (the commit's ApplicationStart starts
    nothing, and it has no ValidateService) AllowTraffic is InProgress for an hour and fails with UnknownError.
    """
    if instance_id is not None:
        return _stop_web_server(scene, scene.machine(instance_id))
    at = scene.repository(repository)
    changes = {script_path(at, "ApplicationStart"): NO_START, DEFAULT_APPSPEC_FILENAME: _unvalidated(appspec_of(at))}
    return commit_files(at, changes, "Start-up is systemd's business")


@fault
def wrong_document_root(
    scene: Scene, *, instance_id: str | None = None, repository: str | None = None, destination: str = "/var/www/html"
) -> Undo:
    """Files and document root do not meet: the web server of an instance, or the newest commit, uses another folder.

    Every page is answered 404: ``curl -i localhost`` on the instance, Target.ResponseCodeMismatch "Health checks failed
    with these codes: [404]", 404 through the load balancer. Install succeeds, the files lie in ``destination`` (commit)
    or where they were (instance: ``root`` in the web server's configuration names an empty folder). AllowTraffic is
    InProgress for an hour and fails with UnknownError.
    """
    if instance_id is not None:
        return _move_document_root(scene, scene.machine(instance_id))
    at = scene.repository(repository)
    appspec = appspec_of(at)
    old = _first_destination(appspec)
    text = _unvalidated(appspec).replace(f"{old}\n", f"{destination}\n")
    return commit_files(at, {DEFAULT_APPSPEC_FILENAME: text}, f"Files go to {destination}")


@fault
def break_health_check(scene: Scene, *, instance_id: str) -> Undo:
    """One instance answers its health check with 404, because its web server looks for files in an empty folder.

    The traces of wrong-document-root on an instance.
    """
    return _move_document_root(scene, scene.machine(instance_id))


def _web_service(machine: Machine) -> str:
    found = [name for name, state in machine.services.items() if state.web is not None and state.running]
    if not found:
        message = f"Expected a web server that runs on {machine.instance_id}, found none; start one first."
        raise MisuseError(message)
    return found[0]


def _stop_web_server(scene: Scene, machine: Machine) -> Undo:
    name = _web_service(machine)
    machine.act(lambda inside: services.stop(inside, name, scene.region.clock.now_s))
    return lambda: _start(scene, machine, name)


def _start(scene: Scene, machine: Machine, name: str) -> None:
    unit = services.find(machine.files, name)
    if unit is not None:
        machine.act(lambda inside: services.start(inside, unit, scene.region.clock.now_s))


def _reload(scene: Scene, machine: Machine, name: str) -> None:
    unit = services.find(machine.files, name)
    if unit is not None and machine.service_active(name):
        machine.act(lambda inside: services.reload(inside, unit, scene.region.clock.now_s))


def _move_document_root(scene: Scene, machine: Machine) -> Undo:
    files, name = machine.files, _web_service(machine)
    before = {path: files.read_text(path) for path in _configurations(files)}
    files.mkdir(EMPTY_ROOT, parents=True)
    for path, text in before.items():
        files.write(path, ROOT_LINE.sub(rf"\g<1>{EMPTY_ROOT}", text))
    _reload(scene, machine, name)

    def undo() -> None:
        for path, text in before.items():
            files.write(path, text)
        _reload(scene, machine, name)

    return undo


def _configurations(files: FileSystem) -> list[str]:
    places = [place for place in CONFIGURATIONS if files.is_file(place)]
    folders = [place for place in CONFIGURATIONS if files.is_dir(place)]
    inside = [f"{folder}/{name}" for folder in folders for name in files.listdir(folder) if name.endswith(".conf")]
    return [path for path in (*places, *inside) if ROOT_LINE.search(files.read_text(path))]


def _unvalidated(appspec: dict[str, object]) -> str:
    hooks = appspec.get("hooks")
    kept = (
        {name: value for name, value in hooks.items() if name != "ValidateService"} if isinstance(hooks, dict) else {}
    )
    return appspec_text({**appspec, "hooks": kept})


def _first_destination(appspec: dict[str, object]) -> str:
    files = appspec.get("files")
    first = files[0] if isinstance(files, list) and files else {}
    return str(first.get("destination", "")) if isinstance(first, dict) else ""
