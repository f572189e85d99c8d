"""What is asked in the explorer: who, what, on which resource, with which context; and what a person typed for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.view.words import Words, fill

Context = Mapping[str, tuple[str, ...]]
ACTION_PARTS = 2


class UnreadableError(ValueError):
    """A line that cannot be read; the text says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Question:
    """``who``: a principal as ``rules.iam.Request`` has it. ``context``: its condition keys, each with its values."""

    who: str
    action: str
    resource: str
    context: Context = field(default_factory=dict)

    @property
    def about_trust(self) -> bool:
        """Whether the resource is a role that somebody wants to be: then its own policy is its trust policy."""
        return self.action.lower().startswith("sts:assumerole")


def read_question(typed: Mapping[str, Any], words: Words) -> Question:
    """The question in what the browser sends: texts by field, the context one key a line.

    Raises ``UnreadableError`` if the action or a line of the context is no such thing.
    """
    action = str(typed["action"]).strip()
    parts = action.split(":")
    if len(parts) != ACTION_PARTS or not all(parts) or "*" in action or " " in action:
        raise UnreadableError(fill(words, "action_wrong", {"action": action}))
    return Question(
        who=str(typed["who"]),
        action=action,
        resource=str(typed["resource"]).strip() or "*",
        context=_context(str(typed["context"]), words),
    )


def context_text(context: Context) -> str:
    """The context as a person types it.

    >>> context_text({"aws:SourceIp": ("10.0.0.7",)})
    'aws:SourceIp = 10.0.0.7'
    """
    return "\n".join(f"{key} = {', '.join(values)}" for key, values in context.items())


def _context(text: str, words: Words) -> Context:
    context: dict[str, tuple[str, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, values = (part.strip() for part in line.partition("="))
        if not (key and equals):
            raise UnreadableError(fill(words, "context_wrong", {"line": line}))
        context[key] = tuple(value.strip() for value in values.split(","))
    return context
