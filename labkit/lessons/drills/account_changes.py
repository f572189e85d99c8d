"""What breaks in an account's own records and is no fault of a machine: trust, explicit denials."""

import json
from collections.abc import Callable, Mapping

from labkit.lessons.drills.place import INSTANCE_ROLE, SERVICE_ROLE, Clients

ONLY_INSTANCES = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
QUARANTINE = "quarantine"


def trust_without_codedeploy(client: Clients) -> None:
    """UpdateAssumeRolePolicy: the service role trusts EC2 instead of CodeDeploy.

    A deployment fails with IAM_ROLE_MISSING; GetRole shows whom the role trusts.
    """
    client("iam").update_assume_role_policy(RoleName=SERVICE_ROLE, PolicyDocument=json.dumps(ONLY_INSTANCES))


def explicit_deny(client: Clients, *, action: str) -> None:
    """PutRolePolicy: an inline policy of the instances' role denies ``action`` everywhere.

    The managed policy that allows it is still attached; an explicit deny wins (IAM User Guide, "Policy evaluation
    logic").
    """
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    client("iam").put_role_policy(RoleName=INSTANCE_ROLE, PolicyName=QUARANTINE, PolicyDocument=json.dumps(document))


CHANGES: Mapping[str, Callable[..., None]] = {
    "trust-without-codedeploy": trust_without_codedeploy,
    "explicit-deny": explicit_deny,
}
