"""The boto3 call that is being answered: its operation and parameters as the student wrote them.

What reaches the gate is a signed request of one of AWS's five protocols. Whose turn it is and with which parameters is
taken down on the way in, so that nobody has to read the wire again.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from botocore.client import BaseClient

from labkit.aws.overrides import Overrides


@dataclass(frozen=True, slots=True)
class BotoCall:
    """``service``: boto3's name (``elbv2``); ``protocol``: botocore's (``query``, ``rest-xml`` …).

    ``made_before``: the client is older than the lab and holds whatever keys there were.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    protocol: str
    made_before: bool = False


_current: ContextVar[BotoCall | None] = ContextVar("labkit_boto_call", default=None)


def current_call() -> BotoCall | None:
    """The call that this thread is making, None outside of one."""
    return _current.get()


def take_down_calls(overrides: Overrides) -> None:
    """Takes every call down until ``overrides.undo()``."""
    clients: WeakSet[BaseClient] = WeakSet()

    def made(original: Callable[..., None], client: BaseClient, *args: Any, **kwargs: Any) -> None:
        original(client, *args, **kwargs)
        clients.add(client)

    def call(original: Callable[..., Any], client: BaseClient, operation: str, parameters: Any) -> Any:
        model = client.meta.service_model
        region = client.meta.region_name or ""
        given = parameters if isinstance(parameters, Mapping) else {}
        token = _current.set(
            BotoCall(model.service_name, operation, given, region, model.resolved_protocol, client not in clients)
        )
        try:
            return original(client, operation, parameters)
        finally:
            _current.reset(token)

    overrides.around(BaseClient, "__init__", made)
    overrides.around(BaseClient, "_make_api_call", call)
