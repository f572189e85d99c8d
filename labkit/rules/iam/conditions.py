"""The ``Condition`` element: which keys are tested, with which operator, and whether a request satisfies it.

IAM User Guide, "IAM JSON policy elements: Condition", "Conditions with multiple context keys or values" and
"Set operators for multivalued context keys".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.rules.iam.operators import OPERATORS, compile_pieces
from labkit.rules.iam.variables import ContextValues, Template, fill_in, parse, template
from labkit.rules.iam.wildcards import Matcher

FOR_ALL = "ForAllValues:"
FOR_ANY = "ForAnyValue:"
IF_EXISTS = "IfExists"
NULL = "Null"


def base_of(operator: str) -> str:
    """The operator without its set prefix and ``IfExists``.

    >>> base_of("ForAnyValue:StringLikeIfExists")
    'StringLike'
    """
    return operator.removeprefix(FOR_ALL).removeprefix(FOR_ANY).removesuffix(IF_EXISTS)


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator. ``operator``, ``key`` and the values (``texts``) as they were written.

    Compiled: ``base`` is the operator's plain name, ``matchers`` compare a value at once, ``templates`` after variables
    are filled in. ``missing``: the outcome when the request lacks the key.
    """

    operator: str
    key: str
    texts: tuple[str, ...]
    lower_key: str = field(repr=False, compare=False)
    base: str = field(repr=False, compare=False)
    matchers: tuple[Matcher, ...] = field(repr=False, compare=False)
    templates: tuple[Template, ...] = field(repr=False, compare=False)
    negated: bool = field(repr=False, compare=False)
    for_all: bool = field(repr=False, compare=False)
    for_any: bool = field(repr=False, compare=False)
    missing: bool = field(repr=False, compare=False)

    def holds(self, context: ContextValues) -> bool:
        """Whether the request satisfies it.

        Without a set operator one matching value suffices, for a negated operator none may match. An empty text counts
        as no value for the set operators only.
        """
        values = context.get(self.lower_key)
        if not values:
            return self.missing
        if self.for_all:
            return all(value == "" or self._matches(value, context) is not self.negated for value in values)
        if self.for_any:
            return any(value != "" and self._matches(value, context) is not self.negated for value in values)
        for value in values:
            if self._matches(value, context):
                return not self.negated
        return self.negated

    def resolved(self, context: ContextValues) -> tuple[str | None, ...] | None:
        """The values with variables filled in, None for one that can't be; None if there is no variable."""
        if not self.templates:
            return None
        special = {one.text: one for one in self.templates}
        return tuple(special[text].resolved(context) if text in special else text for text in self.texts)

    def _matches(self, value: str, context: ContextValues) -> bool:
        for matches in self.matchers:
            if matches(value):
                return True
        for one in self.templates:
            values = one.values(context)
            if values is not None and _filled_in(self.base, one.text, values)(value):
                return True
        return False


def compile_conditions(block: Mapping[str, Mapping[str, object]], *, variables: bool) -> tuple[Condition, ...]:
    """The conditions of a valid ``Condition`` element; ``variables``: whether the policy's version knows them."""
    return tuple(
        _condition(operator, key, texts_of(value), variables=variables)
        for operator, keys in block.items()
        for key, value in keys.items()
    )


def texts_of(value: object) -> tuple[str, ...]:
    """A condition's values as texts: quotation marks are optional for numbers and booleans.

    >>> texts_of([True, "x", 5])
    ('true', 'x', '5')
    """
    values: Sequence[object] = value if isinstance(value, list) else [value]
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)


def _condition(operator: str, key: str, texts: tuple[str, ...], *, variables: bool) -> Condition:
    base = base_of(operator)
    rule = OPERATORS[base]
    templates = {text: template(text) if variables and rule.variables else None for text in texts}
    return Condition(
        operator,
        key,
        texts,
        key.lower(),
        base,
        tuple(rule.compile(text) for text in texts if templates[text] is None),
        tuple(one for one in templates.values() if one is not None),
        negated=rule.negated,
        for_all=operator.startswith(FOR_ALL),
        for_any=operator.startswith(FOR_ANY),
        missing=_when_missing(operator, texts),
    )


def _when_missing(operator: str, texts: Sequence[str]) -> bool:
    """Whether the condition is met when the request lacks the key."""
    if base_of(operator) == NULL:
        return any(text.lower() == "true" for text in texts)
    if operator.startswith(FOR_ALL) or operator.endswith(IF_EXISTS):
        return True
    return OPERATORS[base_of(operator)].negated and not operator.startswith(FOR_ANY)


@lru_cache(maxsize=4096)
def _filled_in(base: str, text: str, values: tuple[str, ...]) -> Matcher:
    return compile_pieces(OPERATORS[base], fill_in(parse(text), values))
