"""Lesson 01: what IAM would answer now, asked of the account's own policies; and what the lesson's calls were told."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.iam_account import LabAccount
from labkit.lessons.outcomes import Outcomes
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import ApiCalled

BUCKET = "arn:aws:s3:::hello-web-bundles"
BACKUP = f"{BUCKET}/backups/2026-03-02.zip"
PAGE, SECRET = f"{BUCKET}/v1.zip", f"{BUCKET}/secret.txt"
PROGRAM, GROUP = "backup-program", "developers"
WRITE, READ = "s3:PutObject", "s3:GetObject"
TOO_MUCH = (
    (READ, BACKUP),
    ("s3:DeleteObject", BACKUP),
    (WRITE, PAGE),
    (WRITE, "arn:aws:s3:::another-bucket/backups/a.zip"),
    ("s3:ListAllMyBuckets", "*"),
    ("iam:CreateUser", "*"),
    ("ec2:RunInstances", "*"),
)
"""What the backup program needs none of: on each side of the right permission, and far away from it."""
FIRST, SECOND = 1, 2


def new_user(outcomes: Outcomes) -> Answer | None:
    """What the first call with Mina's key was told."""
    return _refused(outcomes, "GetObject", "nothing", FIRST)


def delete(outcomes: Outcomes) -> Answer | None:
    """What deleting was told."""
    return _refused(outcomes, "DeleteObject", "denied", FIRST)


def deny(outcomes: Outcomes) -> Answer | None:
    """What reading the secret was told, after the policy that denies it was attached."""
    return _refused(outcomes, "GetObject", "deny", SECOND)


def backup_program(_outcomes: Outcomes) -> Verdict:
    """The program may put files below ``backups/`` and do none of what it doesn't need."""
    account = LabAccount()
    if PROGRAM not in account.users():
        return NotYet("no-user")
    if not account.decision(PROGRAM, WRITE, BACKUP).allowed:
        return NotYet("may-not-write", {"resource": BACKUP})
    for action, resource in TOO_MUCH:
        if account.decision(PROGRAM, action, resource).allowed:
            return NotYet("may-too-much", {"action": action, "resource": resource})
    return Passed()


def nobody_reads_secret(outcomes: Outcomes) -> Verdict:
    """Every member, and whoever joins, may read the page's bundle and not the secret."""
    iam = outcomes.client("iam")
    if GROUP not in {group["GroupName"] for group in iam.list_groups()["Groups"]}:
        return NotYet("no-group")
    account = LabAccount()
    members = [user["UserName"] for user in iam.get_group(GroupName=GROUP)["Users"]]
    for name in members:
        if account.decision(name, READ, SECRET).allowed:
            return NotYet("members-read-secret", {"name": name})
    if account.newcomer(GROUP, READ, SECRET).allowed:
        return NotYet("newcomers-read-secret", {"names": ", ".join(members)})
    for name in members:
        if not account.decision(name, READ, PAGE).allowed:
            return NotYet("nobody-reads", {"name": name})
    return Passed() if account.newcomer(GROUP, READ, PAGE).allowed else NotYet("nobody-reads", {"name": GROUP})


def _refused(outcomes: Outcomes, operation: str, option: str, which: int) -> Answer | None:
    """The option, if so many calls of the operation were refused."""
    refused = [call for call in outcomes.events(ApiCalled) if call.operation == operation and call.error_code]
    return Answer(option, {"code": refused[which - 1].error_code}) if len(refused) >= which else None


EXERCISES: Mapping[str, Check] = {"backup-program": backup_program, "nobody-reads-secret": nobody_reads_secret}
PREDICTIONS: Mapping[str, Reading] = {"new-user": new_user, "delete": delete, "deny": deny}
