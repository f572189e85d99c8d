"""Cases of kind ``appspec``: a text, and what the agent makes of it."""

import base64
from typing import Any

from labkit.rules.agent_errors import AgentError
from labkit.rules.appspec import AppSpec, AppSpecError, Script, parse_appspec
from labkit.rules.appspec_permissions import Permission
from labkit.rules.ruby_text import Opaque, Symbol, Value, to_s


def observe_appspec(case: dict[str, Any]) -> dict[str, Any]:
    """The outcome of parsing the case's text, in the shape of the recorded ones."""
    text = base64.b64decode(case["text_b64"]) if "text_b64" in case else case["text"].encode()
    try:
        return {"ok": True, "spec": _spec(parse_appspec(text))}
    except AppSpecError as error:
        return {"ok": False, "error": refusal(error)}


def refusal(error: AgentError) -> dict[str, Any]:
    """An error in the shape of the recorded ones."""
    return {"category": error.category, "message": error.message}


def _spec(appspec: AppSpec) -> dict[str, Any]:
    return {
        "version": appspec.version,
        "os": appspec.os,
        "file_exists_behavior": appspec.file_exists_behavior,
        "hooks": {_key(event): [_script(script) for script in scripts] for event, scripts in appspec.hooks.items()},
        "files": [{"source": _json(file.source), "destination": _json(file.destination)} for file in appspec.files],
        "permissions": [_permission(permission) for permission in appspec.permissions],
    }


def _script(script: Script) -> dict[str, Any]:
    return {
        "location": script.location,
        "runas": script.runas,
        "sudo": _json(script.sudo),
        "timeout": script.timeout_s,
    }


def _permission(permission: Permission) -> dict[str, Any]:
    context = permission.context
    return {
        "object": permission.object,
        "pattern": _json(permission.pattern),
        "except": [_json(item) for item in permission.exceptions],
        "type": list(permission.types),
        "owner": _json(permission.owner),
        "group": _json(permission.group),
        "mode": permission.mode,
        "acls": None if permission.acl is None else [entry.text for entry in permission.acl],
        "context": context and {"user": _json(context.user), "type": _json(context.type), "range": context.range},
    }


def _key(key: object) -> str:
    return key.shown if isinstance(key, Opaque) else to_s(key)  # type: ignore[arg-type]


def _json(value: Value) -> Any:
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): _json(item) for key, item in value.items()}
    return value
