"""Turns what a run changes into effects, each at its own moment of lab time."""

from functools import partial

from labkit.world.execution import Effect
from labkit.world.inside import Delta, Inside, between
from labkit.world.shell.timeline import Timeline


class Recorder:
    """Compares ``inside``, the copy that a run works on, with what it was at the last note.

    ``live`` is the machine's own inside, which the effects change when their moment has come.
    """

    def __init__(self, inside: Inside, live: Inside) -> None:
        self._inside = inside
        self._live = live
        self._noted = inside.snapshot()
        self._effects: list[tuple[Effect, int | None]] = []

    def note(self, line: Timeline) -> None:
        """Makes everything that has changed since the last note an effect of the present moment of ``line``."""
        now = self._inside.snapshot()
        delta = between(self._noted, now)
        self._noted = now
        if delta is not None:
            effect = Effect(round(line.offset_s, 3), partial(_apply, delta, self._live, line.pid))
            self._effects.append((effect, line.pid))

    def effects(self, main: Timeline) -> tuple[Effect, ...]:
        """All effects in order. When ``main`` met its deadline its children were ended too, and nothing is later."""
        kept = [effect for effect, _pid in self._effects]
        if main.terminated:
            kept = [effect for effect in kept if effect.offset_s <= round(main.offset_s, 3)]
        return tuple(sorted(kept, key=lambda effect: effect.offset_s))


def _apply(delta: Delta, live: Inside, pid: int | None) -> None:
    child = live.processes.get(pid) if pid is not None else None
    if child is None or not child.killed:
        delta.apply(live)
