"""The agent's configuration files on the machine.

AWS pages "CodeDeploy agent configuration reference" and "Register an on-premises instance".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labkit.rules import yaml_ruby
from labkit.rules.agent_errors import AgentError, refuse
from labkit.rules.ruby_text import Symbol, Value, to_s
from labkit.world.files import FileSystem

AGENT_FILE = "/etc/codedeploy-agent/conf/codedeployagent.yml"
ON_PREMISES_FILE = "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml"
DEFAULT_MAX_REVISIONS = 5

_USER_VARIABLES = {
    "AWS_REGION": "region",
    "AWS_ACCESS_KEY": "aws_access_key_id",
    "AWS_SECRET_KEY": "aws_secret_access_key",
    "AWS_HOST_IDENTIFIER": "iam_user_arn",
}
_SESSION_VARIABLES = {
    "AWS_REGION": "region",
    "AWS_CREDENTIALS_FILE": "aws_credentials_file",
    "AWS_HOST_IDENTIFIER": "iam_session_arn",
}


@dataclass(frozen=True, slots=True)
class AgentConfiguration:
    """The settings that show in a lab."""

    max_revisions: int = DEFAULT_MAX_REVISIONS
    enable_deployments_log: bool = True


def read_configuration(files: FileSystem) -> AgentConfiguration:
    """What ``codedeployagent.yml`` says; what is missing has its default. Raises AgentError."""
    settings = _load(files, AGENT_FILE)
    enabled = settings.get("enable_deployments_log", True)
    return AgentConfiguration(
        max_revisions=_max_revisions(settings.get("max_revisions")),
        enable_deployments_log=enabled is not None and enabled is not False,
    )


def _max_revisions(value: Value) -> int:
    if value is None:
        return DEFAULT_MAX_REVISIONS
    text = to_s(value).strip()
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        refuse("deployment", f"Invalid configuration :max_revision={to_s(value)}")
    return int(text)


def read_on_premises_variables(files: FileSystem) -> dict[str, str]:
    """The environment that an on-premises registration gives the agent, and so its scripts. Raises AgentError."""
    try:
        settings = _load(files, ON_PREMISES_FILE)
    except AgentError:
        found = f"the format of the following on-premises configuration file is invalid: {ON_PREMISES_FILE}"
        refuse("deployment", f"The deployment failed because {found}")
    arns = [name for name in ("iam_user_arn", "iam_session_arn") if settings.get(name)]
    if len(arns) > 1:
        refuse("deployment", "On Premises config cannot contain both 'iam_user_arn' and 'iam_session_arn' keys.")
    if "iam_user_arn" in arns:
        _require(settings, _USER_VARIABLES.values(), "iam_user_arn")
        return {variable: to_s(settings[key]) for variable, key in _USER_VARIABLES.items()}
    if "iam_session_arn" in arns:
        _require(settings, _SESSION_VARIABLES.values(), "iam_session_arn")
        return {variable: to_s(settings[key]) for variable, key in _SESSION_VARIABLES.items()}
    return {}


def _require(settings: Mapping[str, Value], keys: Iterable[str], because_of: str) -> None:
    for key in keys:
        if not settings.get(key):
            refuse("deployment", f"'{key}' key is required when '{because_of}' is provided.")


def _load(files: FileSystem, path: str) -> dict[str, Value]:
    if not files.is_file(path):
        return {}
    content = yaml_ruby.load(files.read(path))
    if not isinstance(content, dict):
        refuse("deployment", f"Expected {path} to hold a map of settings, found something else; correct it.")
    return {key.name if isinstance(key, Symbol) else str(key): value for key, value in content.items()}
