"""The web servers of a machine: what nginx and Apache's httpd answer, from their configuration and the machine's files.

The configuration is read when the server starts or is reloaded; files are read when a request comes, as the server's
own user, so permissions matter. Followed: https://nginx.org/en/docs/http/ngx_http_core_module.html (server, listen,
location, root, alias, try_files, error_page), ngx_http_index_module, ngx_http_rewrite_module (return), and for httpd
https://httpd.apache.org/docs/2.4/ (Listen, DocumentRoot, DirectoryIndex, VirtualHost). Of nginx also ``limit_rate``
(a rate's worth of bytes passes at once, then as much each second) and ``split_clients`` with ``if … return`` on its
result (``nginx_split``). Not modelled: proxying, rewriting, TLS, autoindex listings, access rules.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from labkit.world.access import may_reach, may_read
from labkit.world.accounts import User, users
from labkit.world.files import Directory, File, FileSystem, Node
from labkit.world.http import Answer
from labkit.world.nginx_split import PER_REQUEST, Condition, Split, chosen
from labkit.world.pcre import found

NGINX_VERSION = "nginx/1.28.0"
HTTPD_VERSION = "Apache/2.4.65 (Amazon Linux)"
MAX_REDIRECTS = 10
ANY_HOST = "localhost"
"""What a regular expression among the server names is compared with when a request names no host."""

REASONS = {
    200: "OK",
    204: "No Content",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    418: "I'm a teapot",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

CONTENT_TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "js": "application/javascript",
    "json": "application/json",
    "txt": "text/plain",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "xml": "text/xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """How requests whose path matches ``pattern`` are answered. ``kind``: nginx's modifier ("" is a prefix).

    ``give``: a fixed answer (status, text or address); ``error_pages``: status -> (path, status to answer or None).
    ``limit_rate``: bytes a second, 0 for as fast as may be.
    """

    kind: str = ""
    pattern: str = "/"
    root: str = "/usr/share/nginx/html"
    alias: str | None = None
    index: tuple[str, ...] = ("index.html",)
    try_files: tuple[str, ...] = ()
    give: tuple[int, str] | None = None
    error_pages: Mapping[int, tuple[str, int | None]] = field(default_factory=dict)
    default_type: str = "text/plain"
    limit_rate: int = 0
    inner: "tuple[Location, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A ``server`` block or virtual host. ``ports``: port -> whether it is that port's default.

    ``names``: those that begin with ``~`` are regular expressions. ``conditions``: what is answered before anything
    else.
    """

    ports: Mapping[int, bool]
    names: tuple[str, ...]
    base: Location
    splits: tuple[Split, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def varies(self) -> bool:
        """Whether two equal requests may be answered differently."""
        return bool(self.conditions) and any(one.varies for one in self.splits)

    @property
    def error_share(self) -> float:
        """The share (0 to 1) of requests that get a 5xx because of ``split_clients``."""
        shares = (
            hundredths / 10_000
            for one in self.splits
            for hundredths, value in one.shares
            if (chosen(self.conditions, {one.variable: value}) or (200, ""))[0] >= 500  # noqa: PLR2004
        )
        return sum(shares)

    def named(self, host: str) -> bool:
        """Whether a request for ``host`` is for this one."""
        patterns = (name[1:] for name in self.names if name.startswith("~"))
        return (bool(host) and host in self.names) or any(found(one, host or ANY_HOST) for one in patterns)


@dataclass(frozen=True, slots=True)
class WebServer:
    """A running web server's configuration. ``software``: what it calls itself; ``user``: whom it reads files as."""

    software: str
    user: str
    sites: tuple[Site, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports it listens on, in the order of its configuration."""
        return tuple(dict.fromkeys(port for site in self.sites for port in site.ports))

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders it serves files from."""
        return tuple(dict.fromkeys(folder for site in self.sites for folder in _folders(site.base)))

    def site(self, port: int, host: str = "") -> Site | None:
        """The server block or virtual host that answers for ``host`` on ``port``; None if it does not listen there."""
        sites = [site for site in self.sites if port in site.ports]
        if not sites:
            return None
        named = next((site for site in sites if site.named(host)), None)
        return named or next((site for site in sites if site.ports[port]), sites[0])

    def answer(
        self, files: FileSystem, port: int, target: str, host: str = "", *, request_id: str = ""
    ) -> Answer | None:
        """The answer to ``GET target`` (with its query) on ``port``; None if it does not listen there.

        ``request_id``: what makes this request differ from others like it; without it, the answer that most of them
        get.
        """
        site = self.site(port, host)
        if site is None:
            return None
        path = unquote(target.partition("?")[0]) or "/"
        reader = users(files).get(self.user) or User(self.user, 65_534, 65_534, "/", "/sbin/nologin")
        request = _Request(self, files, reader, site, target)
        give = chosen(site.conditions, _values(site, target, path, request_id)) if site.conditions else None
        answer = request.respond(posixpath.normpath(path), path) if give is None else request.given(*give)
        return replace(answer, varies=True) if site.varies else answer


def _values(site: Site, target: str, path: str, request_id: str) -> dict[str, str]:
    """The variables that ``split_clients`` sets for a request."""
    known = {"$request_uri": target, "$uri": path, **dict.fromkeys(PER_REQUEST, request_id)}
    usual = {one.variable: one.usual for one in site.splits if one.varies and not request_id}
    return {one.variable: one.value(known) for one in site.splits} | usual


def _folders(location: Location) -> list[str]:
    own = location.alias if location.alias is not None else location.root
    return [own, *(folder for inner in location.inner for folder in _folders(inner))]


@dataclass
class _Request:
    server: WebServer
    files: FileSystem
    reader: User
    site: Site
    target: str
    redirects: int = 0

    def respond(self, clean: str, asked: str) -> Answer:
        path = "/" + clean.lstrip("/") + ("/" if asked.endswith("/") and clean.strip("/") else "")
        return self.at(path)

    def at(self, path: str, status: int = 200) -> Answer:
        """The answer for ``path`` after so many internal redirects."""
        self.redirects += 1
        location = _matching(self.site.base, path)
        if self.redirects > MAX_REDIRECTS:
            return self.page(500)
        if location.give is not None:
            return self.given(*location.give)
        given = self.tried(location, path) if location.try_files else self.static(location, path)
        answer = given if isinstance(given, Answer) else self.failed(location, given)
        if isinstance(given, Answer) and given.status == 200 and status != 200:  # noqa: PLR2004
            answer = replace(answer, status=status)
        return _paced(answer, location.limit_rate)

    def failed(self, location: Location, status: int) -> Answer:
        """The error page for ``status``: the configured one if it can be had, else the server's own."""
        page = location.error_pages.get(status)
        if page is None or self.redirects > 1:
            return self.page(status)
        path, shown = page
        if not path.startswith("/"):
            return self.given(302, path)
        return self.at(path, shown if shown is not None else status)

    def tried(self, location: Location, path: str) -> Answer | int:
        """``try_files``: the first that exists; the last word says what happens otherwise."""
        for word in location.try_files[:-1]:
            candidate = word.replace("$uri", path).replace("$request_uri", self.target)
            node = self.files.stat(_on_disk(location, candidate))
            if isinstance(node, Directory if word.endswith("/") else File):
                return self.static(location, re.sub("/{2,}", "/", candidate))
        last = location.try_files[-1]
        if last.startswith("="):
            return int(last[1:])
        return self.at(last.replace("$uri", path).replace("$is_args$args", "").partition("?")[0])

    def static(self, location: Location, path: str) -> Answer | int:
        """A file, or the index file of a folder; a status when there is none to give."""
        place = _on_disk(location, path)
        if not may_reach(self.files, self.reader, place):
            return 403
        node = self.files.stat(place)
        if isinstance(node, Directory) and not path.endswith("/"):
            return self.given(301, path + "/")
        if path.endswith("/"):
            return self.index(location, path, node)
        return self.file(location, place, node)

    def index(self, location: Location, path: str, node: Node | None) -> Answer | int:
        """What a folder answers."""
        if not isinstance(node, Directory):
            return 404
        for name in location.index:
            if self.files.is_file(_on_disk(location, path + name)):
                return self.at(path + name)
        return 403  # autoindex is off

    def file(self, location: Location, place: str, node: Node | None) -> Answer | int:
        """A file's content, if the server's user may read it."""
        if not isinstance(node, File):
            return 404
        if not may_read(self.files, self.reader, place):
            return 403
        kind = CONTENT_TYPES.get(place.rpartition(".")[2].lower(), location.default_type)
        return self.plain(200, node.content, kind)

    def given(self, status: int, text: str) -> Answer:
        """``return``: a redirect or a text."""
        if status in {301, 302, 303, 307, 308} and text:
            answer = self.page(status)
            return replace(answer, headers={**answer.headers, "Location": text.replace("$request_uri", self.target)})
        return (
            self.plain(status, text.replace("$request_uri", self.target).encode(), "text/plain")
            if text
            else self.page(status)
        )

    def page(self, status: int) -> Answer:
        """The server's own page for ``status``."""
        return self.plain(status, _own_page(self.server.software, status, self.target), "text/html")

    def plain(self, status: int, body: bytes, kind: str) -> Answer:
        """An answer with the headers both servers send."""
        headers = {"Server": self.server.software, "Content-Type": kind, "Content-Length": str(len(body))}
        return Answer(status, body, headers)


def _paced(answer: Answer, limit_rate: int) -> Answer:
    """``answer`` at so many bytes a second; nginx lets one second's worth through at once."""
    if not limit_rate:
        return answer
    return replace(answer, delay_s=max(float(-(-len(answer.body) // limit_rate) - 1), 0.0))


def _own_page(software: str, status: int, target: str) -> bytes:
    title = f"{status} {REASONS.get(status, '')}".strip()
    if software.startswith("nginx"):
        page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        return f"{page}<hr><center>{software}</center>\r\n</body>\r\n</html>\r\n".encode()
    reason = REASONS.get(status, "")
    about = {
        403: "<p>You don't have permission to access this resource.</p>\n",
        404: "<p>The requested URL was not found on this server.</p>\n",
    }.get(status, f'<p>The document has moved <a href="{target}/">here</a>.</p>\n')
    head = '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n'
    return f"{head}<title>{title}</title>\n</head><body>\n<h1>{reason}</h1>\n{about}</body></html>\n".encode()


def _on_disk(location: Location, path: str) -> str:
    if location.alias is not None:
        return location.alias + path[len(location.pattern) :]
    return location.root.rstrip("/") + path


def _matching(base: Location, path: str) -> Location:
    """Nginx's choice: an exact match, else the first regular expression, else the longest prefix.

    An expression whose search gives up is an internal error.
    """
    exact = next((one for one in base.inner if one.kind == "=" and one.pattern == path), None)
    if exact is not None:
        return exact
    prefixes = [one for one in base.inner if one.kind in {"", "^~"} and path.startswith(one.pattern)]
    longest = max(prefixes, key=lambda one: len(one.pattern), default=None)
    if longest is None or longest.kind != "^~":
        for one in base.inner:
            hit = one.kind in {"~", "~*"} and found(one.pattern, path, ignore_case=one.kind == "~*")
            if hit is None:
                return replace(base, give=(500, ""))
            if hit:
                return one
    if longest is None:
        return base
    return _matching(longest, path) if longest.inner else longest
