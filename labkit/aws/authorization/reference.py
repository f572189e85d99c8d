"""AWS's Service Authorization Reference: which types of resource an action is about, and how their ARNs are made.

``reference.json`` is derived by ``labkit.authoring.authorization_reference``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("reference.json")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """``arn``: its template, such as ``arn:{Partition}:iam::{Account}:role/{RoleNameWithPath}``."""

    name: str
    arn: str
    required: bool = False


def actions(prefix: str) -> frozenset[str]:
    """The names of all actions of a service."""
    return frozenset(_service(prefix)["actions"])


@cache
def resource_types(prefix: str, action: str) -> tuple[ResourceType, ...]:
    """The types of resource that a policy can name for an action (without prefix); empty: it takes ``*`` only."""
    service = _service(prefix)
    named = service["actions"].get(action, "").split()
    return tuple(
        ResourceType(one.rstrip("*"), service["resources"][one.rstrip("*")], one.endswith("*")) for one in named
    )


def template(prefix: str, resource_type: str) -> str:
    """The template of a type's ARN. Raises ``KeyError``."""
    return str(_service(prefix)["resources"][resource_type])


@cache
def _read() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))["services"]
    return found


def _service(prefix: str) -> Mapping[str, Any]:
    return _read().get(prefix, {"actions": {}, "resources": {}})  # type: ignore[no-any-return]
