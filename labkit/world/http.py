"""One HTTP answer, and what the load balancer sees of a machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response. ``delay_s``: lab seconds until it is complete.

    ``varies``: the next answer to the same request may be another one.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    varies: bool = False


UNREACHABLE = Answer(0, delay_s=inf)
"""What comes back from an address whose packets are dropped (a closed security group, no power): nothing, ever."""


class WebHost(Protocol):
    """A machine as seen from the network."""

    @property
    def instance_id(self) -> str:
        """EC2's id of the machine."""

    @property
    def running(self) -> bool:
        """Whether the machine is running (EC2's state ``running``)."""

    @property
    def availability_zone(self) -> str:
        """The zone it stands in, such as ``ap-northeast-2a``."""

    @property
    def revision(self) -> str | None:
        """Label of the revision CodeDeploy installed last, None before the first."""

    def answer(self, port: int, path: str) -> Answer | None:
        """The answer to ``GET path`` on ``port``.

        None when the connection is refused or the machine is down, ``UNREACHABLE`` when nothing comes back at all.
        """

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls ``listener`` whenever what ``answer`` or ``running`` say may have changed; the result ends that."""
