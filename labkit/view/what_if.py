"""A what-if: controls above a theater. A change plays the same deployment again in a world of its own.

The student's own world is never touched: what is played is a scenario like the deployment, from the same seed, so that
what is different afterwards comes from what was changed. The theater keeps its playhead.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

import ipywidgets

from labkit.simulation.misuse import MisuseError
from labkit.view.compare_words import LABELS
from labkit.view.measures import Measures, measure
from labkit.view.outcome import outcome
from labkit.view.theater import Theater
from labkit.view.trace_types import Trace
from labkit.view.what_if_controls import Controls
from labkit.view.words import Words
from labkit.world.scenario.parameters import Scenario

REMEMBERED = 32
"""How many of the scenarios tried last are remembered: going back to one plays nothing again."""
Play = Callable[[Scenario], Trace]


class WhatIf(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets comes without types
    """``scenario``: what is shown now; ``outcome``: what came of it, in one sentence; ``theater``: its picture.

    ``play``: gives the trace of a scenario. ``own``: the trace of the deployment itself, which every outcome is
    compared with. ``configs``: deployment configurations by name; ``faults``: id -> one sentence.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        play: Play,
        own: Trace,
        configs: Mapping[str, Any],
        faults: Mapping[str, str],
        words: Words = LABELS,
    ) -> None:
        self.scenario = scenario
        self.outcome = ""
        self.controls = Controls(scenario, configs, faults, words)
        self._play = lru_cache(maxsize=REMEMBERED)(play)
        self._own = own
        self._words = words
        self.theater = Theater(self._play(scenario), rate_per_s=scenario.request_rate_per_s)
        self._tell(measure(self._play(scenario), scenario.request_rate_per_s))
        self.controls.on_change(self._play_again)
        super().__init__([self.controls.panel, self.theater])

    def _play_again(self) -> None:
        try:
            scenario = self.controls.scenario()
            trace = self._play(scenario)
        except MisuseError as error:
            self._say(str(error))
            return
        if scenario == self.scenario:
            return
        self.scenario = scenario
        with self.theater.hold_sync():
            self.theater.rate_per_s = scenario.request_rate_per_s
            self.theater.trace = cast("dict[str, Any]", trace)
        self._tell(measure(trace, scenario.request_rate_per_s))

    def _tell(self, now: Measures) -> None:
        before = measure(self._own, now.rate_per_s)
        self._say(outcome(now, before, self._words))

    def _say(self, sentence: str) -> None:
        self.outcome = self.controls.panel.outcome = sentence

    def __repr__(self) -> str:
        return f"<What if, for {self.scenario.names.deployment_id}: {self.outcome}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        if data is None:
            return bundle
        return {**data, "text/plain": repr(self), "image/svg+xml": self.theater.still()}, metadata
