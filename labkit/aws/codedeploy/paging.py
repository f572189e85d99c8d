"""Lists in pages. The API has a ``nextToken`` and no page size; AWS does not publish how long its pages are.

A token names the item that the next page begins with, so that what is created or deleted meanwhile neither repeats
an item nor loses one, and it fits only the list that it came from.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.aws.codedeploy.errors import refuse

PAGE_SIZE = 100
"""Ours: long enough for a class's fleet, short enough that a list of a thousand shows what a paginator is for."""


def page(member: str, items: Sequence[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``items`` that the call asks for, as ``{member: […], "nextToken": …}``. Raises InvalidNextToken."""
    token = parameters.get("nextToken")
    fingerprint = _fingerprint([member, {key: parameters[key] for key in parameters if key != "nextToken"}])
    start = _start(token, fingerprint, items) if token else 0
    end = start + PAGE_SIZE
    answer: dict[str, Any] = {member: list(items[start:end])}
    if end < len(items):
        answer["nextToken"] = base64.urlsafe_b64encode(
            json.dumps([fingerprint, end, _fingerprint(items[end])]).encode()
        ).decode()
    return answer


def _start(token: str, fingerprint: str, items: Sequence[Any]) -> int:
    try:
        of_list, position, first = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        refuse("InvalidNextToken")
    if of_list != fingerprint or not isinstance(position, int):
        refuse("InvalidNextToken", because="It belongs to another list or other filters; begin without a token.")
    return next((number for number, item in enumerate(items) if _fingerprint(item) == first), position)


def _fingerprint(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
