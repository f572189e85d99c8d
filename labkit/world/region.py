"""Everything of one world in one place: clock, history, GitHub, machines, load balancers, deployments."""

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.deployment.engine import Engine
from labkit.world.deployment.lifecycle_events import LifecycleEvents
from labkit.world.fleet import Bundles, Fleet
from labkit.world.function_url import FunctionUrls
from labkit.world.github import GitHub
from labkit.world.load_balancer import LoadBalancer
from labkit.world.ports import Alarms, AutoScalingGroups, Directory, Permissions
from labkit.world.security_groups import SecurityGroups
from labkit.world.target_group import TargetGroup


class Region:
    """A small AWS region in motion. ``target_groups`` by name, ``load_balancers`` by DNS name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.clock = Clock()
        self.history = History(self.clock)
        self.functions = FunctionUrls(self.clock, self.history)
        self.github = GitHub(self.clock, self.history, self.functions)
        self.target_groups: dict[str, TargetGroup] = {}
        self.load_balancers: dict[str, LoadBalancer] = {}
        self.security_groups = SecurityGroups()
        self.fleet = Fleet(self.clock, self.history, self.security_groups)
        self.engine: Engine | None = None

    def connect(
        self,
        directory: Directory,
        permissions: Permissions,
        bundles: Bundles,
        auto_scaling_groups: AutoScalingGroups,
        alarms: Alarms,
    ) -> Engine:
        """Tells the world whom to ask, and gives back the engine that can now deploy."""
        self.fleet.connect(directory, bundles)
        events = LifecycleEvents(
            self.clock, self.fleet, self.target_groups, directory, permissions, auto_scaling_groups
        )
        self.engine = Engine(self.clock, self.history, events, alarms, self.seed)
        return self.engine
