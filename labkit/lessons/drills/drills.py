"""``lab.drill``: chooses an incident by level and seed, makes it happen, and hands out the drill."""

from collections.abc import Callable
from random import Random

from labkit.aws.fault_records import administrators_clients
from labkit.lessons.catalogue import spoken, translation
from labkit.lessons.drills.before import look
from labkit.lessons.drills.breaking import happen
from labkit.lessons.drills.drill import Drill, Surroundings
from labkit.lessons.drills.judging import Case
from labkit.lessons.drills.place import Place
from labkit.lessons.drills.table import LEVELS, Incident, of_level
from labkit.lessons.drills.texts import read_texts
from labkit.lessons.lesson_text import fill
from labkit.lessons.progress import place as progress_place
from labkit.lessons.progress import progress_at
from labkit.simulation.misuse import MisuseError
from labkit.world.region import Region

Explain = Callable[[str], object]
"""``lab.why``: its answer's repr is what the debriefing shows."""


class Drills:
    """The drills of one lab. ``latest``: the one that began last."""

    def __init__(self, region: Region, explain: Explain | None = None) -> None:
        self._place = Place(region, administrators_clients())
        self._explain = explain
        self.latest: Drill | None = None

    def __call__(self, level: int = 1, seed: int = 1) -> Drill:
        """Breaks something without saying what, and gives the drill: it shows what somebody reported.

        ``level``: 1 (one clear fault), 2 (subtle or indirect) or 3 (two at once, or a symptom that misleads). ``seed``:
        chooses what and where; as many seeds in a row as a level has incidents are all different. Raises
        ``MisuseError`` on anything else, and unless the running example stands in good order.
        """
        self.latest = self.begin(chosen(level, seed), seed)
        return self.latest

    def begin(self, incident: Incident, seed: int) -> Drill:
        """The drill of this incident; ``seed`` chooses where."""
        self._place.check_that_it_stands()
        before = look(self._place)
        facts = happen(self._place, incident, Random(f"{incident.id} {seed}"))  # noqa: S311 - a drill that can be repeated
        wanted = f"Hello, version {facts['version']}" if incident.goal == "release" else None
        said = Surroundings(read_texts(translation(spoken())), spoken(), progress_at(progress_place()))
        explained = repr(self._explain(fill(incident.asks, facts))) if self._explain else ""
        needs = [(seat, action, fill(resource, facts)) for seat, action, resource in incident.needs]
        return Drill(Case(incident, needs, before, self._place, wanted), facts, said, seed, explained)

    def __repr__(self) -> str:
        return f"<Drills: lab.drill(level, seed), levels {', '.join(map(str, LEVELS))}>"


def chosen(level: int, seed: int) -> Incident:
    """The incident that ``seed`` chooses among those of ``level``. Raises ``MisuseError`` on anything unknown."""
    if level not in LEVELS:
        message = f"Expected level to be one of {', '.join(map(str, LEVELS))}, found {level!r}."
        raise MisuseError(message)
    if not isinstance(seed, int) or isinstance(seed, bool):
        message = f"Expected seed to be a whole number, found {seed!r}; the same one repeats a drill."
        raise MisuseError(message)
    incidents = of_level(level)
    shuffled = Random(f"drills of level {level}").sample(incidents, len(incidents))  # noqa: S311 - no secret
    return shuffled[seed % len(shuffled)]
