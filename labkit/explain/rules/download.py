"""Why DownloadBundle failed: the role, the object, its ETag, its content, or GitHub.

CodeDeploy user guide, "Troubleshoot EC2/On-Premises deployment issues" (UnknownError in DownloadBundle) and
"Integrating CodeDeploy with GitHub". The message is S3's or the agent's own.
"""

from labkit.explain.access import reason
from labkit.explain.access_fix import fix
from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import AGENT_LOG, call, deployment_field, instance_profile, on_machine
from labkit.explain.facts import TroubleFacts
from labkit.explain.finding import Finding, Rule, root
from labkit.explain.principal import read_principal
from labkit.explain.rules.leaving import deploy_again
from labkit.explain.sentence import in_turn, said

MISSING = (
    "The specified key does not exist",
    "The specified bucket does not exist",
    "The specified version does not exist",
    "NoSuchKey",
    "NoSuchBucket",
)
CORRUPT = ("Error extracting", "The disk is (or was) full during extraction", "to be a zip archive", "same file:")


def read_denied(facts: TroubleFacts) -> Finding | None:
    """The role of the instance profile may not read the object."""
    message = facts.event.diagnostics.message
    if "Access Denied" not in message and "AccessDenied" not in message:
        return None
    role = facts.machine.agent_role or facts.machine.role or ""
    name = read_principal(role).name if role else said("of the instance profile")
    says = said(
        "S3 refused the bundle {revision} to the agent, which works with the role {name}.",
        revision=facts.deployment.revision,
        name=name,
    )
    if facts.denial is not None:
        sentence, command = fix(facts.denial, "identity")
        gap = reason(facts.denial)
        return root(Link("s3-read-denied", in_turn(says, gap.says), gap.evidence), sentence, command)
    policies = call("iam", "list_attached_role_policies", f'RoleName="{name}"', '["AttachedPolicies"]')
    evidence = (
        instance_profile(facts.machine.instance_id, facts.machine.instance_id),
        Evidence("ListAttachedRolePolicies", "", policies),
    )
    sentence = said("Allow s3:GetObject on the bundle to the role {name}.", name=name)
    command = call(
        "iam",
        "attach_role_policy",
        f'RoleName="{name}", PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforAWSCodeDeploy"',
    )
    return root(Link("s3-read-denied", says, evidence), sentence, command)


def missing(facts: TroubleFacts) -> Finding | None:
    """There is no such object, bucket, version, repository or commit."""
    message = facts.event.diagnostics.message
    github = "Could not download bundle" in message
    if not github and not any(words in message for words in MISSING):
        return None
    where = deployment_field(facts.deployment.id, "revision", _location(facts))
    says = said(
        "The revision {revision} is not there: {message}",
        revision=facts.deployment.revision,
        message=_first_sentence(message),
    )
    if github:
        again = said(
            "Give CreateDeployment the full id (40 letters) of a commit that the repository has, spelt as on GitHub."
        )
    else:
        again = said(
            "Upload the bundle to the bucket and key that the deployment names, or deploy the place where it lies."
        )
    return root(Link("bundle-missing", says, (where,)), again)


def wrong_etag(facts: TroubleFacts) -> Finding | None:
    """The object is another than the one the deployment names by its ETag."""
    if "bundle etag" not in facts.event.diagnostics.message:
        return None
    where = deployment_field(facts.deployment.id, "revision", "eTag")
    says = said(
        "The object in S3 has another ETag than the deployment asks for: somebody has uploaded another bundle since."
    )
    sentence = said("Deploy with the ETag of the object as it is now, or without one (then no ETag is compared).")
    return root(Link("bundle-wrong-etag", says, (where,)), sentence)


def corrupt(facts: TroubleFacts) -> Finding | None:
    """It came, but cannot be unpacked."""
    if not any(words in facts.event.diagnostics.message for words in CORRUPT):
        return None
    bundle = f"{facts.folder}/bundle.tar"
    shown = on_machine(facts.machine.instance_id, bundle, "bundle.tar", f"ls -l {bundle}")
    says = said(
        "The bundle {revision} was downloaded but cannot be unpacked: it is damaged, or of another type.",
        revision=facts.deployment.revision,
    )
    sentence = said("Pack it again as the bundleType says (zip -r, tar -cf, tar -czf), upload it, and deploy again.")
    return root(Link("bundle-corrupt", says, (shown,)), sentence)


def no_appspec(facts: TroubleFacts) -> Finding | None:
    """Nothing called appspec.yml lies at the root of the archive."""
    message = facts.event.diagnostics.message
    if "did not find an AppSpec file" not in message and not message.endswith("deployment-archive/appspec.yml"):
        return None
    archive = f"{facts.folder}/deployment-archive"
    found = "\n".join(facts.unpacked)
    evidence: tuple[Evidence, ...] = ()
    if facts.machine.running:
        evidence = (on_machine(facts.machine.instance_id, archive, found, f"ls -A {archive}"),)
    says = said(
        "The revision {revision} has no appspec.yml at its root; there is: {found}.",
        revision=facts.deployment.revision,
        found=", ".join(facts.unpacked),
    )
    sentence = said(
        "Put appspec.yml at the root of the repository or bundle (not into a folder of it), and deploy that."
    )
    return root(Link("no-appspec", says, evidence), sentence)


def bad_appspec(facts: TroubleFacts) -> Finding | None:
    """The agent cannot use what it says."""
    diagnostics = facts.event.diagnostics
    about = (
        "application specification file",
        "unknown lifecycle events",
        "AppSpec",
        "appspec",
        "YAML",
        "lifecycle event which",
    )
    if diagnostics.script_name or not any(words in diagnostics.message for words in about):
        return None
    path = f"{facts.folder}/deployment-archive/appspec.yml"
    evidence: tuple[Evidence, ...] = ()
    if facts.machine.running and "appspec.yml" in facts.unpacked:
        evidence = (on_machine(facts.machine.instance_id, path, "", f"cat {path}"),)
    says = said(
        "The agent cannot use appspec.yml of {revision}: {message}",
        revision=facts.deployment.revision,
        message=_first_sentence(diagnostics.message),
    )
    return root(Link("bad-appspec", says, evidence), said("Correct appspec.yml, commit it, and deploy the new commit."))


def unknown(facts: TroubleFacts) -> Finding | None:
    """Something else that the agent's log says more about."""
    message = facts.event.diagnostics.message
    log = on_machine(facts.machine.instance_id, AGENT_LOG, "", f"grep ERROR {AGENT_LOG}")
    evidence = (log,) if facts.machine.running else ()
    link = Link(
        "bundle-not-usable", said("The agent could not get or unpack the bundle: {message}", message=message), evidence
    )
    return root(
        link,
        said("Read the agent's log on the instance, mend the bundle, and deploy again."),
        deploy_again(facts.deployment),
    )


APPSPEC_RULES: tuple[Rule[TroubleFacts], ...] = (no_appspec, bad_appspec)
RULES: tuple[Rule[TroubleFacts], ...] = (read_denied, missing, wrong_etag, corrupt, unknown)


def _first_sentence(message: str) -> str:
    return message if message.endswith(".") else f"{message}."


def _location(facts: TroubleFacts) -> str:
    """A part of the revision that its ``RevisionLocation`` shows."""
    revision = facts.deployment.revision
    return (
        revision.removeprefix("s3://").partition("/")[0] if revision.startswith("s3://") else revision.partition("@")[0]
    )
