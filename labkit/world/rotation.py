"""Whose turn it is: the round robin of a target group.

Elastic Load Balancing, "Routing algorithms": round robin, the default of a target group.
"""

from bisect import bisect_left, bisect_right, insort

from labkit.world.target import Target


class Rotation:
    """Targets by registration number, in order; adding, dropping and finding the next one are quick."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._by_number: dict[int, Target] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets, lowest registration number first."""
        return tuple(self._by_number[number] for number in self._numbers)

    def add(self, target: Target) -> None:
        """Takes ``target`` in; harmless if it is in already."""
        if target.number not in self._by_number:
            insort(self._numbers, target.number)
            self._by_number[target.number] = target

    def drop(self, target: Target) -> None:
        """Leaves ``target`` out; harmless if it is not in."""
        if self._by_number.pop(target.number, None) is not None:
            del self._numbers[bisect_left(self._numbers, target.number)]

    def after(self, number: int) -> Target | None:
        """The target with the next higher number, else the one with the lowest; None if there is no target."""
        if not self._numbers:
            return None
        place = bisect_right(self._numbers, number) % len(self._numbers)
        return self._by_number[self._numbers[place]]
