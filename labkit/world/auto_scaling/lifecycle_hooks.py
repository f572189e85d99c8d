"""Lifecycle hooks, and the wait that each of them imposes on one instance.

EC2 Auto Scaling user guide, "How lifecycle hooks work in Auto Scaling groups" and "Considerations and limitations for
lifecycle hooks": the wait ends with CompleteLifecycleAction, or when no heartbeat came in time; heartbeats prolong
it up to the global timeout, "48 hours or 100 times the heartbeat timeout, whichever is smaller".
"""

from dataclasses import dataclass

from labkit.simulation.clock import Clock

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
CONTINUE, ABANDON = "CONTINUE", "ABANDON"
LONGEST_WAIT_S = 172_800
MAX_HOOKS = 50
"""Quota: lifecycle hooks per Auto Scaling group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleHook:
    """What PutLifecycleHook says. ``transition``: LAUNCHING or TERMINATING."""

    name: str
    auto_scaling_group: str
    transition: str
    heartbeat_timeout_s: int = 3600
    default_result: str = ABANDON
    notification_target: str | None = None
    role: str | None = None
    metadata: str | None = None

    @property
    def global_timeout_s(self) -> int:
        """The longest an instance can be kept waiting, heartbeats or not."""
        return min(LONGEST_WAIT_S, 100 * self.heartbeat_timeout_s)


class LifecycleAction:
    """One instance waiting for one hook. ``ended`` comes when ``result`` (CONTINUE or ABANDON) is known."""

    def __init__(self, clock: Clock, hook: LifecycleHook, instance_id: str, token: str) -> None:
        self.hook = hook
        self.instance_id = instance_id
        self.token = token
        self.result: str | None = None
        self.ended = clock.event()
        self._reason = ""
        self._clock = clock
        self._last_moment = clock.call_at(clock.now_s + hook.global_timeout_s, self._time_out)
        self._next_deadline = clock.call_at(clock.now_s + hook.heartbeat_timeout_s, self._time_out)

    @property
    def open(self) -> bool:
        """Whether it still waits."""
        return self.result is None

    @property
    def abandonment(self) -> str:
        """What a scaling activity says when this action was abandoned."""
        return (
            "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token "
            f"{self.token} was abandoned: {self._reason}"
        )

    def heartbeat(self) -> None:
        """RecordLifecycleActionHeartbeat: the time begins anew, but for the global timeout."""
        if self.open:
            self._next_deadline.cancel()
            self._next_deadline = self._clock.call_at(self._clock.now_s + self.hook.heartbeat_timeout_s, self._time_out)

    def complete(self, result: str) -> None:
        """CompleteLifecycleAction with CONTINUE or ABANDON; nothing happens if it has ended."""
        self._end(result, f"Lifecycle Action Completed with {result} Result")

    def _time_out(self) -> None:
        self._end(self.hook.default_result, "Heartbeat Timeout")

    def _end(self, result: str, reason: str) -> None:
        if not self.open:
            return
        self.result, self._reason = result, reason
        self._last_moment.cancel()
        self._next_deadline.cancel()
        self.ended.succeed()
