"""How things stood before an incident: what its end is measured by."""

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.lessons.drills.place import Place
from labkit.lessons.drills.privileges import Powers, powers_of
from labkit.rules.agent_errors import AgentError
from labkit.rules.appspec import parse_appspec
from labkit.world.agent.specification import DEFAULT_APPSPEC_FILENAME
from labkit.world.faults.instance_faults import unpacked_revision


@dataclass(frozen=True, slots=True)
class Before:
    """``instance`` and ``service``: the roles in the two seats. ``hooks``: the events for which scripts ran.

    ``revisions``: the labels of what is installed.
    """

    desired_capacity: int
    instance: Sequence[Powers]
    service: Sequence[Powers]
    open_to_everybody: frozenset[str]
    hooks: frozenset[str]
    revisions: frozenset[str | None]


def look(place: Place) -> Before:
    """How things stand now."""
    return Before(
        desired_capacity=place.desired_capacity(),
        instance=[powers_of(place.client, name) for name in place.instance_roles()],
        service=[powers_of(place.client, name) for name in place.service_roles()],
        open_to_everybody=place.open_to_everybody(),
        hooks=hooks_on(place, place.instance_ids()[0]),
        revisions=frozenset(page.revision for page in place.pages().values()),
    )


def hooks_on(place: Place, instance_id: str) -> frozenset[str]:
    """The lifecycle events for which the revision on an instance has scripts."""
    files = place.region.fleet.machine(instance_id).files
    path = f"{unpacked_revision(files)}/{DEFAULT_APPSPEC_FILENAME}"
    if not files.is_file(path):
        return frozenset()
    try:
        return frozenset(str(event) for event in parse_appspec(files.read(path)).hooks)
    except AgentError:
        return frozenset()
