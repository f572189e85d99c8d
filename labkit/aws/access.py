"""Who may do what in the account: every question to IAM is decided here, written down, and can be looked up again.

``Access.decision(error_or_event)`` gives the ``Decision`` behind a botocore ``ClientError`` or an ``AccessDecided``;
``Access.policies.of(principal, action, resource)`` gives the ``Policies`` that bear on a principal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from labkit.aws.authorization.call import Call, CodeDeployRecords, NothingDeployed, Values
from labkit.aws.authorization.questions import Question, questions
from labkit.aws.authorization.services import BY_NAME
from labkit.aws.calling import BotoCall
from labkit.aws.principal_policies import PrincipalPolicies
from labkit.aws.principals import STUDENT_ADDRESS, Principal
from labkit.rules.iam.decision import Decision, decide
from labkit.rules.iam.request import NamedPolicy, Policies, Request
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import AccessDecided

ACCOUNT_FIELD = 4


@dataclass(frozen=True, slots=True)
class Denial:
    """A decision that refuses, and what the service says instead of IAM's sentence, if it does."""

    decision: Decision
    words: str | None = None


class Access:
    """Decides for the account ``account_id``; ``codedeploy``: what calls about deployments are looked up in."""

    def __init__(self, account_id: str, clock: Clock, history: History) -> None:
        self.policies = PrincipalPolicies(account_id)
        self.codedeploy: CodeDeployRecords = NothingDeployed()
        self._account_id = account_id
        self._clock = clock
        self._history = history
        self._made: list[tuple[Request, Policies]] = []
        self._by_request_id: dict[str, int] = {}

    def denial(self, principal: Principal, call: BotoCall, request_id: str) -> Denial | None:
        """The first refusal that a boto3 call meets; None if it may go on, or is of a service the gate doesn't know.

        ``request_id``: by which the error answer, if there is one, will be known.
        """
        service = BY_NAME.get(call.service)
        if service is None:
            return None
        asked = Call(
            service=service,
            operation=call.operation,
            parameters=call.parameters,
            region=call.region if call.region != "aws-global" else "us-east-1",
            account_id=self._account_id,
            user=principal.user_name,
            codedeploy=self.codedeploy,
        )
        surroundings = self._surroundings(asked.region)
        for question in questions(asked):
            context = {**surroundings, **principal.context, **question.context}
            decision = self._decide(principal.arn, question, context, principal.sessions)
            if not decision.allowed:
                self._by_request_id[request_id] = len(self._made) - 1
                return Denial(decision, question.words)
        return None

    def decide(self, principal: str, action: str, resource: str, context: Mapping[str, Values]) -> Decision:
        """The answer to a question that no boto3 call asks: an agent's, or CodeDeploy's with its service role."""
        question = Question(action, resource, {})
        return self._decide(principal, question, {**self._surroundings(None), **context})

    def decision(self, about: Exception | AccessDecided) -> Decision | None:
        """The decision behind an error answer or an event of this lab; None for an error that IAM did not cause."""
        if isinstance(about, AccessDecided):
            number: int | None = about.number
        elif isinstance(about, ClientError):
            number = self._by_request_id.get(str(about.response.get("ResponseMetadata", {}).get("RequestId")))
        else:
            number = None
        return None if number is None else decide(*self._made[number])

    def decisions(self) -> Iterator[tuple[AccessDecided, Decision]]:
        """Every decision so far with its event, oldest first."""
        for event in self._history.of(AccessDecided):
            yield event, decide(*self._made[event.number])

    def _decide(
        self,
        arn: str,
        question: Question,
        context: Mapping[str, Values],
        sessions: tuple[NamedPolicy, ...] = (),
    ) -> Decision:
        request = Request(arn, question.action, question.resource, self.owner(question.resource), context)
        policies = replace(self.policies.of(arn, question.action, question.resource), sessions=sessions)
        decision = decide(request, policies)
        self._history.record(
            AccessDecided(
                principal=arn,
                action=question.action,
                resource=question.resource,
                answer=decision.answer,
                number=len(self._made),
            )
        )
        self._made.append((request, policies))
        return decision

    def owner(self, resource: str) -> str:
        """The account in an ARN; what names none (a bucket), or AWS's own, counts as the lab's account."""
        parts = resource.split(":")
        account = parts[ACCOUNT_FIELD] if len(parts) > ACCOUNT_FIELD else ""
        return account if account.isdigit() else self._account_id

    def _surroundings(self, region: str | None) -> dict[str, Values]:
        """The keys that every request has ("AWS global condition context keys")."""
        now = self._clock.now
        found: dict[str, Values] = {
            "aws:CurrentTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:SecureTransport": "true",
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:ResourceAccount": self._account_id,
        }
        return {**found, "aws:RequestedRegion": region, "aws:SourceIp": STUDENT_ADDRESS} if region else found
