"""An instance waits for the hooks of its transition, all of them at the same time.

EC2 Auto Scaling user guide, "How lifecycle hooks work": with several hooks the wait lasts until the last has ended;
one that is abandoned ends it for all.
"""

from collections.abc import Generator
from typing import Any

import simpy

from labkit.world.auto_scaling.activities import Activity
from labkit.world.auto_scaling.lifecycle_hooks import ABANDON, LAUNCHING, LifecycleAction
from labkit.world.auto_scaling.member import Member
from labkit.world.auto_scaling.roster import Roster

HALFWAY = 60
"""The progress AWS shows for an activity that is MidLifecycleAction."""


def wait_for_hooks(
    roster: Roster, member: Member, transition: str, activity: Activity
) -> Generator[simpy.Event, Any, LifecycleAction | None]:
    """``Pending:Wait`` or ``Terminating:Wait`` until every hook has ended; gives the action that was abandoned.

    The wait ends early when the group lets go of an instance that is on its way in, or the machine of one on its way
    out is gone.
    """
    hooks = [hook for hook in roster.hooks.values() if hook.transition == transition]
    if not hooks:
        return None
    launching = transition == LAUNCHING
    phase, cut_short = ("Pending", member.leaving) if launching else ("Terminating", member.gone)
    roster.set_state(member, f"{phase}:Wait")
    roster.activities.move(activity, "MidLifecycleAction", HALFWAY)
    actions = member.actions = [
        LifecycleAction(roster.clock, hook, member.instance_id, roster.surroundings.compute.new_id()) for hook in hooks
    ]
    for action in actions:
        roster.surroundings.waits(action)
    abandoned = yield from _until_ended(roster, actions, cut_short)
    for action in actions:
        action.complete(ABANDON)
    if member.actions is actions:  # an instance that is let go while it waits may wait for its next hooks already
        member.actions = []
    if not cut_short.triggered and not (launching and abandoned):
        roster.set_state(member, f"{phase}:Proceed")
    return abandoned


def _until_ended(
    roster: Roster, actions: list[LifecycleAction], cut_short: simpy.Event
) -> Generator[simpy.Event, Any, LifecycleAction | None]:
    while not cut_short.triggered:
        abandoned = next((action for action in actions if action.result == ABANDON), None)
        still = [action.ended for action in actions if action.open]
        if abandoned is not None or not still:
            return abandoned
        yield simpy.AnyOf(roster.clock.environment, [*still, cut_short])
    return None
