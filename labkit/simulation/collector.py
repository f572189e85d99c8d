"""Python's collector at rest while something large is made that stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """What is made inside lives on, so Python's collector would look through all of it, again and again, for nothing.

    A run with ten thousand instances costs half as much again for each of them as one with a hundred; a lab takes half
    as long again to open.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
