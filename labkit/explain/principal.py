"""Who makes a call, read from an ARN: a user, a role through one of its sessions, an AWS service.

IAM User Guide, "IAM identifiers" (friendly names and paths, ARNs) and "AWS JSON policy elements: Principal".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from labkit.explain.sentence import Sentence, said, verbatim

Kind = Literal["user", "role", "group", "service", "root", "unknown"]

KINDS: Mapping[str, Kind] = {"user": "user", "role": "role", "group": "group"}
_IDENTITY = re.compile(r"^arn:aws[\w-]*:iam::(?P<account>\d*):(?P<kind>user|role|group)/(?P<path>.*/)?(?P<name>[^/]+)$")
_SESSION = re.compile(r"^arn:aws[\w-]*:sts::(?P<account>\d*):assumed-role/(?P<name>[^/]+)(/(?P<session>.+))?$")


@dataclass(frozen=True, slots=True)
class Principal:
    """``name``: of the user or role; ``session``: the session's name, None if the call is not a session's."""

    kind: Kind
    name: str
    session: str | None = None

    @property
    def words(self) -> Sentence:
        """How a sentence names it.

        >>> read_principal("arn:aws:sts::123456789012:assumed-role/hello-web-instance/i-0abc").words
        'the role hello-web-instance (session i-0abc)'
        """
        match self.kind:
            case "user":
                words = said("the user {name}", name=self.name)
            case "role" if self.session:
                words = said("the role {name} (session {session})", name=self.name, session=self.session)
            case "role":
                words = said("the role {name}", name=self.name)
            case "group":
                words = said("the group {name}", name=self.name)
            case "root":
                words = said("the account's root user")
            case "service":
                words = said("the AWS service {name}", name=self.name)
            case _:
                words = verbatim(self.name)
        return words


def read_principal(arn: str) -> Principal:
    """The principal that ``arn`` (or a service's name) means.

    >>> read_principal("arn:aws:iam::123456789012:user/students/ann").name
    'ann'
    """
    session = _SESSION.match(arn)
    if session is not None:
        return Principal("role", session["name"], session["session"])
    identity = _IDENTITY.match(arn)
    if identity is not None:
        return Principal(KINDS[identity["kind"]], identity["name"])
    if arn.endswith(".amazonaws.com"):
        return Principal("service", arn)
    return Principal("root" if arn.endswith(":root") else "unknown", arn)
