"""The front door: opens a sealed account with a world behind it and hands out what a lesson types."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from labkit.aws.account import Account
from labkit.aws.faults import Faults
from labkit.explain.answer import Answer
from labkit.explain.why import Why
from labkit.lessons import stages
from labkit.lessons.alternatives import Alternatives
from labkit.lessons.catalogue import ENGLISH, chosen, in_the_language_spoken, speak, spoken, translation
from labkit.lessons.drills.drills import Drills
from labkit.lessons.iam_account import Given, explorer, permissions_used
from labkit.lessons.lesson import Lesson
from labkit.lessons.lesson_text import find_lesson
from labkit.lessons.progress import place, progress_at
from labkit.lessons.progress_table import ProgressTable, progress_table
from labkit.simulation.clock import DAY_S
from labkit.simulation.collector import collector_at_rest
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.simulation.turns import INTERRUPTS
from labkit.view.compare import Comparison
from labkit.view.explorer import PolicyExplorer
from labkit.view.live import Live
from labkit.view.permissions_used import PermissionsUsed
from labkit.view.theater import Theater
from labkit.view.trace import trace
from labkit.view.trace_types import Trace
from labkit.view.what_if import WhatIf
from labkit.view.words import words
from labkit.world.faults.catalogue import ON_AN_INSTANCE
from labkit.world.github import GitHub
from labkit.world.http import Answer as Response
from labkit.world.machine import Machine
from labkit.world.region import Region

if TYPE_CHECKING:
    from labkit.view.deployment_charts import Charts

MAX_FLEET = 1000
HTTP_PORT = 80

_open: "Lab | None" = None


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command on a machine said and how it ended; shown as a terminal would show it."""

    stdout: str
    stderr: str
    exit_code: int

    def __repr__(self) -> str:
        shown = (self.stdout + self.stderr).rstrip("\n") or "(no output)"
        return shown if self.exit_code == 0 else f"{shown}\n(exit code {self.exit_code})"


class MachineHandle:
    """A machine of the lab as a lesson sees it."""

    def __init__(self, region: Region, machine: Machine) -> None:
        self._region = region
        self._machine = machine

    def run(self, command: str, *, user: str = "root") -> CommandResult:
        """Runs ``command`` in the machine's shell; lab time passes while it runs.

        Raises ``MisuseError`` when the machine is not running or has no such user.
        """
        if not (self._machine.running and self._machine.powered):
            state = self._machine.state if self._machine.powered else "without power"
            message = (
                f"Expected {self._machine.instance_id} to be running, found it {state}; "
                "start it, or let lab time pass until it has booted."
            )
            raise MisuseError(message)
        if self._machine.user_id(user) is None:
            message = f"Expected a user of {self._machine.instance_id}, found {user!r}; add it with useradd first."
            raise MisuseError(message)
        done = self._region.clock.run_process(self._machine.run(command, user=user, origin="student"))
        code = done.exit_code if done.exit_code is not None else 128 + (done.signal or 0)
        return CommandResult(done.stdout, done.stderr, code)

    def answer(self, path: str = "/", port: int = HTTP_PORT) -> Response:
        """What the machine answers to ``GET path`` now: status 0 if nothing listens there. Looking changes nothing."""
        return self._machine.usual_answer(port, path) or Response(0)

    def __repr__(self) -> str:
        machine = self._machine
        return f"<Machine {machine.instance_id} in {machine.availability_zone}: {machine.state}>"


