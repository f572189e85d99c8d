"""Lesson 02: what roles may do and who may become them, and a deployment with a policy of the student's own."""

from collections.abc import Mapping

from labkit.lessons.checks import Check, Reading
from labkit.lessons.iam_account import LabAccount, permissions_used
from labkit.lessons.outcomes import DeploymentOutcome, Outcomes
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.world.events import ApiCalled
from labkit.world.metadata import CREDENTIALS_LAST

ROLE, SERVICE_ROLE, GROUP = "log-writer", "hello-web-codedeploy", "hello-web-group"
EC2 = "ec2.amazonaws.com"
BUCKET = "arn:aws:s3:::hello-web-bundles"
LOG = f"{BUCKET}/logs/2026-03-02.log"
WRITE = "s3:PutObject"
TOO_MUCH_FOR_LOGS = (
    ("s3:GetObject", LOG),
    ("s3:DeleteObject", LOG),
    (WRITE, f"{BUCKET}/v1.zip"),
    ("s3:ListAllMyBuckets", "*"),
    ("ec2:RunInstances", "*"),
)
TOO_MUCH_FOR_CODEDEPLOY = (
    *("ec2:TerminateInstances", "ec2:RunInstances", "iam:PassRole", "s3:GetObject", "sns:Publish"),
    *("autoscaling:DeleteAutoScalingGroup", "elasticloadbalancing:DeleteLoadBalancer"),
)
MANAGED = "AWSCodeDeployRole"
CHANGES = {"AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "CreatePolicyVersion"}
FEW = 15
HOUR_S, DAY_S = 3600, 24 * 3600


def leaked_key(outcomes: Outcomes) -> Answer | None:
    """Whether the copied key was still answered a day later."""
    made = outcomes.events(ApiCalled, lambda call: call.operation == "CreateAccessKey")
    late = made and outcomes.events(
        ApiCalled,
        lambda call: call.operation == "GetObject" and not call.error_code and call.at_s >= made[0].at_s + DAY_S,
    )
    return Answer("deleted") if late else None


def role_credentials(outcomes: Outcomes) -> Answer | None:
    """For how many hours at most the credentials of a machine's role are good."""
    joined = outcomes.events(ApiCalled, lambda call: call.operation == "AssociateIamInstanceProfile")
    return Answer("hours", {"hours": round(CREDENTIALS_LAST.total_seconds() / HOUR_S)}) if joined else None


def administrator(outcomes: Outcomes) -> Answer | None:
    """What Mina was told when she wanted to become the role."""
    asked = outcomes.events(ApiCalled, lambda call: call.operation == "AssumeRole")
    if not asked:
        return None
    code = asked[0].error_code
    return Answer("denied", {"code": code}) if code else Answer("allowed", {"code": "nothing against it"})


def service_role(outcomes: Outcomes) -> Answer | None:
    """How many of the granted actions the deployments have used so far."""
    found = permissions_used(outcomes.history, SERVICE_ROLE, None, outcomes.lab.now)
    used, unused = len(found.used), len(found.unused)
    if not used:
        return None
    option = "few" if used < FEW else "half" if unused >= used // 2 else "all"
    return Answer(option, {"used": used, "unused": unused, "granted": used + unused})


def log_writer(outcomes: Outcomes) -> Verdict:
    """EC2 may become the role, which may write logs and nothing else, and a profile holds it."""
    account = LabAccount()
    arn = account.role_arn(ROLE)
    if arn is None:
        return NotYet("no-role")
    if not account.decision(EC2, "sts:AssumeRole", arn).allowed:
        return NotYet("no-trust")
    if not account.decision(ROLE, WRITE, LOG).allowed:
        return NotYet("may-not-write", {"resource": LOG})
    for action, resource in TOO_MUCH_FOR_LOGS:
        if account.decision(ROLE, action, resource).allowed:
            return NotYet("may-too-much", {"action": action, "resource": resource})
    profiles = outcomes.client("iam").list_instance_profiles_for_role(RoleName=ROLE)["InstanceProfiles"]
    return Passed() if ROLE in {one["InstanceProfileName"] for one in profiles} else NotYet("no-profile")


def least_privilege(outcomes: Outcomes) -> Verdict:
    """Without AWS's policy, and without what isn't needed, a deployment made since has succeeded."""
    attached = outcomes.client("iam").list_attached_role_policies(RoleName=SERVICE_ROLE)["AttachedPolicies"]
    if MANAGED in {policy["PolicyName"] for policy in attached}:
        return NotYet("still-managed")
    account = LabAccount()
    for action in TOO_MUCH_FOR_CODEDEPLOY:
        if account.decision(SERVICE_ROLE, action, "*").allowed:
            return NotYet("may-too-much", {"action": action})
    deployment = _deployed_since(outcomes, _last_policy_change_s(outcomes))
    if deployment is None:
        return NotYet("no-deployment")
    gaps = {"deployment": deployment.deployment_id, "status": deployment.status, "error": deployment.error_code}
    if not deployment.ended:
        return NotYet("not-ended", gaps)
    return Passed(gaps) if deployment.status == "Succeeded" else NotYet("not-succeeded", gaps)


def _last_policy_change_s(outcomes: Outcomes) -> float:
    changes = outcomes.events(ApiCalled, lambda call: call.operation in CHANGES and not call.error_code)
    return max((call.at_s for call in changes), default=0.0)


def _deployed_since(outcomes: Outcomes, since_s: float) -> DeploymentOutcome | None:
    """The last deployment that somebody made after that moment; calls take no time, so the same moment counts."""
    found = [one for one in outcomes.deployments(deployment_group=GROUP, creator="user") if one.created_s >= since_s]
    return found[-1] if found else None


EXERCISES: Mapping[str, Check] = {"log-writer": log_writer, "least-privilege": least_privilege}
PREDICTIONS: Mapping[str, Reading] = {
    "leaked-key": leaked_key,
    "role-credentials": role_credentials,
    "administrator": administrator,
    "service-role": service_role,
}
