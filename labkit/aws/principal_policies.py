"""Which policies bear on a request: those a principal holds, and the resource's own, read from moto's records.

Reading only: no call is made, nothing is written down. IAM User Guide, "Policies and permissions in IAM".
"""

from collections.abc import Iterator, Mapping

from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User, iam_backends
from moto.s3.models import S3Backend, s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from labkit.rules.iam.caller import caller_of
from labkit.rules.iam.decision import decide
from labkit.rules.iam.grammar import Kind
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies, Request

TRUST_NAME = "AssumeRolePolicyDocument"
BUCKET, TOPIC, QUEUE = "arn:aws:s3:::", "arn:aws:sns:", "arn:aws:sqs:"
REGION_FIELD = 3


class PrincipalPolicies:
    """The policies of one account as they are at the moment of asking."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id

    def of(self, principal: str, action: str, resource: str) -> Policies:
        """All policies that bear on ``principal`` (ARN of a user, role or session, or a service) asking for it."""
        holder = self.holder(principal)
        return Policies(
            identity=tuple(self._identity(holder)) if holder else (),
            resource=self._of_resource(action, resource),
            boundaries=tuple(self._boundary(holder)) if holder else (),
        )

    def trusts(self, role: str, service: str) -> bool:
        """Whether there is a role with this ARN that an AWS service (``ec2.amazonaws.com``) may assume."""
        holder = self.holder(role)
        if holder is None or holder.arn != role:
            return False
        request = Request(service, "sts:AssumeRole", role, self._account_id)
        return decide(request, Policies(resource=self._of_resource(request.action, role))).allowed

    def holder(self, principal: str) -> User | Role | None:
        """The user or the role (of a session) behind a principal; None if the account has no such."""
        caller = caller_of(principal)
        if caller.account != self._account_id:
            return None
        if caller.kind == "user":
            return self._iam.users.get(caller.name)
        if caller.kind in ("role", "session"):
            return next((role for role in self._iam.roles.values() if role.name == caller.name), None)
        return None

    def of_group(self, name: str) -> tuple[NamedPolicy, ...]:
        """What the group of this name holds; nothing if there is none."""
        group = self._iam.groups.get(name)
        return tuple(held_policies(group)) if group else ()

    def users(self) -> list[User]:
        """All users."""
        return list(self._iam.users.values())

    def roles(self) -> list[Role]:
        """All roles."""
        return list(self._iam.roles.values())

    def buckets(self) -> Mapping[str, list[str]]:
        """The keys in each bucket."""
        return {name: list(bucket.keys) for name, bucket in self._s3.buckets.items()}

    @property
    def _iam(self) -> IAMBackend:
        backend: IAMBackend = iam_backends[self._account_id]["aws"]
        return backend

    @property
    def _s3(self) -> S3Backend:
        backend: S3Backend = s3_backends[self._account_id]["aws"]
        return backend

    def _identity(self, holder: User | Role) -> Iterator[NamedPolicy]:
        yield from held_policies(holder)
        if isinstance(holder, User):
            for group in self._iam.groups.values():
                if holder in group.users:
                    yield from held_policies(group)

    def _boundary(self, holder: User | Role) -> Iterator[NamedPolicy]:
        arn = getattr(holder, "permissions_boundary_arn", None)
        policy = self._iam.managed_policies.get(arn) if arn else None
        if policy is not None:
            yield _managed(policy, holder.arn, "boundary")

    def _of_resource(self, action: str, resource: str) -> NamedPolicy | None:
        if action.lower().startswith("sts:assumerole"):
            role = self.holder(resource)
            if not isinstance(role, Role):
                return None
            return NamedPolicy(
                TRUST_NAME, read_policy(role.assume_role_policy_document, "trust"), role.arn, inline=True
            )
        if resource.startswith(TOPIC):
            return self._of_topic(resource)
        if resource.startswith(QUEUE):
            return self._of_queue(resource)
        bucket = self._s3.buckets.get(resource.removeprefix(BUCKET).partition("/")[0])
        if not resource.startswith(BUCKET) or bucket is None or not bucket.policy:
            return None
        return NamedPolicy("bucket policy", read_policy(bucket.policy.decode(), "resource"), BUCKET + bucket.name)

    def _of_topic(self, arn: str) -> NamedPolicy | None:
        region = arn.split(":")[REGION_FIELD]
        topic = sns_backends[self._account_id][region].topics.get(arn)
        return NamedPolicy("topic policy", read_policy(topic.policy, "resource"), arn) if topic else None

    def _of_queue(self, arn: str) -> NamedPolicy | None:
        region, _, name = arn.split(":")[REGION_FIELD:]
        queue = sqs_backends[self._account_id][region].queues.get(name)
        if queue is None or not queue.policy:
            return None
        return NamedPolicy("queue policy", read_policy(queue.policy, "resource"), arn)


def held_policies(holder: User | Role | Group) -> Iterator[NamedPolicy]:
    """The policies of one holder alone, inline ones first."""
    for name, document in holder.policies.items():
        yield NamedPolicy(name, read_policy(document, "identity"), holder.arn, inline=True)
    for policy in holder.managed_policies.values():
        yield _managed(policy, holder.arn, "identity")


def _managed(policy: ManagedPolicy, attached_to: str, kind: Kind) -> NamedPolicy:
    document = next(version.document for version in policy.versions if version.is_default)
    return NamedPolicy(policy.arn, read_policy(document, kind), attached_to)
