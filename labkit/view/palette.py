"""Colours, shapes and marks, the same in the theater, the charts and the still picture.

The version colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), which people with a colour
vision deficiency can tell apart; errors have a dark red of their own. Colour never stands alone: each
version also has a shape and a word.
"""

from dataclasses import dataclass
from typing import Final

CIRCLE: Final = "M-8 0A8 8 0 1 1 8 0A8 8 0 1 1-8 0Z"
DIAMOND: Final = "M0-9.5L9.5 0L0 9.5L-9.5 0Z"
TRIANGLE: Final = "M0-9L9 7L-9 7Z"
SQUARE: Final = "M-7.5-7.5H7.5V7.5H-7.5Z"
HEXAGON: Final = "M-4.7-8.2H4.7L9.4 0L4.7 8.2H-4.7L-9.4 0Z"
PLUS: Final = "M-3-9H3V-3H9V3H3V9H-3V3H-9V-3H-3Z"
CROSS: Final = "M-8.5-5L-5-8.5L0-3.5L5-8.5L8.5-5L3.5 0L8.5 5L5 8.5L0 3.5L-5 8.5L-8.5 5L-3.5 0Z"
RING: Final = "M-8 0A8 8 0 1 1 8 0A8 8 0 1 1-8 0ZM-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z"


@dataclass(frozen=True, slots=True)
class Swatch:
    """How one kind of answer looks.

    ``light``/``dark``: its colour on a light and on a dark page; ``ink_light``/``ink_dark``: what is
    legible on top of it. ``path``: its shape as SVG path data around (0, 0), about 18 units wide.
    ``marker`` and ``hatch``: the same shape, and a pattern, in matplotlib's words.
    """

    light: str
    dark: str
    ink_light: str
    ink_dark: str
    path: str
    marker: str
    hatch: str = ""


WHITE: Final = "#ffffff"
INK: Final = "#111418"

VERSIONS: Final = (
    Swatch("#0072b2", "#56a8e0", WHITE, INK, CIRCLE, "o"),
    Swatch("#e69f00", "#f0b03a", INK, INK, DIAMOND, "D"),
    Swatch("#00805d", "#2fbf94", WHITE, INK, TRIANGLE, "^"),
    Swatch("#a94c83", "#dd8fbd", WHITE, INK, SQUARE, "s"),
    Swatch("#4aa6da", "#8ecdf2", INK, INK, HEXAGON, "h"),
    Swatch("#7a6e00", "#e8dc4a", WHITE, INK, PLUS, "P"),
)
"""Revision 1, 2, 3 … take these in turn."""

ERROR: Final = Swatch("#b3202c", "#ff7a70", WHITE, INK, CROSS, "X", "////")
UNMANAGED: Final = Swatch("#6b7280", "#9ca3af", WHITE, INK, RING, "o")
"""A page that no deployment put there."""

LEAVE: Final = "leave"
INSTALL: Final = "install"
RETURN: Final = "return"

PHASES: Final = {
    "BeforeBlockTraffic": LEAVE,
    "BlockTraffic": LEAVE,
    "AfterBlockTraffic": LEAVE,
    "BeforeAllowTraffic": RETURN,
    "AllowTraffic": RETURN,
    "AfterAllowTraffic": RETURN,
}
"""What a lifecycle event is for; those that are not named install the revision."""

PHASE_COLORS: Final = {LEAVE: "#9aa5b5", INSTALL: "#566273", RETURN: "#c3cad5"}


def phase(lifecycle_event: str) -> str:
    """``leave``, ``install`` or ``return``: what the lifecycle event does to the instance's place in traffic.

    >>> phase("BlockTraffic"), phase("Install")
    ('leave', 'install')
    """
    return PHASES.get(lifecycle_event, INSTALL)


def version_swatch(number: int) -> Swatch:
    """The look of the revision with this number (1, 2, …); after the last colour they begin again."""
    return VERSIONS[(number - 1) % len(VERSIONS)]
