"""A world with one Auto Scaling group for tests: machines boot in lab time, nobody needs boto3 or moto."""

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.auto_scaling import activities as say
from labkit.world.auto_scaling.registry import GroupRegistry
from labkit.world.auto_scaling.settings import GroupSettings, Launched, LaunchFailedError
from labkit.world.base_image import base_image
from labkit.world.events import GroupInstanceChanged
from labkit.world.fleet import Fleet
from labkit.world.surroundings import Identity

ZONES = ("ap-northeast-2a", "ap-northeast-2b")


class Machines:
    """EC2 of the test: numbers its machines, and refuses to launch while ``refusal`` says why."""

    def __init__(self, fleet):
        self._fleet = fleet
        self._count = 0
        self._ids = 0
        self.refusal = None

    def launch(self, auto_scaling_group, zones):
        if self.refusal:
            raise LaunchFailedError(self.refusal)
        wanted = [zone for zone, count in zones.items() for _ in range(count)]
        return [self._launch(zone, auto_scaling_group) for zone in wanted]

    def terminate(self, instance_ids):
        for instance_id in instance_ids:
            self._fleet.machine(instance_id).terminate()

    def new_id(self):
        self._ids += 1
        return f"00000000-0000-0000-0000-{self._ids:012}"

    def _launch(self, zone, group):
        self._count += 1
        identity = Identity(instance_id=f"i-{self._count}", private_ip=f"10.0.0.{self._count}", availability_zone=zone)
        self._fleet.launch(identity, base_image(), "", group)
        return Launched(identity.instance_id, zone)


class World:
    """``group``: the Auto Scaling group ``web``, empty until ``want`` asks for instances."""

    def __init__(self):
        self.clock = Clock()
        self.history = History(self.clock)
        self.fleet = Fleet(self.clock, self.history)
        self.machines = Machines(self.fleet)
        self.target_groups = {}
        self.groups = GroupRegistry(self.clock, self.history, self.fleet, self.target_groups, self.machines)
        self.group = self.create("web")

    def create(self, name):
        return self.groups.create(
            GroupSettings(name=name, min_size=0, max_size=9, desired_capacity=0, availability_zones=ZONES)
        )

    def want(self, desired, **more):
        """Changes settings of the group ``web``."""
        before = self.group.roster.settings
        changed = {field: getattr(before, field) for field in before.__slots__} | more | {"desired_capacity": desired}
        self.group.configure(GroupSettings(**changed), say.set_explicitly(before.desired_capacity, desired))

    def states(self, instance_id):
        """The lifecycle states an instance went through, None at its end."""
        return [
            event.lifecycle_state for event in self.history.of(GroupInstanceChanged) if event.instance_id == instance_id
        ]

    def now(self):
        """The group's instances and their lifecycle states."""
        return {member.instance_id: member.lifecycle_state for member in self.group.roster.members.values()}

    def activities(self):
        """What the group did, oldest first: status and description."""
        return [(a.status_code, a.description) for a in reversed(self.group.roster.activities.newest_first())]
