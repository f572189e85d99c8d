"""The policy explorer: who may do what on which resource, and why, with policies that can be edited on trial.

Python decides, through ``rules.iam``; the browser asks and shows. Nothing that is tried here reaches an account.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Protocol

import anywidget
import ipywidgets
import traitlets

from labkit.rules.iam.decision import Decision, decide
from labkit.rules.iam.request import Policies, Request
from labkit.view.explorer import drawing
from labkit.view.explorer.documents import (
    Document,
    MalformedPolicyError,
    documents_of,
    may_be_tried,
    policies_in,
    trial,
)
from labkit.view.explorer.picture import Picture, picture
from labkit.view.explorer.question import Context, Question, UnreadableError, context_text, read_question
from labkit.view.explorer.words import LABELS
from labkit.view.words import Words, fill

HERE = Path(__file__).parent

SENT = (
    *("language", "title", "request", "who", "action", "resource", "context", "context_tip", "edit", "edit_of"),
    *("done", "document", "remove", "add", "add_layer", "as_it_is", "edited", "only_here"),
)
"""The words that the browser needs."""


class Account(Protocol):
    """What the explorer asks of an account; it only ever reads."""

    def principals(self) -> Sequence[tuple[str, str]]:
        """Who there is: ARN (or a service's name) and what people call them."""

    def actions(self) -> Sequence[str]:
        """Actions worth proposing."""

    def resources(self) -> Sequence[str]:
        """ARNs worth proposing."""

    def context(self, principal: str) -> Context:
        """The condition keys that every request of this principal brings along."""

    def policies(self, question: Question) -> Policies:
        """All policies that bear on the question."""

    def owner(self, resource: str) -> str:
        """The account that owns a resource."""

    def name_of(self, arn: str) -> str:
        """How people call what has this ARN."""


class PolicyExplorer(anywidget.AnyWidget):
    """``asked``: who, action, resource and context as texts. ``edits``: texts by document id; ``trials``: layers.

    ``shown``: what came of it. The browser sets the first three, Python the last. Each may be set from a notebook too.
    """

    _esm = HERE / "explorer.js"
    _css = HERE / "explorer.css"
    _made: ClassVar[Counter[str]] = Counter()

    offered = traitlets.Dict().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)
    edits = traitlets.Dict().tag(sync=True)
    trials: traitlets.List[Any] = traitlets.List().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, account: Account, question: Question, words: Words = LABELS) -> None:
        self._account = account
        self._all_words = words
        self._valid: dict[str, Document] = {}
        self._own_context = context_text(account.context(question.who))
        asked = {
            "who": question.who,
            "action": question.action,
            "resource": question.resource,
            "context": context_text(question.context) or self._own_context,
        }
        offered = {
            "who": [[label, arn] for arn, label in _offered(account, question.who)],
            "actions": list(account.actions()),
            "resources": list(account.resources()),
        }
        name = _name([asked, offered], self._made)
        super().__init__(
            offered=offered,
            asked=asked,
            words={key: words[key] for key in SENT},
            model_id=name,
            layout=ipywidgets.Layout(model_id=_derived(name, "layout")),
        )
        self._answer()
        self.observe(self._changed, names=["asked", "edits", "trials"])

    @property
    def decision(self) -> Decision:
        """IAM's answer to what is asked now."""
        return self._decision

    def _changed(self, change: Mapping[str, Any]) -> None:
        if change["name"] == "asked" and change["new"]["who"] != (change["old"] or {}).get("who"):
            self._follow(change["new"])
        self._answer()

    def _follow(self, asked: Mapping[str, Any]) -> None:
        """Somebody else brings another context, unless the context was written by hand."""
        before, self._own_context = self._own_context, context_text(self._account.context(asked["who"]))
        if asked["context"] == before:
            with self.hold_trait_notifications():
                self.asked = {**asked, "context": self._own_context}

    def _answer(self) -> None:
        try:
            question = read_question(self.asked, self._all_words)
        except UnreadableError as error:
            self.shown = {**self.shown, "problem": str(error)}
            return
        documents, errors = self._documents(question)
        request = Request(
            question.who, question.action, question.resource, self._account.owner(question.resource), question.context
        )
        self._question = question
        self._decision = decide(request, policies_in(documents))
        self._picture = picture(self._decision, documents, self._account.name_of, self._all_words)
        self.shown = self._sent(self._picture, documents, errors)

    def _documents(self, question: Question) -> tuple[list[Document], dict[str, str]]:
        """The documents as edited, and what AWS says against those that are none at the moment."""
        documents = documents_of(self._account.policies(question), question)
        for number, layer in enumerate(self.trials, start=1):
            documents.append(trial(layer, fill(self._all_words, "trial", {"number": str(number)}), question))
        self._valid = {key: document for key, document in self._valid.items() if key in self.edits}
        errors: dict[str, str] = {}
        return [self._edited(document, errors) for document in documents], errors

    def _edited(self, document: Document, errors: dict[str, str]) -> Document:
        text = self.edits.get(document.id)
        if text is None:
            return document
        try:
            self._valid[document.id] = document.with_text(text)
        except MalformedPolicyError as error:
            errors[document.id] = fill(self._all_words, "malformed", {"message": str(error)})
        return self._valid.get(document.id, document)

    def _sent(self, drawn: Picture, documents: Sequence[Document], errors: Mapping[str, str]) -> dict[str, Any]:
        titles = {step.layer: step.title for step in drawn.steps}
        return {
            "problem": "",
            "answer": drawn.answer,
            "verdict_html": drawing.verdict(drawn),
            "path_html": drawing.path(drawn, self._all_words),
            "may_try": [[titles[layer], layer] for layer in may_be_tried(documents)],
            "documents": [
                {
                    "id": view.document.id,
                    "layer": view.document.layer,
                    "kind": titles[view.document.layer],
                    "title": view.title,
                    "text": self.edits.get(view.document.id, view.document.text),
                    "html": drawing.statements(view, self._all_words),
                    "error": errors.get(view.document.id, ""),
                    "trial": view.document.trial,
                    "edited": view.document.edited,
                }
                for view in drawn.documents
            ],
        }

    def _sentence(self) -> str:
        gaps = {"action": self._question.action, "resource": self._question.resource}
        return fill(self._all_words, "still", {"who": self._account.name_of(self._question.who), **gaps})

    def still(self) -> str:
        """The picture as HTML that needs no script: for print, GitHub and nbviewer."""
        return drawing.still(self._picture, self._sentence(), self._all_words)

    def __repr__(self) -> str:
        return drawing.text(self._picture, self._sentence(), self._all_words)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": repr(self), "text/html": self.still()}, metadata


def _offered(account: Account, who: str) -> list[tuple[str, str]]:
    """Everybody of the account, and who is asked about: that may be somebody of another account."""
    known = list(account.principals())
    return known if who in dict(known) else [*known, (who, account.name_of(who))]


def _name(content: Any, made: Counter[str]) -> str:
    """An id for this widget: the same for the same question to the same account, and each further one its own."""
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    made[digest] += 1
    return _derived(digest, str(made[digest]))


def _derived(*parts: str) -> str:
    return sha256("/".join(parts).encode()).hexdigest()[:32]
