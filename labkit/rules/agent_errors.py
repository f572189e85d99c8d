"""What the CodeDeploy agent refuses, and of which kind the refusal is.

The kinds tell apart what AWS's own agent words exactly (``validation``, ``deployment``, ``script``) from what it
only reports as a crash of its own (``ruby``), of its YAML reader or of the operating system: those are worded
here, so that a student can act on them.
"""

from typing import Literal, NoReturn

Category = Literal["validation", "deployment", "script", "yaml_syntax", "yaml_disallowed", "ruby", "os"]

FAILED = "The deployment failed because "
"""How most of the agent's own sentences begin."""


class AgentError(Exception):
    """The agent gives up. ``category``: what kind of refusal; ``message``: what the diagnostics say."""

    def __init__(self, category: Category, message: str) -> None:
        super().__init__(message)
        self.category: Category = category
        self.message = message


def refuse(category: Category, message: str) -> NoReturn:
    """Raises AgentError; a reason that was caught on the way is not shown."""
    raise AgentError(category, message) from None
