"""The lab's account as the policy explorer and ``permissions_used`` see it: who there is, what they hold.

Looking changes nothing: it calls no API, and so leaves nothing in the history.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from labkit.aws.account import ACCOUNT_ID
from labkit.aws.principal_policies import BUCKET, PrincipalPolicies
from labkit.aws.seal import REGION
from labkit.lessons.catalogue import spoken, translation
from labkit.rules.iam.caller import ACCOUNT_ID_DIGITS, Caller, caller_of
from labkit.rules.iam.decision import Decision, decide
from labkit.rules.iam.request import Policies, Request
from labkit.rules.iam.usage import Use
from labkit.simulation.clock import LAB_START
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.view.explorer import PolicyExplorer
from labkit.view.explorer.question import Context, Question
from labkit.view.explorer.words import LABELS
from labkit.view.permissions_used import LABELS as USED_LABELS
from labkit.view.permissions_used import PermissionsUsed
from labkit.view.words import Words, fill
from labkit.world.events import AccessDecided

SERVICES = ("ec2.amazonaws.com", "codedeploy.amazonaws.com")
SESSION = "lab"
"""How the explorer calls a session of a role."""

ACTIONS = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "sts:AssumeRole", "iam:PassRole"),
    *("ec2:RunInstances", "ec2:DescribeInstances", "ec2:TerminateInstances"),
    *("codedeploy:CreateDeployment", "autoscaling:CompleteLifecycleAction"),
    *("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"),
)
"""Proposed first: those that the lessons meet."""
MOST_KEYS = 20
Given = Mapping[str, str | Sequence[str]] | None
"""Condition keys of a request, each with one value or several."""
NEWCOMER = "somebody-new"


class LabAccount:
    """``view.explorer.Account`` of an open lab."""

    def __init__(self, words: Words = LABELS) -> None:
        self._words = words
        self._policies = PrincipalPolicies(ACCOUNT_ID)

    def principals(self) -> Sequence[tuple[str, str]]:
        """Users, roles (each as a session of it), and the services that roles trust."""
        return [(arn, self.name_of(arn)) for arn in self._who()]

    def actions(self) -> Sequence[str]:
        """Actions worth proposing."""
        return ACTIONS

    def resources(self) -> Sequence[str]:
        """Buckets, what is in them, and roles."""
        return list(self._what())

    def context(self, principal: str) -> Context:
        """What every request of this principal brings along.

        IAM User Guide, "AWS global condition context keys": aws:username is a user's alone.
        """
        caller = caller_of(principal)
        if caller.account is None:
            return {}
        holder = self._policies.holder(principal)
        context = {"aws:PrincipalArn": (holder.arn if holder else principal,)}
        if caller.kind == "user":
            context["aws:username"] = (caller.name,)
        return {**context, "aws:PrincipalAccount": (caller.account,), "aws:RequestedRegion": (REGION,)}

    def policies(self, question: Question) -> Policies:
        """All policies that bear on the question."""
        return self._policies.of(question.who, question.action, question.resource)

    def owner(self, resource: str) -> str:
        """The account in an ARN; what names none (a bucket) belongs to the lab's account."""
        account = resource.split(":")[4] if resource.count(":") >= 5 else ""  # noqa: PLR2004 -- the fields of an ARN
        return account if len(account) == ACCOUNT_ID_DIGITS else ACCOUNT_ID

    def name_of(self, arn: str) -> str:
        """How people call it: the kind and the name."""
        caller = caller_of(arn)
        key = f"kind_{'role' if caller.kind == 'session' else caller.kind}"
        if key not in self._words or (caller.kind == "service" and arn.startswith("arn:")):
            return arn
        return fill(self._words, key, {"name": caller.name})

    def principal(self, who: str) -> str:
        """The principal called ``who``: an ARN, a service, or the name of a user or a role.

        Raises ``MisuseError`` if the lab has none of that name.
        """
        known = {caller_of(arn).name: arn for arn, _ in reversed(self.principals())}
        if who.startswith("arn:"):
            holder = self._policies.holder(who)
            return known[holder.name] if holder is not None and caller_of(who).kind == "role" else who
        if who not in known:
            message = f"Expected the name or ARN of a user, a role or a service, found {who!r}; there are: "
            raise MisuseError(f"{message}{', '.join(known)}.")
        return known[who]

    def held(self, who: str) -> Policies:
        """The policies that the principal holds itself."""
        return self._policies.of(self.principal(who), "", "")

    def decision(self, who: str, action: str, resource: str) -> Decision:
        """IAM's answer to somebody (as ``principal`` takes it) with what every request of theirs brings along."""
        principal = self.principal(who)
        question = Question(principal, action, resource, self.context(principal))
        request = Request(principal, action, resource, self.owner(resource), question.context)
        return decide(request, self.policies(question))

    def users(self) -> list[str]:
        """The names of all users."""
        return [user.name for user in self._policies.users()]

    def role_arn(self, name: str) -> str | None:
        """The ARN of the role of this name, None if there is none."""
        return next((role.arn for role in self._policies.roles() if role.name == name), None)

    def newcomer(self, group: str, action: str, resource: str) -> Decision:
        """IAM's answer to a user who holds nothing but belongs to the group of this name."""
        arn = f"arn:aws:iam::{ACCOUNT_ID}:user/{NEWCOMER}"
        policies = replace(self._policies.of(arn, action, resource), identity=self._policies.of_group(group))
        return decide(Request(arn, action, resource, self.owner(resource), self.context(arn)), policies)

    def _who(self) -> Iterator[str]:
        for user in self._policies.users():
            yield user.arn
        for role in self._policies.roles():
            yield f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role.name}/{SESSION}"
        yield from SERVICES

    def _what(self) -> Iterator[str]:
        for name, keys in self._policies.buckets().items():
            yield BUCKET + name
            yield from (f"{BUCKET}{name}/{key}" for key in keys[:MOST_KEYS])
        for role in self._policies.roles():
            yield role.arn


