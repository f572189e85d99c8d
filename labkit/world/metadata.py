"""The instance metadata service, versions 1 and 2, at http://169.254.169.254/.

Follows "Access instance metadata for an EC2 instance" and "Instance metadata categories" of the EC2 user guide. The
credentials it hands out are made up: they look like AWS's and are the same for the same machine, role and hour.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from labkit.world.http import Answer
from labkit.world.surroundings import HttpRequest, Identity

ADDRESS = "169.254.169.254"
TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
MAX_TOKEN_S = 21_600
HOUR = timedelta(hours=1)
CREDENTIALS_LAST = 6 * HOUR
PAGE = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>{status} - {reason}</title>
 </head>
 <body>
  <h1>{status} - {reason}</h1>
 </body>
</html>
"""
REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of a role, as the metadata service shows them."""

    access_key_id: str
    secret_access_key: str
    token: str
    expiration: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What one machine's metadata service knows. ``role``: the name of the instance profile's role, asked at each call.

    ``now``: the lab's present moment (UTC); ``token_required``: whether version 1 is switched off.
    """

    identity: Identity
    role: Callable[[], str | None]
    now: Callable[[], datetime]
    launched: datetime
    seed: int = 0
    token_required: bool = False

    def answer(self, request: HttpRequest) -> Answer:
        """The answer to one request of this machine."""
        path = request.path.partition("?")[0]
        if path == TOKEN_PATH:
            return self._token(request)
        if request.method not in {"GET", "HEAD"}:
            return _refused(405)
        given = request.headers.get("x-aws-ec2-metadata-token")
        if (given is None and self.token_required) or given not in {None, self._secret("token", 40)}:
            return _refused(401)
        return self._page(path)

    def session(self, access_key_id: str) -> str | None:
        """ARN of the role session whose valid credentials have this key; they last six hours."""
        role = self.role()
        hours = range(int(CREDENTIALS_LAST / HOUR))
        if role is None or all(self.credentials(role, ago).access_key_id != access_key_id for ago in hours):
            return None
        return f"arn:aws:sts::{self.identity.account_id}:assumed-role/{role}/{self.identity.instance_id}"

    def credentials(self, role: str, hours_ago: int = 0) -> Credentials:
        """The credentials of ``role`` that are handed out now, or were some hours ago."""
        hour = self.now().replace(minute=0, second=0, microsecond=0) - hours_ago * HOUR
        text = f"{role} {hour:%Y%m%d%H}"
        key = base64.b32encode(hashlib.sha256(f"{self.seed} {self.identity.instance_id} {text}".encode()).digest())
        return Credentials(
            access_key_id="ASIA" + key.decode()[:16],
            secret_access_key=self._secret("secret " + text, 30),
            token=self._secret("session " + text, 120),
            expiration=hour + CREDENTIALS_LAST,
        )

    def _token(self, request: HttpRequest) -> Answer:
        if request.method != "PUT":
            return _refused(405)
        seconds = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if not seconds.isdigit() or not 1 <= int(seconds) <= MAX_TOKEN_S:
            return _refused(400)
        headers = {"x-aws-ec2-metadata-token-ttl-seconds": seconds, "Content-Type": "text/plain"}
        return Answer(200, self._secret("token", 40).encode(), headers)

    def _page(self, path: str) -> Answer:
        pages = self._pages()
        asked = path.replace("/latest/", "/", 1).rstrip("/") if path.startswith("/latest") else path.rstrip("/")
        if asked in pages:
            return Answer(200, pages[asked].encode(), {"Content-Type": "text/plain", "Server": "EC2ws"})
        inner = sorted({_next_part(page, asked) for page in pages if page.startswith(asked + "/")})
        if not inner:
            return _refused(404)
        return Answer(200, "\n".join(inner).encode(), {"Content-Type": "text/plain", "Server": "EC2ws"})

    def _pages(self) -> dict[str, str]:
        me = self.identity
        pages = {
            "ami-id": me.image_id,
            "hostname": f"{me.hostname}.{me.region}.compute.internal",
            "instance-id": me.instance_id,
            "instance-type": me.instance_type,
            "local-hostname": f"{me.hostname}.{me.region}.compute.internal",
            "local-ipv4": me.private_ip,
            "placement/availability-zone": me.availability_zone,
            "placement/region": me.region,
            "services/domain": "amazonaws.com",
        }
        role = self.role()
        if role is not None:
            pages["iam/info"] = json.dumps({"Code": "Success", "InstanceProfileArn": self._profile_arn(role)}, indent=2)
            pages["iam/security-credentials"] = role
            pages[f"iam/security-credentials/{role}"] = self._credentials_text(role)
        found = {f"/meta-data/{path}": text for path, text in pages.items()}
        found["/dynamic/instance-identity/document"] = self._document()
        return found

    def _profile_arn(self, role: str) -> str:
        return f"arn:aws:iam::{self.identity.account_id}:instance-profile/{role}"

    def _credentials_text(self, role: str) -> str:
        credentials = self.credentials(role)
        text = {
            "Code": "Success",
            "LastUpdated": _iso(self.now().replace(minute=0, second=0, microsecond=0)),
            "Type": "AWS-HMAC",
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "Token": credentials.token,
            "Expiration": _iso(credentials.expiration),
        }
        return json.dumps(text, indent=2)

    def _document(self) -> str:
        me = self.identity
        text = {
            "accountId": me.account_id,
            "architecture": "x86_64",
            "availabilityZone": me.availability_zone,
            "imageId": me.image_id,
            "instanceId": me.instance_id,
            "instanceType": me.instance_type,
            "pendingTime": _iso(self.launched),
            "privateIp": me.private_ip,
            "region": me.region,
            "version": "2017-09-30",
        }
        return json.dumps(text, indent=2)

    def _secret(self, purpose: str, length: int) -> str:
        text = f"{self.seed} {self.identity.instance_id} {purpose}"
        digests = [hashlib.sha256(f"{text} {part}".encode()).digest() for part in range(length // 32 + 1)]
        return base64.b64encode(b"".join(digests)[:length]).decode()


def _next_part(page: str, asked: str) -> str:
    first, slash, _rest = page[len(asked) + 1 :].partition("/")
    return first + slash


def _refused(status: int) -> Answer:
    page = PAGE.format(status=status, reason=REASONS[status])
    return Answer(status, page.encode(), {"Content-Type": "text/html", "Server": "EC2ws"})


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
