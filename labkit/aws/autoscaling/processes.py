"""SuspendProcesses and ResumeProcesses. API reference; which process stops what is the world's."""

from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup

from labkit.aws.autoscaling.records import Records, refuse
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling.settings import PROCESSES

Original = Callable[..., Any]


class ProcessOperations:
    """Moto keeps the names in a set; here they have an order and a reason, and mean something."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def install(self, overrides: Overrides) -> None:
        """Takes over until ``overrides.undo()``."""
        overrides.around(AutoScalingBackend, "suspend_processes", self._suspend)
        overrides.around(AutoScalingBackend, "resume_processes", self._resume)
        overrides.replace(FakeAutoScalingGroup, "suspended_processes", property(self._suspended, _ignore))

    def _suspended(self, record: FakeAutoScalingGroup) -> list[dict[str, str]]:
        group = self._records.groups.find(record.name)
        found = group.roster.suspended if group else {}
        return [{"ProcessName": name, "SuspensionReason": found[name]} for name in PROCESSES if name in found]

    def _suspend(self, _original: Original, _backend: AutoScalingBackend, name: str, processes: list[str]) -> None:
        self._records.group(name).suspend(_check(processes))

    def _resume(self, _original: Original, _backend: AutoScalingBackend, name: str, processes: list[str]) -> None:
        self._records.group(name).resume(_check(processes))


def _check(processes: list[str]) -> list[str]:
    """The processes named; all of them when none is."""
    unknown = [name for name in processes or () if name not in PROCESSES]
    if unknown:
        raise refuse(f"Invalid scaling process: {unknown[0]}. Valid processes: [{', '.join(PROCESSES)}]")
    return list(processes or PROCESSES)


def _ignore(_record: FakeAutoScalingGroup, _processes: list[str]) -> None:
    """Moto gives a new group an empty list."""
