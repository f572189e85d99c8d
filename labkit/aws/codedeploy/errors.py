"""CodeDeploy's modelled exceptions, with AWS's own words.

Where a sentence of the live service is known it is given by the caller; otherwise the words are those
with which AWS's service model documents the exception, followed by what exactly was found.
"""

import re
from functools import cache
from typing import NoReturn

from labkit.aws.codedeploy.model import service_model
from labkit.aws.errors import AwsError

TAG = re.compile(r"<[^>]+>")


@cache
def documented(name: str) -> str:
    """The sentence with which AWS's model documents the exception ``name``.

    >>> documented("ApplicationNameRequired")
    'The minimum number of required application names was not specified.'
    """
    text = TAG.sub("", service_model().shape_for(f"{name}Exception").documentation or name)
    return " ".join(text.split())


def refuse(name: str, message: str | None = None, *, because: str | None = None) -> NoReturn:
    """Raises CodeDeploy's exception ``name`` (without its ending "Exception") with ``message`` or AWS's words.

    ``because``: a sentence that says what was found, after AWS's general one.
    """
    words = message or documented(name)
    raise AwsError(f"{name}Exception", f"{words} {because}" if because else words)
