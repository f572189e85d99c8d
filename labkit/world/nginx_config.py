"""nginx's configuration language: words, blocks and includes, refused with nginx's own messages.

What is understood follows https://nginx.org/en/docs/: the directives in ``DIRECTIVES`` are checked for their place and
their number of arguments; those in ``ACCEPTED`` are read and have no effect here.
"""

import fnmatch
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.world.files import FileSystem

CONFIG_PATH = "/etc/nginx/nginx.conf"
MAX_INCLUDES = 50


class ConfigError(ValueError):
    """The configuration is refused; the message is what the server prints, without its name."""


@dataclass(frozen=True, slots=True)
class Directive:
    """``words``: its name and arguments; ``block``: what stands in its braces (None: it has none)."""

    words: tuple[str, ...]
    path: str
    line: int
    block: "tuple[Directive, ...] | None" = None

    @property
    def name(self) -> str:
        """Its first word."""
        return self.words[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Its other words."""
        return self.words[1:]

    def error(self, text: str) -> ConfigError:
        """A complaint about this directive, with its place."""
        return ConfigError(f"[emerg] {text} in {self.path}:{self.line}")


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a directive may stand, how many arguments it takes and whether it opens a block."""

    places: frozenset[str]
    least: int
    most: int
    block: bool = False


def _shape(places: str, least: int, most: int, *, block: bool = False) -> _Shape:
    return _Shape(frozenset(places.split()), least, most, block)


DIRECTIVES = {
    "events": _shape("main", 0, 0, block=True),
    "http": _shape("main", 0, 0, block=True),
    "stream": _shape("main", 0, 0, block=True),
    "server": _shape("http upstream", 0, 9, block=True),
    "upstream": _shape("http", 1, 1, block=True),
    "map": _shape("http", 2, 2, block=True),
    "split_clients": _shape("http", 2, 2, block=True),
    "types": _shape("http server location", 0, 0, block=True),
    "location": _shape("server location", 1, 2, block=True),
    "if": _shape("server location", 1, 9, block=True),
    "limit_except": _shape("location", 1, 9, block=True),
    "listen": _shape("server", 1, 20),
    "server_name": _shape("server", 1, 50),
    "root": _shape("http server location if", 1, 1),
    "alias": _shape("location", 1, 1),
    "index": _shape("http server location", 1, 50),
    "autoindex": _shape("http server location", 1, 1),
    "limit_rate": _shape("http server location if", 1, 1),
    "try_files": _shape("server location", 2, 50),
    "return": _shape("server location if", 1, 2),
    "error_page": _shape("http server location if", 2, 50),
    "default_type": _shape("http server location", 1, 1),
    "user": _shape("main", 1, 2),
    "pid": _shape("main", 1, 1),
    "worker_processes": _shape("main", 1, 1),
    "worker_connections": _shape("events", 1, 1),
}

ACCEPTED = frozenset(
    """access_log add_header allow auth_basic auth_basic_user_file charset client_body_timeout
    client_header_timeout client_max_body_size daemon deny env error_log etag expires fastcgi_index
    fastcgi_param fastcgi_pass gzip gzip_types gzip_vary http2 internal keepalive_timeout
    large_client_header_buffers limit_conn limit_req load_module log_format log_not_found
    multi_accept open_file_cache proxy_cache proxy_connect_timeout proxy_http_version proxy_pass
    proxy_read_timeout proxy_redirect proxy_set_header real_ip_header resolver rewrite send_timeout sendfile
    server_names_hash_bucket_size server_tokens set set_real_ip_from ssl_certificate ssl_certificate_key
    ssl_ciphers ssl_prefer_server_ciphers ssl_protocols ssl_session_cache ssl_session_timeout stub_status
    sub_filter tcp_nodelay tcp_nopush types_hash_bucket_size types_hash_max_size use worker_rlimit_nofile""".split()  # noqa: SIM905
)


@dataclass
class _Words:
    """The words of one file, each with its line; ``;``, ``{`` and ``}`` that are not quoted stand alone."""

    path: str
    items: tuple[tuple[str, int, bool], ...]
    last_line: int
    at: int = field(default=0)

    def next(self) -> tuple[str, int, bool]:
        """The next word, its line, and whether it is a sign of the language."""
        if self.at >= len(self.items):
            message = f'[emerg] unexpected end of file, expecting ";" or "}}" in {self.path}:{self.last_line}'
            raise ConfigError(message)
        self.at += 1
        return self.items[self.at - 1]


def read(files: FileSystem, path: str = CONFIG_PATH) -> tuple[Directive, ...]:
    """The configuration at ``path`` with everything it includes. Raises ``ConfigError``."""
    return tuple(_file(files, path, "main", [path]))


def _file(files: FileSystem, path: str, place: str, opened: list[str]) -> Iterator[Directive]:
    if not files.is_file(path):
        message = f'[emerg] open() "{path}" failed (2: No such file or directory)'
        raise ConfigError(message)
    words = _Words(path, *_split(files.read_text(path), path))
    yield from _block(files, words, place, opened, inner=False)


def _block(files: FileSystem, words: _Words, place: str, opened: list[str], *, inner: bool) -> Iterator[Directive]:
    while inner or words.at < len(words.items):
        text, line, sign = words.next()
        if sign and text == "}" and inner:
            return
        if sign:
            message = f'[emerg] unexpected "{text}" in {words.path}:{line}'
            raise ConfigError(message)
        found = _directive(files, words, (text, line), place, opened)
        if found.name == "include":
            yield from _include(files, found, place, opened)
        else:
            yield found


def _directive(files: FileSystem, words: _Words, first: tuple[str, int], place: str, opened: list[str]) -> Directive:
    parts = [first[0]]
    while True:
        text, line, sign = words.next()
        if not sign:
            parts.append(text)
        elif text == "}":
            message = f'[emerg] unexpected "}}" in {words.path}:{line}'
            raise ConfigError(message)
        else:
            break
    directive = Directive(tuple(parts), words.path, line)
    _check(directive, place, block=text == "{")
    if text == "{":
        return Directive(tuple(parts), words.path, line, tuple(_inside(files, words, directive, opened)))
    return directive


def _inside(files: FileSystem, words: _Words, directive: Directive, opened: list[str]) -> Iterator[Directive]:
    if directive.name in {"types", "map", "split_clients", "upstream"}:
        yield from _entries(words)
    else:
        yield from _block(files, words, directive.name, opened, inner=True)


def _entries(words: _Words) -> Iterator[Directive]:
    """The lines of a table such as ``types``, whose first words are no directives."""
    parts: list[str] = []
    while True:
        text, line, sign = words.next()
        if not sign:
            parts.append(text)
        elif text == ";":
            yield Directive(tuple(parts), words.path, line)
            parts = []
        elif text == "}" and not parts:
            return
        else:
            message = f'[emerg] unexpected "{text}" in {words.path}:{line}'
            raise ConfigError(message)


def _check(directive: Directive, place: str, *, block: bool) -> None:
    name = directive.name
    shape = DIRECTIVES.get(name)
    if shape is None:
        if name != "include" and name not in ACCEPTED:
            raise directive.error(f'unknown directive "{name}"')
        return
    if place not in shape.places:
        raise directive.error(f'"{name}" directive is not allowed here')
    if shape.block and not block:
        raise directive.error(f'directive "{name}" has no opening "{{"')
    if block and not shape.block:
        raise directive.error(f'directive "{name}" is not terminated by ";"')
    if not shape.least <= len(directive.arguments) <= shape.most:
        raise directive.error(f'invalid number of arguments in "{name}" directive')


def _include(files: FileSystem, directive: Directive, place: str, opened: list[str]) -> Iterator[Directive]:
    if len(directive.arguments) != 1:
        raise directive.error('invalid number of arguments in "include" directive')
    pattern = posixpath.join(posixpath.dirname(CONFIG_PATH), directive.arguments[0])
    paths = _matching(files, pattern) if any(sign in pattern for sign in "*?[") else [pattern]
    for path in paths:
        opened.append(path)
        if len(opened) > MAX_INCLUDES:
            raise directive.error("too many includes")
        if not files.is_file(path):
            raise directive.error(f'open() "{path}" failed (2: No such file or directory)')
        yield from _file(files, path, place, opened)


def _matching(files: FileSystem, pattern: str) -> list[str]:
    folder, name = posixpath.split(pattern)
    names = files.listdir(folder) if files.is_dir(folder) else []
    return [f"{folder}/{entry}" for entry in names if fnmatch.fnmatchcase(entry, name)]


@lru_cache(maxsize=128)
def _split(text: str, path: str) -> tuple[tuple[tuple[str, int, bool], ...], int]:
    """The words of ``text`` and the number of its last line; most machines have the same files."""
    items: list[tuple[str, int, bool]] = []
    at, line = 0, 1
    while at < len(text):
        here = text[at]
        if here == "\n":
            line += 1
            at += 1
        elif here.isspace():
            at += 1
        elif here == "#":
            end = text.find("\n", at)
            at = end if end >= 0 else len(text)
        elif here in ";{}":
            items.append((here, line, True))
            at += 1
        else:
            word, at = _quoted(text, at, path, line) if here in "'\"" else _plain(text, at)
            items.append((word, line, False))
            line += word.count("\n")
    return tuple(items), line


def _quoted(text: str, at: int, path: str, line: int) -> tuple[str, int]:
    end = at + 1
    while end < len(text) and text[end] != text[at]:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        message = f'[emerg] unexpected end of file, expecting ";" or "}}" in {path}:{line + text.count(chr(10), at)}'
        raise ConfigError(message)
    return text[at + 1 : end], end + 1


def _plain(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in ";{":
        if text.startswith("${", end):
            end = max(text.find("}", end), end)
        end += 2 if text[end] == "\\" else 1
    return text[at:end], min(end, len(text))
