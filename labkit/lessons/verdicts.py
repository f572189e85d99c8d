"""What a check or a prediction's answer comes to. The words for it stand in the lesson's texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Passed:
    """The exercise is solved. ``gaps``: values for the gaps of its ``passed`` text."""

    gaps: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotYet:
    """Something is missing. ``found``: the key of its text under ``not_yet``; ``gaps``: values for that text."""

    found: str
    gaps: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the run showed. ``option``: the id of the prediction's option; ``gaps``: values for its ``because``."""

    option: str
    gaps: Mapping[str, object] = field(default_factory=dict)


Verdict = Passed | NotYet
