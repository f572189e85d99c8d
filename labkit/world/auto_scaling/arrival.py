"""An instance comes: Pending, perhaps Pending:Wait and Pending:Proceed, InService.

EC2 Auto Scaling user guide, "Amazon EC2 Auto Scaling instance lifecycle". The group registers it with its target groups
when it goes into service, and the health check grace period begins.
"""

from collections.abc import Callable

from labkit.simulation.clock import Process
from labkit.world.auto_scaling.activities import DIED_BEFORE_SERVICE, Activity
from labkit.world.auto_scaling.lifecycle_hooks import LAUNCHING, LifecycleAction
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.roster import Roster
from labkit.world.auto_scaling.waiting import wait_for_hooks

LAUNCHED = 30
"""The progress AWS shows for an activity that is PreInService."""


def bring_in(roster: Roster, member: Member, activity: Activity, arrived: Callable[[Member, bool], None]) -> Process:
    """Takes a member from Pending to InService; ``arrived`` hears whether it got there or was abandoned.

    Nobody hears of it when the group let go of it on the way: whoever did that knows.
    """
    roster.activities.move(activity, "PreInService", LAUNCHED)
    yield member.running | member.leaving
    abandoned: LifecycleAction | None = None
    if not member.leaving.triggered:
        abandoned = yield from wait_for_hooks(roster, member, LAUNCHING, activity)
    if member.leaving.triggered:
        unhealthy = member.health_status == "Unhealthy"
        roster.activities.end(activity, "Cancelled", DIED_BEFORE_SERVICE if unhealthy else None)
    elif abandoned is not None:
        roster.activities.end(activity, "Cancelled", abandoned.abandonment)
        arrived(member, False)  # noqa: FBT003 - whether it arrived
    else:
        roster.set_state(member, "InService")
        member.in_service_s = roster.clock.now_s
        roster.register(member)
        roster.activities.end(activity)
        arrived(member, True)  # noqa: FBT003
