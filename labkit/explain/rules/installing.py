"""Why Install failed: a file in the way, a source that is not in the revision, an owner that is not on the instance.

CodeDeploy user guide, "Troubleshoot EC2/On-Premises deployment issues" ("file already exists") and the agent's own
sentences.
"""

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import on_machine
from labkit.explain.facts import TroubleFacts
from labkit.explain.finding import Finding, Rule, root
from labkit.explain.sentence import said
from labkit.world.agent.deployment_root import INSTRUCTIONS

IN_THE_WAY = "already exists at this location: "
NO_SUCH_FILE = "No such file or directory - "


def file_in_the_way(facts: TroubleFacts) -> Finding | None:
    """A file is there that the last deployment of this group did not install."""
    _, marked, path = facts.event.diagnostics.message.partition(IN_THE_WAY)
    if not marked:
        return None
    path = path.strip()
    evidence: tuple[Evidence, ...] = ()
    if facts.machine.running:
        evidence = (
            on_machine(facts.machine.instance_id, path, path, f"ls -l {path}"),
            on_machine(
                facts.machine.instance_id, said("what the agent installed"), "", f"grep -rl {path} {INSTRUCTIONS}"
            ),
        )
    whose = said("the agent did not put it there")
    if facts.owner is not None and facts.owner != facts.deployment.group_id:
        whose = said("another deployment group put it there (its id: {owner})", owner=facts.owner)
    says = said(
        "The file {path} is on the instance already, and {whose}, so it may not be overwritten.", path=path, whose=whose
    )
    fix = said(
        "Remove the file, or let the deployment overwrite it (fileExistsBehavior=OVERWRITE) or keep it (RETAIN)."
    )
    return root(Link("file-already-at-destination", says, evidence), fix, f"sudo rm {path}")


def source_missing(facts: TroubleFacts) -> Finding | None:
    """AppSpec names a file that is not in the revision."""
    _, marked, path = facts.event.diagnostics.message.partition(NO_SUCH_FILE)
    if not marked:
        return None
    archive = f"{facts.folder}/deployment-archive"
    evidence: tuple[Evidence, ...] = ()
    if facts.machine.running:
        evidence = (on_machine(facts.machine.instance_id, archive, "appspec.yml", f"find {archive}"),)
    says = said(
        "The files section of appspec.yml names {path}, which is not in the revision.", path=path.removeprefix(archive)
    )
    return root(
        Link("source-missing", says, evidence),
        said("Commit the file, or take it out of appspec.yml; then deploy that."),
    )


def otherwise(facts: TroubleFacts) -> Finding | None:
    """What the agent itself says is all there is."""
    says = said(
        "The agent could not carry out {event}: {message}",
        event=facts.event.name,
        message=facts.event.diagnostics.message,
    )
    return root(
        Link("install-failed", says), said("Correct appspec.yml or the instance accordingly, and deploy again.")
    )


RULES: tuple[Rule[TroubleFacts], ...] = (file_in_the_way, source_missing, otherwise)
