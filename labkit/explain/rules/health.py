"""Why a load balancer does not find a target healthy.

Elastic Load Balancing, "Health checks for Application Load Balancer target groups" (reason codes) and "Troubleshoot
your Application Load Balancers"; CodeDeploy user guide, "Troubleshoot EC2/On-Premises deployment issues" (a failed
AllowTraffic event with nothing in the deployment logs).
"""

from collections.abc import Iterator

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import call, on_machine, target_group, target_health
from labkit.explain.facts import TargetFacts
from labkit.explain.finding import Finding, Rule, first, root
from labkit.explain.rules.leaving import Leaving, why_gone
from labkit.explain.rules.web import FIRST_CLIENT_ERROR, FIRST_SERVER_ERROR, why_target_fails
from labkit.explain.sentence import said
from labkit.rules.target_health import matches
from labkit.world.target_group import TargetGroupSettings

USUAL_TIMEOUT_S = 5.0
"""``HealthCheckTimeoutSeconds`` that Elastic Load Balancing sets for HTTP when nothing is said (5 or 6 seconds)."""


def why_not_healthy(target: TargetFacts) -> Finding | None:
    """Why the target is not healthy; None if it is, or will be with the next check."""
    found = first(RULES, target)
    return None if found is None else found.after(_state(target))


def all_not_healthy(target: TargetFacts) -> Iterator[Finding]:
    """What is wrong with the target: behind a closed way to it there may be something else."""
    found = why_not_healthy(target)
    if found is None:
        return
    yield found
    if found.root_id in HIDING:
        behind = not_served(target)
        if behind is not None:
            yield behind.after(_state(target))


def stood_in_lost_zone(target: TargetFacts) -> Finding | None:
    """Its machine is not there any more, or not any more at work."""
    return why_gone(Leaving(target.machine))


def on_no_listener(target: TargetFacts) -> Finding | None:
    """Nothing forwards to the group."""
    if target.listeners:
        return None
    shown = target_group(target.group_name, "LoadBalancerArns", "[]")
    says = said(
        "No listener of any load balancer forwards to the target group {group}, so it is not checked.",
        group=target.group_name,
    )
    fix = said("Let a listener of the load balancer forward to the target group.")
    command = (
        'boto3.client("elbv2").modify_listener(ListenerArn="…", DefaultActions=[{"Type": "forward", '
        f'"TargetGroupArn": "{target.group_arn}"}}])'
    )
    return root(Link("target-group-on-no-listener", says, (shown,)), fix, command)


def zone_not_enabled(target: TargetFacts) -> Finding | None:
    """The load balancer has no node in its zone."""
    if target.reason != "Target.NotInUse":
        return None
    says = said(
        "The load balancer is not enabled for {zone}, where the instance stands.", zone=target.machine.availability_zone
    )
    fix = said("Enable the zone (SetSubnets with a subnet in it), or launch in the enabled ones.")
    shown = Evidence("DescribeLoadBalancers → AvailabilityZones", "", call("elbv2", "describe_load_balancers", ""))
    return root(Link("target-zone-not-enabled", says, (shown,)), fix)


def not_registered(target: TargetFacts) -> Finding | None:
    """Nobody has registered it."""
    if target.reason != "Target.NotRegistered":
        return None
    says = said(
        "Nobody has registered {instance} with the target group {group}.",
        instance=target.machine.instance_id,
        group=target.group_name,
    )
    command = call(
        "elbv2",
        "register_targets",
        f'TargetGroupArn="{target.group_arn}", Targets=[{{"Id": "{target.machine.instance_id}"}}]',
    )
    return root(
        Link("target-not-registered", says), said("Register it, or deploy to it: AllowTraffic registers."), command
    )


def closed(target: TargetFacts) -> Finding | None:
    """A security group drops what the load balancer sends."""
    if not target.closed:
        return None
    ids = ", ".join(f'"{one}"' for one in target.closed)
    groups = call("ec2", "describe_security_groups", f"GroupIds=[{ids}]", '["SecurityGroups"][0]["IpPermissions"]')
    port = target.health_check.port_for(target.port)
    answers = target.checked.status is not None
    pairs = ", ".join(f'{{"GroupId": "{one}"}}' for one in target.balancer_groups)
    evidence = (
        Evidence("DescribeSecurityGroups → IpPermissions", "", groups),
        *((_inside(target),) if answers else ()),
    )
    dropped = said(
        "The security groups of {instance} ({security_groups}) do not let the load balancer in on port {port}: its "
        "checks time out",
        instance=target.machine.instance_id,
        security_groups=", ".join(target.closed),
        port=port,
    )
    says = (
        said("{dropped}, although the instance itself answers.", dropped=dropped)
        if answers
        else said("{dropped}.", dropped=dropped)
    )
    fix = said("Add an inbound rule for port {port} from the load balancer's security group.", port=port)
    command = call(
        "ec2",
        "authorize_security_group_ingress",
        f'GroupId="{target.closed[0]}", IpPermissions=[{{"IpProtocol": "tcp", "FromPort": {port}, "ToPort": {port}, '
        f'"UserIdGroupPairs": [{pairs}]}}]',
    )
    return root(Link("security-group-closed", says, evidence), fix, command)


