"""What ``lab.why`` gives back: an explanation that shows itself as text and as HTML."""

from dataclasses import dataclass, field

from labkit.explain import as_html, as_text
from labkit.explain.chain import Explanation, Link
from labkit.explain.sentence import Translate, untranslated


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """An explanation to read. In a terminal it is text, in a notebook a nested list with headings.

    ``explanation``: the whole chain as values, for checks and tests. ``translate``: into the language it is read in.
    """

    explanation: Explanation
    translate: Translate = field(default=untranslated, compare=False)

    @property
    def root_cause(self) -> Link:
        """The last link of the chain; its ``id`` is a stable name (``script-failing``)."""
        return self.explanation.root_cause

    @property
    def links(self) -> tuple[Link, ...]:
        """The chain from the symptom to the root cause."""
        return self.explanation.links

    @property
    def others(self) -> tuple["Answer", ...]:
        """What else is wrong."""
        return tuple(Answer(other, self.translate) for other in self.explanation.others)

    def __repr__(self) -> str:
        return as_text.text(self.explanation, self.translate)

    def _repr_html_(self) -> str:
        return as_html.html(self.explanation, self.translate)
