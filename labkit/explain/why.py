"""``lab.why(…)``: finds out what somebody asks about, and has it explained."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from botocore.exceptions import ClientError

from labkit.explain import denials
from labkit.explain.access import explain_decision
from labkit.explain.answer import Answer
from labkit.explain.chain import Explanation
from labkit.explain.deployments import explain_deployment
from labkit.explain.gather import DecisionOf, Gatherer
from labkit.explain.http_errors import Visit, explain_visit
from labkit.explain.instance_address import explain_address
from labkit.explain.instances import explain_instance, explain_target_group
from labkit.explain.record import Record
from labkit.explain.sentence import Translate, untranslated
from labkit.rules.iam.decision import Decision
from labkit.simulation.misuse import MisuseError
from labkit.world.events import RequestAnswered
from labkit.world.region import Region
from labkit.world.target_group import TargetGroup

DEFAULT_PORTS = {"http": 80, "https": 443}
EXPECTED = (
    "the id of a deployment (d-…) or an instance (i-…), the name or ARN of a target group, a line of "
    "DescribeTargetHealth, an error that boto3 raised, an answer or error of requests, or a URL of a load balancer or "
    "an instance"
)


class Why:
    """Explains what happened in a region. It only reads; asking changes nothing."""

    def __init__(
        self, region: Region, decision_of: DecisionOf = lambda _about: None, translate: Translate = untranslated
    ) -> None:
        """``decision_of``: finds IAM's decision behind an error or event (``aws.access.Access.decision``).

        ``translate``: into the language that is spoken at the moment an answer is shown.
        """
        self._region = region
        self._decision_of = decision_of
        self._translate = translate
        self._record = Record(region.history)

    def __call__(self, subject: object) -> Answer:
        """Why ``subject`` is as it is. Raises ``MisuseError`` if it is nothing that can be explained."""
        gather = Gatherer(self._region, self._record, self._decision_of)
        return Answer(self._explain(subject, gather), self._translate)

    def _explain(self, subject: object, gather: Gatherer) -> Explanation:
        match subject:
            case str():
                return self._named(subject.strip(), gather)
            case Decision():
                return explain_decision(subject)
            case ClientError():
                return denials.explain_error(gather, subject)
            case requests.Response():
                return self._address(subject.url, gather, subject)
            case requests.RequestException() if subject.request is not None:
                return self._address(subject.request.url or "", gather, subject)
            case Mapping():
                return self._target(subject, gather)
        message = f"Expected {EXPECTED}; found {type(subject).__name__}."
        raise MisuseError(message)

    def _named(self, name: str, gather: Gatherer) -> Explanation:
        if name.startswith("d-"):
            return self._deployment(name, gather)
        if name.startswith("i-"):
            return self._instance(name, gather)
        if name.startswith(("http://", "https://")):
            return self._address(name, gather, None)
        return explain_target_group(gather, self._target_group(name))

    def _deployment(self, deployment_id: str, gather: Gatherer) -> Explanation:
        engine = self._region.engine
        deployment = engine.find(deployment_id) if engine is not None else None
        if deployment is None:
            message = (
                f"Expected the id of one of this lab's deployments, found {deployment_id!r}; list_deployments has them."
            )
            raise MisuseError(message)
        return explain_deployment(gather, deployment)

    def _instance(self, instance_id: str, gather: Gatherer) -> Explanation:
        if self._region.fleet.find(instance_id) is None:
            known = ", ".join(machine.instance_id for machine in self._region.fleet.not_terminated()) or "none yet"
            message = f"Expected the id of one of this lab's instances, found {instance_id!r}; there are: {known}."
            raise MisuseError(message)
        return explain_instance(gather, instance_id)

    def _target_group(self, name: str) -> TargetGroup:
        groups = self._region.target_groups
        by_arn = {group.arn: group for group in groups.values()}
        found = groups.get(name) or by_arn.get(name)
        if found is None:
            message = f"Expected {EXPECTED}; found {name!r}. Target groups: {', '.join(groups) or 'none yet'}."
            raise MisuseError(message)
        return found

    def _target(self, line: Mapping[object, object], gather: Gatherer) -> Explanation:
        """A ``TargetHealthDescription``: the group is the one in which its target is."""
        target = line.get("Target")
        instance_id = str(target.get("Id")) if isinstance(target, Mapping) else None
        if instance_id is None:
            message = f"Expected {EXPECTED}; found a dictionary without Target."
            raise MisuseError(message)
        for group in self._region.target_groups.values():
            if any(one.instance_id == instance_id for one in group.health()):
                return explain_target_group(gather, group, instance_id)
        return self._instance(instance_id, gather)

    def _address(
        self, url: str, gather: Gatherer, came: requests.Response | requests.RequestException | None
    ) -> Explanation:
        """Of a load balancer, or an instance's own."""
        parts = urlsplit(url)
        host, fleet = parts.hostname or "", self._region.fleet
        public, private = fleet.at(host), fleet.with_private_address(host)
        machine = public or private
        if machine is not None:
            port = parts.port or DEFAULT_PORTS[parts.scheme]
            return explain_address(gather, url, machine.instance_id, port, private=public is None)
        return explain_visit(gather, self._visit(url, gather, came))

    def _visit(self, url: str, gather: Gatherer, came: requests.Response | requests.RequestException | None) -> Visit:
        parts = urlsplit(url)
        balancer = self._region.load_balancers.get(parts.hostname or "")
        if balancer is None:
            known = ", ".join(f"http://{name}/" for name in self._region.load_balancers) or "none yet"
            message = f"Expected the address of one of this lab's load balancers, found {url!r}; there are: {known}."
            raise MisuseError(message)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        status = came.status_code if isinstance(came, requests.Response) else None
        if came is None:
            last = _last_answer(gather.record.answers.get(balancer.arn, []), path)
            status = last.status if last else None
        return Visit(url, balancer, port, path, status, asked=came is not None or status is not None)


def _last_answer(answers: list[RequestAnswered], path: str) -> RequestAnswered | None:
    return next((one for one in reversed(answers) if one.path == path), None)
