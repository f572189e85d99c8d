"""A machine: data that boots, runs commands in lab time, answers requests and is switched off.

Its files are a tree shared with its image until it changes them; its shell is a sandbox that it borrows for each
command. It satisfies ``Host`` (what the CodeDeploy agent needs) and ``WebHost`` (what a load balancer sees).
States are EC2's ("Amazon EC2 instance state changes" in its user guide).
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import simpy

import labkit.world.commands  # noqa: F401 - enters the commands
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world import cloud_init, services
from labkit.world.accounts import ROOT, groups, users
from labkit.world.events import CommandRan, MachineChanged, ServiceChanged
from labkit.world.execution import Effect, Execution, Running
from labkit.world.files import Directory, FileSystem
from labkit.world.front import Front, WatchedFileSystem
from labkit.world.http import Answer
from labkit.world.inside import Inside, ServiceState
from labkit.world.metadata import Metadata
from labkit.world.shell.call import COMMANDS, Invocation
from labkit.world.shell.perform import perform
from labkit.world.shell.process import login_environment
from labkit.world.shell.sandbox import Sandbox
from labkit.world.surroundings import Identity, Network, Surroundings

PENDING_S = 10.0
"""From RunInstances or StartInstances to ``running``."""

BOOT_S = 15.0
"""From ``running`` to the services that start at boot."""

USER_DATA_S = 5.0
"""From those services to cloud-init's turn."""

STOPPING_S = 20.0
SHUTTING_DOWN_S = 25.0
REBOOT_S = 30.0

KILLED = Execution(exit_code=None, signal=9)
"""What is left of a run whose machine was switched off."""

Lasting = Generator[simpy.Event, Any, None]


@cache
def shared_sandbox() -> Sandbox:
    """The interpreters that all machines of this process borrow; they keep nothing between two runs."""
    return Sandbox(COMMANDS)


