"""Why a request through a load balancer got no answer, or not the one that was hoped for.

Elastic Load Balancing, "Troubleshoot your Application Load Balancers" (HTTP errors that the load balancer generates).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.compose import compose, distinct, well
from labkit.explain.evidence import call
from labkit.explain.finding import Finding, root
from labkit.explain.gather import Gatherer
from labkit.explain.rules import health
from labkit.explain.rules.closed import closed_to_visitors
from labkit.explain.rules.web import Web, why_page_fails
from labkit.explain.sentence import in_turn, said
from labkit.world.events import RequestAnswered
from labkit.world.load_balancer import FixedResponse, Forward, Listener, LoadBalancer
from labkit.world.security_groups import VISITOR
from labkit.world.target_group import TargetGroup

FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to a load balancer. ``status``: None if there was no answer, or nobody has asked yet."""

    url: str
    balancer: LoadBalancer
    port: int
    path: str
    status: int | None
    asked: bool

    @property
    def command(self) -> str:
        """The request once more."""
        return f'requests.get("{self.url}", timeout=5).status_code'


def explain_visit(gather: Gatherer, visit: Visit) -> Explanation:
    """The chain from the visitor's answer to what stands behind it."""
    found = distinct(_findings(gather, visit))
    seen = _seen(visit)
    if not found:
        return well(
            said("{url}: nothing is wrong", url=visit.url),
            Link("healthy", in_turn(seen.says, said("All behind it is well.")), seen.evidence),
        )
    answer = f"HTTP {visit.status} {HTTPStatus(visit.status).phrase}" if visit.status is not None else ""
    if visit.status is not None and visit.status < FIRST_ERROR:
        return compose(said("{url} answers, but not all behind it is well", url=visit.url), answer, (seen,), found)
    return compose(said("Why {url} does not answer as it should", url=visit.url), answer, (seen,), found)


def _seen(visit: Visit) -> Link:
    name = visit.balancer.name
    if not visit.asked:
        return Link(
            "visitor",
            said(
                "Visitors ask the load balancer {name} for {path} on port {port}.",
                name=name,
                path=visit.path,
                port=visit.port,
            ),
        )
    if visit.status is None:
        return Link(
            "no-answer",
            said(
                "The load balancer {name} gave no answer to {path} on port {port}.",
                name=name,
                path=visit.path,
                port=visit.port,
            ),
        )
    says = said(
        "The load balancer {name} answered {path} with {status}.", name=name, path=visit.path, status=visit.status
    )
    return Link(f"http-{visit.status}", says, (Evidence(said("the answer's status"), "", visit.command),))


def _findings(gather: Gatherer, visit: Visit) -> Iterator[Finding]:
    front = _at_the_door(gather, visit)
    if front is not None:
        yield front
        return
    groups = [share.target_group for share in _forward(visit).target_groups]
    answered = _last(gather, visit)
    if answered is not None and answered.instance_id is not None and visit.status is not None:
        yield from _on_target(gather, visit, groups, answered)
    for group in groups:
        yield from _in_group(gather, group)


def _at_the_door(gather: Gatherer, visit: Visit) -> Finding | None:
    """What keeps a request from being forwarded at all."""
    balancer, groups = visit.balancer, gather.region.security_groups
    if not groups.admits(balancer.arn, visit.port, VISITOR):
        return _closed(visit, groups.of(balancer.arn))
    listener = _listener(visit)
    if listener is None:
        return _no_listener(visit)
    if isinstance(listener.default_action, FixedResponse):
        return _fixed(gather, visit, listener.default_action)
    return None


def _closed(visit: Visit, ids: tuple[str, ...]) -> Finding:
    says = said(
        "The security groups of the load balancer {balancer} ({security_groups}) let no visitor in on port "
        "{port}: connections time out, although its targets may be healthy.",
        balancer=visit.balancer.name,
        security_groups=", ".join(ids),
        port=visit.port,
    )
    return closed_to_visitors(says, ids, visit.port)


def _no_listener(visit: Visit) -> Finding:
    ports = ", ".join(str(one.port) for one in visit.balancer.listeners) or said("none")
    says = said(
        "The load balancer {balancer} has no listener on port {port}; its ports: {ports}.",
        balancer=visit.balancer.name,
        port=visit.port,
        ports=ports,
    )
    shown = Evidence("DescribeListeners → Port", ports.partition(",")[0], _listeners(visit))
    return root(Link("no-listener", says, (shown,)), said("Ask a port with a listener, or create one for this port."))


def _fixed(gather: Gatherer, visit: Visit, action: FixedResponse) -> Finding:
    """The listener answers by itself; the target groups nobody forwards to are the ones that should."""
    idle = [group.settings.name for group in gather.region.target_groups.values() if not group.load_balancer_arns]
    shown = Evidence("DescribeListeners → DefaultActions", "fixed-response", _listeners(visit))
    says = said(
        "The listener on port {port} answers {status} by itself (fixed-response) and forwards to nobody.",
        port=visit.port,
        status=action.status,
    )
    if not idle:
        return root(
            Link("listener-fixed-response", says, (shown,)), said("Let the listener forward to a target group.")
        )
    nobody = said("No listener forwards to the target group {groups}.", groups=", ".join(idle))
    arn = gather.region.target_groups[idle[0]].arn
    command = (
        'boto3.client("elbv2").modify_listener(ListenerArn="…", DefaultActions=[{"Type": "forward", '
        f'"TargetGroupArn": "{arn}"}}])'
    )
    return root(
        Link("target-group-on-no-listener", in_turn(says, nobody), (shown,)),
        said("Forward to {group}.", group=idle[0]),
        command,
    )


def _on_target(
    gather: Gatherer, visit: Visit, groups: list[TargetGroup], answered: RequestAnswered
) -> Iterator[Finding]:
    """Why the target that answered last answered so."""
    if answered.status < FIRST_ERROR or answered.status != visit.status or answered.instance_id is None:
        return
    instance_id = answered.instance_id
    machine = gather.machine(instance_id)
    sent = Link("answered-by", said("The load balancer had sent it to {instance}.", instance=instance_id))
    for group in groups:
        if group.arn == answered.target_group:
            found = health.why_not_healthy(gather.target(group, instance_id))
            if found is not None and found.root_id not in health.PASSING:
                yield found.after(sent)
                return
    probe = gather.probe(instance_id, groups[0].settings.port if groups else visit.port, visit.path)
    page = why_page_fails(Web(machine, probe))
    if page is not None:
        yield page.after(sent)


def _in_group(gather: Gatherer, group: TargetGroup) -> Iterator[Finding]:
    """What is wrong with targets that get requests, whoever answered last."""
    listed = group.health()
    if not listed:
        yield health.no_targets(group.settings)
    for target in listed:
        for found in health.all_not_healthy(gather.target(group, target.instance_id, target.port)):
            if found.root_id not in health.PASSING:
                yield found


def _listener(visit: Visit) -> Listener | None:
    return next((one for one in visit.balancer.listeners if one.port == visit.port), None)


def _forward(visit: Visit) -> Forward:
    listener = _listener(visit)
    action = listener.default_action if listener else None
    return action if isinstance(action, Forward) else Forward(())


def _last(gather: Gatherer, visit: Visit) -> RequestAnswered | None:
    """The last recorded answer to this request."""
    answers = gather.record.answers.get(visit.balancer.arn, ())
    return next((one for one in reversed(answers) if one.path == visit.path), None)


def _listeners(visit: Visit) -> str:
    return call("elbv2", "describe_listeners", f'LoadBalancerArn="{visit.balancer.arn}"', '["Listeners"]')
