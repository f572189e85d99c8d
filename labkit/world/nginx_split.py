"""nginx's ``split_clients`` and what a server block makes of its result, ``if ($variable = value) { return … }``.

https://nginx.org/en/docs/http/ngx_http_split_clients_module.html: "the value of the original string is hashed using
MurmurHash2", and the first share whose end lies above the hash gives the variable its value. Of the conditions of
ngx_http_rewrite_module only the comparison of one variable with a text is followed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PER_REQUEST = ("$request_id", "$connection", "$msec", "$remote_port")
"""Variables of which each request has another value; all of them are the lab's ``request_id``."""

LARGEST_HASH = 0xFFFF_FFFF
_M = 0x5BD1_E995


@dataclass(frozen=True, slots=True)
class Split:
    """A ``split_clients`` block. ``shares``: (hundredths of a percent, value), in order; the rest is ``*``'s."""

    key: str
    variable: str
    shares: tuple[tuple[int, str], ...]

    @property
    def varies(self) -> bool:
        """Whether two equal requests may get two values."""
        return any(name in self.key for name in PER_REQUEST)

    @property
    def usual(self) -> str:
        """The value of the largest share."""
        return max(self.shares, key=lambda share: share[0], default=(0, ""))[1]

    def value(self, variables: Mapping[str, str]) -> str:
        """The value for a request with these variables (their names begin with ``$``)."""
        text = re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(f"${found[1]}", ""), self.key)
        hashed, end = murmur_hash_2(text.encode()), 0
        for hundredths, value in self.shares:
            end += hundredths * LARGEST_HASH // 10_000
            if hashed < end:
                return value
        return self.shares[-1][1] if self.shares else ""


@dataclass(frozen=True, slots=True)
class Condition:
    """``if ($variable = value) { return status text; }``; ``differs``: with ``!=`` instead."""

    variable: str
    value: str
    give: tuple[int, str]
    differs: bool = False


def split(words: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Split:
    """A block from its arguments (key, variable) and its rows (percentage, value). Raises ``ValueError``."""
    shares: list[tuple[int, str]] = []
    for percentage, value in rows:
        used = sum(hundredths for hundredths, _ in shares)
        shares.append((10_000 - used if percentage == "*" else _hundredths(percentage), value))
    if sum(hundredths for hundredths, _ in shares) > 10_000 or any(hundredths < 0 for hundredths, _ in shares):  # noqa: PLR2004
        message = "percent total is greater than 100%"
        raise ValueError(message)
    return Split(words[0], words[1], tuple(shares))


def chosen(conditions: Iterable[Condition], values: Mapping[str, str]) -> tuple[int, str] | None:
    """What the first condition that holds gives; None if none does."""
    for condition in conditions:
        if (values.get(condition.variable, "") == condition.value) != condition.differs:
            return condition.give
    return None


def murmur_hash_2(data: bytes) -> int:
    """MurmurHash2 as ``ngx_murmur_hash2`` computes it: 32 bits, seeded with the length.

    >>> hex(murmur_hash_2(b""))
    '0x0'
    """
    hashed, at = len(data), 0
    while len(data) - at >= 4:  # noqa: PLR2004
        part = int.from_bytes(data[at : at + 4], "little") * _M & LARGEST_HASH
        part = (part ^ part >> 24) * _M & LARGEST_HASH
        hashed = (hashed * _M & LARGEST_HASH) ^ part
        at += 4
    if at < len(data):
        hashed = (hashed ^ int.from_bytes(data[at:], "little")) * _M & LARGEST_HASH
    hashed = (hashed ^ hashed >> 13) * _M & LARGEST_HASH
    return hashed ^ hashed >> 15


def _hundredths(percentage: str) -> int:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?%", percentage):
        message = f'invalid percent value "{percentage}"'
        raise ValueError(message)
    return round(float(percentage[:-1]) * 100)
