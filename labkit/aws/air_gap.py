"""The last wall: no socket of this process reaches beyond the machine while a lab is open, nor AWS afterwards.

Python tells its audit hooks about every connection, datagram and look-up of a name before it happens, whichever
library asks for it: requests, urllib, http.client, asyncio, a bare socket (Python's documentation, "Audit events
table"). What a hook raises stops it. A hook cannot be taken away again, so there is one for the life of the process,
from the first lab on.

When a lab has been stopped, real keys are in sight again and a cell that is run once more would act on a real account
and cost money. Therefore AWS stays out of reach in a process that has had a lab, until the kernel is restarted.
"""

import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3.s3.transfer
import botocore.httpsession
import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from labkit.simulation.misuse import MisuseError

REFUSING_PROXY = ("127.0.0.1", 9)
"""Where other processes are sent that ask for something elsewhere: nobody listens on the port called discard."""

AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu", ".aws.amazon.com")
INTERNET = (socket.AF_INET, socket.AF_INET6)

Refuse = Callable[[str], None]
"""Raises the sentence for a host that must not be reached."""


class LeavesTheLabError(requests.exceptions.ConnectionError, MisuseError):
    """A request was about to leave the machine while a lab is open."""

    def __init__(self, url: str) -> None:
        host = urlsplit(url).hostname or url
        super().__init__(
            f"Expected an address inside the lab (of an AWS API, a load balancer or an instance), found {host!r}; "
            "nothing leaves this machine while a lab is open: check the name, or call lab.stop() first."
        )


class NoLabOpenError(requests.exceptions.ConnectionError, MisuseError):
    """AWS itself was about to be called after a lab had been stopped."""

    def __init__(self, url: str) -> None:
        host = urlsplit(url).hostname or url
        super().__init__(
            f"Expected an open lab to answer for {host!r}, found it stopped, and a notebook that has had a lab never "
            "calls AWS itself; open one with labkit.start(), or restart the kernel to work without labkit."
        )


class _AirGap:
    """``refuse``: what to do about an address elsewhere; None before the first lab."""

    def __init__(self) -> None:
        self.refuse: Refuse | None = None

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook: called for everything Python reports, so it decides at a glance."""
        if event in _HOSTS and self.refuse is not None:
            host = _HOSTS[event](arguments)
            if host is not None and not stays_here(host):
                self.refuse(host)


def close_for_good() -> Callable[[], None]:
    """From now on nothing leaves. Call what it returns when the lab stops: from then on AWS alone is refused."""
    if _GAP.refuse is None:
        sys.addaudithook(_GAP.hear)
        botocore.httpsession.URLLib3Session.send = _send_nothing
        # The other way of boto3 to S3, in C: no audit hook would see it.
        boto3.s3.transfer._should_use_crt = _without_crt  # noqa: SLF001
    _GAP.refuse = _leaves_the_lab
    return _stopped


def stays_here(host: str) -> bool:
    """Whether ``host``, a name or an address, is this machine itself."""
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _leaves_the_lab(host: str) -> None:
    raise LeavesTheLabError(host)


def _no_lab_open(host: str) -> None:
    if f".{host.rstrip('.').lower()}".endswith(AWS_DOMAINS):
        raise NoLabOpenError(host)


def _stopped() -> None:
    _GAP.refuse = _no_lab_open


def _send_nothing(_session: object, request: AWSPreparedRequest) -> AWSResponse:
    raise NoLabOpenError(request.url)


def _without_crt(_config: object) -> bool:
    return False


# --- what the events say -------------------------------------------------------------------------


def _address(arguments: tuple[Any, ...]) -> str | None:
    """The host that a socket is about to speak to; None for what is no address of the Internet's."""
    its_socket, address = arguments[:2]
    if its_socket.family not in INTERNET or not isinstance(address, tuple):
        return None
    # Someone in this process follows the environment's proxy: the real address is not known here any more.
    return "an address elsewhere" if address[:2] == REFUSING_PROXY else _text(address[0])


def _name(arguments: tuple[Any, ...]) -> str | None:
    """The name that is about to be looked up; None for a number, which needs no look-up."""
    name = _text(arguments[0])
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name
    return None


def _reverse(arguments: tuple[Any, ...]) -> str | None:
    """The address whose name is about to be looked up."""
    return _text(arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0])


def _text(host: Any) -> str:
    if isinstance(host, bytes | bytearray):
        return host.decode("ascii", errors="replace")
    return "" if host is None else str(host)


_HOSTS: dict[str, Callable[[tuple[Any, ...]], str | None]] = {
    "socket.connect": _address,
    "socket.sendto": _address,
    "socket.sendmsg": _address,
    "socket.getaddrinfo": _name,
    "socket.gethostbyname": _name,
    "socket.gethostbyaddr": _reverse,
    "socket.getnameinfo": _reverse,
}

_GAP = _AirGap()
