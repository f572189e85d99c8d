"""What GitHub writes to a webhook: the bodies of its events ``push`` and ``ping``.

GitHub Docs, "Webhook events and payloads". Members that only a real GitHub has something to say in (avatars, dozens of
URLs) are left out; those that are here have GitHub's names, types and forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NO_COMMIT = "0" * 40
WEB = "https://github.com"
ZEN = "Approachable is better than simple."


@dataclass(frozen=True, slots=True)
class Pushed:
    """One commit that came to ``main``. ``before``: the head until then; ``added`` and so on: paths."""

    commit_id: str
    tree_id: str
    before: str | None
    message: str
    at: datetime
    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]


def push(repository: str, pushed: Pushed) -> dict[str, Any]:
    """The payload of a push of one commit to ``main``."""
    commit, before = _commit(repository, pushed), pushed.before or NO_COMMIT
    return {
        "ref": "refs/heads/main",
        "before": before,
        "after": pushed.commit_id,
        "repository": _repository(repository),
        "pusher": {"name": "student", "email": "student@example.com"},
        "sender": _sender(),
        "created": pushed.before is None,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"{WEB}/{repository}/compare/{before[:12]}...{pushed.commit_id[:12]}",
        "commits": [commit],
        "head_commit": commit,
    }


def ping(repository: str, hook_id: int, url: str) -> dict[str, Any]:
    """The payload by which a new webhook is tried out."""
    return {
        "zen": ZEN,
        "hook_id": hook_id,
        "hook": {
            "type": "Repository",
            "id": hook_id,
            "name": "web",
            "active": True,
            "events": ["push"],
            "config": {"content_type": "json", "insecure_ssl": "0", "url": url},
        },
        "repository": _repository(repository),
        "sender": _sender(),
    }


def _commit(repository: str, pushed: Pushed) -> dict[str, Any]:
    person = {"name": "student", "email": "student@example.com", "username": "student"}
    return {
        "id": pushed.commit_id,
        "tree_id": pushed.tree_id,
        "distinct": True,
        "message": pushed.message,
        "timestamp": pushed.at.isoformat(timespec="seconds"),
        "url": f"{WEB}/{repository}/commit/{pushed.commit_id}",
        "author": person,
        "committer": person,
        "added": list(pushed.added),
        "removed": list(pushed.removed),
        "modified": list(pushed.modified),
    }


def _repository(name: str) -> dict[str, Any]:
    owner, _, own = name.partition("/")
    return {
        "name": own,
        "full_name": name,
        "private": False,
        "owner": {"name": owner, "login": owner, "type": "User"},
        "html_url": f"{WEB}/{name}",
        "clone_url": f"{WEB}/{name}.git",
        "default_branch": "main",
    }


def _sender() -> Mapping[str, str]:
    return {"login": "student", "type": "User"}
