"""``lab.faults``: what can be broken in a lab, and the way to break it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.aws.fault_records import AccountRecords
from labkit.world.faults.catalogue import find, names
from labkit.world.faults.injection import Injected, inject
from labkit.world.region import Region


@dataclass(frozen=True, slots=True)
class FaultDescription:
    """What a fault is, what it asks for, and what can be seen of it."""

    id: str
    description: str
    parameters: tuple[str, ...]
    traces: str

    def __repr__(self) -> str:
        asked = ", ".join(self.parameters) or "nothing"
        return f"{self.id}: {self.description}\nParameters: {asked}\n{self.traces}"


@dataclass(frozen=True, slots=True)
class FaultList:
    """All faults: id and description."""

    rows: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        width = max(len(name) for name, _ in self.rows)
        return "\n".join(f"{name:<{width}}  {description}" for name, description in self.rows)


class Faults:
    """What can be broken in a lab, and the way to break it."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._account = AccountRecords()

    def names(self) -> list[str]:
        """The ids of all faults, sorted."""
        return names()

    def describe(self, fault_id: str | None = None) -> "FaultDescription | FaultList":
        """What the fault ``fault_id`` is and which traces it leaves; without one, what all of them are.

        Raises ``MisuseError`` on an unknown one.
        """
        if fault_id is None:
            return FaultList(tuple((name, find(name).description) for name in names()))
        fault = find(fault_id)
        return FaultDescription(fault.id, fault.description, tuple(fault.parameters), fault.traces)

    def inject(self, fault_id: str, *, at: datetime | float | None = None, **parameters: Any) -> Injected:
        """Breaks something: now, at a moment (``datetime`` with time zone), or so many lab seconds from now.

        ``parameters``: what ``describe`` names, such as ``instance_id``. Gives a handle whose ``undo()`` mends it.
        Raises ``MisuseError`` on anything that can't be.
        """
        return inject(self._region, fault_id, parameters, account=self._account, at=at)

    def __repr__(self) -> str:
        return f"<Faults: {', '.join(names())}>"
