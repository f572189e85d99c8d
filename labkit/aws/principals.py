"""Who makes a call: from an access key to a principal's ARN, the condition keys it brings, its session's policies.

IAM User Guide, "How IAM works" and "AWS global condition context keys"; STS API Reference, "AssumeRole".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.iam.models import AccessKey, IAMBackend, User, iam_backends
from moto.sts.models import AssumedRole, STSBackend, sts_backends

from labkit.aws.authorization.call import Values
from labkit.aws.authorization.tags import tags_of_holder
from labkit.aws.calling import current_call
from labkit.aws.overrides import Overrides
from labkit.aws.seal import SHOWN, STUDENT_ACCESS_KEY_ID
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy

ADMINISTRATOR = "administrator"
"""The IAM user whose access key a student finds in the environment."""
ADMINISTRATOR_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
TEMPORARY = "ASIA"
"""How the ids of temporary keys begin ("Understanding unique ID prefixes")."""
STUDENT_ADDRESS = "203.0.113.10"
"""aws:SourceIp of calls from the student's computer (an address for documentation, RFC 5737)."""


class UnknownKeyError(LookupError):
    """No user and no session has this access key, or it is inactive."""


class ExpiredKeyError(LookupError):
    """The temporary credentials are no longer valid."""


@dataclass(frozen=True, slots=True)
class Principal:
    """``arn``: of a user or of a role session. ``context``: the condition keys that tell of the caller alone.

    ``sessions``: the session policies as documents, by name. ``user_name``: None for a session.
    """

    arn: str
    context: Mapping[str, Values] = field(default_factory=dict)
    sessions: tuple[NamedPolicy, ...] = ()
    user_name: str | None = None


@dataclass(frozen=True, slots=True)
class _Session:
    """What AssumeRole was given beside the role. ``tags``: aws:PrincipalTag of the session."""

    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None


class Principals:
    """The users and sessions of one account. ``instance_session``: the ARN of the session behind a machine's key."""

    def __init__(self, account_id: str, now: Callable[[], datetime]) -> None:
        self._account_id = account_id
        self._now = now
        self._sessions: dict[str, _Session] = {}
        self.instance_session: Callable[[str], str | None] = lambda _key: None

    def install(self, overrides: Overrides) -> None:
        """Makes the student's administrator, and remembers what sessions are opened with."""
        self._make_administrator()
        overrides.around(STSBackend, "assume_role", self._remember)
        overrides.around(STSBackend, "get_caller_identity", self._identity)

    def of_key(self, access_key_id: str) -> Principal:
        """Whose key it is. Raises ``UnknownKeyError`` or ``ExpiredKeyError``."""
        key = self._iam.access_keys.get(access_key_id)
        if key is not None and key.user_name:
            return self._user(key)
        session = sts_backends[self._account_id]["aws"].get_assumed_role_from_access_key(access_key_id)
        if session is not None:
            return self._assumed(session)
        arn = self.instance_session(access_key_id) if access_key_id.startswith(TEMPORARY) else None
        if arn is None:
            raise UnknownKeyError(access_key_id)
        return Principal(arn, self.session_context(arn))

    def administrator(self) -> Principal:
        """The student's own. Raises ``UnknownKeyError`` if the student has deleted it."""
        return self.of_key(STUDENT_ACCESS_KEY_ID)

    def session_context(self, arn: str, session_tags: Mapping[str, str] | None = None) -> dict[str, Values]:
        """The condition keys of a role session, given by its ARN."""
        name, _, session_name = arn.partition("assumed-role/")[2].partition("/")
        role = next((role for role in self._iam.roles.values() if role.name == name), None)
        tags = {**tags_of_holder(self._account_id, name, is_role=True), **(session_tags or {})}
        return {
            "aws:PrincipalArn": role.arn if role else arn,
            "aws:PrincipalAccount": self._account_id,
            "aws:PrincipalType": "AssumedRole",
            "aws:userid": f"{role.id if role else name}:{session_name}",
            **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
        }

    def _user(self, key: AccessKey) -> Principal:
        user = self._iam.users.get(key.user_name or "")
        if user is None or not any(one.access_key_id == key.access_key_id for one in user.access_keys):
            raise UnknownKeyError(key.access_key_id)
        if key.status != "Active":
            raise UnknownKeyError(key.access_key_id)
        return Principal(user.arn, self._user_context(user), user_name=user.name)

    def _user_context(self, user: User) -> dict[str, Values]:
        tags = tags_of_holder(self._account_id, user.name, is_role=False)
        return {
            "aws:PrincipalArn": user.arn,
            "aws:PrincipalAccount": self._account_id,
            "aws:PrincipalType": "User",
            "aws:userid": user.id,
            "aws:username": user.name,
            **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
        }

    def _assumed(self, session: AssumedRole) -> Principal:
        if session.expiration <= self._now().replace(tzinfo=None):
            raise ExpiredKeyError(session.access_key_id)
        more = self._sessions.get(session.access_key_id, _Session())
        context = self.session_context(session.arn, more.tags)
        context["aws:MultiFactorAuthPresent"] = "false"
        if more.source_identity:
            context["aws:SourceIdentity"] = more.source_identity
        return Principal(session.arn, context, tuple(self._session_policies(session, more)))

    def _session_policies(self, session: AssumedRole, more: _Session) -> Iterator[NamedPolicy]:
        if session.policy:
            yield NamedPolicy("session policy", read_policy(session.policy, "session"), session.arn, inline=True)
        for arn in more.policy_arns:
            managed = self._iam.managed_policies.get(arn)
            if managed is not None:
                document = next(version.document for version in managed.versions if version.is_default)
                yield NamedPolicy(arn, read_policy(document, "session"), session.arn)

    def _remember(self, original: Callable[..., AssumedRole], backend: STSBackend, *args: Any, **kwargs: Any) -> Any:
        session = original(backend, *args, **kwargs)
        call = current_call()
        if call is not None and call.operation == "AssumeRole":
            self._sessions[session.access_key_id] = _Session(
                tuple(str(one.get("arn")) for one in call.parameters.get("PolicyArns") or ()),
                {str(tag.get("Key")): str(tag.get("Value")) for tag in call.parameters.get("Tags") or ()},
                call.parameters.get("SourceIdentity"),
            )
        return session

    def _identity(
        self, _original: Callable[..., Any], _backend: STSBackend, access_key_id: str, region: str
    ) -> tuple[str, str, str]:
        """GetCallerIdentity's UserId, Arn and Account. A key that nobody has comes from a client older than the lab."""
        del region
        try:
            principal = self.of_key(access_key_id)
        except UnknownKeyError:
            principal = self.administrator()
        return str(principal.context["aws:userid"]), principal.arn, self._account_id

    def _make_administrator(self) -> None:
        backend = self._iam
        backend.create_user(backend.region_name, ADMINISTRATOR, "/", [])
        backend.attach_user_policy(ADMINISTRATOR_POLICY, ADMINISTRATOR)
        key = backend.create_access_key(ADMINISTRATOR)
        del backend.access_keys[key.access_key_id]
        key.access_key_id, key.secret_access_key = STUDENT_ACCESS_KEY_ID, SHOWN["AWS_SECRET_ACCESS_KEY"]
        backend.access_keys[key.access_key_id] = key

    @property
    def _iam(self) -> IAMBackend:
        backend: IAMBackend = iam_backends[self._account_id]["aws"]
        return backend