class Machine:
    """One EC2 instance. ``role``: asked for the ARN of the role its instance profile gives it (None without one).

    ``image``: the files it started with; ``user_data``: what it was given to run at its first boot.
    """

    def __init__(  # noqa: PLR0913 - all by name: what a machine is made of
        self,
        identity: Identity,
        root: Directory,
        *,
        clock: Clock,
        history: History,
        network: Network = lambda _ip, _port, _path: None,
        role: Callable[[], str | None] = lambda: None,
        auto_scaling_group: str | None = None,
        seed: int = 0,
    ) -> None:
        self.identity = identity
        self.clock = clock
        self.history = history
        self.auto_scaling_group = auto_scaling_group
        self.image = root
        self.user_data = ""
        self.state = "pending"
        self._network = network
        self._role = role
        self._seed = seed
        self._launched = clock.now
        self._booted_s = clock.now_s
        self._off = clock.event()
        self._front = Front(clock, history, identity.instance_id)
        self._inside = Inside(WatchedFileSystem(root, lambda: clock.now_s, self._front.touched))
        self._front.inside = self._inside

    # --- who it is -----------------------------------------------------------------------------

    @property
    def instance_id(self) -> str:
        """EC2's id."""
        return self.identity.instance_id

    @property
    def hostname(self) -> str:
        """The name EC2 gives it: ``ip-10-0-0-12``."""
        return self.identity.hostname

    @property
    def private_ip(self) -> str:
        """Its address in the VPC."""
        return self.identity.private_ip

    @property
    def availability_zone(self) -> str:
        """The zone it stands in."""
        return self.identity.availability_zone

    @property
    def running(self) -> bool:
        """Whether EC2 calls it running."""
        return self.state == "running"

    @property
    def files(self) -> FileSystem:
        """Its files. An image of it is their ``root``."""
        return self._inside.files

    @property
    def services(self) -> Mapping[str, ServiceState]:
        """The services that were started since it booted, by name."""
        return self._inside.services

    @property
    def revision(self) -> str | None:
        """Label of the revision that CodeDeploy installed last, None before the first."""
        return self._front.revision

    @revision.setter
    def revision(self, label: str | None) -> None:
        self._front.revision = label
        self._front.touched()

    @property
    def powered(self) -> bool:
        """Whether there is power in its zone; without, EC2 goes on calling it running (``lose_power``)."""
        return not self._front.dark

    def service_active(self, name: str) -> bool:
        """Whether the service called ``name`` runs."""
        return self.running and self._inside.service(name).running

    def user_id(self, name: str) -> int | None:
        """The uid of the user called ``name``, None if there is none."""
        user = users(self.files).get(name)
        return user.uid if user else None

    def group_id(self, name: str) -> int | None:
        """The gid of the group called ``name``, None if there is none."""
        group = groups(self.files).get(name)
        return group.gid if group else None

    def home(self, name: str) -> str | None:
        """The home directory of the user called ``name``, None if there is no such user."""
        user = users(self.files).get(name)
        return user.home if user else None

    # --- what it answers -----------------------------------------------------------------------

    def answer(self, port: int, path: str) -> Answer | None:
        """The answer to ``GET path`` on ``port``.

        None when the connection is refused or the machine is down, ``UNREACHABLE`` when it has no power.
        """
        return self._front.answer(port, path)

    def usual_answer(self, port: int, path: str) -> Answer | None:
        """What ``GET path`` on ``port`` usually gets, for somebody who only looks: nothing is different afterwards."""
        return self._front.usual_answer(port, path)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls ``listener`` whenever its state, its services or its answers may have changed; the result ends that."""
        return self._front.on_change(listener)

    # --- running commands ----------------------------------------------------------------------

    def run(
        self,
        command: str,
        *,
        user: str = "root",
        env: Mapping[str, str] | None = None,
        cwd: str = "/",
        timeout_s: float | None = None,
        origin: str | None = None,
    ) -> Running:
        """Runs ``command`` as ``/bin/sh -c`` would, in lab time, and gives what came of it.

        ``origin``: user-data, ssm or student; such a command is recorded. A command that needs no shell and cannot be
        started has its ``start_error`` set; one on a machine that does not run ends at once, as if it had been killed.
        Raises ``ValueError`` if the machine has no such user.
        """
        if not (self.running and self.powered):
            return KILLED
        execution = self._compute(command, user, env, cwd, timeout_s)
        began_s, off = self.clock.now_s, self._off
        for at, effect in enumerate(execution.effects):
            if effect.offset_s > execution.duration_s:
                self.clock.process(self._later(execution.effects[at:], began_s, off))
                break
            if not (yield from self._wait(began_s + effect.offset_s, off)):
                return replace(KILLED, duration_s=round(self.clock.now_s - began_s, 3))
            self._happen(effect)
        if not (yield from self._wait(began_s + execution.duration_s, off)):
            return replace(KILLED, duration_s=round(self.clock.now_s - began_s, 3))
        if origin is not None:
            self._record(command, origin, user, execution)
        return execution

    def _compute(
        self, command: str, user: str, env: Mapping[str, str] | None, cwd: str, timeout_s: float | None
    ) -> Execution:
        who = users(self.files).get(user) or (ROOT if user == "root" else None)
        if who is None:
            message = f"Expected a user of {self.instance_id}, found {user!r}; add the user with useradd first."
            raise ValueError(message)
        invocation = Invocation(argv=("sh",), user=who, env={**login_environment(who), **(env or {})}, cwd=cwd)
        return perform(command, invocation, timeout_s, self._inside, self._surroundings(), shared_sandbox())

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            identity=self.identity,
            began_s=self.clock.now_s,
            booted_s=self._booted_s,
            moment=self.clock.moment,
            network=self._network,
            metadata=self.metadata.answer,
        )

    @property
    def metadata(self) -> Metadata:
        """What the metadata service tells this machine."""
        return Metadata(
            identity=self.identity,
            role=lambda: (self._role() or "").rpartition("/")[2] or None,
            now=lambda: self.clock.now,
            launched=self._launched,
            seed=self._seed,
        )

    def _wait(self, until_s: float, off: simpy.Event) -> Generator[simpy.Event, Any, bool]:
        """Waits; False if the machine was switched off meanwhile."""
        if until_s > self.clock.now_s and not off.triggered:
            yield self.clock.timeout(until_s - self.clock.now_s) | off
        return not off.triggered

    def _later(self, effects: tuple[Effect, ...], began_s: float, off: simpy.Event) -> Lasting:
        """What children in the background do after their parent has ended."""
        for effect in effects:
            if not (yield from self._wait(began_s + effect.offset_s, off)):
                return
            self._happen(effect)

    def act(self, action: Callable[[Inside], object]) -> None:
        """Lets something that is no command change the machine's inside, at once: a fault, a person at its console."""
        before = dict(self._inside.services)
        action(self._inside)
        self._services_changed(before)

    def _happen(self, effect: Effect) -> None:
        before = dict(self._inside.services)
        effect.apply()
        self._services_changed(before)

    def _services_changed(self, before: Mapping[str, ServiceState]) -> None:
        for name, state in self._inside.services.items():
            if state.running != (name in before and before[name].running):
                self.history.record(ServiceChanged(instance_id=self.instance_id, service=name, active=state.running))
        self._front.touched()

    def _record(self, command: str, origin: str, user: str, execution: Execution) -> None:
        code = execution.exit_code if execution.exit_code is not None else 128 + (execution.signal or 0)
        self.history.record(
            CommandRan(
                instance_id=self.instance_id,
                origin=origin,
                command=command,
                user=user,
                exit_code=code,
                duration_s=execution.duration_s,
            )
        )

    # --- power ---------------------------------------------------------------------------------

    def boot(self, user_data: str = "") -> None:
        """Starts it for the first time; ``user_data`` runs as cloud-init would run it, once."""
        self.user_data = user_data
        self._enter("pending")
        self.clock.process(self._come_up(user_data, self._off))

    def start(self) -> None:
        """Starts it again after a stop; nothing happens in any other state."""
        if self.state == "stopped":
            self._enter("pending")
            self.clock.process(self._come_up("", self._off))

    def stop(self) -> None:
        """Stops it; its files stay. Nothing happens unless it is pending or running."""
        if self.state in {"pending", "running"}:
            self._go_down("stopping", "stopped", STOPPING_S)

    def terminate(self) -> None:
        """Ends it for good; nothing happens if that was asked before."""
        if self.state not in {"shutting-down", "terminated"}:
            self._go_down("shutting-down", "terminated", SHUTTING_DOWN_S)

    def reboot(self) -> None:
        """Reboots it: its services go down and come back, EC2 calls it running all the while."""
        if self.running:
            self._power_off()
            self._front.up = True
            self._front.look()
            self.clock.process(self._start_services(REBOOT_S, self._off))

    def lose_power(self) -> None:
        """Its Availability Zone has no power: nothing runs, nothing answers, and EC2 still calls it running."""
        self._front.dark = True
        self._power_off()
        self._front.look()

    def regain_power(self) -> None:
        """Power is back: a machine that EC2 calls running boots."""
        self._front.dark = False
        if self.running:
            self._front.look()
            self.clock.process(self._start_services(BOOT_S, self._off))

    def _enter(self, state: str) -> None:
        self.state = state
        self._front.up = state == "running"
        self.history.record(
            MachineChanged(
                instance_id=self.instance_id,
                state=state,
                availability_zone=self.availability_zone,
                auto_scaling_group=self.auto_scaling_group,
            )
        )
        self._front.look()

    def _come_up(self, user_data: str, off: simpy.Event) -> Lasting:
        if not (yield from self._wait(self.clock.now_s + PENDING_S, off)):
            return
        self._booted_s = self.clock.now_s
        self._enter("running")
        yield from self._start_services(BOOT_S, off)
        script = cloud_init.prepare(self.files, self.instance_id, user_data)
        if script is None or not (yield from self._wait(self.clock.now_s + USER_DATA_S, off)):
            return
        execution = yield from self.run(script, origin="user-data")
        cloud_init.finish(self.files, execution)

    def _start_services(self, after_s: float, off: simpy.Event) -> Lasting:
        if not (yield from self._wait(self.clock.now_s + after_s, off)) or not self.powered:
            return
        before = dict(self._inside.services)
        for name in services.enabled(self.files):
            unit = services.find(self.files, name)
            if unit is not None:
                services.start(self._inside, unit, self.clock.now_s)
        self._services_changed(before)

    def _go_down(self, through: str, to: str, seconds: float) -> None:
        self._power_off()
        self._enter(through)
        self.clock.call_at(self.clock.now_s + seconds, lambda: self._arrive(through, to))

    def _arrive(self, through: str, to: str) -> None:
        if self.state == through:
            self._enter(to)

    def _power_off(self) -> None:
        """Everything that ran is gone; what lies under /run too."""
        off, self._off = self._off, self.clock.event()
        off.succeed()
        before = dict(self._inside.services)
        self._inside.services = {name: ServiceState(name, since_s=self.clock.now_s) for name in before}
        self._inside.processes = {}
        if self.files.is_dir("/run"):
            for name in self.files.listdir("/run"):
                self.files.remove_tree(f"/run/{name}")
        self._services_changed(before)

    def __repr__(self) -> str:
        return f"<Machine {self.instance_id} {self.state}>"
