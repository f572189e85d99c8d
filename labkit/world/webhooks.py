"""GitHub's webhooks: what is pushed to a repository is told to an address, signed, and each telling is kept.

GitHub Docs, "Webhook events and payloads" (delivery headers), "Validating webhook deliveries" (HMAC-SHA256 of the body
with the secret), "Troubleshooting webhooks" (an answer that takes longer than 10 seconds is a failed delivery; nothing
is delivered again by itself).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.world import github_payloads
from labkit.world.events import WebhookDelivered
from labkit.world.function_url import FunctionUrl
from labkit.world.github_payloads import Pushed
from labkit.world.made_ids import guid

LIMIT_S = 10.0
"""How long GitHub waits for an answer."""
FIRST_HOOK_ID = 417_000_001
AGENT = "GitHub-Hookshot/044aadd"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One telling. ``status_code``: None if no answer came in time; ``log``: what the function's own log says of it."""

    id: str
    event: str
    delivered_at: datetime
    status_code: int | None
    headers: Mapping[str, str]
    payload: Mapping[str, Any]
    response: str
    log: str | None = None

    def __repr__(self) -> str:
        status = (
            "timed out" if self.status_code is None else f"{self.status_code} {HTTPStatus(self.status_code).phrase}"
        )
        said = f"; its log: {self.log}" if self.log else ""
        return f"<Delivery of {self.event} at {self.delivered_at:%H:%M:%S}: {status}{said}>"


class Webhook:
    """A webhook of one repository for the event ``push``. ``deliveries``: what it told, newest first as on GitHub."""

    def __init__(
        self, clock: Clock, history: History, repository: str, hook_id: int, receiver: FunctionUrl, secret: str | None
    ) -> None:
        self._clock = clock
        self._history = history
        self._repository = repository
        self._receiver = receiver
        self._secret = secret
        self.id = hook_id
        self.deliveries: list[Delivery] = []

    @property
    def url(self) -> str:
        """Where it delivers to. Anybody else may send something there too."""
        return self._receiver.url

    def ping(self) -> None:
        """Tries the address out, as GitHub does when a webhook is made."""
        self._deliver("ping", github_payloads.ping(self._repository, self.id, self.url))

    def push(self, pushed: Pushed) -> None:
        """Tells of a push."""
        self._deliver("push", github_payloads.push(self._repository, pushed))

    def _deliver(self, event: str, payload: dict[str, Any]) -> None:
        body = json.dumps(payload)
        delivery_id = guid(f"{self.url}{self.id}:{len(self.deliveries)}")
        headers, at = self._headers(event, delivery_id, body), self._clock.now
        answer = self._receiver.request("POST", "/", headers, body)
        in_time = answer.delay_s <= LIMIT_S
        failed = self._receiver.log[-1:] if answer.status == HTTPStatus.BAD_GATEWAY else []
        delivery = Delivery(
            delivery_id,
            event,
            at,
            answer.status if in_time else None,
            headers,
            payload,
            answer.body.decode() if in_time else "",
            *failed,
        )
        self.deliveries.insert(0, delivery)
        self._history.record(
            WebhookDelivered(
                repository=self._repository,
                event=event,
                delivery_id=delivery_id,
                commit_id=payload.get("after"),
                status=delivery.status_code,
            )
        )

    def _headers(self, event: str, delivery_id: str, body: str) -> dict[str, str]:
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "X-GitHub-Delivery": delivery_id,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(self.id),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        if self._secret:
            for name, kind in (("X-Hub-Signature", hashlib.sha1), ("X-Hub-Signature-256", hashlib.sha256)):
                digest = hmac.new(self._secret.encode(), body.encode(), kind).hexdigest()
                headers[name] = f"{kind().name}={digest}"
        return headers

    def __repr__(self) -> str:
        last = repr(self.deliveries[0]) if self.deliveries else "nothing delivered yet"
        return f"<Webhook of {self._repository} to {self.url}: {len(self.deliveries)} deliveries, last {last}>"


class Webhooks:
    """The webhooks of one repository; at each address there is at most one."""

    def __init__(self, clock: Clock, history: History, repository: str) -> None:
        self._clock = clock
        self._history = history
        self._repository = repository
        self._made = 0
        self._by_url: dict[str, Webhook] = {}

    def add(self, receiver: FunctionUrl, secret: str | None) -> Webhook:
        """Makes a webhook, in place of one to the same address, and tries it out.

        Raises ``MisuseError`` if the secret is no text.
        """
        if secret is not None and not (isinstance(secret, str) and secret):
            message = f"Expected the secret as text, found {secret!r}; write for example secret='open sesame'."
            raise MisuseError(message)
        hook = Webhook(self._clock, self._history, self._repository, FIRST_HOOK_ID + self._made, receiver, secret)
        self._made += 1
        self._by_url[hook.url] = hook
        hook.ping()
        return hook

    def push(self, pushed: Pushed) -> None:
        """Tells all of them of a push."""
        for hook in tuple(self._by_url.values()):
            hook.push(pushed)
