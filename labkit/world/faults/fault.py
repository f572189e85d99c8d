"""What a fault is: an id, what it does to a world, and in its docstring the traces it leaves there."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.simulation.history import Event
from labkit.simulation.misuse import MisuseError
from labkit.world.events import LifecycleEventChanged
from labkit.world.faults.account import Account, Undo
from labkit.world.github import Repository
from labkit.world.machine import Machine
from labkit.world.region import Region


@dataclass(frozen=True, slots=True)
class Scene:
    """Where faults happen. Its methods find what a fault is about; all raise ``MisuseError`` naming what there is."""

    region: Region
    account: Account

    def machine(self, instance_id: str) -> Machine:
        """The machine with this id, unless it was terminated."""
        known = {machine.instance_id: machine for machine in self.region.fleet.not_terminated()}
        return known[_one_of("the id of an instance", instance_id, list(known))]

    def target_group(self, name: str | None) -> str:
        """The name of a target group: ``name``, or without it the only one there is."""
        return _one_of("the name of a target group", name, list(self.region.target_groups))

    def availability_zone(self, name: str) -> str:
        """An Availability Zone in which there are machines."""
        zones = {machine.availability_zone for machine in self.region.fleet.not_terminated()}
        return _one_of("an Availability Zone", name, sorted(zones))

    def load_balancer(self, name: str | None) -> str:
        """The name of a load balancer: ``name``, or without it the only one there is."""
        known = [balancer.name for balancer in self.region.load_balancers.values()]
        return _one_of("the name of a load balancer", name, known)

    def repository(self, name: str | None) -> Repository:
        """A repository of the lab's GitHub: ``name``, or without it the only one there is."""
        return self.region.github.find(_one_of("a repository", name, self.region.github.names))

    def when(self, condition: Callable[[LifecycleEventChanged], bool], action: Callable[[], None]) -> Undo:
        """Calls ``action`` once, in the moment of the first change of a lifecycle event that meets ``condition``."""
        waiting = [True]

        def look(event: Event) -> None:
            if waiting and isinstance(event, LifecycleEventChanged) and condition(event):
                waiting.clear()
                stop()
                # Not in the middle of whatever wrote the event down.
                self.region.clock.call_at(self.region.clock.now_s, action)

        stop = self.region.history.listen(look)

        def call_off() -> None:
            if waiting:
                waiting.clear()
                stop()

        return call_off


Apply = Callable[..., Undo | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the catalogue.

    ``description``: one sentence. ``traces``: what it leaves for somebody who looks. ``parameters``: name -> default
    (``inspect.Parameter.empty`` where one has to be given). ``apply(scene, **parameters)`` makes it happen and gives
    back how to undo it, None where that makes no sense.
    """

    id: str
    description: str
    traces: str
    parameters: Mapping[str, Any]
    apply: Apply

    def check(self, given: Mapping[str, Any]) -> None:
        """Raises ``MisuseError`` unless ``given`` are parameters of this fault and all it needs."""
        unknown = [name for name in given if name not in self.parameters]
        missing = [n for n, default in self.parameters.items() if default is inspect.Parameter.empty and n not in given]
        if unknown or missing:
            known = ", ".join(_shown(name, default) for name, default in self.parameters.items())
            message = (
                f"Expected {self.id} to be given ({known}), found {', '.join(given) or 'nothing'}; "
                f"{'add ' + missing[0] if missing else 'leave out ' + unknown[0]}."
            )
            raise MisuseError(message)


FAULTS: dict[str, Fault] = {}
"""Every fault by its id, in the order of the modules."""


def fault(apply: Apply) -> Apply:
    """Enters a function into the catalogue: its name gives the id, its docstring the description and the traces."""
    description, _, traces = inspect.cleandoc(apply.__doc__ or "").partition("\n\n")
    parameters = {name: one.default for name, one in list(inspect.signature(apply).parameters.items())[1:]}
    name = apply.__name__.replace("_", "-")
    FAULTS[name] = Fault(name, " ".join(description.split()), traces, parameters, apply)
    return apply


def _one_of(what: str, asked: str | None, known: list[str]) -> str:
    if asked is None and len(known) == 1:
        return known[0]
    if asked is None or asked not in known:
        found = "none given" if asked is None else repr(asked)
        message = f"Expected {what} of this world, found {found}; there are: {', '.join(known) or 'none yet'}."
        raise MisuseError(message)
    return asked


def _shown(name: str, default: object) -> str:
    return name if default is inspect.Parameter.empty else f"{name}={default!r}"
