"""What the parts of the AppSpec reader share: how it looks into values as Ruby does, and how it refuses them."""

from typing import NoReturn

from labkit.rules.agent_errors import FAILED, refuse
from labkit.rules.ruby_text import Key, Opaque, Symbol, Value, inspect, to_s

FILE = "the application specification file"
AGAIN = "and then try again."


def invalid(message: str) -> NoReturn:
    """Refuses the file with ``message``, the agent's words after how it begins them all. Raises AgentError."""
    refuse("validation", FAILED + message)


def crash(where: str, expected: str, found: Value) -> NoReturn:
    """Refuses what makes the agent crash, with a sentence of our own. Raises AgentError."""
    shown = inspect(found)
    refuse("ruby", f"{where} must be {expected}, but it is {shown[:80]}; correct the AppSpec file.")


def get(value: Value, key: str, where: str) -> Value:
    """``value[key]`` as Ruby has it: text answers with the key if it contains it."""
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, str | Symbol):
        return key if key in to_s(value) else None
    crash(where, "a map", value)


def each(value: Value, where: str) -> list[Value]:
    """What Ruby's ``each`` gives: the items of a list, the pairs of a map; null and false are nothing."""
    if value is None or value is False:
        return []
    if isinstance(value, dict):
        return [[as_value(key), item] for key, item in value.items()]
    if isinstance(value, list):
        return value
    crash(where, "a list", value)


def as_value(key: Key) -> Value:
    """A key where a value is wanted."""
    return key.shown if isinstance(key, Opaque) else key
