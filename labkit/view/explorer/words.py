"""The policy explorer's labels and sentences, in one table like ``words.ENGLISH``, filled in the same way."""

from collections.abc import Iterator
from typing import Final

from labkit.view.words import Words

LABELS: Final[Words] = {
    "language": "en",
    "title": "Policy explorer",
    # What is asked.
    "request": "The request",
    "who": "Who",
    "action": "Action",
    "resource": "Resource",
    "context": "Context",
    "context_tip": "One key a line, such as aws:SourceIp = 10.0.0.7; several values with commas between them.",
    "context_wrong": "Expected “key = value” in each line of the context, found “{line}”; "
    "write aws:SourceIp = 10.0.0.7.",
    "action_wrong": "Expected an action such as s3:GetObject, found “{action}”.",
    # The answer.
    "allowed": "Allowed",
    "explicitDeny": "Denied (explicit deny)",
    "implicitDeny": "Denied (implicit deny)",
    "because_allowed": "{statement} allows {action}, and nothing denies it.",
    "because_root": "The account's root user needs no policy, and nothing denies it.",
    "because_explicitDeny": "{statement} denies {action}, and an explicit deny outweighs every allow.",
    "because_scp": "A service control policy limits the whole account, and at one level none allows {action}.",
    "because_boundary": "The permissions boundary limits what other policies may grant; it does not allow {action}.",
    "because_session": "The session policy limits what the session may use, and it does not allow {action}.",
    "because_identity": "No identity-based policy of {who} allows {action} on this resource.",
    "because_resource": "The resource's own policy does not allow {action} to {who}.",
    "because_trust": "The role's trust policy does not let {who} assume it.",
    "statement_of": "Statement {number} of {policy}",
    # The path.
    "path": "The path of the decision",
    "scp": "Service control policies",
    "resource_policy": "Resource-based policy",
    "trust": "Trust policy",
    "identity": "Identity-based policies",
    "boundary": "Permissions boundary",
    "session": "Session policy",
    "allows": "allows",
    "denies": "denies",
    "silent": "does not allow",
    "nothing_said": "says nothing",
    "no_limit": "none: no limit",
    "none": "none",
    "decides": "decides",
    # The policies.
    "of_holder": "{policy}, of {holder}",
    "at_level": "{policy}, at {level}",
    "number": "Statement {number}",
    "number_sid": "Statement {number} ({sid})",
    "applies": "applies",
    "applies_not": "does not apply",
    "part": "Part",
    "statement_says": "The statement says",
    "request_has": "The request has",
    "fits": "Fits",
    "yes": "yes",
    "no": "no",
    "or": "or",
    "no_such_key": "no such key",
    "no_value": "no value for the variable",
    "more_values": "{count} more",
    "by_name": "by its name, or as everybody",
    "by_role": "through its role",
    "by_account": "through its account",
    # Editing.
    "edit": "Edit",
    "edit_of": "Edit {policy}",
    "done": "Done",
    "document": "Document of {policy}",
    "remove": "Remove",
    "add": "Try one more policy",
    "add_layer": "Kind of policy",
    "as_it_is": "As it is in the account",
    "trial": "trial policy {number}",
    "edited": "edited here",
    "malformed": "AWS would answer MalformedPolicyDocument: {message} Until it is mended, the last valid text decides.",
    "only_here": "What you change here is tried in this picture only; your account stays as it is.",
    "kind_user": "user {name}",
    "kind_group": "group {name}",
    "kind_role": "role {name}",
    "kind_service": "service {name}",
    "still": "{who} asks for {action} on {resource}.",
}


def strings() -> Iterator[str]:
    """All of them, to be translated."""
    return (sentence for key, sentence in LABELS.items() if key != "language")
