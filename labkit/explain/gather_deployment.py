"""Gathers facts of deployments: each as a whole, and what keeps one of its instances from going on."""

from collections.abc import Iterator

from labkit.explain.facts import DeploymentFacts, EventFacts, TroubleFacts
from labkit.explain.gather import Gatherer
from labkit.explain.machine_files import names_in, owner_of
from labkit.rules.lifecycle import PREVIOUS_REVISION_EVENTS
from labkit.world.agent.deployment_root import ROOT, DeploymentFolder
from labkit.world.deployment.records import Deployment, Diagnostics, LifecycleEvent, Target
from labkit.world.files import File, FileSystem

IN_FILE_MESSAGE = "already exists at this location: "


def deployment_facts(gather: Gatherer, deployment: Deployment) -> DeploymentFacts:
    """Facts of a deployment as a whole."""
    order, group = deployment.order, deployment.order.group
    until_s = deployment.completed_s if deployment.completed_s is not None else gather.now_s
    return DeploymentFacts(
        id=deployment.id,
        application=group.application,
        group_name=group.name,
        group_id=group.id,
        config=order.config.name,
        revision=order.revision.label,
        service_role=group.service_role,
        tag_filters=sum(len(tag_set) for tag_set in group.tag_sets),
        auto_scaling_groups=tuple(group.auto_scaling_groups),
        target_groups=tuple(group.target_groups),
        status=deployment.status,
        error_code=deployment.error.code if deployment.error else None,
        error_message=deployment.error.message if deployment.error else "",
        began_s=deployment.created_s,
        ended_s=deployment.completed_s,
        instances=len(deployment.targets),
        failed=deployment.overview["Failed"],
        minimum_healthy=deployment.minimum_healthy_hosts,
        denial=gather.denial(group.service_role, None, deployment.created_s, until_s),
    )


def trouble_facts(gather: Gatherer, deployment: Deployment, target: Target) -> TroubleFacts | None:
    """What keeps ``target`` from going on: its first failed event, or the one that runs; None if there is none.

    A target that succeeded although an event failed (``ignoreApplicationStopFailures``) has no trouble any more.
    """
    place = _trouble_place(target.lifecycle_events)
    if place is None or target.status == "Succeeded":
        return None
    event = _event_facts(place, target.lifecycle_events[place])
    machine = gather.region.fleet.machine(target.instance_id)
    role = gather.region.fleet.agent_role(target.instance_id)
    until_s = event.ended_s if event.ended_s is not None else gather.now_s
    folder = _folder(gather, deployment, target.instance_id, event)
    return TroubleFacts(
        deployment=deployment_facts(gather, deployment),
        event=event,
        machine=gather.machine(target.instance_id),
        targets=gather.targets_of(target.instance_id, deployment.order.group.target_groups),
        folder=folder,
        unpacked=tuple(names_in(machine.files, DeploymentFolder(folder).archive)),
        changed=tuple(_changed(machine.files, folder)) if event.diagnostics.error_code == "ScriptFailed" else (),
        owner=_owner(machine.files, event.diagnostics.message),
        denial=gather.denial(role, target.instance_id, event.began_s, until_s),
        now_s=gather.now_s,
    )


def _trouble_place(events: list[LifecycleEvent]) -> int | None:
    for status in ("Failed", "InProgress"):
        for place, event in enumerate(events):
            if event.status == status:
                return place
    return None


def _event_facts(place: int, event: LifecycleEvent) -> EventFacts:
    return EventFacts(
        name=event.name,
        index=place,
        status=event.status,
        began_s=event.start_s or 0.0,
        ended_s=event.end_s,
        diagnostics=event.diagnostics or Diagnostics(""),
    )


def _folder(gather: Gatherer, deployment: Deployment, instance_id: str, event: EventFacts) -> str:
    """Where the agent has unpacked what the event works with."""
    deployment_id = deployment.id
    if event.name in PREVIOUS_REVISION_EVENTS:
        before = [one for one in gather.record.installed.get(instance_id, ()) if one.at_s <= event.began_s]
        deployment_id = before[-1].deployment_id if before else deployment.id
    return f"{ROOT}/{deployment.order.group.id}/{deployment_id}"


def _changed(files: FileSystem, folder: str) -> Iterator[str]:
    """Files at most two folders deep in the archive that are newer than the bundle they came from."""
    bundle, archive = files.stat(f"{folder}/bundle.tar"), f"{folder}/deployment-archive"
    if bundle is None:
        return
    for name in names_in(files, archive):
        inner = [f"{name}/{one}" for one in names_in(files, f"{archive}/{name}")]
        for path in inner or [name]:
            node = files.stat(f"{archive}/{path}")
            if isinstance(node, File) and node.mtime_s > bundle.mtime_s:
                yield path


def _owner(files: FileSystem, message: str) -> str | None:
    _, marked, path = message.partition(IN_FILE_MESSAGE)
    return owner_of(files, path.strip()) if marked else None
