"""How a command of the service ended, for the service, for the API and for people.

AWS CodeDeploy API, ``Diagnostics`` and ``LifecycleErrorCode``; the numbers and the JSON are the agent's.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from labkit.rules.agent_errors import Category


class ErrorCode(IntEnum):
    """The agent's own error codes."""

    SUCCEEDED = 0
    SCRIPT_MISSING = 1
    SCRIPT_NOT_EXECUTABLE = 2
    SCRIPT_TIMED_OUT = 3
    SCRIPT_FAILED = 4
    UNKNOWN_ERROR = 5
    OUTPUTS_LEFT_OPEN = 6
    FAILED_AFTER_RESTART = 7


LIFECYCLE_ERROR_CODES = {
    ErrorCode.SUCCEEDED: "Success",
    ErrorCode.SCRIPT_MISSING: "ScriptMissing",
    ErrorCode.SCRIPT_NOT_EXECUTABLE: "ScriptNotExecutable",
    ErrorCode.SCRIPT_TIMED_OUT: "ScriptTimedOut",
    ErrorCode.SCRIPT_FAILED: "ScriptFailed",
}
"""The API's names; every other code has none of its own and shows as UnknownError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutcome:
    """How a command ended.

    ``category``: what kind of failure, None on success; ``script_name``: as AppSpec writes it; ``log``: what the event
    logged last, less than 2048 characters.
    """

    error_code: ErrorCode = ErrorCode.SUCCEEDED
    script_name: str = ""
    message: str = "Succeeded"
    log: str = ""
    category: Category | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the command succeeded."""
        return self.error_code is ErrorCode.SUCCEEDED

    @property
    def lifecycle_error_code(self) -> str:
        """The API's ``LifecycleErrorCode``."""
        return LIFECYCLE_ERROR_CODES.get(self.error_code, "UnknownError")

    def to_diagnostics(self) -> dict[str, str]:
        """As the API's ``Diagnostics``; a success shows neither script nor log."""
        return {
            "errorCode": self.lifecycle_error_code,
            "scriptName": "" if self.succeeded else self.script_name,
            "message": self.message,
            "logTail": "" if self.succeeded else self.log,
        }

    def to_payload(self) -> str:
        """The JSON text that the agent reports to the service.

        Output that is no UTF-8 (kept as lone surrogates) makes the agent's JSON fail, and it reports the minimum.
        """
        payload: dict[str, Any] = {
            "error_code": int(self.error_code),
            "script_name": "" if self.succeeded else self.script_name,
            "message": "Succeeded: " if self.succeeded else self.message,
            "log": "" if self.succeeded else self.log,
        }
        try:
            json.dumps(payload, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            payload |= {
                "error_code": "Unknown",
                "message": "Attempting minimal diagnostics",
                "log": "Exception JSON::GeneratorError occured",
            }
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


FAILED_AFTER_RESTART = CommandOutcome(
    error_code=ErrorCode.FAILED_AFTER_RESTART,
    message="Failed: Failing in-progress lifecycle event after an agent restart.",
    category="deployment",
)
"""What an agent reports when it starts and finds that it died in the middle of a command."""
