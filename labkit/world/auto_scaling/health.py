"""Health checks of a group: EC2's always, Elastic Load Balancing's if the group asks for them.

EC2 Auto Scaling user guide, "Health checks for instances in an Auto Scaling group", "Set the health check grace period"
and "Suspend and resume processes" (HealthCheck, ReplaceUnhealthy). Nothing polls: a machine or target that changes
is looked at again ``NOTICE_S`` later, and not before its grace period is over.
"""

from collections.abc import Callable

from labkit.world.auto_scaling.activities import LOAD_BALANCER_COMPLAINT, NOT_RUNNING, STATUS_CHECKS_FAILED
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.roster import Roster

NOTICE_S = 30.0
"""How long a group takes to find an instance unhealthy; unpublished, under a minute as a rule."""
REPLACE_S = 30.0
"""From Unhealthy to Terminating; AWS: "almost immediately scheduled for replacement"."""
ALIVE = ("pending", "running")


class HealthChecks:
    """Judges the members of one group; ``replace`` is told of each that has to go."""

    def __init__(self, roster: Roster, replace: Callable[[Member], None]) -> None:
        self._roster = roster
        self._replace = replace

    def consider(self, member: Member) -> None:
        """Something about a member changed: if it fails a check now, it will be judged in due time."""
        complaint = self._complaint(member)
        if complaint is None or "HealthCheck" in self._roster.suspended:
            return
        due_s = self._roster.clock.now_s + NOTICE_S
        if complaint == LOAD_BALANCER_COMPLAINT:
            due_s = max(due_s, self._end_of_grace_s(member) + NOTICE_S)
        if member.verdict is not None:
            if member.verdict.at_s <= due_s:
                return
            member.verdict.cancel()
        member.verdict = self._roster.clock.call_at(due_s, lambda: self._judge(member))

    def mark(self, member: Member, complaint: str) -> None:
        """A member is unhealthy; it goes unless somebody sets its health before."""
        member.complaint = complaint
        self._roster.set_health(member, "Unhealthy")
        self._roster.clock.call_at(self._roster.clock.now_s + REPLACE_S, lambda: self.replace_if_due(member))

    def in_grace(self, member: Member) -> bool:
        """Whether the health check grace period of a member lasts."""
        return member.in_service and self._roster.clock.now_s < self._end_of_grace_s(member)

    def replace_if_due(self, member: Member) -> None:
        """Has an unhealthy member replaced, unless a suspended process is in the way."""
        blocked = {"ReplaceUnhealthy", "Terminate"} & self._roster.suspended.keys()
        if member.health_status == "Unhealthy" and member.counts and not blocked:
            self._replace(member)

    def look_at_all(self) -> None:
        """Processes were resumed or the settings changed: whatever was left undone is taken up."""
        for member in self._roster.counted:
            self.consider(member)
            self.replace_if_due(member)

    def _judge(self, member: Member) -> None:
        member.verdict = None
        complaint = self._complaint(member)
        if complaint is not None and "HealthCheck" not in self._roster.suspended:
            self.mark(member, complaint)

    def _complaint(self, member: Member) -> str | None:
        if not member.counts or member.health_status == "Unhealthy":
            return None
        surroundings, settings = self._roster.surroundings, self._roster.settings
        if surroundings.fleet.machine(member.instance_id).state not in ALIVE:
            return NOT_RUNNING
        if surroundings.fleet.status(member.instance_id) == "impaired":
            return STATUS_CHECKS_FAILED
        if not (member.in_service and settings.asks_load_balancers):
            return None
        groups = (surroundings.target_groups.get(name) for name in settings.target_groups)
        failed = any(group and group.health_of(member.instance_id).state == "unhealthy" for group in groups)
        return LOAD_BALANCER_COMPLAINT if failed else None

    def _end_of_grace_s(self, member: Member) -> float:
        return (member.in_service_s or 0.0) + self._roster.settings.health_check_grace_period_s
