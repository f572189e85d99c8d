"""Where a group launches and which instance it gives up.

EC2 Auto Scaling user guide, "Availability Zone distribution" (balanced best effort) and "How termination policies
work".
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from labkit.world.auto_scaling.member import Member


def spread(count: int, zones: Sequence[str], present: Iterable[str]) -> dict[str, int]:
    """How many of ``count`` new instances go to each zone: always where there are fewest, earlier zones first.

    ``present``: the zone of each instance there is already.

    >>> spread(3, ["a", "b"], ["a"])
    {'b': 2, 'a': 1}
    """
    there = Counter(present)
    launches: dict[str, int] = {}
    for _ in range(count):
        zone = min(zones, key=lambda zone: there[zone])
        launches[zone] = launches.get(zone, 0) + 1
        there[zone] += 1
    return launches


def give_up(count: int, members: Sequence[Member], policies: Sequence[str]) -> list[Member]:
    """The ``count`` members that scaling in terminates; fewer if the others are protected.

    From the zone with the most instances; within it, the oldest (``Default``, ``OldestInstance``: in a lab all
    instances of a group cost the same and are told apart by age alone) or the newest (``NewestInstance``).
    ``members``: oldest first.
    """
    newest_first = "NewestInstance" in policies
    free = [member for member in members if not member.protected_from_scale_in]
    there = Counter(member.availability_zone for member in members)
    chosen: list[Member] = []
    while free and len(chosen) < count:
        fullest = max((member.availability_zone for member in free), key=lambda zone: there[zone])
        candidates = [member for member in free if member.availability_zone == fullest]
        choice = candidates[-1 if newest_first else 0]
        chosen.append(choice)
        free.remove(choice)
        there[fullest] -= 1
    return chosen
