"""Nothing leaves the machine: what surrounds a lab while it is open.

Several walls, each enough by itself for what it stands before:

- the environment: keys, region and files of the student's own AWS set-up are put out of sight;
- botocore: every client, also one made before the lab was opened, is answered by the lab;
- requests and botocore's HTTP session: what nothing in the lab answers is refused in one sentence;
- every socket of this process (``air_gap``): nothing connects to, or looks up, an address elsewhere;
- other processes (``!aws``, ``!curl``, ``!pip``) inherit keys that are worth nothing and a proxy that refuses.

Decision 0008 says what stays when a lab has been stopped, and what is not held back.
"""

import os
from collections.abc import Callable
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore.httpsession
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.models import botocore_stubber, responses_mock
from requests import PreparedRequest, Response

from labkit.aws.air_gap import REFUSING_PROXY, LeavesTheLabError, close_for_good
from labkit.aws.overrides import Overrides

REGION = "ap-northeast-2"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
STUDENT_ACCESS_KEY_ID = "AKIALABKITSTUDENT000"

HIDDEN = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
PROXY = "http://{}:{}".format(*REFUSING_PROXY)
BESIDE_THE_PROXY = "localhost,127.0.0.1,::1"
SHOWN = {
    "AWS_ACCESS_KEY_ID": STUDENT_ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": "lab-only-not-a-secret",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # curl knows the first in small letters only; others prefer the small ones, so all are set.
    **dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), PROXY),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), BESIDE_THE_PROXY),
}


def seal(overrides: Overrides) -> None:
    """Puts the walls up; ``overrides.undo()`` takes them down."""
    overrides.on_undo(close_for_good())
    _hide_environment(overrides)
    overrides.replace(boto3, "DEFAULT_SESSION", None)
    overrides.around(botocore.httpsession.URLLib3Session, "send", _answer_inside)
    # What moto does not answer itself it would pass on to here.
    overrides.replace(responses_mock, "_real_send", _loopback_only(responses_mock._real_send))  # noqa: SLF001


def _hide_environment(overrides: Overrides) -> None:
    endpoints = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]
    kept = {name: value for name, value in os.environ.items() if name not in (*HIDDEN, *endpoints)}
    environment = mock.patch.dict(os.environ, {**kept, **SHOWN}, clear=True)
    environment.start()
    overrides.on_undo(environment.stop)


def _answer_inside(_send: Callable[..., AWSResponse], _session: object, request: AWSPreparedRequest) -> AWSResponse:
    # Only a client without moto's handler comes this far: one made before moto was imported.
    answer: AWSResponse | None = botocore_stubber("before-send.unknown.Unknown", request)
    if answer is None:
        raise LeavesTheLabError(request.url)
    return answer


def _loopback_only(send: Callable[..., Response]) -> Callable[..., Response]:
    def checked(adapter: object, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        url = request.url or ""
        if (urlsplit(url).hostname or "") not in LOOPBACK:
            raise LeavesTheLabError(url)
        return send(adapter, request, *args, **kwargs)

    return checked
