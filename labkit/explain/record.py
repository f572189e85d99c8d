"""The history, put in order by what it is about: read once, and from then on only what is new.

Only the kinds of event named here are looked at: what AWS would show as well. What the lab did behind the scenes to
break something is not among them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from labkit.explain.principal import read_principal
from labkit.simulation.history import Event, History
from labkit.world.events import (
    AccessDecided,
    ApiCalled,
    DeploymentStarted,
    InstanceStatusChanged,
    MachineChanged,
    RequestAnswered,
    RevisionInstalled,
    ScalingActivityChanged,
    ServiceChanged,
    TargetHealthChanged,
)

INSTANCE_ID = re.compile(r"\bi-[0-9a-f]+\b")


class Record:
    """Events by subject, oldest first. ``update`` takes in what has happened since it was last called."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read = 0
        self.machines: dict[str, list[MachineChanged]] = defaultdict(list)
        self.services: dict[tuple[str, str], list[ServiceChanged]] = defaultdict(list)
        self.health: dict[str, list[TargetHealthChanged]] = defaultdict(list)
        self.statuses: dict[str, list[InstanceStatusChanged]] = defaultdict(list)
        self.installed: dict[str, list[RevisionInstalled]] = defaultdict(list)
        self.deployed: dict[str, list[str]] = defaultdict(list)
        self.activities: dict[str, list[ScalingActivityChanged]] = defaultdict(list)
        self.group_activities: dict[str, list[ScalingActivityChanged]] = defaultdict(list)
        self.answers: dict[str, list[RequestAnswered]] = defaultdict(list)
        self.denials: dict[str, list[AccessDecided]] = defaultdict(list)
        self.calls: dict[str, list[ApiCalled]] = defaultdict(list)
        self._readers: Mapping[type[Event], Callable[..., None]] = {
            MachineChanged: lambda event: self.machines[event.instance_id].append(event),
            ServiceChanged: lambda event: self.services[event.instance_id, event.service].append(event),
            TargetHealthChanged: lambda event: self.health[event.instance_id].append(event),
            InstanceStatusChanged: lambda event: self.statuses[event.instance_id].append(event),
            RevisionInstalled: lambda event: self.installed[event.instance_id].append(event),
            DeploymentStarted: self._read_deployment,
            ScalingActivityChanged: self._read_activity,
            RequestAnswered: lambda event: self.answers[event.load_balancer].append(event),
            AccessDecided: self._read_decision,
            ApiCalled: lambda event: self.calls[event.operation].append(event),
        }

    def update(self) -> "Record":
        """Reads on to the end of the history."""
        for event in self._history[self._read :]:
            reader = self._readers.get(type(event))
            if reader is not None:
                reader(event)
        self._read = len(self._history)
        return self

    def _read_decision(self, event: AccessDecided) -> None:
        """Refusals, by the name of the role or user."""
        if event.answer != "allowed":
            self.denials[read_principal(event.principal).name].append(event)

    def _read_deployment(self, event: DeploymentStarted) -> None:
        for instance_id in event.instance_ids:
            self.deployed[instance_id].append(event.deployment_id)

    def _read_activity(self, event: ScalingActivityChanged) -> None:
        self.group_activities[event.auto_scaling_group].append(event)
        for instance_id in INSTANCE_ID.findall(event.description):
            self.activities[instance_id].append(event)
