"""The theater: one deployment as an animated widget that can be played, paused, scrubbed and stepped.

The trace goes to the browser once; everything else happens there (``js/theater.js``). The same seed gives the
same outputs, so the widget's ids are made from the trace and not drawn at random.
"""

from collections import Counter
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any, ClassVar, cast

import anywidget
import ipywidgets
import traitlets

from labkit.view.assemble import assemble
from labkit.view.still import headline, still
from labkit.view.trace_types import Trace
from labkit.view.words import ENGLISH

HERE = Path(__file__).parent
SPEED = 10.0
"""Lab seconds for each second of the person watching, at first."""


class Theater(anywidget.AnyWidget):
    """An animated, scrubbable picture of one deployment.

    ``trace``: from ``labkit.view.trace.trace``. ``playhead_s``: the moment shown, in lab seconds. ``speed``: lab
    seconds a second. ``playing``: whether it runs. All but the trace may be set at any time.
    """

    _esm = assemble(HERE / "js" / "theater.js")
    _css = (HERE / "theater.css").read_text(encoding="utf-8")
    _made: ClassVar[Counter[str]] = Counter()

    trace = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    playhead_s = traitlets.Float().tag(sync=True)
    speed = traitlets.Float(SPEED).tag(sync=True)
    playing = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, trace: Trace, *, playhead_s: float | None = None, speed: float = SPEED) -> None:
        name = _name(trace, self._made)
        super().__init__(
            trace=trace,
            words=ENGLISH,
            playhead_s=trace["from_s"] if playhead_s is None else playhead_s,
            speed=speed,
            model_id=name,
            layout=ipywidgets.Layout(model_id=_derived(name, "layout")),
        )

    def still(self) -> str:
        """The whole deployment as one SVG picture that needs no browser script: for print, GitHub and nbviewer."""
        return still(cast("Trace", self.trace))

    def __repr__(self) -> str:
        deployment = self.trace["deployment"]
        version = self.trace["versions"][deployment["version"]]["word"]
        return f"<Theater of {deployment['id']}: {version} to {deployment['group']}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": headline(cast("Trace", self.trace)), "image/svg+xml": self.still()}, metadata


def _name(trace: Trace, made: Counter[str]) -> str:
    """An id for this widget: the same run gives the same, and each further theater of a trace its own."""
    content = sha256(dumps(trace, sort_keys=True).encode()).hexdigest()
    made[content] += 1
    return _derived(content, str(made[content]))


def _derived(*parts: str) -> str:
    return sha256("/".join(parts).encode()).hexdigest()[:32]
