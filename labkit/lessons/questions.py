"""Questions as a widget: radio buttons in a fieldset, with the same as plain text and as HTML without a script."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from labkit.lessons import markup
from labkit.lessons.lesson_text import Option, Question, fill

HERE = Path(__file__).parent

SENT = ("language", "kept", "no_answer_yet", "right", "not_right")
"""The words that the browser needs."""

Keep = Callable[[str, str], None]
"""Called with the ids of a question and of the option chosen."""


@dataclass(frozen=True, slots=True)
class Card:
    """A question as it is shown. ``chosen``: the id of the option taken before, if any."""

    question: Question
    chosen: str | None
    title: str

    @property
    def open(self) -> bool:
        """Whether nothing is said about right and wrong yet (a prediction: the run will answer it)."""
        return bool(self.question.because)


class Questions(anywidget.AnyWidget):
    """One or more questions. ``chosen``: option ids by question id, kept as they are chosen.

    The same questions get the same widget ids in every run, so a notebook's outputs repeat.
    """

    _esm = HERE / "js" / "questions.js"
    _css = HERE / "questions.css"
    _made: ClassVar[Counter[str]] = Counter()

    cards: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)

    def __init__(self, cards: Sequence[Card], words: Mapping[str, str], keep: Keep, *, how: str) -> None:
        self._asked = tuple(cards)
        self._all_words = words
        self._how = how
        sent = [_sent(card) for card in cards]
        name = _name(sent, self._made)
        super().__init__(
            cards=sent,
            words={key: words[key] for key in SENT},
            chosen={card.question.id: card.chosen for card in cards if card.chosen},
            model_id=name,
            layout=ipywidgets.Layout(model_id=_derived(name, "layout")),
        )
        self._keep = keep
        self.observe(self._choose, names="chosen")

    def _choose(self, change: Any) -> None:
        known = {card.question.id: card.question for card in self._asked}
        for question_id, option_id in change["new"].items():
            if question_id in known:
                self._keep(question_id, known[question_id].option(option_id).id)

    def __repr__(self) -> str:
        return "\n\n".join(self._text(card) for card in self._asked)

    def html(self) -> str:
        """The questions without a script; answers and their reasons open on request."""
        return f'<div class="labkit-questions">{"".join(self._html(card) for card in self._asked)}</div>'

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": repr(self), "text/html": self.html()}, metadata

    def _option(self, card: Card) -> Option | None:
        chosen = self.chosen.get(card.question.id)
        return card.question.option(chosen) if chosen else None

    def _text(self, card: Card) -> str:
        lines = [f"{card.title}: {markup.plain(card.question.text)}"]
        lines += [f"  ({option.letter}) {markup.plain(option.text)}" for option in card.question.options]
        return "\n".join([*lines, self._reply(card)])

    def _reply(self, card: Card) -> str:
        option = self._option(card)
        if option is None:
            return fill(self._all_words[self._how], {"id": card.question.id})
        if card.open:
            return fill(self._all_words["kept"], {"letter": option.letter})
        return f"({option.letter}) {self._all_words[_word(option)]}. {markup.plain(option.reason)}"

    def _html(self, card: Card) -> str:
        options = "".join(f"<li>{markup.inline_html(option.text)}</li>" for option in card.question.options)
        title = f"<p><strong>{markup.inline_html(card.title)}</strong></p>"
        asked = f'{title}{markup.html(card.question.text)}<ol style="list-style:lower-alpha">{options}</ol>'
        return f'<div lang="{self._all_words["language"]}">{asked}{"" if card.open else self._answers(card)}</div>'

    def _answers(self, card: Card) -> str:
        rows = "".join(
            f"<li><strong>{self._all_words[_word(option)]}.</strong> {markup.inline_html(option.reason)}</li>"
            for option in card.question.options
        )
        summary = f"<summary>{self._all_words['answers']}</summary>"
        return f'<details>{summary}<ol style="list-style:lower-alpha">{rows}</ol></details>'


def _word(option: Option) -> str:
    return "right" if option.right else "not_right"


def _sent(card: Card) -> dict[str, Any]:
    question = card.question
    return {
        "id": question.id,
        "title": markup.inline_html(card.title),
        "html": markup.html(question.text),
        "open": card.open,
        "options": [
            {
                "id": option.id,
                "letter": option.letter,
                "html": markup.inline_html(option.text),
                "right": option.right,
                "reason_html": markup.inline_html(option.reason),
            }
            for option in question.options
        ],
    }


def _name(cards: list[dict[str, Any]], made: Counter[str]) -> str:
    """An id for this widget: the same for the same questions, and each further one of them its own."""
    content = sha256(dumps(cards, sort_keys=True).encode()).hexdigest()
    made[content] += 1
    return _derived(content, str(made[content]))


def _derived(*parts: str) -> str:
    return sha256("/".join(parts).encode()).hexdigest()[:32]
