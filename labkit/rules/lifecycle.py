"""Which lifecycle events an instance goes through, in which order, and who carries each of them out.

CodeDeploy user guide, "AppSpec 'hooks' section", "Lifecycle event hook availability"; the agent's own
constant ``DEFAULT_ORDERED_LIFECYCLE_EVENTS``.
"""

from enum import Enum


class Actor(Enum):
    """Who carries out an event."""

    AGENT = "agent"
    SERVICE = "service"


BLOCK = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic")
ALLOW = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
INSTALL = (
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
)
IN_PLACE_BEHIND_LOAD_BALANCER = (*BLOCK, *INSTALL, *ALLOW)
FETCHING = frozenset({"DownloadBundle", "BeforeInstall", "Install", "AfterInstall"})
GREEN = (*INSTALL, *ALLOW)
"""Blue/green: what a replacement instance goes through."""
BLUE = BLOCK
"""Blue/green: what an original instance goes through."""

SERVICE_EVENTS = frozenset({"BlockTraffic", "AllowTraffic"})
PREVIOUS_REVISION_EVENTS = frozenset({"ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"})
"""Their scripts come from the revision installed before; ``ignoreApplicationStopFailures`` forgives them."""

EVENT_START_LIMIT_S = 300.0
"""An event must start within five minutes of the one before (user guide, "Limits")."""
ALLOW_TRAFFIC_LIMIT_S = 3600.0
"""How long AllowTraffic waits for the load balancer to find the instance healthy."""
READY_LIMIT_S = 48 * 3600.0
"""How long a blue/green deployment may wait between installing and rerouting."""
IN_PLACE_LIMIT_S = 8 * 3600.0
"""How long a whole in-place deployment may take."""


def in_place_events(*, behind_load_balancer: bool, creator: str = "user", restart: bool = False) -> tuple[str, ...]:
    """The events of an in-place deployment: thirteen behind a load balancer, seven without.

    ``creator`` autoscaling: an instance that was just launched gets no visitors yet, so there is no traffic to block.
    autoscalingTermination: nothing is installed any more. ``restart``: deploymentMode RESTART fetches and installs
    nothing (AWS does not publish its events).

    >>> len(in_place_events(behind_load_balancer=True))
    13
    """
    block, allow = (BLOCK, ALLOW) if behind_load_balancer else ((), ())
    if creator == "autoscalingTermination":
        return (*block, "ApplicationStop")
    install = tuple(name for name in INSTALL if not restart or name not in FETCHING)
    return (*(() if creator == "autoscaling" else block), *install, *allow)


def actor(lifecycle_event: str) -> Actor:
    """Who carries out ``lifecycle_event``: the agent on the instance, or the service itself."""
    return Actor.SERVICE if lifecycle_event in SERVICE_EVENTS else Actor.AGENT
