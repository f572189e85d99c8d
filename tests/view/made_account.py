"""A small account for the policy explorer, made by hand: one user in one group, one role, one bucket."""

from dataclasses import dataclass, field, replace

from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies

ACCOUNT = "123456789012"
MINA = f"arn:aws:iam::{ACCOUNT}:user/mina"
GROUP = f"arn:aws:iam::{ACCOUNT}:group/developers"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/hello-web-instance"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/hello-web-instance/i-0abc"
EC2 = "ec2.amazonaws.com"
OBJECT = "arn:aws:s3:::hello-web-bundles/v1.zip"
NAMES = {
    MINA: "user mina",
    GROUP: "group developers",
    ROLE: "role hello-web-instance",
    SESSION: "role hello-web-instance",
}


def statement(effect, action, resource, **others):
    return {"Effect": effect, "Action": action, "Resource": resource, **others}


def policy(name, *statements, attached_to=MINA, kind="identity"):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return NamedPolicy(name, read_policy(document, kind), attached_to, inline=not name.startswith("arn:"))


READ_BUNDLES = policy(
    "arn:aws:iam::123456789012:policy/read-bundles",
    statement("Allow", ["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::hello-web-bundles/*", Sid="Read"),
    statement("Deny", "s3:DeleteObject", "*"),
)
HOME = policy(
    "home",
    statement(
        *("Allow", "s3:PutObject", "arn:aws:s3:::hello-web-home/${aws:username}/*"),
        Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    ),
    attached_to=GROUP,
)
TRUST = policy(
    "AssumeRolePolicyDocument",
    {"Effect": "Allow", "Principal": {"Service": EC2}, "Action": "sts:AssumeRole"},
    attached_to=ROLE,
    kind="trust",
)


@dataclass
class MadeAccount:
    """``more``: what is added to everybody's policies."""

    identity: tuple = (READ_BUNDLES, HOME)
    more: Policies = field(default_factory=Policies)

    def principals(self):
        return [(MINA, "user mina"), (SESSION, "role hello-web-instance"), (EC2, f"service {EC2}")]

    def actions(self):
        return ["s3:GetObject", "s3:PutObject", "sts:AssumeRole"]

    def resources(self):
        return [OBJECT, ROLE]

    def context(self, principal):
        return {"aws:username": ("mina",)} if principal == MINA else {"aws:PrincipalArn": (ROLE,)}

    def policies(self, question):
        identity = self.identity if question.who == MINA else ()
        resource = TRUST if question.about_trust else self.more.resource
        return replace(self.more, identity=identity, resource=resource)

    def owner(self, resource):
        return ACCOUNT

    def name_of(self, arn):
        return NAMES.get(arn, arn)
