"""Cases of kind ``install``: one Install event after another on the same machine."""

from typing import Any

from labkit.rules.agent_errors import AgentError
from labkit.world.agent.deployment_root import GroupFiles
from tests.conformance.agent.appspec import refusal
from tests.conformance.agent.machine import CaseMachine
from tests.conformance.agent.world import (
    changed_tree,
    deployment_folder,
    lay_out,
    removed_paths,
    specification_data,
)

Outcome = dict[str, Any]


def observe_install(case: Outcome) -> Outcome:
    """The outcome of every step, in the shape of the recorded ones."""
    machine = CaseMachine()
    return {"steps": [_step(machine, step) for step in case["steps"]]}


def _step(machine: CaseMachine, step: Outcome) -> Outcome:
    data = specification_data(step.get("spec"))
    group = GroupFiles(machine.files, data.get("DeploymentGroupId") or "")
    lay_out(machine.files, "", step.get("before", ()), machine.clock)
    machine.lay_out_archive(f"{deployment_folder(data)}/deployment-archive", step)
    if "cleanup_file" in step:
        machine.files.mkdir(group.cleanup.rpartition("/")[0], parents=True)
        machine.files.write(group.cleanup, step["cleanup_file"])
    outcome = machine.perform("Install", data)
    result = {
        "ok": outcome.succeeded,
        "tree": changed_tree(machine.fresh, machine.files),
        "removed": removed_paths(machine.fresh, machine.files),
        "cleanup": _cleanup(group),
    }
    if not outcome.succeeded:
        result["error"] = refusal(AgentError(outcome.category or "ruby", outcome.message))
    return result


def _cleanup(group: GroupFiles) -> list[str]:
    text = group.files.read_text(group.cleanup) if group.files.exists(group.cleanup) else ""
    return sorted(line for line in text.split("\n")[:-1])
