"""From nginx's configuration to what it serves: server blocks, locations and what they inherit.

Follows https://nginx.org/en/docs/http/ngx_http_core_module.html and ngx_http_rewrite_module (``return``);
``limit_rate`` and ``split_clients`` as far as ``WebServer`` says.
"""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import replace

from labkit.world.accounts import users
from labkit.world.files import FileSystem
from labkit.world.nginx_config import ConfigError, Directive, read
from labkit.world.nginx_split import Condition, Split, split
from labkit.world.pcre import PatternError, compiled
from labkit.world.web_server import NGINX_VERSION, Location, Site, WebServer


def nginx(files: FileSystem) -> WebServer:
    """What nginx serves with the configuration now on the machine. Raises ``ConfigError``."""
    top = read(files)
    if not any(directive.name == "events" for directive in top):
        message = '[emerg] no "events" section in configuration'
        raise ConfigError(message)
    user = next((directive.arguments[0] for directive in top if directive.name == "user"), "nobody")
    if user not in users(files):
        raise next(one for one in top if one.name == "user").error(f'getpwnam("{user}") failed')
    sites: list[Site] = []
    for http in (directive for directive in top if directive.name == "http"):
        base = _settings(Location(default_type="text/plain"), http.block or ())
        splits = tuple(_split(one) for one in http.block or () if one.name == "split_clients")
        sites += [_nginx_site(one, base, splits) for one in http.block or () if one.name == "server"]
    return WebServer(NGINX_VERSION, user, tuple(sites))


def _nginx_site(server: Directive, base: Location, splits: tuple[Split, ...]) -> Site:
    block = server.block or ()
    listens = [directive for directive in block if directive.name == "listen"]
    ports = {_port(one): "default_server" in one.arguments for one in listens} or {80: False}
    names = tuple(word for one in block if one.name == "server_name" for word in one.arguments)
    whole = _settings(replace(base, pattern="/"), block)
    inner = _locations(whole, block)
    conditions = tuple(found for one in block if one.name == "if" and (found := _condition(one)) is not None)
    return Site(ports=ports, names=names, base=replace(whole, inner=inner), splits=splits, conditions=conditions)


def _split(block: Directive) -> Split:
    try:
        return split(block.arguments, (row.words for row in block.block or ()))
    except ValueError as error:
        raise block.error(str(error)) from None


def _condition(directive: Directive) -> Condition | None:
    """``if ($variable = value) { return … }``; None for every other condition."""
    found = re.fullmatch(r"\(\s*(\$\w+)\s*(!?=)\s*([^()\s]*)\s*\)", " ".join(directive.arguments))
    give = next((one for one in directive.block or () if one.name == "return"), None)
    if found is None or give is None:
        return None
    return Condition(found[1], found[3], _given(give), differs=found[2] == "!=")


def _port(listen: Directive) -> int:
    word = (
        listen.arguments[0].rpartition(":")[2]
        if "]" not in listen.arguments[0]
        else listen.arguments[0].rpartition("]:")[2]
    )
    if word.isdigit() and 0 < int(word) < 65_536:  # noqa: PLR2004
        return int(word)
    if word.isdigit() or ":" in listen.arguments[0]:
        raise listen.error(f'invalid port in "{listen.arguments[0]}" of the "listen" directive')
    if re.fullmatch(r"[\d.*]+|localhost", word):
        return 80
    raise listen.error(f'host not found in "{word}" of the "listen" directive')


def _locations(outer: Location, block: Sequence[Directive]) -> tuple[Location, ...]:
    found: list[Location] = []
    for directive in (one for one in block if one.name == "location"):
        kind, pattern = directive.arguments if len(directive.arguments) == 2 else ("", directive.arguments[0])  # noqa: PLR2004
        if kind not in {"", "=", "^~", "~", "~*"}:
            raise directive.error(f'invalid location modifier "{kind}"')
        if kind in {"~", "~*"}:
            _compile(directive, pattern)
        if any((one.kind, one.pattern) == (kind, pattern) for one in found):
            raise directive.error(f'duplicate location "{pattern}"')
        fresh = replace(outer, kind=kind, pattern=pattern, alias=None, try_files=(), give=None, inner=())
        own = _settings(fresh, directive.block or ())
        found.append(replace(own, inner=_locations(own, directive.block or ())))
    return tuple(found)


def _compile(directive: Directive, pattern: str) -> None:
    try:
        compiled(pattern)
    except PatternError as error:
        raise directive.error(f'pcre2_compile() failed: {error} in "{pattern}"') from error


def _settings(outer: Location, block: Sequence[Directive]) -> Location:
    """``outer`` with what ``block`` says about it."""
    own = outer
    pages: dict[int, tuple[str, int | None]] = {}
    for directive in block:
        words = directive.arguments
        if directive.name == "root":
            own = replace(own, root=posixpath.join("/usr/share/nginx", words[0]))
        elif directive.name == "alias":
            own = replace(own, alias=words[0])
        elif directive.name == "index":
            own = replace(own, index=words)
        elif directive.name == "try_files":
            own = replace(own, try_files=words)
        elif directive.name == "default_type":
            own = replace(own, default_type=words[0])
        elif directive.name == "limit_rate":
            own = replace(own, limit_rate=_bytes(directive))
        elif directive.name == "return":
            own = replace(own, give=_given(directive))
        elif directive.name == "error_page":
            pages.update(_error_page(directive))
    return replace(own, error_pages=pages) if pages else own


def _bytes(directive: Directive) -> int:
    """A size such as 500, 20k or 1m, in bytes."""
    found = re.fullmatch(r"(\d+)([kKmM]?)", directive.arguments[0])
    if found is None:
        raise directive.error(f'"{directive.name}" directive invalid value')
    return int(found[1]) * {"": 1, "k": 1024, "m": 1024**2}[found[2].lower()]


def _given(directive: Directive) -> tuple[int, str]:
    first, *rest = directive.arguments
    if first.isdigit():
        return int(first), rest[0] if rest else ""
    if re.match(r"https?://|\$scheme", first):
        return 302, first
    raise directive.error(f'invalid return code "{first}"')


def _error_page(directive: Directive) -> dict[int, tuple[str, int | None]]:
    *words, path = directive.arguments
    shown = next((word for word in words if word.startswith("=")), None)
    codes = [word for word in words if not word.startswith("=")]
    wrong = next((word for word in codes if not word.isdigit() or not 300 <= int(word) <= 599), None)  # noqa: PLR2004
    if wrong is not None:
        raise directive.error(f'invalid value "{wrong}"')
    answered = None if shown is None else int(shown[1:]) if shown[1:].isdigit() else 200
    return {int(code): (path, answered) for code in codes}
