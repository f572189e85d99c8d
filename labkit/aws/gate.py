"""Every API call passes here: who calls, and may they? Then it is answered in lab time, and written down.

Calls take no lab time. While one is being answered, Python's clock shows the lab's moment, so that
everything moto stamps (LaunchTime, CreateDate …) carries it; outside, the computer's own clock is
left alone. A call is a turn of its own: threads that call at once are answered one after the other, and an interrupt
waits until the call is answered.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import time_machine
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

from labkit.aws.access import Access
from labkit.aws.calling import BotoCall, current_call, take_down_calls
from labkit.aws.denials import access_denied, expired_key, unknown_key
from labkit.aws.overrides import Overrides
from labkit.aws.principals import ExpiredKeyError, Principal, Principals, UnknownKeyError
from labkit.aws.seal import STUDENT_ACCESS_KEY_ID
from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import ApiCalled

ACCESS_KEY = re.compile(r"Credential=([^/]+)/")
ERROR_CODE = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>')
FIRST_ERROR = 400
ANONYMOUS = "anonymous"


class Gate:
    """The one way in. ``lab_time()`` is also for the world when it has to touch moto's records."""

    def __init__(self, clock: Clock, history: History, principals: Principals, access: Access) -> None:
        self._clock = clock
        self._history = history
        self._principals = principals
        self._access = access
        self._depth = 0
        self._refused = 0

    def install(self, overrides: Overrides) -> None:
        """Stands before moto until ``overrides.undo()``."""
        take_down_calls(overrides)
        overrides.around(BotocoreStubber, "__call__", self._record)
        overrides.around(BotocoreStubber, "process_request", self._answer)

    @contextmanager
    def lab_time(self) -> Iterator[None]:
        """Python's clock stands at the lab's present moment inside this block."""
        if self._depth:
            yield
            return
        self._depth += 1
        try:
            with time_machine.travel(self._clock.now, tick=False):
                yield
        finally:
            self._depth -= 1

    def _answer(self, original: Callable[..., Any], stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        with self._clock.turns, self.lab_time():
            return original(stubber, request)

    def _record(
        self,
        original: Callable[..., AWSResponse | None],
        stubber: BotocoreStubber,
        event_name: str,
        request: AWSPreparedRequest,
        **kwargs: Any,
    ) -> AWSResponse | None:
        with self._clock.turns:
            return self._decided_and_written_down(original, stubber, event_name, request, **kwargs)

    def _decided_and_written_down(
        self,
        original: Callable[..., AWSResponse | None],
        stubber: BotocoreStubber,
        event_name: str,
        request: AWSPreparedRequest,
        **kwargs: Any,
    ) -> AWSResponse | None:
        call = current_call()
        response = self._refusal(call, access_key(request)) if call and stubber.enabled else None
        if response is None:
            response = original(stubber, event_name, request, **kwargs)
        if response is not None:
            _, service, operation = event_name.split(".", 2)
            code = error_code(response) if response.status_code >= FIRST_ERROR else None
            self._history.record(
                ApiCalled(service=service, operation=operation, caller=caller(request), error_code=code)
            )
        return response

    def _refusal(self, call: BotoCall, key: str) -> AWSResponse | None:
        """AWS's answer if nobody has the key, or if its owner may not make this call."""
        request_id = f"1ab00000-0000-4000-8000-{self._refused:012x}"
        try:
            with self.lab_time():  # moto may make a service's records for the first time when they are looked at
                principal = self._who(call, key)
                denial = self._access.denial(principal, call, request_id) if principal else None
            response = access_denied(call, denial, request_id) if denial else None
        except UnknownKeyError:
            response = unknown_key(call, request_id)
        except ExpiredKeyError:
            response = expired_key(call, request_id)
        if response is not None:
            self._refused += 1
        return response

    def _who(self, call: BotoCall, key: str) -> Principal | None:
        """Whose key it is; None for a call that is not signed.

        A client made before the lab was opened holds whatever keys there were: they are the student's.
        """
        if key == ANONYMOUS:
            return None
        try:
            return self._principals.of_key(key)
        except UnknownKeyError:
            if not call.made_before:
                raise
            return self._principals.administrator()


def access_key(request: AWSPreparedRequest) -> str:
    """The access key id that ``request`` is signed with, ``anonymous`` without one."""
    header = request.headers.get("Authorization", "")
    text = header.decode() if isinstance(header, bytes) else header
    found = ACCESS_KEY.search(text)
    return found.group(1) if found else ANONYMOUS


def caller(request: AWSPreparedRequest) -> str:
    """Who signed ``request``: ``student`` for the lab's own key, otherwise the access key id."""
    key = access_key(request)
    return "student" if key == STUDENT_ACCESS_KEY_ID else key


def error_code(response: AWSResponse) -> str:
    """The AWS error code in an error answer (JSON ``__type`` or XML ``Code``), else the HTTP status."""
    found = ERROR_CODE.search(response.raw.getvalue())
    return (found.group(1) or found.group(2)).decode() if found else str(response.status_code)
