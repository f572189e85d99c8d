"""Which instances are meant: tag filters and sets of them, for EC2, on-premises instances and green fleets.

API reference, EC2TagFilter, EC2TagSet, TagFilter, OnPremisesTagSet, TargetInstances; user guide, "Tagging instances
for deployment groups". What the filters select is ``labkit.rules.tag_filters``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.aws.codedeploy import quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.rules.tag_filters import TagFilter

TYPES = ("KEY_ONLY", "VALUE_ONLY", "KEY_AND_VALUE")


@dataclass(frozen=True, slots=True)
class Filters:
    """The two members that say the same in two ways, and the exceptions of their kind."""

    plain: str
    tag_set: str
    tag_set_list: str
    invalid: str
    both: str
    too_many_sets: str


EC2 = Filters(
    "ec2TagFilters",
    "ec2TagSet",
    "ec2TagSetList",
    "InvalidEC2Tag",
    "InvalidEC2TagCombination",
    "TagSetListLimitExceeded",
)
ON_PREMISES = Filters(
    "onPremisesInstanceTagFilters",
    "onPremisesTagSet",
    "onPremisesTagSetList",
    "InvalidTag",
    "InvalidOnPremisesTagCombination",
    "TagSetListLimitExceeded",
)
TARGET_INSTANCES = Filters(
    "tagFilters",
    "ec2TagSet",
    "ec2TagSetList",
    "InvalidTargetInstances",
    "InvalidTargetInstances",
    "InvalidTargetInstances",
)


def check(kind: Filters, settings: Mapping[str, Any]) -> None:
    """Raises the exceptions of ``kind`` if its members in ``settings`` are not in order."""
    plain, sets = _given(kind, settings)
    if plain and sets:
        refuse(kind.both)
    if len(sets) > quotas.TAG_SETS:
        refuse(kind.too_many_sets)
    check_filters(plain, kind.invalid, kind.plain)
    for number, group in enumerate(sets):
        place = f"{kind.tag_set_list}[{number}]"
        if not group:
            refuse(kind.invalid, because=f"Expected at least one filter in {place}, found none.")
        check_filters(group, kind.invalid, place)


def check_filters(filters: Iterable[Mapping[str, Any]], invalid: str, place: str) -> None:
    """Raises ``invalid`` if one of the ``filters`` is not in order or there are too many; ``place`` is where."""
    listed = list(filters)
    if len(listed) > quotas.TAG_FILTERS:
        refuse(invalid, because=f"Expected at most {quotas.TAG_FILTERS} filters in {place}, found {len(listed)}.")
    for number, one in enumerate(listed):
        problem = _problem(one)
        if problem:
            refuse(invalid, because=f"{place}[{number}]: {problem}")


def read(kind: Filters, settings: Mapping[str, Any]) -> list[list[TagFilter]]:
    """What the checked members mean: lists of filters, all of which must match by any one filter."""
    plain, sets = _given(kind, settings)
    return [read_filters(group) for group in sets or ([plain] if plain else [])]


def read_filters(filters: Iterable[Mapping[str, Any]]) -> list[TagFilter]:
    """One list of checked filters."""
    return [TagFilter(one.get("Key"), one.get("Value"), one["Type"]) for one in filters]


def replace_other_form(kind: Filters, settings: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Takes the old form out of ``settings`` when an update has ``given`` the other one."""
    plain, sets = _given(kind, given)
    if plain:
        settings.pop(kind.tag_set, None)
    if sets:
        settings.pop(kind.plain, None)


def _given(kind: Filters, settings: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    return settings.get(kind.plain) or [], (settings.get(kind.tag_set) or {}).get(kind.tag_set_list) or []


def _problem(one: Mapping[str, Any]) -> str | None:
    key, value, kind = one.get("Key"), one.get("Value"), one.get("Type")
    if kind not in TYPES:
        return f"expected a Type of KEY_ONLY, VALUE_ONLY or KEY_AND_VALUE, found {kind!r}."
    if kind != "VALUE_ONLY" and not 1 <= len(key or "") <= quotas.TAG_KEY_LENGTH:
        return f"{kind} expects a Key of 1 to {quotas.TAG_KEY_LENGTH} characters, found {key!r}."
    if kind != "KEY_ONLY" and (value is None or len(value) > quotas.TAG_VALUE_LENGTH):
        return f"{kind} expects a Value of at most {quotas.TAG_VALUE_LENGTH} characters, found {value!r}."
    return None
