"""The list of all faults. Its ids are what drills, pictures and explanations call them by."""

from labkit.simulation.misuse import MisuseError
from labkit.world.faults import (  # noqa: F401 - enter the faults
    agent_faults,
    capacity_faults,
    instance_faults,
    revision_faults,
    traffic_faults,
    version_faults,
    web_server_faults,
)
from labkit.world.faults.fault import FAULTS, Fault

ON_AN_INSTANCE = ("agent-stopped", "fail-next-script", "break-health-check")
"""What one can do to an instance at once, with nothing but its id."""


def names() -> list[str]:
    """The ids of all faults, sorted."""
    return sorted(FAULTS)


def find(fault_id: str) -> Fault:
    """The fault of that id. Raises ``MisuseError``."""
    if fault_id not in FAULTS:
        message = f"Expected the name of a fault, found {fault_id!r}; there are: {', '.join(names())}."
        raise MisuseError(message)
    return FAULTS[fault_id]
