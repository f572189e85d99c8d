"""How long policies may be, white space not counted.

IAM User Guide, "IAM and AWS STS quotas": 6,144 characters for a managed policy, 2,048 for a trust policy, and for all
inline policies of a user, a group or a role together 2,048, 5,120 and 10,240. The refusals are AWS's words.
"""

from collections.abc import Iterable, Mapping

MANAGED = ("PolicySize", 6144)
TRUST = ("ACLSizePerRole", 2048)
"""The quota's name and how many characters it grants."""

INLINE: Mapping[str, int] = {"user": 2048, "group": 5120, "role": 10_240}


def size(document: str) -> int:
    """How many characters count.

    >>> size('{"Version": "2012-10-17"}')
    24
    """
    return len("".join(document.split()))


def beyond(document: str, quota: tuple[str, int]) -> str | None:
    """Why a managed or a trust policy is refused; None if it is short enough."""
    name, most = quota
    return f"Cannot exceed quota for {name}: {most}" if size(document) > most else None


def inline_beyond(documents: Iterable[str], kind: str, owner: str) -> str | None:
    """Why the inline policies of a user, a group or a role (``kind``) are refused together; None if they may stand."""
    if sum(map(size, documents)) <= INLINE[kind]:
        return None
    return f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind} {owner}"
