"""Identifiers that look drawn by lot and are the same in every run."""

import hashlib


def guid(text: str) -> str:
    """A globally unique identifier (8-4-4-4-12 hex digits) made from ``text`` alone."""
    digits = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