def explorer(who: str | None, action: str, resource: str, context: Given) -> PolicyExplorer:
    """The open lab's explorer, in the language that lessons speak. Raises ``MisuseError`` on an unknown ``who``."""
    words = _translated(LABELS)
    account = LabAccount(words)
    principal = account.principals()[0][0] if who is None else account.principal(who)
    more = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in (context or {}).items()}
    asked = Question(principal, action, resource, {**account.context(principal), **more})
    return PolicyExplorer(account, asked, words)


def permissions_used(history: History, who: str, since: datetime | None, now: datetime) -> PermissionsUsed:
    """What somebody was allowed and refused, beside what their policies grant now.

    From ``since`` (None: the lab's beginning) to ``now``. ``who``: as ``LabAccount.principal`` takes it. Raises
    ``MisuseError`` on an unknown ``who``, and if ``since`` has no time zone.
    """
    words = _translated(USED_LABELS)
    account = LabAccount(_translated(LABELS))
    principal = caller_of(account.principal(who))
    began = since or LAB_START
    if began.tzinfo is None:
        message = f"Expected since to be a datetime with a time zone, found {since!r}; lab.now is one."
        raise MisuseError(message)
    uses = [
        Use(event.action, event.resource, event.answer == "allowed")
        for event in history.of(AccessDecided)
        if LAB_START + timedelta(seconds=event.at_s) >= began and _same(caller_of(event.principal), principal)
    ]
    gaps = {"who": account.name_of(principal.text), "since": f"{began:%H:%M:%S}", "until": f"{now:%H:%M:%S}"}
    return PermissionsUsed(uses, account.held(who).identity, gaps, words)


def _same(one: Caller, other: Caller) -> bool:
    """Whether both are the same user, or sessions of the same role."""
    return (one.kind, one.account, one.name) == (other.kind, other.account, other.name)


def _translated(labels: Words) -> Words:
    translate = translation(spoken())
    return {key: translate(sentence) for key, sentence in labels.items()} | {"language": spoken()}
