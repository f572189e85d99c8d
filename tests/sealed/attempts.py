"""Ways for a packet to leave the machine, tried one by one in a process of its own; what became of each, as JSON.

Run with real-looking keys in the environment and in ``~/.aws``. Whatever is used was made before labkit was imported,
as in a kernel in which something else ran first. ``CALLS`` are answered while a lab is open and refused afterwards,
``ELSEWHERE`` is refused while a lab is open.
"""

import asyncio
import http.client
import json
import smtplib
import socket
import subprocess
import sys
import urllib.request
import xmlrpc.client
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import requests
import urllib3
from botocore.config import Config

from tests.sealed.any_order import LOOK_UPS, SPEAKING

REAL = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
ADDRESS = "203.0.113.7"
"""An address for documentation (RFC 5737)."""
NUMBERS = {ADDRESS, "169.254.169.254"}
"""What is a number already needs no look-up."""
LIMIT_S = 0.5

made = SimpleNamespace()
"""What was made before labkit was imported."""


def make() -> None:
    """Makes it."""
    made.s3 = boto3.client("s3", region_name="us-east-1", **REAL)
    made.session = boto3.Session(region_name="eu-west-1", **REAL)
    made.made_by_session = made.session.client("ec2")
    made.by_profile = boto3.Session(profile_name="work")
    made.by_endpoint = boto3.Session(profile_name="by-endpoint").client("s3")
    made.by_process = boto3.Session(profile_name="by-process")
    made.resource = boto3.resource("ec2", region_name="ap-northeast-2", **REAL)
    made.fips = boto3.client("s3", region_name="us-west-2", config=Config(use_fips_endpoint=True), **REAL)
    made.dual_stack = boto3.client(
        "s3", region_name="us-west-2", config=Config(s3={"use_dualstack_endpoint": True}), **REAL
    )
    made.elsewhere = boto3.client("s3", endpoint_url="https://example.com", region_name="us-east-1", **REAL)
    made.visitor = requests.Session()
    made.connection = http.client.HTTPSConnection("ec2.ap-northeast-2.amazonaws.com", timeout=LIMIT_S)
    made.pool = urllib3.PoolManager(retries=False, timeout=LIMIT_S)
    made.opener = urllib.request.build_opener()
    made.plain_socket = socket.socket()


async def _by_asyncio() -> None:
    await asyncio.wait_for(asyncio.open_connection("example.com", 443), LIMIT_S)


