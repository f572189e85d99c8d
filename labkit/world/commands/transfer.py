"""Requests a machine can make: to itself, to its neighbours, to the metadata service, and to nothing else.

The one address outside that answers is the bucket from which the CodeDeploy agent's installer is fetched. Exit codes
and messages are curl's (curl(1), "Exit codes").
"""

import json
import re
from dataclasses import dataclass, field
from math import inf
from urllib.parse import urlsplit

from labkit.world import services
from labkit.world.agent_package import installer
from labkit.world.http import Answer
from labkit.world.metadata import ADDRESS
from labkit.world.shell.call import Call
from labkit.world.shell.durations import DOWNLOAD_S, HTTP_REQUEST_S
from labkit.world.surroundings import HttpRequest

INSTALLER = re.compile(r"aws-codedeploy-(?P<region>[a-z0-9-]+)\.s3\.(?P=region)\.amazonaws\.com(?:\.cn)?")
ADDRESSES = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
MAX_HOPS = 50
HTTP, HTTPS = 80, 443
CONNECT_LIMIT_S = 134.0
"""How long Linux tries to connect where nothing comes back: six more tries, each after twice as long."""

MALFORMED_CODE, RESOLVE_CODE, REFUSED_CODE, TIMEOUT_CODE = 3, 6, 7, 28


@dataclass
class Request:
    """What curl was told. ``values``: the last of each valued option; ``headers``: all of them."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    @property
    def method(self) -> str:
        """GET unless told otherwise."""
        return self.values.get("X") or ("HEAD" if "I" in self.flags else "POST" if "d" in self.values else "GET")


class TransferFailedError(Exception):
    """No answer came. ``code``: curl's exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def number(text: str | None) -> float | None:
    """``text`` as a number of seconds or times; None if it is none."""
    return float(text) if text and re.fullmatch(r"\d{1,9}(\.\d{0,9})?", text) else None


def fetch(call: Call, options: Request, url: str) -> Answer:
    """The answer to a request, tried again as ``--retry`` says. Raises ``TransferFailedError``."""
    left = int(number(options.values.get("retry")) or 0)
    delay_s, wait_s = number(options.values.get("retry-delay")), 1.0
    while True:
        try:
            answer = followed(call, options, url)
            if left <= 0 or answer.status not in {408, 429, 500, 502, 503, 504}:
                return answer
        except TransferFailedError as failure:
            again = failure.code == TIMEOUT_CODE or options.flags & {"retry-connrefused", "retry-all"}
            if left <= 0 or not again:
                raise
        left -= 1
        call.spend(delay_s or wait_s)
        wait_s = min(wait_s * 2, 600.0)


def followed(call: Call, options: Request, url: str) -> Answer:
    """The answer to a request, redirections followed with ``-L``. Raises ``TransferFailedError``."""
    answer = _ask(call, options, url)
    hops = 0
    while "L" in options.flags and answer.status in {301, 302, 303, 307, 308} and "Location" in answer.headers:
        hops += 1
        if hops > MAX_HOPS:
            raise TransferFailedError(47, f"Maximum ({MAX_HOPS}) redirects followed")
        place = answer.headers["Location"]
        parts = urlsplit(url)
        url = place if "://" in place else f"{parts.scheme}://{parts.netloc}{place}"
        answer = _ask(call, options, url)
    return answer


def _ask(call: Call, options: Request, url: str) -> Answer:
    """One request. Raises ``TransferFailedError``."""
    try:
        parts = urlsplit(url)
        port = parts.port or (HTTPS if parts.scheme == "https" else HTTP)
    except ValueError as error:
        raise TransferFailedError(MALFORMED_CODE, "URL rejected: Malformed input to a URL function") from error
    if parts.scheme not in {"http", "https"}:
        raise TransferFailedError(1, f'Protocol "{parts.scheme}" not supported')
    host = parts.hostname or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if host == ADDRESS and port == HTTP:
        call.spend(HTTP_REQUEST_S)
        body = options.values.get("d", "")
        return call.surroundings.metadata(HttpRequest(options.method, target, options.headers, body))
    outside = INSTALLER.fullmatch(host)
    if outside:
        return _from_bucket(call, outside["region"], target)
    return _in_time(call, options, _from_machine(call, options, host, port, target))


def _from_machine(call: Call, options: Request, host: str, port: int, target: str) -> Answer:
    if _is_here(call, host):
        call.spend(HTTP_REQUEST_S)
        server = services.listener(call.inside, port)
        named, request_id = options.headers.get("host", host), f"{call.surroundings.identity.instance_id}:{call.now_s}"
        answer = server.answer(call.files, port, target, named, request_id=request_id) if server else None
    elif ADDRESSES.fullmatch(host):
        call.spend(HTTP_REQUEST_S)
        answer = call.surroundings.network(host, port, target)
    else:
        raise TransferFailedError(RESOLVE_CODE, f"Could not resolve host: {host}")
    if answer is None:
        text = f"Failed to connect to {host} port {port} after 0 ms: Could not connect to server"
        raise TransferFailedError(REFUSED_CODE, text)
    return answer


def _in_time(call: Call, options: Request, answer: Answer) -> Answer:
    """``answer`` once it is complete, if the caller waits so long."""
    limit_s = number(options.values.get("m"))
    if answer.delay_s == inf:
        limit_s = limit_s or number(options.values.get("connect")) or CONNECT_LIMIT_S
    if limit_s and answer.delay_s > limit_s:
        call.spend(limit_s)
        text = f"Operation timed out after {limit_s * 1000:.0f} milliseconds with 0 bytes received"
        raise TransferFailedError(TIMEOUT_CODE, text)
    call.spend(answer.delay_s)
    return answer


def _is_here(call: Call, host: str) -> bool:
    me = call.surroundings.identity
    names = {"localhost", "127.0.0.1", "::1", "0.0.0.0", me.private_ip, me.hostname}  # noqa: S104 - names to compare
    if host in names or host.startswith(f"{me.hostname}."):
        return True
    table = call.files.read_text("/etc/hosts") if call.files.exists("/etc/hosts") else ""
    rows = (line.partition("#")[0].split() for line in table.splitlines())
    return any(row[0] in names and host in row[1:] for row in rows if row)


def _from_bucket(call: Call, region: str, target: str) -> Answer:
    call.spend(DOWNLOAD_S)
    if target == "/latest/install":
        return Answer(200, installer(region).encode(), {"Content-Type": "binary/octet-stream", "Server": "AmazonS3"})
    if target == "/latest/VERSION":
        version = json.dumps({"rpm": "releases/codedeploy-agent-1.8.1-1.noarch.rpm"})
        return Answer(200, version.encode(), {"Server": "AmazonS3"})
    body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return Answer(403, body, {"Content-Type": "application/xml", "Server": "AmazonS3"})
