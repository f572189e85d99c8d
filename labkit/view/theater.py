"""The theater: one deployment as an animated widget that can be played, paused, scrubbed and stepped.

The trace goes to the browser once; everything else happens there (``js/theater.js``). Only while a deployment still
runs in a lab that lives does the browser ask for more. The same seed gives the same outputs, so the widget's ids are
made from the trace and not drawn at random.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any, ClassVar, cast

import anywidget
import ipywidgets
import traitlets

from labkit.simulation.misuse import MisuseError
from labkit.view.assemble import assemble
from labkit.view.live import Live, live_state
from labkit.view.saved_page import write_page
from labkit.view.still import headline, still
from labkit.view.trace_types import Trace
from labkit.view.words import ENGLISH, fill

HERE = Path(__file__).parent
SPEED = 10.0
"""Lab seconds for each second of the person watching, at first."""
RATE_PER_S = 2.0
"""Visitors a lab second, where nobody says how many: few enough to follow each of them."""


class Theater(anywidget.AnyWidget):
    """An animated, scrubbable picture of one deployment.

    ``trace``: from ``labkit.view.trace.trace``. ``playhead_s``: the moment shown, in lab seconds. ``speed``: lab
    seconds a second. ``playing``: whether it runs. ``rate_per_s``: visitors a lab second. All but the trace may be set
    at any time. ``lab``: what the theater may do to its lab; without it, it only shows.
    """

    _esm = assemble(HERE / "js" / "theater.js")
    _css = (HERE / "theater.css").read_text(encoding="utf-8")
    _made: ClassVar[Counter[str]] = Counter()

    trace = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    # Told when a browser asks: what is saved of a theater, in a notebook or on a slide, has no lab to offer.
    live = traitlets.Dict().tag(sync=True)
    playhead_s = traitlets.Float().tag(sync=True)
    speed = traitlets.Float(SPEED).tag(sync=True)
    rate_per_s = traitlets.Float(RATE_PER_S).tag(sync=True)
    playing = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(
        self,
        trace: Trace,
        *,
        playhead_s: float | None = None,
        speed: float = SPEED,
        rate_per_s: float = RATE_PER_S,
        lab: Live | None = None,
    ) -> None:
        name = _name(trace, self._made)
        super().__init__(
            trace=trace,
            words=ENGLISH,
            playhead_s=trace["from_s"] if playhead_s is None else playhead_s,
            speed=speed,
            rate_per_s=rate_per_s,
            model_id=name,
            layout=ipywidgets.Layout(model_id=_derived(name, "layout")),
        )
        self._lab = lab
        self.on_msg(self._asked)

    def save(self, path: str | Path) -> None:
        """Writes the theater as one HTML page that plays without a kernel and without a network.

        Raises ``MisuseError`` if ``path`` can't be written.
        """
        state = {name: getattr(self, name) for name in ("trace", "words", "playhead_s", "speed", "rate_per_s")}
        write_page(Path(path), state, self._css, headline(cast("Trace", self.trace), self.words), self.still())

    def still(self) -> str:
        """The whole deployment as one SVG picture that needs no browser script: for print, GitHub and nbviewer."""
        return still(cast("Trace", self.trace), self.words)

    def _asked(self, _theater: "Theater", message: Mapping[str, Any], _buffers: Any) -> None:
        """Does to the lab what somebody in the browser asked for; a refusal is shown and not raised."""
        if self._lab is None:
            return
        try:
            said = self._act(self._lab, message)
        except MisuseError as error:
            said = str(error)
        with self.hold_sync():
            self.trace = cast("dict[str, Any]", self._lab.trace())
            self.live = dict(live_state(self._lab, cast("Trace", self.trace), said))

    def _act(self, lab: Live, message: Mapping[str, Any]) -> str:
        if message.get("kind") == "advance":
            lab.advance(float(message["seconds"]))
            return ""
        if message.get("kind") == "inject":
            fault, instance_id = str(message["fault"]), str(message["instance"])
            lab.inject(fault, instance_id)
            names = {instance["id"]: instance["name"] for instance in self.trace["instances"]}
            gaps = {"instance": names.get(instance_id, instance_id), "fault": self.words[f"fault_{fault}"]}
            return fill(self.words, "injected", gaps)
        return ""

    def __repr__(self) -> str:
        deployment = self.trace["deployment"]
        version = self.trace["versions"][deployment["version"]]["word"]
        return f"<Theater of {deployment['id']}: {version} to {deployment['group']}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        said = headline(cast("Trace", self.trace), self.words)
        return {**data, "text/plain": said, "image/svg+xml": self.still()}, metadata


def _name(trace: Trace, made: Counter[str]) -> str:
    """An id for this widget: the same run gives the same, and each further theater of a trace its own."""
    content = sha256(dumps(trace, sort_keys=True).encode()).hexdigest()
    made[content] += 1
    return _derived(content, str(made[content]))


def _derived(*parts: str) -> str:
    return sha256("/".join(parts).encode()).hexdigest()[:32]