class Lab:
    """An open lab. ``labkit.start`` makes one; as a context manager it stops at the end of the block."""

    def __init__(self, seed: int) -> None:
        self._region = Region(seed)
        self._account = Account(self._region)
        self._faults = Faults(self._region)
        self._account.open()
        self._why = Why(self._region, self._account.access.decision, in_the_language_spoken)
        self._drills = Drills(self._region, self._why)
        self._is_open = True
        self.ready_at = self.now
        """When the stage stood: what the lesson itself takes counts from here."""

    @property
    def now(self) -> datetime:
        """The lab's present moment (UTC)."""
        return self._region.clock.now

    @property
    def github(self) -> GitHub:
        """The GitHub of the lab."""
        return self._region.github

    @property
    def history(self) -> History:
        """The one record of everything that happened."""
        return self._region.history

    @property
    def faults(self) -> Faults:
        """What can be broken on purpose: ``names()``, ``describe(name)``, ``inject(name, …)``."""
        return self._faults

    @property
    def drill(self) -> Drills:
        """``lab.drill(level=1, seed=3)`` breaks something without saying what; it gives a drill to mend it by."""
        return self._drills

    @property
    def charts(self) -> "Charts":
        """Still pictures of a deployment."""
        with collector_at_rest():
            from labkit.view.deployment_charts import Charts  # noqa: PLC0415 - matplotlib takes longer than a lab
        return Charts(self.history, in_the_language_spoken)

    def advance(self, seconds: float) -> None:
        """Lets ``seconds`` of lab time pass. Raises ``MisuseError`` if there are fewer than 0."""
        self._region.clock.advance(seconds)

    def run_until(self, condition: Callable[[], bool] | datetime, within_seconds: float = DAY_S) -> None:
        """Lets lab time pass until ``condition()`` holds, or until a moment (a ``datetime`` with time zone).

        Raises ``MisuseError`` if that can't happen: the moment is past, or the condition still does not hold
        after ``within_seconds`` or when nothing is left to happen.
        """
        if isinstance(condition, datetime):
            self._run_until_moment(condition)
        elif callable(condition):
            self._region.clock.run_until(condition, within_seconds)
        else:
            message = (
                "Expected run_until to get a function that says whether to stop, or a datetime, "
                f"found {condition!r}; for a number of seconds use lab.advance(seconds=…)."
            )
            raise MisuseError(message)

    def machine(self, instance_id: str) -> MachineHandle:
        """The machine behind an EC2 instance id. Raises ``MisuseError`` if there is none."""
        found = self._region.fleet.find(instance_id)
        if found is None:
            known = ", ".join(machine.instance_id for machine in self._region.fleet.not_terminated()) or "none yet"
            message = f"Expected the id of one of this lab's instances, found {instance_id!r}; there are: {known}."
            raise MisuseError(message)
        return MachineHandle(self._region, found)

    def theater(self, deployment_id: str) -> Theater:
        """The animated picture of a deployment, as far as it has come; playing on, it lets the lab's time pass.

        A click on an instance offers to break it. Raises ``MisuseError`` on an unknown id.
        """
        theater = Theater(self._trace(deployment_id), lab=self._live(deployment_id))
        if spoken() != ENGLISH:
            theater.words = words(spoken(), translation(spoken()))
        return theater

    def what_if(self, deployment_id: str) -> WhatIf:
        """A deployment with sliders and menus above its theater; each change plays it again in a world of its own.

        The lab itself is not touched. Raises ``MisuseError`` on an unknown id.
        """
        return self._alternatives.what_if(deployment_id)

    def compare(self, *names: str, deployment_id: str | None = None) -> Comparison:
        """Two or more deployments side by side: how long, how much capacity, how many errors, at what cost.

        ``names``: ids of deployments; names of deployment configurations, or ``BLUE_GREEN``, with which the
        deployment ``deployment_id`` is played again beside the lab. Raises ``MisuseError`` on any other name.
        """
        return self._alternatives.compare(names, deployment_id)

    def policy_explorer(
        self, who: str | None = None, action: str = "s3:GetObject", resource: str = "*", context: Given = None
    ) -> PolicyExplorer:
        """Who may do what on which resource, and why; policies can be edited on trial, the account stays as it is.

        ``who``: name or ARN of a user or a role, or a service. ``context``: condition keys beside those that every
        request of theirs has. Raises ``MisuseError`` if there is none of that name.
        """
        return explorer(who, action, resource, context)

    def permissions_used(self, who: str, since: datetime | None = None) -> PermissionsUsed:
        """Which permissions a role, a user or a service has used since a moment, beside those that policies grant.

        ``who``: name or ARN. ``since``: without it, from the lab's beginning. ``policy`` of what comes out is the
        smallest policy document that allows all that was used. Raises ``MisuseError`` on an unknown ``who``.
        """
        return permissions_used(self.history, who, since, self.now)

    @property
    def _alternatives(self) -> Alternatives:
        return Alternatives(self._region, self._account.deployment_configs())

    def why(self, subject: object) -> Answer:
        """Why something failed, hangs or was denied: from AWS's words to the root cause, with evidence and a fix.

        ``subject``: the id of a deployment or an instance, the name or ARN of a target group, an error that boto3
        raised, an answer or error of requests, or a URL of a load balancer or an instance. Raises ``MisuseError`` on
        anything else.
        """
        return self._why(subject)

    def stop(self) -> None:
        """Closes the lab: its time stands still, the environment and requests are as they were. Twice does no harm.

        AWS itself stays out of reach until the kernel is restarted: a cell that is run once more must not act on a
        real account.
        """
        global _open  # noqa: PLW0603 - there is one botocore in a process, so there is one open lab
        with self._region.clock.turns:
            if self._is_open:
                self._is_open = False
                self._account.close()
                self._region.clock.stop()
                gc.unfreeze()
            if _open is self:
                _open = None

    def _trace(self, deployment_id: str) -> Trace:
        return trace(self.history, deployment_id, now_s=self._region.clock.now_s)

    def _live(self, deployment_id: str) -> Live:
        return Live(
            trace=lambda: self._trace(deployment_id),
            advance=lambda seconds: self._opened().advance(seconds),
            inject=lambda fault, instance_id: self._opened().faults.inject(fault, instance_id=instance_id),
            faults=ON_AN_INSTANCE,
            now=lambda: self.now,
        )

    def _opened(self) -> Self:
        """The lab itself. Raises ``MisuseError`` once it is stopped: what is done to it then would reach nobody."""
        if not self._is_open:
            raise MisuseError("Expected the lab of this picture to be open, found it stopped; show the newest lab's.")
        return self

    def _run_until_moment(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            message = f"Expected a datetime with a time zone, found {moment!r}; add tzinfo=datetime.UTC."
            raise MisuseError(message)
        self.advance(self._region.clock.seconds_until(moment))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        machines = len(self._region.fleet.not_terminated())
        state = "open" if self._is_open else "stopped"
        return f"<Lab ({state}) at {self.now:%Y-%m-%d %H:%M:%S} UTC, {machines} machines>"


def start(stage: str = "empty", seed: int = 7, fleet_size: int = 4) -> Lab:
    """Opens a lab at a prepared ``stage``; one that is open already is stopped first, so every start is fresh.

    ``stage``: empty, roles, image, fleet, deployment-group or v1-deployed; each contains the ones before it. Or one of
    riddle-empty-image, riddle-wrong-destination and riddle-endless-replacement: deployment-group, gone wrong.
    ``seed``: the same seed gives the same ids, order and times. ``fleet_size``: instances of the fleet (1 to 1000).
    Raises ``MisuseError`` on anything else; an open lab then stays as it is.
    """
    global _open  # noqa: PLW0603 - see Lab.stop
    _check(stage, seed, fleet_size)
    if _open is not None:
        _open.stop()
    with collector_at_rest():
        with INTERRUPTS:
            lab = _open = Lab(seed)
        try:
            stages.build(stage, lab, fleet_size)
        except BaseException:
            lab.stop()
            raise
        lab.ready_at = lab.now
        # What stands now stands until the lab stops. Python's collector would look through all of it again and again,
        # and a deployment to a thousand machines would take longer for each of them than one to ten.
        gc.freeze()
    return lab


def lesson(number: str, language: str | None = None) -> Lesson:
    """What the lesson whose name begins with ``number`` (``"06"``) asks, checks and explains, of the open lab.

    ``language``: ``en``, or one that labkit has a catalogue of; without it the environment variable LABKIT_LANGUAGE
    decides. Theaters made from then on speak it too. Raises ``MisuseError`` if there is no such lesson or language.
    """
    return Lesson(find_lesson(number), lambda: _open, progress_at(place()), speak(language))


def progress(language: str | None = None) -> ProgressTable:
    """Which predictions, exercises and questions of which lesson are done."""
    return progress_table(progress_at(place()), translation(chosen(language)))


def _check(stage: str, seed: int, fleet_size: int) -> None:
    if stage not in stages.NAMES:
        message = f"Expected stage to be one of {', '.join(stages.NAMES)}; found {stage!r}."
        raise MisuseError(message)
    if not isinstance(seed, int) or isinstance(seed, bool):
        message = f"Expected seed to be a whole number, found {seed!r}; any will do, the same one repeats a lab."
        raise MisuseError(message)
    if not isinstance(fleet_size, int) or isinstance(fleet_size, bool) or not 1 <= fleet_size <= MAX_FLEET:
        message = f"Expected fleet_size to be a whole number from 1 to {MAX_FLEET}, found {fleet_size!r}."
        raise MisuseError(message)
