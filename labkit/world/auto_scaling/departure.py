"""An instance goes: Terminating, perhaps Terminating:Wait and Terminating:Proceed, then its machine ends.

EC2 Auto Scaling user guide, "How lifecycle hooks work": "the terminating instance is first deregistered from the load
balancer", it waits for the connections to drain, and only then for its hooks.
"""

import simpy

from labkit.simulation.clock import Process
from labkit.world.auto_scaling.activities import DRAINING, Activity
from labkit.world.auto_scaling.lifecycle_hooks import TERMINATING
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.roster import Roster
from labkit.world.auto_scaling.waiting import wait_for_hooks

HALFWAY = 50
"""The progress AWS shows for an activity that waits for connection draining."""


def begin_departure(roster: Roster, member: Member, cause: str) -> Activity:
    """Lets go of a member as AWS does by default; everything after ``Terminating`` takes lab time."""
    _let_go(roster, member)
    activity = roster.begin_activity(f"Terminating EC2 instance: {member.instance_id}", cause, member.availability_zone)
    roster.clock.process(_bring_out(roster, member, activity))
    return activity


def dismiss(roster: Roster, member: Member) -> Process:
    """Terminates a member at once, without draining or hooks (an abandoned launch, a group deleted by force)."""
    _let_go(roster, member)
    roster.deregister(member)
    if not member.gone.triggered:
        roster.surroundings.compute.terminate([member.instance_id])
    yield member.gone
    roster.forget(member)


def _let_go(roster: Roster, member: Member) -> None:
    roster.set_state(member, "Terminating")
    if not member.leaving.triggered:
        member.leaving.succeed()


def _bring_out(roster: Roster, member: Member, activity: Activity) -> Process:
    drained = roster.deregister(member)
    if not all(event.triggered for event in drained):
        activity.description += DRAINING
        roster.activities.move(activity, "WaitingForELBConnectionDraining", HALFWAY)
    yield simpy.AllOf(roster.clock.environment, drained)
    activity.description = activity.description.removesuffix(DRAINING)
    yield from wait_for_hooks(roster, member, TERMINATING, activity)
    if not member.gone.triggered:
        roster.activities.move(activity, "InProgress", HALFWAY)
        roster.surroundings.compute.terminate([member.instance_id])
    yield member.gone
    roster.forget(member)
    roster.activities.end(activity)