def too_slow(target: TargetFacts) -> Finding | None:
    """It answers, but later than the check waits."""
    check, probe = target.health_check, target.checked
    if probe.status is None or probe.delay_s <= check.timeout_s:
        return None
    setting = target_group(target.group_name, "HealthCheckTimeoutSeconds", str(check.timeout_s))
    took = on_machine(
        target.machine.instance_id,
        said("how long an answer takes (seconds)"),
        "",
        f"curl -s -o /dev/null -w '%{{time_total}}' http://localhost:{probe.port}{probe.path}",
    )
    takes = said(
        "takes {seconds:g} seconds over {path}, and the health check waits {timeout}",
        seconds=probe.delay_s,
        path=probe.path,
        timeout=check.timeout_s,
    )
    if probe.delay_s <= USUAL_TIMEOUT_S:
        says = said(
            "{instance} {takes}: less than the usual {usual:g}.",
            instance=target.machine.instance_id,
            takes=takes,
            usual=USUAL_TIMEOUT_S,
        )
        link = Link("health-check-wrong-timeouts", says, (setting, took))
        command = _modify(target, f"HealthCheckTimeoutSeconds={int(USUAL_TIMEOUT_S)}, HealthCheckIntervalSeconds=10")
        question = said(
            "Did the version before take as long? If so, the timeout is too short; if not, the new version is slow."
        )
        return root(link, said("Give the health check more time than an answer takes."), command, question)
    says = said("The version on {instance} is slow: it {takes}.", instance=target.machine.instance_id, takes=takes)
    fix = said("Deploy the version before it again, and make the new one faster; a longer timeout would only hide it.")
    return root(Link("slow-version", says, (took, setting)), fix)


def wrong_port(target: TargetFacts) -> Finding | None:
    """The check asks another port than visitors do, and there nobody listens."""
    check, machine = target.health_check, target.machine
    port = check.port_for(target.port)
    if target.checked.status is not None or port == target.port or target.front.status is None:
        return None
    setting = target_group(target.group_name, "HealthCheckPort", check.port)
    sockets = on_machine(machine.instance_id, said("listening sockets"), f":{target.port} ", "ss -tln")
    says = said(
        "The health check asks port {port}, where nothing listens; the application answers on port {traffic_port}.",
        port=port,
        traffic_port=target.port,
    )
    command = _modify(target, 'HealthCheckPort="traffic-port"')
    return root(
        Link("health-check-wrong-port", says, (setting, sockets)),
        said("Check the port that gets the traffic."),
        command,
    )


def wrong_matcher(target: TargetFacts) -> Finding | None:
    """A good answer, but not the one the group takes for good."""
    check, status = target.health_check, target.checked.status
    if status is None or status >= FIRST_CLIENT_ERROR or matches(check.matcher, status):
        return None
    setting = target_group(target.group_name, "Matcher", check.matcher)
    says = said(
        "The application answers {path} with {status}, but the health check takes only {matcher} for success.",
        path=check.path,
        status=status,
        matcher=check.matcher,
    )
    command = _modify(target, f'Matcher={{"HttpCode": "{status}"}}')
    return root(
        Link("health-check-wrong-matcher", says, (setting, _inside(target))),
        said("Let the matcher take {status}.", status=status),
        command,
    )


def wrong_path(target: TargetFacts) -> Finding | None:
    """The path of the check is none of the application's, others are."""
    check, status, front = target.health_check, target.checked.status, target.front.status
    if status is None or not FIRST_CLIENT_ERROR <= status < FIRST_SERVER_ERROR or front is None:
        return None
    if matches(check.matcher, status) or not matches(check.matcher, front):
        return None
    setting = target_group(target.group_name, "HealthCheckPath", check.path)
    says = said(
        "The health check asks for {path}, which the application answers {status}; / is answered {front}.",
        path=check.path,
        status=status,
        front=front,
    )
    command = _modify(target, 'HealthCheckPath="/"')
    fix = said("Check a path that the application answers, or add that path to the application.")
    return root(Link("health-check-wrong-path", says, (setting, _inside(target))), fix, command)


