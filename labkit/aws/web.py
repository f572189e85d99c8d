"""``requests.get("http://<DNS name of a load balancer>/")``: the lab's load balancers answer themselves.

So do its instances, at their public addresses and DNS names, as far as their security groups let a visitor in (EC2 user
guide, "Amazon EC2 instance IP addressing"), and functions with an address of their own
(``https://….lambda-url.….on.aws/``).
"""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from labkit.aws.overrides import Overrides
from labkit.world.function_url import DOMAIN as FUNCTION_DOMAIN
from labkit.world.http import UNREACHABLE, Answer
from labkit.world.machine import Machine
from labkit.world.metadata import ADDRESS as METADATA_ADDRESS
from labkit.world.region import Region

ELB_DOMAIN = ".elb.amazonaws.com"
NOT_AN_INSTANCE = (
    "Expected an address that a notebook can reach, found the instance metadata service, which answers on an instance "
    "only: ask there, with lab.machine('i-…').run('curl http://169.254.169.254/latest/meta-data/')."
)
ONLY_INSIDE = (
    "This is the private address of {instance_id}, which only machines in its VPC can reach: "
    "ask its PublicIpAddress (describe_instances has it)."
)
CONNECT_LIMIT_S = 134.0
"""How long Linux tries to connect where nothing comes back, if the caller sets no limit."""
DEFAULT_PORTS = {"http": 80, "https": 443}

Asked = Callable[[int, str], Answer]
"""``asked(port, path)`` answers ``GET path``; it raises ``ConnectionRefusedError``, or ``TimeoutError`` for silence."""


class Web:
    """The visitors' way in. A visitor waits in lab time for an answer that takes long, or for one that never comes."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def install(self, overrides: Overrides) -> None:
        """Answers requests to load balancers, instances and functions until ``overrides.undo()``."""
        overrides.around(HTTPAdapter, "send", self._send)

    def _send(
        self,
        original: Callable[..., Response],
        adapter: HTTPAdapter,
        request: PreparedRequest,
        *args: Any,
        **kwargs: Any,
    ) -> Response:
        parts = urlsplit(request.url or "")
        host = parts.hostname or ""
        if host == METADATA_ADDRESS:
            raise requests.exceptions.ConnectionError(NOT_AN_INSTANCE, request=request)
        if host.endswith(FUNCTION_DOMAIN):
            return adapter.build_response(request, _raw(self._from_function(host, parts, request)))
        with self._region.clock.turns:
            asked = self._whom(host, request)
            if asked is not None:
                return self._visit(adapter, request, asked, kwargs.get("timeout"))
        return original(adapter, request, *args, **kwargs)

    def _whom(self, host: str, request: PreparedRequest) -> Asked | None:
        """Who answers at ``host``: a load balancer, an instance; None if it is nobody of the lab."""
        balancer = self._region.load_balancers.get(host)
        if balancer is not None:
            return balancer.request
        if host.endswith(ELB_DOMAIN):
            message = f"Failed to resolve {host!r}: no load balancer of this lab has that DNS name."
            raise requests.exceptions.ConnectionError(message, request=request)
        fleet = self._region.fleet
        machine = fleet.at(host)
        if machine is not None:
            return lambda port, path: _got_through(fleet.visit(machine, port, path), port, machine)
        private = fleet.with_private_address(host)
        return None if private is None else lambda _port, _path: _no_way_to(private)

    def _visit(self, adapter: HTTPAdapter, request: PreparedRequest, asked: Asked, timeout: Any) -> Response:
        parts = urlsplit(request.url or "")
        host, port = parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connect_s, read_s = _timeouts(timeout)
        try:
            answer = asked(port, path)
        except ConnectionRefusedError as error:
            raise requests.exceptions.ConnectionError(str(error), request=request) from None
        except TimeoutError as error:
            self._region.clock.advance(connect_s or CONNECT_LIMIT_S)
            message = f"Connection to {host}:{port} timed out. (connect timeout={connect_s}){_reason(error)}"
            raise requests.exceptions.ConnectTimeout(message, request=request) from None
        if read_s is not None and answer.delay_s > read_s:
            self._region.clock.advance(read_s)
            message = f"HTTPConnectionPool(host={host!r}, port={port}): Read timed out. (read timeout={read_s})"
            raise requests.exceptions.ReadTimeout(message, request=request)
        if answer.delay_s:
            self._region.clock.advance(answer.delay_s)
        return adapter.build_response(request, _raw(answer))

    def _from_function(self, host: str, parts: SplitResult, request: PreparedRequest) -> Answer:
        function = self._region.functions.find(host)
        if function is None:
            message = f"Failed to resolve {host!r}: no function of this lab has that address."
            raise requests.exceptions.ConnectionError(message, request=request)
        body = request.body or ""
        text = body if isinstance(body, str) else body.decode("utf-8", errors="replace")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return function.request(request.method or "GET", path, dict(request.headers), text)


def _got_through(answer: Answer | None, port: int, machine: Machine) -> Answer:
    """What an instance answered. Raises what a connection ends with that it did not take."""
    if answer is None:
        message = f"Connection refused: nothing listens on port {port} of {machine.instance_id}."
        raise ConnectionRefusedError(message)
    if answer is UNREACHABLE:
        raise TimeoutError
    return answer


def _no_way_to(machine: Machine) -> Answer:
    raise TimeoutError(ONLY_INSIDE.format(instance_id=machine.instance_id))


def _reason(error: TimeoutError) -> str:
    """What labkit adds to the words of requests, where they leave somebody puzzled."""
    return f" {error.args[0]}" if error.args and isinstance(error.args[0], str) else ""


def _timeouts(timeout: Any) -> tuple[float | None, float | None]:
    """``requests``' timeout, a number of seconds or a pair, as (connect, read); None for no limit."""
    connect_s, read_s = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return connect_s, read_s


def _raw(answer: Answer) -> HTTPResponse:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    return HTTPResponse(
        body=BytesIO(answer.body),
        headers=headers,
        status=answer.status,
        reason=HTTPStatus(answer.status).phrase,
        preload_content=False,
    )
