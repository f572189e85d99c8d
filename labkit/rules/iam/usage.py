"""Least privilege from evidence: what somebody was allowed and refused, beside what their policies grant.

IAM User Guide, "Refine permissions in AWS using last accessed information" and "IAM Access Analyzer policy generation"
do the same on AWS from CloudTrail's record. Here every decision is on record, so no permission is guessed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.rules.iam.request import NamedPolicy
from labkit.rules.iam.wildcards import glob

VERSION = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Use:
    """One decision of IAM's about somebody: ``action`` (``s3:GetObject``) on ``resource`` (an ARN, or ``*``)."""

    action: str
    resource: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class ServiceUsage:
    """One service's part. ``used`` and ``denied``: how often, by action; ``unused``: what policies grant for nothing.

    What is unused is told as the policies have it, wildcards included.
    """

    service: str
    used: Mapping[str, int]
    unused: tuple[str, ...]
    denied: Mapping[str, int]


def usage(uses: Iterable[Use], policies: Sequence[NamedPolicy]) -> list[ServiceUsage]:
    """The services that were used, refused or granted, in the order of their names."""
    decided = list(uses)
    used = Counter(one.action for one in decided if one.allowed)
    denied = Counter(one.action for one in decided if not one.allowed)
    unused = [pattern for pattern in granted(policies) if not _is_used(pattern, used)]
    services = sorted({service_of(action) for action in (*used, *denied, *unused)})
    return [
        ServiceUsage(
            service,
            _of(service, used),
            tuple(pattern for pattern in unused if service_of(pattern) == service),
            _of(service, denied),
        )
        for service in services
    ]


def granted(policies: Sequence[NamedPolicy]) -> list[str]:
    """The actions, as written, of all statements that allow; of ``NotAction`` nothing can be listed."""
    texts = (
        text
        for source in policies
        for statement in source.policy.statements
        if statement.effect == "Allow" and not statement.actions.negated
        for text in statement.actions.texts
    )
    return sorted(dict.fromkeys(texts))


def minimal_policy(uses: Iterable[Use]) -> dict[str, Any]:
    """A policy document that allows what was used and nothing else; ``{}`` if nothing was.

    Actions with the same resources stand in one statement, so that no action gets a resource it did not need.

    >>> minimal_policy([Use("s3:GetObject", "arn:aws:s3:::b/k", True)])["Statement"][0]["Resource"]
    'arn:aws:s3:::b/k'
    """
    resources: dict[str, set[str]] = {}
    for use in uses:
        if use.allowed:
            resources.setdefault(use.action, set()).add(use.resource)
    statements = list(_statements(resources))
    return {"Version": VERSION, "Statement": statements} if statements else {}


def service_of(action: str) -> str:
    """What stands before the colon.

    >>> service_of("s3:Get*")
    's3'
    """
    return action.partition(":")[0].lower()


def _statements(resources: Mapping[str, set[str]]) -> Iterator[dict[str, Any]]:
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for action in sorted(resources):
        where = ("*",) if "*" in resources[action] else tuple(sorted(resources[action]))
        together.setdefault((service_of(action), where), []).append(action)
    for (_, where), actions in sorted(together.items()):
        yield {"Effect": "Allow", "Action": _one_or_all(actions), "Resource": _one_or_all(where)}


def _one_or_all(texts: Sequence[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)


def _is_used(pattern: str, used: Iterable[str]) -> bool:
    matches = glob(pattern.lower())
    return any(matches(action.lower()) for action in used)


def _of(service: str, counted: Mapping[str, int]) -> dict[str, int]:
    return {action: count for action, count in sorted(counted.items()) if service_of(action) == service}
