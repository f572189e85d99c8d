"""A panel of sliders and menus above one sentence, as a widget.

ipywidgets' own sliders have no name for somebody who listens to the page; these are the browser's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

import anywidget
import traitlets

from labkit.view.words import Words

HERE = Path(__file__).parent


class Field(TypedDict):
    """One control. ``kind``: range (a slider with ``min``, ``max`` and ``step``) or menu (``options``: text, value).

    ``group``: the heading under which it stands; ``tip``: what it does, in a sentence.
    """

    name: str
    group: str
    kind: Literal["range", "menu"]
    label: str
    tip: str
    disabled: bool
    min: int
    max: int
    step: int
    options: list[list[str]]


class Panel(anywidget.AnyWidget):
    """``fields``: the controls, as ``Field``; their names and kinds stay. ``values``: what each of them says, by name.

    ``outcome``: the sentence below. The browser sets ``values``, and sends ``{"kind": "reset"}`` for the button.
    """

    _esm = HERE / "panel.js"
    _css = HERE / "panel.css"

    fields: traitlets.List[Field] = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    outcome = traitlets.Unicode().tag(sync=True)
    reset_label = traitlets.Unicode().tag(sync=True)
    reset_tip = traitlets.Unicode().tag(sync=True)


def slider(name: str, words: Words, group: str, low: int, high: int) -> Field:
    """A slider; its texts are ``name`` and ``name_tip`` of the words, its heading is ``group``."""
    return {**_field(name, words, group), "kind": "range", "min": low, "max": high}


def menu(name: str, words: Words, group: str, options: Sequence[tuple[str, str]]) -> Field:
    """A menu of (text, value)."""
    return {**_field(name, words, group), "options": [list(option) for option in options]}


def _field(name: str, words: Words, group: str) -> Field:
    return {
        "name": name,
        "group": words[group],
        "kind": "menu",
        "label": words[name],
        "tip": words[f"{name}_tip"],
        "disabled": False,
        "min": 0,
        "max": 0,
        "step": 1,
        "options": [],
    }
