"""A decision as it is drawn: the answer, the path through the kinds of policy, each statement part by part.

The same picture becomes the widget, the still picture and the text, so they cannot disagree.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from labkit.rules.iam.considering import Considered, Layer, Mismatch, Part
from labkit.rules.iam.decision import NEEDS_RESOURCE_POLICY, Decision
from labkit.rules.iam.wildcards import glob, resource_glob
from labkit.view.explorer.documents import ORDER, Document
from labkit.view.words import Words, fill

LIMITS: tuple[Layer, ...] = ("scp", "boundary", "session")
MOST_VALUES = 5
"""Of a longer list so many are shown, those that fit first."""

State = Literal["allows", "denies", "silent", "none"]


@dataclass(frozen=True, slots=True)
class Row:
    """One part of a statement beside the request. ``has`` is empty if the request has nothing there."""

    part: str
    says: str
    has: str
    fits: bool


@dataclass(frozen=True, slots=True)
class StatementView:
    """One statement. ``decides``: it is why the answer is what it is."""

    title: str
    effect: str
    applies: bool
    decides: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One policy with its statements. ``title``: its name and whose it is."""

    document: Document
    title: str
    statements: tuple[StatementView, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of policy on the path. ``says``: its state in words; ``decides``: the path ends or is won here."""

    layer: Layer
    title: str
    state: State
    says: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it. ``answer`` as IAM names it; ``said``: the same in words; ``because``: the reason in one sentence."""

    answer: str
    said: str
    because: str
    steps: tuple[Step, ...]
    documents: tuple[DocumentView, ...]


def picture(decision: Decision, documents: Sequence[Document], name_of: Callable[[str], str], words: Words) -> Picture:
    """What to draw. ``name_of``: how people call what has this ARN."""
    layer = deciding_layer(decision)
    trust = is_trust(decision)
    return Picture(
        answer=decision.answer,
        said=words[decision.answer],
        because=_because(decision, layer, documents, name_of, words),
        steps=tuple(_step(decision, one, layer, words, trust=trust) for one in ORDER),
        documents=tuple(_documents(decision, documents, name_of, words)),
    )


def is_trust(decision: Decision) -> bool:
    """Whether the resource's policy is a role's trust policy."""
    return decision.request.action.lower() in NEEDS_RESOURCE_POLICY


def deciding_layer(decision: Decision) -> Layer:
    """Where the answer comes from: the statement that applies, else the first kind of policy that does not allow."""
    if decision.decisive:
        return _first(one.layer for one in decision.decisive if one.layer not in LIMITS or not decision.allowed)
    silent = [one for one in LIMITS if decision.layers.get(one, "allowed") != "allowed"]
    if silent:
        return silent[0]
    if decision.layers["identity"] != "allowed" and not (is_trust(decision) and _refused_by_resource(decision)):
        return "identity"
    return "resource"


def short(source_name: str) -> str:
    """How a policy is called: of an ARN, what stands after the last slash."""
    return source_name.rpartition("/")[2] if source_name.startswith("arn:") else source_name


def _refused_by_resource(decision: Decision) -> bool:
    return decision.layers.get("resource", "implicitDeny") != "allowed"


def _first(layers: Iterator[Layer]) -> Layer:
    found = set(layers)
    return next((layer for layer in ORDER if layer in found), "identity")


def _step(decision: Decision, layer: Layer, deciding: Layer, words: Words, *, trust: bool) -> Step:
    answer = decision.layers.get(layer)
    absent = not any(one.layer == layer for one in decision.considered)
    state: State = "none" if absent else "silent"
    if answer == "allowed" and not absent:
        state = "allows"
    elif answer == "explicitDeny":
        state = "denies"
    title = words["trust" if trust else "resource_policy"] if layer == "resource" else words[layer]
    return Step(layer, title, state, _says(decision, layer, state, words), layer == deciding)


def _says(decision: Decision, layer: Layer, state: State, words: Words) -> str:
    if state == "none":
        return words["no_limit"] if layer in LIMITS else words["none"]
    needed = layer in (*LIMITS, "identity") or not decision.same_account or is_trust(decision)
    return words["nothing_said"] if state == "silent" and not needed else words[state]


def _because(
    decision: Decision, layer: Layer, documents: Sequence[Document], name_of: Callable[[str], str], words: Words
) -> str:
    gaps = {"action": decision.request.action, "who": name_of(decision.request.principal)}
    if decision.answer == "implicitDeny":
        return fill(words, "because_trust" if layer == "resource" and is_trust(decision) else f"because_{layer}", gaps)
    deciding = next((one for one in decision.decisive if one.layer == layer), None)
    if deciding is None:
        return words["because_root"]
    document = next(one for one in documents if one.source is deciding.source)
    number = str(deciding.index + 1)
    statement = fill(words, "statement_of", {"number": number, "policy": title_of(document, name_of, words)})
    return fill(words, f"because_{decision.answer}", {**gaps, "statement": statement})


def title_of(document: Document, name_of: Callable[[str], str], words: Words) -> str:
    """A policy's name, and whose it is."""
    name = short(document.source.name)
    if document.target:
        return fill(words, "at_level", {"policy": name, "level": document.target})
    if document.source.attached_to:
        return fill(words, "of_holder", {"policy": name, "holder": name_of(document.source.attached_to)})
    return name


def _documents(
    decision: Decision, documents: Sequence[Document], name_of: Callable[[str], str], words: Words
) -> Iterator[DocumentView]:
    for document in documents:
        considered = [
            one
            for one in decision.considered
            if one.layer == document.layer and one.source is document.source and one.target == document.target
        ]
        statements = tuple(_statement(one, decision, words) for one in considered)
        yield DocumentView(document, title_of(document, name_of, words), statements)


def _statement(one: Considered, decision: Decision, words: Words) -> StatementView:
    key = "number_sid" if one.statement.sid else "number"
    return StatementView(
        title=fill(words, key, {"number": str(one.index + 1), "sid": one.statement.sid or ""}),
        effect=one.statement.effect,
        applies=one.matches,
        decides=one in decision.decisive,
        rows=tuple(_rows(one, decision, words)),
    )


def _rows(one: Considered, decision: Decision, words: Words) -> Iterator[Row]:
    request, statement = decision.request, one.statement
    misses = {(miss.part, miss.operator, miss.key): miss for miss in one.mismatches}

    def row(part: Part, element: str, texts: Sequence[str], has: str, fitting: Callable[[str], bool]) -> Row:
        miss = misses.get((part, None, None))
        ordered = sorted(texts, key=lambda text: not fitting(text))
        return Row(element, _values(ordered, miss, words), has, miss is None)

    if statement.principals:
        has = request.principal
        if one.grant:
            granted = {"principal": "by_name", "role": "by_role", "account": "by_account"}[one.grant]
            has = f"{request.principal} ({words[granted]})"
        yield row("principal", statement.principals.element, statement.principals.texts, has, lambda _text: False)
    actions = statement.actions
    yield row(
        *("action", actions.element, actions.texts, request.action),
        lambda text: glob(text.lower())(request.action.lower()),
    )
    if statement.resources:
        resources = statement.resources
        yield row(
            *("resource", resources.element, resources.texts, request.resource),
            lambda text: resource_glob(text)(request.resource),
        )
    given = {key.lower(): values for key, values in request.context.items()}
    for condition in statement.conditions:
        miss = misses.get(("condition", condition.operator, condition.key))
        values = given.get(condition.key.lower())
        has = words["no_such_key"] if values is None else values if isinstance(values, str) else ", ".join(values)
        part = f"{condition.operator} {condition.key}"
        yield Row(part, _values(condition.texts, miss, words), has, miss is None)


def _values(texts: Sequence[str], miss: Mismatch | None, words: Words) -> str:
    shown = list(texts[:MOST_VALUES])
    if miss and miss.resolved:
        filled = [words["no_value"] if text is None else text for text in miss.resolved[:MOST_VALUES]]
        shown = [old if old == new else f"{old} → {new}" for old, new in zip(miss.expected, filled, strict=False)]
    if len(texts) > MOST_VALUES:
        shown.append(fill(words, "more_values", {"count": str(len(texts) - MOST_VALUES)}))
    return f" {words['or']} ".join(shown)
