"""The policies that bear on a question as documents that can be edited, and the way back.

Nothing here touches an account: a document is a text and a place in the decision.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from labkit.rules.iam.considering import Layer
from labkit.rules.iam.grammar import Kind, check_storable
from labkit.rules.iam.policy import MalformedPolicyError, Policy
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import ControlLevel, NamedPolicy, Policies
from labkit.view.explorer.question import Question

ORDER: tuple[Layer, ...] = ("scp", "resource", "identity", "boundary", "session")
"""The path of a decision: IAM User Guide, "Policy evaluation logic" (explicit denials come before all of it)."""

SINGLE: frozenset[Layer] = frozenset({"resource", "boundary", "session"})
"""Of these there is none or one."""

TRIAL_LEVEL = "r-root"
"""The level of the organization at which a service control policy is tried where there is no organization."""


@dataclass(frozen=True, slots=True)
class Document:
    """One policy as it is shown. ``id``: where it stands, the same in every answer; ``target``: of an SCP its level.

    ``trial``: it is in no account, somebody is trying it. ``edited``: its text is not the account's.
    """

    id: str
    layer: Layer
    source: NamedPolicy
    kind: Kind
    target: str | None = None
    trial: bool = False
    edited: bool = False

    @property
    def text(self) -> str:
        """Its JSON, to be read and edited."""
        return json.dumps(self.source.policy.document, indent=2, ensure_ascii=False)

    def with_text(self, text: str) -> "Document":
        """The same place with another text. Raises ``MalformedPolicyError`` with AWS's words."""
        policy = read(text, self.kind)
        edited = self.edited or policy.document != self.source.policy.document
        return replace(self, source=replace(self.source, policy=policy), edited=edited)


def read(text: str, kind: Kind) -> Policy:
    """The policy in ``text``, as IAM would keep it: with the demands it makes only of what it stores.

    Raises ``MalformedPolicyError`` with AWS's words.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        return read_policy(text, kind)  # which says what AWS says
    if kind != "resource":
        check_storable(document, kind)
    return read_policy(text, kind)


def documents_of(policies: Policies, question: Question) -> list[Document]:
    """The policies in the order of the path."""
    trust: Kind = "trust" if question.about_trust else "resource"
    placed: dict[Layer, list[tuple[NamedPolicy, str | None]]] = {
        "scp": [(policy, level.target) for level in policies.service_control for policy in level.policies],
        "resource": [(policies.resource, None)] if policies.resource else [],
        "identity": [(policy, None) for policy in policies.identity],
        "boundary": [(policy, None) for policy in policies.boundaries],
        "session": [(policy, None) for policy in policies.sessions],
    }
    return [
        Document(_id(layer, source, target), layer, source, _kind(layer, trust), target)
        for layer in ORDER
        for source, target in placed[layer]
    ]


def policies_in(documents: Sequence[Document]) -> Policies:
    """What is decided with."""

    def of(layer: Layer) -> tuple[NamedPolicy, ...]:
        return tuple(document.source for document in documents if document.layer == layer)

    return Policies(
        identity=of("identity"),
        resource=next(iter(of("resource")), None),
        boundaries=of("boundary"),
        sessions=of("session"),
        service_control=tuple(_levels(documents)),
    )


def trial(layer: Layer, name: str, question: Question) -> Document:
    """A policy to try: one that would grant grants what is asked, one that would limit limits to the service."""
    kind = _kind(layer, "trust" if question.about_trust else "resource")
    service = question.action.partition(":")[0]
    statement = {"Effect": "Allow", "Action": f"{service}:*", "Resource": "*"}
    if layer in ("identity", "resource"):
        statement |= {"Action": question.action, "Resource": question.resource}
    document: dict[str, object] = {"Version": "2012-10-17", "Statement": [statement]}
    if layer == "resource":
        who = {"AWS" if question.who.startswith("arn:") else "Service": question.who}
        granted = {key: value for key, value in statement.items() if kind == "resource" or key != "Resource"}
        document["Statement"] = [{"Principal": who, **granted}]
    source = NamedPolicy(name, read_policy(document, kind), inline=True)
    return Document(f"trial|{layer}", layer, source, kind, TRIAL_LEVEL if layer == "scp" else None, trial=True)


def may_be_tried(documents: Iterable[Document]) -> list[Layer]:
    """The layers that can take one more policy; one trial each."""
    there = list(documents)
    full = {one.layer for one in there if one.layer in SINGLE or one.trial}
    return [layer for layer in ORDER if layer not in full]


def is_layer(text: object) -> bool:
    """Whether ``text`` names a layer."""
    return text in get_args(Layer)


def _levels(documents: Sequence[Document]) -> Iterator[ControlLevel]:
    targets = dict.fromkeys(document.target for document in documents if document.layer == "scp")
    for target in targets:
        yield ControlLevel(
            target or TRIAL_LEVEL, tuple(one.source for one in documents if one.layer == "scp" and one.target == target)
        )


def _kind(layer: Layer, of_resource: Kind) -> Kind:
    return of_resource if layer == "resource" else layer


def _id(layer: Layer, source: NamedPolicy, target: str | None) -> str:
    return "|".join((layer, target or "", source.attached_to or "", source.name))


__all__ = [
    "ORDER",
    "Document",
    "MalformedPolicyError",
    "documents_of",
    "is_layer",
    "may_be_tried",
    "policies_in",
    "read",
    "trial",
]
