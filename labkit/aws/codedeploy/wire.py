"""What came over the wire, read by the operation's input shape before the operation runs.

AWS JSON protocol 1.1: members that the shape lacks are ignored, null is the same as absent. A value of another
type than the model's ends in SerializationException, in the words of AWS's own front end ("STRING_VALUE can not be
converted to an Integer", "Start of list found where not expected"), followed by the place in the request.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.exceptions import JsonRESTError

from labkit.aws.codedeploy.model import service_model

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BITS = {"integer": 32, "long": 64}
ARTICLES = {"string": "a String", "integer": "an Integer", "long": "a Long", "boolean": "a Boolean"}
WIRE_NAMES = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", type(None): "NULL_VALUE"}


def read(operation: str, body: str) -> dict[str, Any]:
    """The parameters of a call of ``operation``; timestamps are datetimes in UTC. Raises SerializationException."""
    try:
        document = json.loads(body or "{}", parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()  # an unpaired surrogate is no text
    except (ValueError, RecursionError) as error:
        _refuse(f"The body of the request is not a JSON document: {error}")
    shape = service_model().operation_model(operation).input_shape
    parameters: dict[str, Any] = _structure(shape, document, "the request")
    return parameters


def _read(shape: Shape, value: Any, place: str) -> Any:
    reader: Callable[[Any, Any, str], Any] = READERS[shape.type_name]
    return reader(shape, value, place)


def _structure(shape: StructureShape, value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(_unexpected(value, "Expected structure or null"), place)
    inside = "" if place == "the request" else f"{place}."
    members = ((name, member) for name, member in shape.members.items() if value.get(name) is not None)
    return {name: _read(member, value[name], f"{inside}{name}") for name, member in members}


def _list(shape: ListShape, value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(_unexpected(value, "Expected list or null"), place)
    return [_read(shape.member, item, f"{place}[{number}]") for number, item in enumerate(value)]


def _map(shape: MapShape, value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(_unexpected(value, "Expected map or null"), place)
    return {key: _read(shape.value, item, f"{place}.{key}") for key, item in value.items()}


def _string(shape: Shape, value: Any, place: str) -> str:
    return value if isinstance(value, str) else _mistyped(shape, value, place)


def _boolean(shape: Shape, value: Any, place: str) -> bool:
    return value if isinstance(value, bool) else _mistyped(shape, value, place)


def _integer(shape: Shape, value: Any, place: str) -> int:
    limit = 1 << (BITS[shape.type_name] - 1)
    if isinstance(value, bool) or not isinstance(value, int) or not -limit <= value < limit:
        _mistyped(shape, value, place)
    return value


def _timestamp(_shape: Shape, value: Any, place: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(_unexpected(value, f"{_wire_name(value)} can not be converted to milliseconds since epoch"), place)
    try:
        return EPOCH + timedelta(seconds=value)
    except OverflowError:
        _refuse(f"{value} is beyond the time that a timestamp can name", place)


READERS: dict[str, Callable[[Any, Any, str], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "timestamp": _timestamp,
}


def _mistyped(shape: Shape, value: Any, place: str) -> NoReturn:
    wanted = ARTICLES[shape.type_name]
    _refuse(_unexpected(value, f"{_wire_name(value)} can not be converted to {wanted}"), place)


def _unexpected(value: Any, otherwise: str) -> str:
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, dict):
        return "Start of structure or map found where not expected"
    return otherwise


def _wire_name(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return WIRE_NAMES.get(type(value), "VALUE")


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a JSON number"
    raise ValueError(message)


def _refuse(message: str, place: str | None = None) -> NoReturn:
    # Not an AwsError: the protocol's own error is in no service's model, of which moto would warn the student.
    raise JsonRESTError("SerializationException", message if place is None else f"{message} ({place})")
