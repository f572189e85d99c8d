"""Reads YAML as the agent does: libyaml's parser, then Psych 4's safe rules for what a node becomes.

Only the first document counts; of a duplicated key the last value wins; ``<<`` merges maps; aliases, dates and Ruby
objects are refused, symbols are not. (Agents on a Ruby older than 3.1 take aliases and dates; current ones do not.)
Both this reader and Ruby's stand on libyaml, so what is a syntax error there is one here.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import NoReturn, Protocol

import yaml

from labkit.rules.agent_errors import AgentError, refuse
from labkit.rules.ruby_text import Key, Opaque, Symbol, Value, inspect
from labkit.rules.yaml_scalars import float_scalar, plain_scalar

MAX_BYTES = 256 * 1024
MAX_DEPTH = 500
MERGE = "<<"

_CORE = "tag:yaml.org,2002:"
_TEXT_TAG = re.compile(r"!(?:str|ruby/string)|tag:yaml\.org,2002:str")
_SYMBOL_TAG = re.compile(r"!ruby/sym(?:bol)?:?.*")
_REFUSED_SCALAR = re.compile(
    r"!(?:str|ruby/string):.+|!ruby/(?:class|module|regexp|range|struct|encoding)\b.*"
    r"|!ruby/object:(?:BigDecimal|DateTime|Complex|Rational)"
)
_REFUSED_SEQUENCE = re.compile(r"!omap|tag:yaml\.org,2002:omap|!(?:seq|ruby/array):.*")
_REFUSED_MAPPING = re.compile(
    r"!ruby/(?:struct|object|exception)\b.*|!ruby/(?:array|hash|hash-with-ivars):.*|!ruby/range|!map:.*"
    r"|!(?:str|ruby/string):.*"
    r"|!set|!omap|tag:yaml\.org,2002:(?:set|omap)"
)


class _Node(Protocol):
    """A collection under construction."""

    def add(self, value: Value, event: yaml.Event) -> None: ...

    def value(self) -> Value: ...


def load(source: str | bytes) -> Value:
    """The first document of ``source`` as Ruby values, None when there is none.

    Raises AgentError: ``yaml_syntax`` (no YAML, no UTF-8, too long, too deep), ``yaml_disallowed`` (aliases, dates,
    Ruby objects) or ``ruby`` (a tag that does not fit its value).
    """
    try:
        return _build(_events(_text(source)))
    except yaml.YAMLError as error:
        _syntax(_place_and_problem(error))


def _text(source: str | bytes) -> str:
    if len(source) > MAX_BYTES:
        _syntax(f"it is {len(source)} bytes long and {MAX_BYTES} are the most that is read")
    try:
        text = source.decode("utf-8") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        _syntax(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8")
    # libyaml skips a byte order mark but counts its column, so the first key stands one column to the right of the
    # others and the map ends after it. A space in its place has the same effect here.
    return " " + text[1:] if text.startswith("\ufeff") else text


def _place_and_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else str(problem)


def _syntax(what: str) -> NoReturn:
    refuse("yaml_syntax", f"The AppSpec file is not valid YAML: {what}. Correct it and deploy again.")


def _disallowed(what: str) -> NoReturn:
    refuse("yaml_disallowed", f"The AppSpec file holds {what}, which the agent refuses to load; write it out.")


def _events(text: str) -> Iterator[yaml.Event]:
    """The events of the first document's nodes."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.DocumentEndEvent):
            return
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _build(events: Iterator[yaml.Event]) -> Value:
    builder = _Builder()
    for event in events:
        builder.take(event)
    if builder.refusal:
        raise builder.refusal
    return builder.root.items[0] if builder.root.items else None


class _Builder:
    """Puts the events together, without recursion.

    A refusal waits until the document has ended: Ruby parses all of it before it makes the first value, so a syntax
    error further down comes first.
    """

    def __init__(self) -> None:
        self.root = _Sequence(None)
        self.refusal: AgentError | None = None
        self._open: list[tuple[_Node, yaml.Event]] = []

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._open) >= MAX_DEPTH:
                _syntax(f"it is nested more than {MAX_DEPTH} levels deep")
            self._open.append((_collection(event), event))
        elif isinstance(event, yaml.CollectionEndEvent):
            node, start = self._open.pop()
            self._add(node.value, start)
        else:
            self._add(lambda: _leaf(event), event)

    def _add(self, make: Callable[[], Value], event: yaml.Event) -> None:
        value: Value = None
        try:
            value = make()
        except AgentError as error:
            self.refusal = self.refusal or error
        (self._open[-1][0] if self._open else self.root).add(value, event)


def _collection(event: yaml.Event) -> _Node:
    if isinstance(event, yaml.SequenceStartEvent):
        return _Sequence(event.tag)
    return _Mapping(event.tag if isinstance(event, yaml.MappingStartEvent) else None)


def _leaf(event: yaml.Event) -> Value:
    if isinstance(event, yaml.AliasEvent):
        _disallowed(f"an alias (*{event.anchor})")
    if not isinstance(event, yaml.ScalarEvent):
        _syntax("it holds something that is neither a scalar, a list nor a map")
    return _scalar(event.value, event.tag, plain=event.implicit[0], quoted=event.implicit[1])


def _scalar(text: str, tag: str | None, *, plain: bool, quoted: bool) -> Value:
    if quoted or (tag and _TEXT_TAG.fullmatch(tag)):
        return text
    if plain or tag is None:
        return plain_scalar(text)
    if tag in _TAGS:
        return _TAGS[tag](text)
    if _SYMBOL_TAG.fullmatch(tag):
        return Symbol(text)
    if _REFUSED_SCALAR.fullmatch(tag):
        _disallowed(f"a Ruby object ({tag})")
    return plain_scalar(text)


def _binary(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", errors="replace")
    except binascii.Error:
        return ""


_TAGS: dict[str, Callable[[str], Value]] = {
    "!float": float_scalar,
    _CORE + "float": float_scalar,
    "!binary": _binary,
    _CORE + "binary": _binary,
}


class _Sequence:
    """A list in the making."""

    def __init__(self, tag: str | None) -> None:
        self.items: list[Value] = []
        self._tag = tag

    def add(self, value: Value, _event: yaml.Event) -> None:
        self.items.append(value)

    def value(self) -> Value:
        if self._tag and _REFUSED_SEQUENCE.fullmatch(self._tag):
            _disallowed(f"a Ruby object ({self._tag})")
        return self.items


class _Mapping:
    """A map in the making: keys and values come in turn."""

    def __init__(self, tag: str | None) -> None:
        self._entries: dict[Key, Value] = {}
        self._tag = tag
        self._key: tuple[Key, bool] | None = None

    def add(self, value: Value, event: yaml.Event) -> None:
        if self._key is None:
            merges = value == MERGE and getattr(event, "tag", None) != _CORE + "str"
            self._key = (_key(value), merges)
            return
        (key, merges), self._key = self._key, None
        if merges and isinstance(value, dict):
            self._entries.update(value)
        elif merges and isinstance(value, list) and all(isinstance(item, dict) for item in value):
            for item in reversed(value):
                self._entries.update(item if isinstance(item, dict) else {})
        else:
            self._entries[key] = value

    def value(self) -> Value:
        if self._tag and _REFUSED_MAPPING.fullmatch(self._tag):
            _disallowed(f"a Ruby object ({self._tag})")
        return self._entries


def _key(value: Value) -> Key:
    return Opaque(inspect(value)) if isinstance(value, list | dict) else value
