"""Which instances a deployment group's tag filters select.

CodeDeploy API reference, ``EC2TagFilter`` and ``EC2TagSet``: within a list any filter may match; between
the lists of a tag set all must. A value may hold ``*``; letters' case counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class TagFilter:
    """One filter; ``type`` is KEY_ONLY, VALUE_ONLY or KEY_AND_VALUE."""

    key: str | None
    value: str | None
    type: str

    def matches(self, tags: Mapping[str, str]) -> bool:
        """Whether an instance with these ``tags`` is meant."""
        if self.type == "KEY_ONLY":
            return self.key in tags
        if self.type == "VALUE_ONLY":
            return any(_value_matches(self.value, value) for value in tags.values())
        return self.key in tags and _value_matches(self.value, tags[self.key or ""])


def selects(tag_sets: Sequence[Sequence[TagFilter]], tags: Mapping[str, str]) -> bool:
    """Whether ``tags`` satisfy every list of ``tag_sets``, each by any one of its filters.

    No list at all selects nothing.

    >>> selects([[TagFilter("env", "prod", "KEY_AND_VALUE")]], {"env": "prod"})
    True
    """
    return bool(tag_sets) and all(any(f.matches(tags) for f in filters) for filters in tag_sets)


def _value_matches(pattern: str | None, value: str) -> bool:
    # Only "*" is a wildcard in CodeDeploy; fnmatch's "?" and "[" are ordinary characters there.
    escaped = (pattern or "").replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(value, escaped)
