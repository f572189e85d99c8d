"""``Action``, ``NotAction``, ``Resource`` and ``NotResource``: lists of patterns, compiled.

Letters' case doesn't count in actions and does in ARNs. Variables are known in resources only, and there only in the
last field of the ARN ("Where you can use policy variables").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.rules.iam.variables import ContextValues, Piece, Template, fill_in, parse, template
from labkit.rules.iam.wildcards import ARN_FIELDS, Matcher, glob, resource_glob, resource_glob_pieces


@dataclass(frozen=True, slots=True)
class Patterns:
    """One of the four elements. ``element`` is its name, ``texts`` the patterns as they were written."""

    element: str
    texts: tuple[str, ...]
    negated: bool
    matchers: tuple[Matcher, ...] = field(repr=False, compare=False)
    templates: tuple[Template, ...] = field(repr=False, compare=False, default=())

    def match(self, value: str, context: ContextValues) -> bool:
        """Whether the element covers ``value`` (an action in lower case, or a resource)."""
        for matches in self.matchers:
            if matches(value):
                return not self.negated
        for one in self.templates:
            values = one.values(context)
            if values is not None and _filled_in(one.text, values)(value):
                return not self.negated
        return self.negated

    def resolved(self, context: ContextValues) -> tuple[str | None, ...] | None:
        """The patterns with variables filled in, None for one that can't be; None if there is no variable."""
        if not self.templates:
            return None
        special = {one.text: one for one in self.templates}
        return tuple(special[text].resolved(context) if text in special else text for text in self.texts)


def compile_actions(element: str, texts: Sequence[str]) -> Patterns:
    """The compiled ``Action`` or ``NotAction``."""
    return Patterns(element, tuple(texts), element == "NotAction", tuple(glob(text.lower()) for text in texts))


def compile_resources(element: str, texts: Sequence[str], *, variables: bool) -> Patterns:
    """The compiled ``Resource`` or ``NotResource``; ``variables``: whether the policy's version knows them."""
    matchers: list[Matcher] = []
    templates: list[Template] = []
    for text in texts:
        special = template(text) if variables else None
        if special is None:
            matchers.append(resource_glob(text))
        elif _in_last_field(special.pieces):
            templates.append(special)
        else:
            matchers.append(text.__eq__)
    return Patterns(element, tuple(texts), element == "NotResource", tuple(matchers), tuple(templates))


@lru_cache(maxsize=4096)
def _filled_in(text: str, values: tuple[str, ...]) -> Matcher:
    return resource_glob_pieces(fill_in(parse(text), values))


def _in_last_field(pieces: Sequence[Piece]) -> bool:
    """Whether the first variable stands after the fifth colon."""
    first = pieces[0]
    return isinstance(first, str) and first.count(":") >= ARN_FIELDS - 1
