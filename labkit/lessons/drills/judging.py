"""Whether an incident is over, by how things stand: one rule a sentence, asked in the order in which one would look.

Nobody asks how it was mended. But what works only because a health check looks away, a script no longer validates or a
role may do everything is not mended yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labkit.lessons.drills.before import Before, hooks_on
from labkit.lessons.drills.place import APPLICATION, GROUP, Place
from labkit.lessons.drills.privileges import Powers, powers_of, short
from labkit.lessons.drills.table import Incident, Need
from labkit.lessons.outcomes import NO_ERROR
from labkit.lessons.pages import headline
from labkit.lessons.verdicts import NotYet, Passed, Verdict
from labkit.simulation.history import History
from labkit.world.events import DeploymentChanged, DeploymentCreated
from labkit.world.load_balancer import ClosedToVisitorsError, NoListenerError

NOT_ENDED = ["Created", "Queued", "InProgress", "Baking", "Ready"]
SLOW_S = 1.0
ROUNDS = 4
"""How often a visitor asks each machine."""


@dataclass(frozen=True, slots=True)
class Case:
    """What happened, how things stood before it, and where to look now. ``needs``: the incident's, its gaps filled.

    ``wanted``: the headline of the release, None if any will do.
    """

    incident: Incident
    needs: Sequence[Need]
    before: Before
    place: Place
    wanted: str | None


Rule = Callable[[Case], NotYet | None]


def judge(case: Case) -> Verdict:
    """Passed, or the first rule that is not met."""
    return next((found for rule in RULES if (found := rule(case))), Passed({"count": len(case.place.instance_ids())}))


def nothing_is_under_way(case: Case) -> NotYet | None:
    """No deployment to the group is still going on."""
    found = case.place.client("codedeploy").list_deployments(
        applicationName=APPLICATION, deploymentGroupName=GROUP, includeOnlyStatuses=NOT_ENDED
    )["deployments"]
    if not found:
        return None
    return NotYet("under-way", {"id": found[0], "now": case.place.deployment(found[0])["status"]})


def as_many_machines(case: Case) -> NotYet | None:
    """The fleet has not shrunk."""
    count, wanted = len(case.place.instance_ids()), case.before.desired_capacity
    return NotYet("fewer-machines", {"count": count, "wanted": wanted}) if count < wanted else None


def every_machine_is_healthy(case: Case) -> NotYet | None:
    """The load balancer finds every instance well."""
    unhealthy = case.place.unhealthy()
    if not unhealthy:
        return None
    instance_id, reason = next(iter(unhealthy.items()))
    return NotYet("unhealthy", {"count": len(unhealthy), "first": instance_id, "reason": reason})


def visitors_are_served(case: Case) -> NotYet | None:
    """Whoever asks the load balancer gets a page, soon."""
    balancer = case.place.region.load_balancers[case.place.balancer()["DNSName"]]
    for _ in range(ROUNDS * len(case.place.instance_ids())):
        try:
            answer = balancer.request(80, "/")
        except ClosedToVisitorsError:
            return NotYet("closed")
        except NoListenerError as error:
            return NotYet("no-listener", {"words": error})
        if answer.status not in NO_ERROR:
            return NotYet("visitors-get-errors", {"code": answer.status})
        if answer.delay_s > SLOW_S:
            return NotYet("slow", {"seconds": f"{answer.delay_s:.0f}"})
    return None


def every_machine_serves_well(case: Case) -> NotYet | None:
    """No machine answers with an error now and then."""
    for instance_id, page in case.place.pages().items():
        if page.status not in NO_ERROR or page.error_share:
            share = round(100 * page.error_share) or 100
            return NotYet("machine-with-errors", {"first": instance_id, "percent": share})
    return None


def the_release_is_everywhere(case: Case) -> NotYet | None:
    """Every machine shows the wanted version."""
    others = [id_ for id_, page in case.place.pages().items() if case.wanted and case.wanted != headline(page.page)]
    return NotYet("old-page", {"count": len(others), "first": others[0], "page": case.wanted}) if others else None


def it_came_by_a_deployment(case: Case) -> NotYet | None:
    """All machines run one revision, which a deployment brought that succeeded."""
    revisions = {page.revision for page in case.place.pages().values()}
    if len(revisions) > 1:
        return NotYet("two-revisions", {"count": len(revisions)})
    done = _revisions_deployed(case.place.region.history)
    former = case.before.revisions if case.wanted else frozenset()
    return None if revisions <= done - former else NotYet("by-hand")


def health_check_is_honest(case: Case) -> NotYet | None:
    """The health check takes no error for success."""
    group = case.place.target_group()
    codes = str(group["Matcher"]["HttpCode"])
    accepted = [int(code) for part in codes.split(",") for code in part.split("-")]
    return None if max(accepted) in NO_ERROR else NotYet("check-accepts-errors", {"codes": codes})


def the_scripts_still_run(case: Case) -> NotYet | None:
    """What the revision before had checked is still being checked."""
    lost = case.before.hooks - hooks_on(case.place, case.place.instance_ids()[0])
    return NotYet("hook-missing", {"hooks": ", ".join(sorted(lost))}) if lost else None


def roles_may_do_enough(case: Case) -> NotYet | None:
    """What broke because a permission was missing has it again."""
    seats = _seats(case.place) if case.needs else {}
    for seat, action, resource in case.needs:
        for role in seats[seat]:
            if not role.allows(action, resource):
                return NotYet("lacks-permission", {"role": _name(role), "action": action})
    return None


def roles_may_do_no_more(case: Case) -> NotYet | None:
    """No role has been given more than it had."""
    before: Mapping[str, Sequence[Powers]] = {"instance": case.before.instance, "service": case.before.service}
    for seat, roles in _seats(case.place).items():
        for role in roles:
            gained = role.gained(before[seat])
            if gained:
                return NotYet("too-much", {"role": _name(role), "actions": short(gained)})
            trusted = role.trusted_anew(before[seat])
            if trusted:
                return NotYet("too-trusting", {"role": _name(role), "who": short(trusted)})
    return None


def no_port_is_open_that_was_closed(case: Case) -> NotYet | None:
    """Security groups let everybody in where they did before, and nowhere else."""
    opened = case.place.open_to_everybody() - case.before.open_to_everybody - {"tcp 80-80"}
    return NotYet("too-open", {"ports": ", ".join(sorted(opened))}) if opened else None


def _revisions_deployed(history: History) -> set[str | None]:
    ended = {event.deployment_id for event in history.of(DeploymentChanged) if event.status == "Succeeded"}
    return {event.revision for event in history.of(DeploymentCreated) if event.deployment_id in ended}


def _seats(place: Place) -> dict[str, list[Powers]]:
    return {
        "instance": [powers_of(place.client, name) for name in place.instance_roles()],
        "service": [powers_of(place.client, name) for name in place.service_roles()],
    }


def _name(role: Powers) -> str:
    return role.arn.rpartition("/")[2]


RULES: Sequence[Rule] = (
    nothing_is_under_way,
    as_many_machines,
    visitors_are_served,
    every_machine_is_healthy,
    every_machine_serves_well,
    the_release_is_everywhere,
    it_came_by_a_deployment,
    roles_may_do_enough,
    health_check_is_honest,
    the_scripts_still_run,
    roles_may_do_no_more,
    no_port_is_open_that_was_closed,
)
"""First whether it works, then whether it is mended well."""