def _datagram(send: Callable[[socket.socket], Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        send(datagrams)


def _by_another_process() -> str:
    """What a command of the notebook's (``!curl``) would try: an address through the proxy of its environment."""
    code = "import urllib.request; urllib.request.urlopen('http://example.com/', timeout=5)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    raise ConnectionError(done.stderr.strip().splitlines()[-1])


CALLS: dict[str, Callable[[], Any]] = {
    "a client made before labkit was imported": lambda: made.s3.list_buckets()["Buckets"],
    "a client of a session made before": lambda: made.made_by_session.describe_instances()["Reservations"],
    "a resource made before": lambda: list(made.resource.instances.all()),
    "a client for the FIPS endpoint made before": lambda: made.fips.list_buckets()["Buckets"],
    "a client for the dual-stack endpoint made before": lambda: made.dual_stack.list_buckets()["Buckets"],
    "a client made now": lambda: boto3.client("s3").list_buckets()["Buckets"],
    "a client made now for another region": lambda: (
        boto3.client("sqs", region_name="us-west-2").list_queues().get("X", [])
    ),
    "a client made now for China": lambda: boto3.client("ec2", region_name="cn-north-1").describe_instances()[
        "Reservations"
    ],
    "a session made now": lambda: boto3.Session().client("codedeploy").list_applications()["applications"],
}
STRANGERS: dict[str, Callable[[], Any]] = {
    "a session made before makes a client now": lambda: made.session.client("iam").list_users()["Users"],
    "a session whose keys another program makes": lambda: made.by_process.client("s3").list_buckets()["Buckets"],
    "a client made now with real keys": lambda: boto3.client("s3", **REAL).list_buckets()["Buckets"],
}
"""Keys that the lab's account has never given away: the lab refuses them as AWS refuses unknown ones."""
ELSEWHERE: dict[str, Callable[[], Any]] = {
    "a client of another endpoint made before": lambda: made.elsewhere.list_buckets()["Buckets"],
    "a client of another endpoint made now": lambda: boto3.client(
        "s3", endpoint_url="https://example.com"
    ).list_buckets(),
    "a client of a profile's endpoint made before": lambda: made.by_endpoint.list_buckets()["Buckets"],
    "a client of an endpoint on this machine": lambda: boto3.client(
        "s3", endpoint_url="http://localhost:1"
    ).list_buckets(),
    "requests": lambda: requests.get("https://example.com/", timeout=LIMIT_S),
    "a requests session made before": lambda: made.visitor.get("https://api.github.com/", timeout=LIMIT_S),
    "requests by number": lambda: requests.post(f"http://{ADDRESS}/", data="x", timeout=LIMIT_S),
    "requests through a proxy of its own": lambda: requests.get(
        "http://example.com/", proxies={"http": f"http://{ADDRESS}:3128"}, timeout=LIMIT_S
    ),
    "http.client made before": lambda: made.connection.request("GET", "/"),
    "http.client by number": lambda: http.client.HTTPConnection(ADDRESS, timeout=LIMIT_S).request("GET", "/"),
    "urllib": lambda: urllib.request.urlopen("https://example.com/", timeout=LIMIT_S),
    "a urllib opener made before": lambda: made.opener.open("http://example.com/", timeout=LIMIT_S),
    "a urllib3 pool made before": lambda: made.pool.request("GET", "https://example.com/"),
    "asyncio": lambda: asyncio.run(_by_asyncio()),
    "smtplib": lambda: smtplib.SMTP("mail.example.com", timeout=LIMIT_S),
    "xmlrpc": lambda: xmlrpc.client.ServerProxy("http://example.com/").ping(1),
    "a bare socket made before": lambda: made.plain_socket.connect((ADDRESS, 443)),
    "a bare socket that returns its errors": lambda: socket.socket().connect_ex((ADDRESS, 443)),
    "create_connection": lambda: socket.create_connection(("example.com", 80), LIMIT_S),
    "an IPv6 address": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 443)),
    "a datagram": lambda: _datagram(lambda datagrams: datagrams.sendto(b"x", (ADDRESS, 53))),
    "a datagram with sendmsg": lambda: _datagram(lambda datagrams: datagrams.sendmsg([b"x"], [], 0, (ADDRESS, 53))),
    "a look-up": lambda: socket.getaddrinfo("example.com", 443),
    "an old look-up": lambda: socket.gethostbyname("example.com"),
    "another old look-up": lambda: socket.gethostbyname_ex("example.com"),
    "a reverse look-up": lambda: socket.gethostbyaddr(ADDRESS),
    "a reverse look-up with its port": lambda: socket.getnameinfo((ADDRESS, 80), 0),
    "the metadata service by a bare socket": lambda: socket.create_connection(("169.254.169.254", 80), LIMIT_S),
    "another process": _by_another_process,
}
NO_KEYS: dict[str, Callable[[], Any]] = {
    "a session of a profile made before": lambda: made.by_profile.client("s3").list_buckets()["Buckets"],
}
AWS_AFTERWARDS: dict[str, Callable[[], Any]] = {
    "requests to AWS": lambda: requests.get("https://s3.amazonaws.com/", timeout=LIMIT_S),
    "http.client to AWS": lambda: http.client.HTTPSConnection("s3.amazonaws.com", timeout=LIMIT_S).connect(),
    "a look-up of AWS": lambda: socket.getaddrinfo("CODEDEPLOY.ap-northeast-2.amazonaws.com.", 443),
    "a look-up of AWS in China": lambda: socket.getaddrinfo("ec2.cn-north-1.amazonaws.com.cn", 443),
    "a dual-stack name": lambda: socket.getaddrinfo("ec2.ap-northeast-2.api.aws", 443),
    "a load balancer's name": lambda: requests.get("http://hello-1.ap-northeast-2.elb.amazonaws.com", timeout=LIMIT_S),
}


def main() -> None:
    """Tries everything while a lab is open, and again when it has stopped."""
    make()
    import labkit  # noqa: PLC0415 - everything above was there first

    lab = labkit.start()
    through: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        # Hooks are asked in the order in which they were added: what gets here, nothing has refused.
        if event in SPEAKING or (event in LOOK_UPS and arguments[0] not in NUMBERS):
            _note(through, arguments[1 if event in SPEAKING else 0])

    sys.addaudithook(watch)
    found = {"open": _tried({**CALLS, **STRANGERS, **ELSEWHERE, **NO_KEYS}, through)}
    lab.stop()
    found["stopped"] = _tried({**CALLS, **STRANGERS, **AWS_AFTERWARDS}, through)
    json.dump(found, sys.stdout)


def _note(through: list[str], address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else address
    if host not in {"localhost", "127.0.0.1", "::1", None}:
        through.append(str(host))


def _tried(attempts: dict[str, Callable[[], Any]], through: list[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, attempt in attempts.items():
        del through[:]
        try:
            said = f"answered {attempt()!r}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the table of tests is about
            said = f"{type(error).__name__}: {error}"
        found[name] = {"said": said, "through": list(through)}
    return found


if __name__ == "__main__":
    main()
