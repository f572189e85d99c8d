"""Whether an AppSpec file's hooks and the deployment's lifecycle events know each other (the agent, before Install)."""

from collections.abc import Sequence

from labkit.rules.agent_errors import refuse
from labkit.rules.appspec import AppSpec
from labkit.rules.lifecycle import IN_PLACE_BEHIND_LOAD_BALANCER, Actor, actor
from labkit.rules.ruby_text import Value, inspect, to_s

DEFAULT_LIFECYCLE_EVENTS = tuple(event for event in IN_PLACE_BEHIND_LOAD_BALANCER if actor(event) is Actor.AGENT)
"""The events of every EC2/On-Premises deployment that the agent takes part in."""


def check_lifecycle_events(appspec: AppSpec, filename: str, possible: Sequence[str], hooks: Sequence[str]) -> None:
    """Compares the file's hooks with the events that are ``possible`` in the deployment.

    ``filename``: of the AppSpec file; ``hooks``: the events the agent always knows. Raises AgentError
    (``deployment``) for hooks of unknown events, and for events of one's own that have no hook.
    """
    known: list[Value] = list(appspec.hooks)
    known += [hook for hook in hooks if hook not in appspec.hooks]
    unknown = [event for event in known if event not in possible]
    if unknown:
        refuse("deployment", f"{filename} file contains unknown lifecycle events: {inspect(unknown)}")
    own = [event for event in possible if event not in DEFAULT_LIFECYCLE_EVENTS and event not in known]
    if own:
        shown = ",".join(to_s(event) for event in own)
        refuse(
            "deployment",
            "You specified a lifecycle event which is not a default one and doesn't exist in your "
            f"{filename} file: {shown}",
        )
