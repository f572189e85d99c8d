"""Taking the place of methods of moto and botocore while a lab is open, and giving them back."""

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

Around = Callable[..., Any]
"""``around(original, self, *args, **kwargs)``: what runs in the place of ``original``."""


class Overrides:
    """The replaced attributes of one lab; ``undo`` puts every original back, the last one first."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def replace(self, owner: object, name: str, value: object) -> None:
        """Puts ``value`` in the place of ``owner.name``. Raises ``AttributeError`` if there is no such place."""
        self._stack.enter_context(mock.patch.object(owner, name, value))

    def add(self, owner: object, name: str, value: object) -> None:
        """Gives ``owner`` an attribute, in the place of one of that name or as a new one."""
        self._stack.enter_context(mock.patch.object(owner, name, value, create=True))

    def around(self, owner: type, name: str, around: Around) -> None:
        """Lets ``around`` run in the place of the method ``owner.name``, handing it the original first."""
        original = getattr(owner, name)

        @functools.wraps(original)
        def method(instance: object, *args: object, **kwargs: object) -> object:
            return around(original, instance, *args, **kwargs)

        self.replace(owner, name, method)

    def on_undo(self, action: Callable[[], object]) -> None:
        """Has ``action`` called when the lab closes."""
        self._stack.callback(action)

    def undo(self) -> None:
        """Puts everything back."""
        self._stack.close()
