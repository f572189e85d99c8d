"""CodeDeploy's modelled exceptions, with AWS's own words.

Where a sentence of the live service is known it is given by the caller; otherwise the words are those
with which AWS's service model documents the exception.
"""

import re
from functools import cache
from typing import NoReturn

from botocore.loaders import Loader

from labkit.aws.errors import AwsError

TAG = re.compile(r"<[^>]+>")


@cache
def _model() -> dict[str, dict[str, object]]:
    shapes: dict[str, dict[str, object]] = Loader().load_service_model("codedeploy", "service-2")["shapes"]
    return shapes


@cache
def documented(name: str) -> str:
    """The sentence with which AWS's model documents the exception ``name``.

    >>> documented("ApplicationNameRequired")
    'The minimum number of required application names was not specified.'
    """
    text = TAG.sub("", str(_model()[f"{name}Exception"].get("documentation", name)))
    return " ".join(text.split())


def refuse(name: str, message: str | None = None) -> NoReturn:
    """Raises CodeDeploy's exception ``name`` (without its ending "Exception") with ``message`` or AWS's words."""
    code = f"{name}Exception"
    raise AwsError(code, message or documented(name))
