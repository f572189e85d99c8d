"""Why a hook script failed its lifecycle event, and whether the script itself is to blame.

AppSpec page "hooks section" and the agent's error codes (ScriptMissing, ScriptNotExecutable, ScriptTimedOut,
ScriptFailed, outputs left open). A script that only reports what is wrong with the web server is not the cause.
"""

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import lifecycle_event, on_machine
from labkit.explain.facts import TroubleFacts
from labkit.explain.finding import Finding, Rule, root
from labkit.explain.rules.web import why_not_served
from labkit.explain.sentence import said

NOT_EXECUTABLE_CODES = (" exit code 126",)
REFUSED = ("curl: (7)", "Connection refused", "Failed to connect")
BAD_STATUS = ("curl: (22)", "returned error: ", "does not answer with", "404", "403")


def missing(facts: TroubleFacts) -> Finding | None:
    """AppSpec names a script that is not in the revision."""
    if facts.event.diagnostics.error_code != "ScriptMissing":
        return None
    archive = f"{facts.folder}/deployment-archive"
    shown = _on(facts, archive, "appspec.yml", f"find {archive} -type f")
    script = facts.event.diagnostics.script_name
    says = said(
        "The hook {event} of appspec.yml names {script}, which is not in the revision.",
        event=facts.event.name,
        script=script,
    )
    return root(
        Link("script-missing", says, shown),
        said("Commit {script}, or correct its name in appspec.yml; deploy that.", script=script),
    )


def not_executable(facts: TroubleFacts) -> Finding | None:
    """It may not be run, or runs something that may not."""
    diagnostics = facts.event.diagnostics
    denied = "Permission denied" in diagnostics.log_tail + diagnostics.message
    by_code = any(code in diagnostics.message for code in NOT_EXECUTABLE_CODES)
    if diagnostics.error_code != "ScriptNotExecutable" and not (denied or by_code):
        return None
    script = diagnostics.script_name
    if "Unable to set" in diagnostics.message:
        says = said(
            "{script} cannot be executed: it lacks the execute permission and the agent may not give it to it: the "
            "file is immutable.",
            script=script,
        )
    else:
        says = said("{script} cannot be executed: it lacks the execute permission.", script=script)
    shown = (
        *_on(facts, said("its permissions"), script.rpartition("/")[2], f"ls -l {_path(facts)}"),
        *_on(facts, said("its attributes (i: immutable)"), script.rpartition("/")[2], f"lsattr {_path(facts)}"),
    )
    fix = said(
        "Give the file its execute permission in git (git update-index --chmod=+x …), commit, and deploy "
        "that; if it is immutable, chattr -i on the instance first."
    )
    return root(Link("script-not-executable", says, shown), fix)


def hanging(facts: TroubleFacts) -> Finding | None:
    """It did not end in time."""
    diagnostics = facts.event.diagnostics
    if diagnostics.error_code != "ScriptTimedOut":
        return None
    says = said(
        "{script} did not come to an end within the timeout that appspec.yml gives it.", script=diagnostics.script_name
    )
    fix = said(
        "Find out what it waits for (its text and its last output), let it end, or raise its timeout in appspec.yml."
    )
    return root(Link("script-hanging", says, (*_tail(facts), *_text(facts))), fix)


def leaves_process(facts: TroubleFacts) -> Finding | None:
    """It ended, but a child in the background keeps its output open."""
    if "failed to close STD" not in facts.event.diagnostics.message:
        return None
    says = said(
        "{script} ended, but a process that it started in the background still holds its output; the agent "
        "waits until the output is closed.",
        script=facts.event.diagnostics.script_name,
    )
    fix = said("Start it as a service (systemctl), or cut it off: my-program > /dev/null 2>&1 < /dev/null &")
    return root(Link("script-leaves-background-process", says, _text(facts)), fix)


def complains_of_web_server(facts: TroubleFacts) -> Finding | None:
    """It failed because the machine does not answer as it should: then that is what has to be explained."""
    log_tail = facts.event.diagnostics.log_tail
    if not any(words in log_tail for words in (*REFUSED, *BAD_STATUS)) or not facts.machine.running:
        return None
    found = why_not_served(facts)
    return None if found is None else found.after(_ended(facts, "script-complains"))


def changed_on_instance(facts: TroubleFacts) -> Finding | None:
    """Somebody edited it after the agent had unpacked it."""
    script = facts.event.diagnostics.script_name
    if facts.event.diagnostics.error_code != "ScriptFailed" or script.lstrip("/") not in facts.changed:
        return None
    says = said(
        "{script} on {instance} is newer than the bundle it came from: somebody edited it there, so it is "
        "not what was committed.",
        script=script,
        instance=facts.machine.instance_id,
    )
    newer = f"find {facts.folder}/deployment-archive -type f -newer {facts.folder}/bundle.tar"
    shown = _on(facts, said("files newer than the bundle"), script.lstrip("/"), newer)
    fix = said(
        "Deploy again: the revision is unpacked anew. If ApplicationStop is what fails, ignoreApplicationStopFailures."
    )
    return root(Link("script-changed-on-instance", says, shown), fix).after(_ended(facts, "script-failed"))


def failing(facts: TroubleFacts) -> Finding | None:
    """It says itself that it failed."""
    if facts.event.diagnostics.error_code != "ScriptFailed":
        return None
    script, own = facts.event.diagnostics.script_name, facts.folder.endswith(facts.deployment.id)
    if own:
        fix = said("Correct {script}, commit it, and deploy the new commit.", script=script)
    else:
        fix = said(
            "This {script} came with the version deployed before, so no new commit changes it: correct it for the next "
            "time, and deploy once with ignoreApplicationStopFailures=True.",
            script=script,
        )
    return root(_ended(facts, "script-failing"), fix)


RULES: tuple[Rule[TroubleFacts], ...] = (
    missing,
    not_executable,
    hanging,
    leaves_process,
    changed_on_instance,
    complains_of_web_server,
    failing,
)


def _ended(facts: TroubleFacts, identity: str) -> Link:
    last = last_line(facts.event.diagnostics.log_tail)
    message = facts.event.diagnostics.message.removeprefix("Script at specified location: ")
    if last:
        says = said("{message}. It said last: {words}", message=message, words=last)
    else:
        says = said("{message}. It said nothing.", message=message)
    return Link(identity, says, (*_tail(facts), *_text(facts)))


def last_line(log_tail: str) -> str:
    r"""What a script wrote last, without the log's own marks.

    >>> last_line("Script - a.sh\n[stdout]one\n[stderr]no room\n")
    'no room'
    """
    lines = [line for line in log_tail.splitlines() if line.startswith("[std")]
    return lines[-1].partition("]")[2] if lines else ""


def _tail(facts: TroubleFacts) -> tuple[Evidence, ...]:
    last = last_line(facts.event.diagnostics.log_tail)
    if not last:
        return ()
    event = facts.event
    return (lifecycle_event(facts.deployment.id, facts.machine.instance_id, event.index, "diagnostics.logTail", last),)


def _text(facts: TroubleFacts) -> tuple[Evidence, ...]:
    return _on(facts, said("the script itself"), "", f"cat {_path(facts)}")


def _on(facts: TroubleFacts, where: str, shows: str, command: str) -> tuple[Evidence, ...]:
    return (on_machine(facts.machine.instance_id, where, shows, command),) if facts.machine.running else ()


def _path(facts: TroubleFacts) -> str:
    return f"{facts.folder}/deployment-archive/{facts.event.diagnostics.script_name.lstrip('/')}"
