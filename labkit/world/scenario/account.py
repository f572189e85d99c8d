"""What a scenario's world asks of its surroundings (``labkit.world.ports``), answered in memory.

Everybody may do everything, there are no alarms, and EC2 and Auto Scaling keep no records beyond the world's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

from labkit.rules.revision import DeployableRevision
from labkit.world.agent.bundle import BundleSource, DownloadFailedError
from labkit.world.auto_scaling.group import AutoScalingGroup
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.auto_scaling.settings import Launched
from labkit.world.files import Directory as Root
from labkit.world.fleet import Fleet
from labkit.world.ports import SERVICE_SESSION
from labkit.world.scenario.parameters import ApplicationVersion
from labkit.world.surroundings import Identity

INSTANCE_ROLE = "arn:aws:iam::123456789012:role/hello-web-instance"
SERVICE_ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Ids:
    """Ids as AWS's look, all from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"scenario:{seed}")  # noqa: S311 - names, not secrets

    def instance(self) -> str:
        """An instance's: ``i-`` and 17 hexadecimal digits."""
        return f"i-{self._random.getrandbits(68):017x}"

    def deployment(self) -> str:
        """A deployment's: ``d-`` and nine letters and digits."""
        return "d-" + "".join(self._random.choices(CODE, k=9))

    def uuid(self) -> str:
        """A UUID, version 4."""
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class AllowEverything:
    """``ports.Permissions``: every role exists and may do everything."""

    def denial(self, role: str, action: str, resource: str, session: str = SERVICE_SESSION) -> str | None:
        """Nothing is denied."""
        del role, action, resource, session
        return None

    def role_exists(self, role: str) -> bool:
        """Every role exists."""
        del role
        return True


class NoAlarms:
    """``ports.Alarms``: nothing is ever in ALARM."""

    def in_alarm(self, names: Sequence[str]) -> list[str]:
        """No alarm is."""
        del names
        return []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Nothing will change."""
        del listener


class GivenBundles:
    """``fleet.Bundles``: the bundles of these versions, for every role the same."""

    def __init__(self, versions: Sequence[ApplicationVersion]) -> None:
        self._bundles: dict[DeployableRevision, bytes | DownloadFailedError] = {v.revision: v.bundle for v in versions}

    def of(self, role: str, instance_id: str) -> BundleSource:
        """The bundles; whoever asks gets them."""
        del role, instance_id
        return self

    def fetch(self, revision: DeployableRevision) -> bytes:
        """The bundle's bytes. Raises ``DownloadFailedError`` when it cannot be had."""
        bundle = self._bundles[revision]
        if isinstance(bundle, DownloadFailedError):
            raise bundle.with_traceback(None)
        return bundle


Known: TypeAlias = tuple[tuple[str, str], ...]
"""Ids and Availability Zones of instances that get no new id."""


class InMemoryEc2:
    """EC2 for Auto Scaling (``auto_scaling.settings.Compute``); every machine starts from the same image."""

    def __init__(self, fleet: Fleet, ids: Ids, *, image: Root, user_data: str = "", known: Known = ()) -> None:
        self._fleet = fleet
        self._ids = ids
        self._image = image
        self._user_data = user_data
        self._known = list(known)
        self._taken = {instance_id for instance_id, _ in known}
        self._launched = 0

    def launch(self, auto_scaling_group: str, zones: Mapping[str, int]) -> Sequence[Launched]:
        """Launches machines, so many in each zone; those that are known by id come first."""
        wanted = (zone for zone, count in zones.items() for _ in range(count))
        return [self._launch(zone, auto_scaling_group) for zone in wanted]

    def terminate(self, instance_ids: Sequence[str]) -> None:
        """Ends these machines."""
        for instance_id in instance_ids:
            self._fleet.machine(instance_id).terminate()

    def new_id(self) -> str:
        """A UUID from the scenario's seed."""
        return self._ids.uuid()

    def _launch(self, zone: str, group: str) -> Launched:
        identity = Identity(instance_id=self._id(zone), private_ip=_address(self._launched), availability_zone=zone)
        self._launched += 1
        self._fleet.launch(identity, self._image, self._user_data, group)
        return Launched(identity.instance_id, zone)

    def _id(self, zone: str) -> str:
        place = next((place for place, known in enumerate(self._known) if known[1] == zone), None)
        if place is not None:
            return self._known.pop(place)[0]
        new = self._ids.instance()
        while new in self._taken:
            new = self._ids.instance()
        return new


class InMemoryDirectory:
    """``ports.Directory`` over the world's own machines and groups."""

    def __init__(self, ec2: InMemoryEc2, groups: GroupRegistry) -> None:
        self._ec2 = ec2
        self._groups = groups

    def tags(self, instance_id: str) -> Mapping[str, str]:
        """An instance has the tag of its Auto Scaling group only."""
        found = self._groups.member(instance_id)
        return {} if found is None else {"aws:autoscaling:groupName": found[0].name}

    def in_service(self, auto_scaling_group: str) -> Sequence[str]:
        """Ids of the group's instances in service, oldest first."""
        group = self._groups.find(auto_scaling_group)
        return [] if group is None else group.in_service()

    def terminate(self, instance_ids: Sequence[str]) -> None:
        """Terminates instances."""
        self._ec2.terminate(instance_ids)

    def instance_role(self, instance_id: str) -> str | None:
        """Every instance has the same profile."""
        del instance_id
        return INSTANCE_ROLE

    def instance_at(self, host: str) -> str | None:
        """No instance has a public address."""
        del host
        return None


class InMemoryGroupStore:
    """``auto_scaling.copies.GroupStore``: a group is nothing but its settings."""

    def __init__(self, groups: GroupRegistry) -> None:
        self._groups = groups

    def needs(self, name: str) -> Sequence[str]:
        """Nothing beyond what every copy needs."""
        del name
        return ()

    def copy(self, source: str, name: str, tags: Mapping[str, str]) -> None:
        """Makes ``name`` like ``source``, without instances and target groups."""
        del tags
        settings = self._group(source).roster.settings
        self._groups.create(replace(settings, name=name, min_size=0, desired_capacity=0, target_groups=()))

    def resize(self, name: str, size: int) -> None:
        """Minimum and desired capacity."""
        group = self._group(name)
        most = max(size, group.roster.settings.max_size)
        group.configure(replace(group.roster.settings, min_size=size, desired_capacity=size, max_size=most))

    def delete(self, name: str) -> None:
        """Deletes the group with its instances."""
        self._groups.delete(name, lambda: None)

    def _group(self, name: str) -> AutoScalingGroup:
        return next(group for group in self._groups.all if group.name == name)


def _address(number: int) -> str:
    """An address of its own for up to sixteen million machines."""
    host = number + 10
    return f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"
