"""Cases of kind ``hook``: deployments that lie on the machine, then lifecycle events."""

from typing import Any

from labkit.rules.agent_errors import AgentError
from labkit.world.agent.configuration import AGENT_FILE, ON_PREMISES_FILE
from labkit.world.agent.deployment_root import INSTRUCTIONS, GroupFiles
from labkit.world.agent.outcome import CommandOutcome
from labkit.world.files import FileSystem
from tests.conformance.agent.appspec import refusal
from tests.conformance.agent.machine import CaseMachine
from tests.conformance.agent.world import TEMPORARY, deployment_folder, specification_data

Outcome = dict[str, Any]


def observe_hook(case: Outcome) -> Outcome:
    """What each event came to and what the scripts left behind, in the shape of the recorded outcomes."""
    machine = CaseMachine()
    configure(machine.files, case)
    for deployment in case["deployments"]:
        _lay_out(machine, deployment)
    for name, content in case.get("pointers", {}).items():
        machine.files.write(f"{INSTRUCTIONS}/{name}", content)
    runs = [run_command(machine, run["event"], run.get("spec")) for run in case["run"]]
    return {"runs": runs, "outputs": _outputs(machine.files)}


def configure(files: FileSystem, case: Outcome) -> None:
    """Writes the case's configuration files."""
    files.mkdir(AGENT_FILE.rpartition("/")[0], parents=True)
    files.mkdir(INSTRUCTIONS, parents=True)
    settings = case.get("config", {})
    files.write(AGENT_FILE, "---\n" + "".join(f":{key}: {_yaml(value)}\n" for key, value in settings.items()))
    if not settings:
        files.remove(AGENT_FILE)
    if "onprem_config" in case:
        files.write(ON_PREMISES_FILE, case["onprem_config"])


def _yaml(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def _lay_out(machine: CaseMachine, deployment: Outcome) -> None:
    data = specification_data(deployment.get("spec"))
    folder = deployment_folder(data)
    machine.files.mkdir(folder, parents=True)
    if not deployment.get("no_archive"):
        machine.lay_out_archive(f"{folder}/deployment-archive", deployment)
    group = GroupFiles(machine.files, data["DeploymentGroupId"])
    if "last_successful" in deployment.get("state", ()):
        group.remember_last_successful(folder)
    if "most_recent" in deployment.get("state", ()):
        group.remember_most_recent(folder)


def run_command(machine: CaseMachine, command: str, changes: Outcome | None) -> Outcome:
    """Has the agent carry out ``command``; its outcome in the shape of the recorded ones."""
    data = specification_data(changes)
    noop = machine.is_noop(command, data)
    outcome = machine.perform(command, data)
    result = {"event": command, "ok": outcome.succeeded, "log": outcome.log}
    if noop is not None:
        result["noop"] = noop
    if not outcome.succeeded:
        result["error"] = _error(outcome)
    return result


def _error(outcome: CommandOutcome) -> Outcome:
    error = refusal(AgentError(outcome.category or "ruby", outcome.message))
    return error | {"error_code": int(outcome.error_code), "script_name": outcome.script_name}


def _outputs(files: FileSystem) -> dict[str, str]:
    paths = (f"{TEMPORARY}/{name}" for name in files.listdir(TEMPORARY) if name.startswith("out"))
    return {path: files.read_text(path) for path in paths}
