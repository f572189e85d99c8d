"""Making a fault happen, now or later, and taking it back."""

from datetime import datetime
from typing import Any

from labkit.simulation.misuse import MisuseError
from labkit.world.events import FaultInjected
from labkit.world.faults.account import Account, Undo, WorldAccount
from labkit.world.faults.catalogue import find
from labkit.world.faults.fault import Fault, Scene
from labkit.world.region import Region


class Injected:
    """A fault that was made to happen, or will be; ``undo`` takes it back.

    ``state``: "planned for", "since", "undone, began" or "called off, was planned for", each followed by ``at``.
    """

    def __init__(self, scene: Scene, fault: Fault, parameters: dict[str, Any], at_s: float) -> None:
        self.fault_id = fault.id
        self.at_s = at_s
        self._scene = scene
        self._fault = fault
        self._parameters = parameters
        self._undo: Undo | None = None
        self.state = "planned for"

    @property
    def subject(self) -> str:
        """What it was made to happen to, in the words of its parameters."""
        return ", ".join(f"{name}={value}" for name, value in self._parameters.items())

    @property
    def at(self) -> datetime:
        """When it began, or will."""
        return self._scene.region.clock.moment(self.at_s)

    def begin(self) -> None:
        """Makes it happen, unless it was called off; and writes it down."""
        if self.state != "planned for":
            return
        with self._scene.region.clock.turns:
            self._undo = self._fault.apply(self._scene, **self._parameters)
            self.state = "since"
            self._scene.region.history.record(FaultInjected(fault=self.fault_id, subject=self.subject))

    def undo(self) -> None:
        """Puts back what the fault changed, or calls it off; twice does no harm.

        Raises ``MisuseError`` if there is no way back (such as an agent that is not installed).
        """
        if self.state == "planned for":
            self.state = "called off, was planned for"
        if self.state == "since":
            if self._undo is None:
                message = (
                    f"Expected a fault that can be undone, found {self.fault_id}; "
                    "mend it as one would on AWS, or start a new lab."
                )
                raise MisuseError(message)
            with self._scene.region.clock.turns:
                self._undo()
                self.state = "undone, began"

    def __repr__(self) -> str:
        said = f" ({self.subject})" if self.subject else ""
        return f"<Fault {self.fault_id}{said} {self.state} {self.at:%Y-%m-%d %H:%M:%S} UTC>"


def inject(
    region: Region,
    fault_id: str,
    parameters: dict[str, Any],
    *,
    account: Account | None = None,
    at: datetime | float | None = None,
) -> Injected:
    """Makes the fault ``fault_id`` happen in ``region``.

    ``parameters``: what the fault asks for. ``account``: who changes records (None: a world without any). ``at``: a
    moment (with time zone) or so many lab seconds from now; None for now. Raises ``MisuseError`` on an unknown fault,
    on parameters it does not have or lacks, on a moment that is past, and when the world lacks what is to be broken.
    """
    fault = find(fault_id)
    fault.check(parameters)
    clock = region.clock
    injected = Injected(Scene(region, account or WorldAccount(region)), fault, parameters, _moment_s(region, at))
    if at is None:
        injected.begin()
    else:
        clock.call_at(injected.at_s, injected.begin)
    return injected


def _moment_s(region: Region, at: datetime | float | None) -> float:
    clock = region.clock
    if at is None:
        return clock.now_s
    if isinstance(at, datetime) and at.tzinfo is None:
        message = f"Expected at to be a datetime with a time zone, found {at!r}; add tzinfo=datetime.UTC."
        raise MisuseError(message)
    seconds = clock.seconds_until(at) if isinstance(at, datetime) else float(at)
    if seconds < 0:
        message = f"Expected at to be a moment to come, found {at!r}; it is {clock.now:%Y-%m-%d %H:%M:%S} UTC."
        raise MisuseError(message)
    return clock.now_s + seconds