def half_broken(target: TargetFacts) -> Finding | None:
    """It answers well most of the time."""
    machine = target.machine
    if not machine.error_share:
        return None
    says = said(
        "The version on {instance} is half broken: it answers about {share:.0%} of all requests with an "
        "error, others with the page.",
        instance=machine.instance_id,
        share=machine.error_share,
    )
    fix = said("Deploy the version before it again, and mend the new one; let alarms on 5xx stop such a deployment.")
    again = on_machine(
        machine.instance_id, said("20 requests in a row"), "500", f"for n in $(seq 20); do {_curl(target)}; done"
    )
    written = on_machine(
        machine.instance_id, said("nginx's configuration"), "return 500;", "grep -r 'return 5' /etc/nginx/conf.d"
    )
    return root(Link("half-broken-version", says, (again, written)), fix)


def not_served(target: TargetFacts) -> Finding | None:
    """The machine itself does not answer as it should."""
    status = target.checked.status
    if status is not None and matches(target.health_check.matcher, status):
        return None
    return why_target_fails(target)


def being_checked(target: TargetFacts) -> Finding | None:
    """Nothing is wrong, it takes its time."""
    if target.state not in ("initial", "draining", "unhealthy"):
        return None
    check = target.health_check
    waits = {
        "initial": said(
            "Its first health check is still to come or under way (every {seconds} seconds).", seconds=check.interval_s
        ),
        "draining": said(
            "It is being drained: requests under way may end, new ones go elsewhere (deregistration delay)."
        ),
        "unhealthy": said(
            "It passes its checks by now; {count} in a row make it healthy.", count=check.healthy_threshold
        ),
    }[target.state]
    return root(Link(f"target-{target.state}", waits), said("Nothing: let lab time pass."))


SETTINGS: tuple[Rule[TargetFacts], ...] = (on_no_listener, closed, wrong_port, wrong_matcher, wrong_path)
"""What can be said of a target whether it is registered or not."""
RULES: tuple[Rule[TargetFacts], ...] = (
    stood_in_lost_zone,
    on_no_listener,
    closed,
    zone_not_enabled,
    not_registered,
    too_slow,
    wrong_port,
    wrong_matcher,
    wrong_path,
    half_broken,
    not_served,
    being_checked,
)
HIDING = ("security-group-closed", "target-group-on-no-listener")
"""Root causes that keep every check from the machine, whatever it would answer."""
PASSING = ("target-initial", "target-draining", "target-unhealthy", "target-not-registered")
"""Root causes that are no fault: time mends them, or the deployment itself does."""


def why_settings_fail(target: TargetFacts) -> Finding | None:
    """What is wrong with the way to the target or its health check, whatever its state."""
    return first(SETTINGS, target)


def shown_states(state: str, command: str) -> Evidence:
    """What DescribeTargetHealth says of a whole group."""
    return Evidence("DescribeTargetHealth → TargetHealthDescriptions", state, command)


def no_targets(settings: TargetGroupSettings) -> Finding:
    """``no-targets``: nobody is registered, so the load balancer answers 503."""
    says = said(
        "No target is registered with the target group {group}, so there is nobody to send a request to.",
        group=settings.name,
    )
    command = call(
        "elbv2", "describe_target_health", f'TargetGroupArn="{settings.arn}"', '["TargetHealthDescriptions"]'
    )
    fix = said(
        "Register instances (or let the Auto Scaling group name the target group), or deploy: AllowTraffic registers."
    )
    return root(Link("no-targets", says, (shown_states("[]", command),)), fix)


def _state(target: TargetFacts) -> Link:
    health = f"{target.state}" + (f", {target.reason}: {target.description}" if target.reason else "")
    shown = target_health(target.group_arn, target.machine.instance_id, target.reason or target.state)
    says = said(
        "In the target group {group} the instance {instance} is {health}.",
        group=target.group_name,
        instance=target.machine.instance_id,
        health=health,
    )
    return Link("target-not-healthy", says, (shown,))


def _inside(target: TargetFacts) -> Evidence:
    return on_machine(
        target.machine.instance_id, said("curl on the instance"), str(target.checked.status), _curl(target)
    )


def _curl(target: TargetFacts) -> str:
    probe = target.checked
    return f"curl -sS -o /dev/null -w '%{{http_code}}\\n' http://localhost:{probe.port}{probe.path}"


def _modify(target: TargetFacts, setting: str) -> str:
    return call("elbv2", "modify_target_group", f'TargetGroupArn="{target.group_arn}", {setting}')
