"""Apache httpd's configuration, as far as the lab's machines use it (https://httpd.apache.org/docs/2.4/mod/core.html)."""

import fnmatch
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.world.files import FileSystem
from labkit.world.nginx_config import ConfigError
from labkit.world.web_server import HTTPD_VERSION, Location, Site, WebServer

CONFIG_PATH = "/etc/httpd/conf/httpd.conf"
SERVER_ROOT = "/etc/httpd"

_KNOWN = frozenset(
    """adddefaultcharset addhandler addtype alias allowoverride customlog deny directoryindex documentroot
    enablemmap enablesendfile errordocument errorlog group header include includeoptional keepalive
    keepalivetimeout listen loadmodule loglevel logformat maxkeepaliverequests mimemagicfile options order allow
    proxypass proxypassreverse redirect require rewritecond rewriteengine rewriterule scriptalias serveradmin
    serveralias servername serverroot serversignature servertokens setenv timeout typesconfig user""".split()  # noqa: SIM905
)


@dataclass
class _Host:
    ports: dict[int, bool]
    names: tuple[str, ...] = ()
    root: str = "/etc/httpd/htdocs"
    index: tuple[str, ...] = ("index.html",)


def httpd(files: FileSystem) -> WebServer:
    """What httpd serves with the configuration now on the machine. Raises ``ConfigError``."""
    main = _Host({})
    hosts: list[_Host] = []
    user, present = "apache", main
    for path, line, words in _lines(files, CONFIG_PATH):
        name, arguments = words[0].lower(), words[1:]
        if name == "<virtualhost":
            port = arguments[0].rstrip(">").rpartition(":")[2] if arguments else "80"
            present = _Host({int(port) if port.isdigit() else 80: False}, root=main.root, index=main.index)
            hosts.append(present)
        elif name == "</virtualhost>":
            present = main
        elif name.startswith("<"):
            continue
        elif name not in _KNOWN:
            message = (
                f"AH00526: Syntax error on line {line} of {path}:\nInvalid command '{words[0]}', perhaps misspelled or "
                "defined by a module not included in the server configuration"
            )
            raise ConfigError(message)
        elif name == "listen" and arguments:
            main.ports[int(arguments[0].rpartition(":")[2])] = True
        elif name == "user" and arguments:
            user = arguments[0]
        else:
            _apply(present, name, arguments)
    if not main.ports:
        message = "AH00451: no listening sockets available, shutting down"
        raise ConfigError(message)
    return WebServer(HTTPD_VERSION, user, tuple(_sites(main, hosts)))


def _apply(host: _Host, name: str, arguments: list[str]) -> None:
    if name == "documentroot" and arguments:
        host.root = posixpath.join(SERVER_ROOT, arguments[0])
    elif name == "directoryindex":
        host.index = tuple(arguments)
    elif name in {"servername", "serveralias"}:
        host.names += tuple(arguments)


def _sites(main: _Host, hosts: list[_Host]) -> Iterator[Site]:
    for host in hosts:
        ports = {port: True for port in host.ports if port in main.ports}
        if ports:
            yield Site(ports=ports, names=host.names, base=Location(root=host.root, index=host.index))
    yield Site(ports=main.ports, names=main.names, base=Location(root=main.root, index=main.index))


def _lines(files: FileSystem, path: str) -> Iterator[tuple[str, int, list[str]]]:
    if not files.is_file(path):
        message = f"httpd: Could not open configuration file {path}: No such file or directory"
        raise ConfigError(message)
    for number, line in enumerate(files.read_text(path).splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            words = shlex.split(text)
        except ValueError:
            words = text.split()
        if words[0].lower() in {"include", "includeoptional"} and len(words) > 1:
            yield from _included(files, words[1])
        else:
            yield path, number, words


def _included(files: FileSystem, pattern: str) -> Iterator[tuple[str, int, list[str]]]:
    folder, name = posixpath.split(posixpath.join(SERVER_ROOT, pattern))
    names = files.listdir(folder) if files.is_dir(folder) else []
    for entry in names:
        if fnmatch.fnmatchcase(entry, name) and not re.search(r"\.rpm(save|new)$", entry):
            yield from _lines(files, f"{folder}/{entry}")
