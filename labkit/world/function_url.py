"""A Python function behind an address of its own, as AWS Lambda gives it one (a *function URL*).

Lambda Developer Guide, "Invoking Lambda function URLs": how a request becomes an event (payload format 2.0), how what
the function returns becomes the answer, and that a function that fails, or returns what is no answer, gives a 502.
Anybody may ask there: authentication type NONE.
"""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.world.events import FunctionInvoked
from labkit.world.http import Answer
from labkit.world.made_ids import guid

DOMAIN = ".lambda-url.ap-northeast-2.on.aws"
JSON = {"Content-Type": "application/json"}
SOMEBODY = "203.0.113.7"
"""An address of those kept for examples (RFC 5737)."""

Function = Callable[[dict[str, Any], "Context"], Any]
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """The little of Lambda's context object that a handler may ask for."""

    function_name: str
    aws_request_id: str


class FunctionUrl:
    """One function and its address. ``log``: what its runtime wrote down, as CloudWatch Logs would keep it."""

    def __init__(self, clock: Clock, history: History, function: Function) -> None:
        self._clock = clock
        self._history = history
        self._function = function
        self._requests = 0
        self.name = function.__name__
        self.host = guid(self.name).replace("-", "") + DOMAIN
        self.log: list[str] = []

    @property
    def url(self) -> str:
        """Where anybody may ask."""
        return f"https://{self.host}/"

    def publish(self, function: Function) -> None:
        """Other code from now on, at the same address."""
        self._function = function

    def request(self, method: str, path: str, headers: Headers, body: str) -> Answer:
        """Runs the function with this request as its event, and makes an answer of what it returns."""
        self._requests += 1
        request_id = guid(f"{self.url}{self._requests}")
        event = self._event(method, path, headers, body, request_id)
        began_s = self._clock.now_s
        answer = self._run(event, Context(self.name, request_id))
        sender = event["headers"].get("x-github-delivery")
        self._history.record(
            FunctionInvoked(function=self.name, delivery_id=sender, status=answer.status, error=self._error(answer))
        )
        return Answer(answer.status, answer.body, answer.headers, delay_s=self._clock.now_s - began_s)

    def _event(self, method: str, path: str, headers: Headers, body: str, request_id: str) -> dict[str, Any]:
        parts, now = urlsplit(path), self._clock.now
        agent = {name.lower(): value for name, value in headers.items()}
        http = {"method": method, "path": parts.path or "/", "protocol": "HTTP/1.1", "sourceIp": SOMEBODY}
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": parts.path or "/",
            "rawQueryString": parts.query,
            "headers": {"host": self.host, **agent},
            "requestContext": {
                "accountId": "anonymous",
                "apiId": self.host.partition(".")[0],
                "domainName": self.host,
                "domainPrefix": self.host.partition(".")[0],
                "http": {**http, "userAgent": agent.get("user-agent", "")},
                "requestId": request_id,
                "routeKey": "$default",
                "stage": "$default",
                "time": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
                "timeEpoch": round(now.timestamp() * 1000),
            },
            "body": body,
            "isBase64Encoded": False,
        }

    def _run(self, event: dict[str, Any], context: Context) -> Answer:
        try:
            return _answer(self._function(event, context))
        except Exception as error:  # noqa: BLE001 -- as Lambda's runtime does: whatever a function raises is its log's
            self.log.append(f"[ERROR] {type(error).__name__}: {error}{self._place(error)}")
            return Answer(HTTPStatus.BAD_GATEWAY, b"Internal Server Error")

    def _place(self, error: Exception) -> str:
        """Where in the function's own source the error came up; nothing if it has none."""
        code = getattr(self._function, "__code__", None)
        lines = [
            line for line in traceback.extract_tb(error.__traceback__) if code and line.filename == code.co_filename
        ]
        return f" (line {lines[-1].lineno}, in {lines[-1].name})" if lines else ""

    def _error(self, answer: Answer) -> str | None:
        return self.log[-1] if answer.status == HTTPStatus.BAD_GATEWAY and self.log else None

    def __repr__(self) -> str:
        return f"<Function {self.name} at {self.url}>"


class FunctionUrls:
    """All functions of the lab that have an address."""

    def __init__(self, clock: Clock, history: History) -> None:
        self._clock = clock
        self._history = history
        self._by_host: dict[str, FunctionUrl] = {}

    def publish(self, function: Function) -> FunctionUrl:
        """Gives ``function`` an address; one of the same name that has an address already is replaced there.

        Raises ``MisuseError`` if it is no function with a name.
        """
        if not callable(function) or not hasattr(function, "__name__"):
            message = (
                f"Expected a function that takes an event and a context, as AWS Lambda calls it, found {function!r}; "
                "write for example def handler(event, context): …"
            )
            raise MisuseError(message)
        new = FunctionUrl(self._clock, self._history, function)
        found = self._by_host.setdefault(new.host, new)
        found.publish(function)
        return found

    def find(self, host: str) -> FunctionUrl | None:
        """The function that answers at this host name."""
        return self._by_host.get(host)


def _answer(returned: Any) -> Answer:
    """What a function returned, as an HTTP answer. Raises ``TypeError`` or ``ValueError`` if it can't be one."""
    if not (isinstance(returned, dict) and "statusCode" in returned):
        text = returned if isinstance(returned, str) else json.dumps(returned)
        return Answer(HTTPStatus.OK, text.encode(), JSON)
    body = returned.get("body", "")
    if not isinstance(body, str):
        message = f"Expected the body of an answer to be text, found {type(body).__name__}; write json.dumps(…)."
        raise TypeError(message)
    headers = {str(name): str(value) for name, value in (returned.get("headers") or {}).items()}
    return Answer(HTTPStatus(int(returned["statusCode"])), body.encode(), {**JSON, **headers})
