"""What holds for all tests: Hypothesis draws the same examples each time, and nothing reaches beyond this machine."""

import ipaddress
import signal
import socket
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("same-every-time", derandomize=True, database=None, deadline=None)
settings.load_profile("same-every-time")

LOCAL_NAMES = frozenset({"localhost", "", None})


def stays_here(address: Any) -> bool:
    """Whether a socket's address is on this machine: a file (AF_UNIX), or a loopback address."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    try:
        return host in LOCAL_NAMES or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(address: Any) -> None:
    message = f"Expected a test to stay on this machine, found a connection to {address!r}; use the lab's own answers."
    raise AssertionError(message)


@pytest.fixture(scope="session", autouse=True)
def nothing_reaches_beyond_this_machine():
    """Fails the test that opens a connection, or asks for the address of a name, anywhere else."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connect_here(self: socket.socket, address: Any) -> None:
        if not stays_here(address):
            _refuse(address)
        connect(self, address)

    def look_up_here(host: Any, *arguments: Any, **keywords: Any) -> Any:
        if not stays_here((host,)):
            _refuse(host)
        return look_up(host, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


@pytest.fixture(scope="session", autouse=True)
def interrupts_arrive():
    """Tests that interrupt themselves are interrupted: a shell's background job is born deaf to SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
