"""The checks of each lesson: ``06-in-place-one-at-a-time`` has ``in_place_one_at_a_time.py``.

Such a module holds two tables. ``EXERCISES``: by the exercise's id, a function from ``Outcomes`` to ``Passed`` or
``NotYet``. ``PREDICTIONS``: by the prediction's id, a function from ``Outcomes`` to the ``Answer`` that the run gave,
or None as long as the experiment has not been run. The ids are those of the lesson's texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from labkit.lessons.outcomes import Outcomes
from labkit.lessons.verdicts import Answer, Verdict

Check = Callable[[Outcomes], Verdict]
Reading = Callable[[Outcomes], Answer | None]


@dataclass(frozen=True, slots=True)
class Checks:
    """The two tables of one lesson."""

    exercises: Mapping[str, Check]
    predictions: Mapping[str, Reading]


def checks_of(lesson: str) -> Checks:
    """The tables of the lesson with this whole name; empty ones if it has no module."""
    module_name = f"{__name__}.{lesson.split('-', 1)[-1].replace('-', '_')}"
    if find_spec(module_name) is None:
        return Checks({}, {})
    module = import_module(module_name)
    return Checks(module.EXERCISES, module.PREDICTIONS)
