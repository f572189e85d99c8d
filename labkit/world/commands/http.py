"""curl and wget: requests to this machine, its neighbours and the metadata service; to nothing else (curl(1), wget(1)).

The one address outside that answers is the bucket from which the CodeDeploy agent's installer is fetched.
"""

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from labkit.world import services
from labkit.world.access import may_change
from labkit.world.agent_package import installer
from labkit.world.http import Answer
from labkit.world.metadata import ADDRESS
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.durations import DOWNLOAD_S, HTTP_REQUEST_S
from labkit.world.surroundings import HttpRequest
from labkit.world.web_server import REASONS

INSTALLER = re.compile(r"aws-codedeploy-(?P<region>[a-z0-9-]+)\.s3\.(?P=region)\.amazonaws\.com(?:\.cn)?")
ADDRESSES = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
MAX_HOPS = 50
CONNECT_S = 0.02
TIMEOUT_CODE, RESOLVE_CODE, REFUSED_CODE, HTTP_ERROR_CODE = 28, 6, 7, 22
NO_ROUTE_WAIT_S = 130.0
"""How long Linux tries to connect to an address where nobody is."""

VALUED = "XHdoAuwmeTbcKFrDxyYzCE"
LONG_VALUED = {
    "--request": "X",
    "--header": "H",
    "--data": "d",
    "--data-raw": "d",
    "--data-binary": "d",
    "--output": "o",
    "--user-agent": "A",
    "--write-out": "w",
    "--max-time": "m",
    "--connect-timeout": "connect",
    "--retry": "retry",
    "--retry-delay": "retry-delay",
    "--retry-max-time": "retry-max-time",
    "--url": "url",
    "--noproxy": "noproxy",
}
LONG_FLAGS = {
    "--silent": "s",
    "--show-error": "S",
    "--fail": "f",
    "--fail-with-body": "f",
    "--head": "I",
    "--location": "L",
    "--include": "i",
    "--verbose": "v",
    "--remote-name": "O",
    "--retry-connrefused": "retry-connrefused",
    "--retry-all-errors": "retry-all",
}


@dataclass
class _Options:
    """What curl was told. ``values``: the last of each valued option; ``headers``: all of them."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    @property
    def method(self) -> str:
        """GET unless told otherwise."""
        return self.values.get("X") or ("HEAD" if "I" in self.flags else "POST" if "d" in self.values else "GET")


class _FailedError(Exception):
    """No answer came. ``code``: curl's exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@command("curl", program="/usr/bin/curl")
def curl(call: Call) -> Result:
    """``curl [options] URL …``."""
    options = _curl_options(call.arguments)
    if not options.urls:
        return Result(stderr="curl: try 'curl --help' or 'curl --manual' for more information\n", exit_code=2)
    out, complaints, code = "", "", 0
    for url in options.urls:
        answer = _transfer(call, options, url)
        out, complaints, code = out + answer.stdout, complaints + answer.stderr, answer.exit_code
    return Result(out, complaints, code)


def _transfer(call: Call, options: _Options, url: str) -> Result:
    full = url if "://" in url else f"http://{url}"
    try:
        answer = _with_retries(call, options, full)
    except _FailedError as failure:
        quiet = "s" in options.flags and "S" not in options.flags
        text = "" if quiet else f"curl: ({failure.code}) {failure}\n"
        return Result(_written(options, full, None), text, failure.code)
    if "f" in options.flags and answer.status >= 400:  # noqa: PLR2004
        quiet = "s" in options.flags and "S" not in options.flags
        text = "" if quiet else f"curl: (22) The requested URL returned error: {answer.status}\n"
        return Result(_written(options, full, answer), text, HTTP_ERROR_CODE)
    body = b"" if options.method == "HEAD" else answer.body
    shown = _head(answer) if options.flags & {"I", "i"} else b""
    target = options.values.get("o") or (posixpath.basename(urlsplit(full).path) if "O" in options.flags else None)
    text = "" if target not in {None, "-"} else (shown + body).decode("utf-8", errors="replace")
    if target not in {None, "-"} and target is not None:
        problem = _save(call, target, shown + body)
        if problem:
            return problem
    return Result(text + _written(options, full, answer))


def _with_retries(call: Call, options: _Options, url: str) -> Answer:
    left = int(options.values.get("retry", "0") or 0)
    delay_s, wait_s = float(options.values.get("retry-delay", 0) or 0), 1.0
    while True:
        try:
            answer = _followed(call, options, url)
            if left <= 0 or answer.status not in {408, 429, 500, 502, 503, 504}:
                return answer
        except _FailedError as failure:
            again = failure.code == TIMEOUT_CODE or options.flags & {"retry-connrefused", "retry-all"}
            if left <= 0 or not again:
                raise
        left -= 1
        call.spend(delay_s or wait_s)
        wait_s = min(wait_s * 2, 600.0)


def _followed(call: Call, options: _Options, url: str) -> Answer:
    answer = _ask(call, options, url)
    hops = 0
    while "L" in options.flags and answer.status in {301, 302, 303, 307, 308} and "Location" in answer.headers:
        hops += 1
        if hops > MAX_HOPS:
            message = f"Maximum ({MAX_HOPS}) redirects followed"
            raise _FailedError(47, message)
        place = answer.headers["Location"]
        parts = urlsplit(url)
        url = place if "://" in place else f"{parts.scheme}://{parts.netloc}{place}"
        answer = _ask(call, options, url)
    return answer


def _ask(call: Call, options: _Options, url: str) -> Answer:
    """One request. Raises ``_FailedError``."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        message = f"Protocol \"{parts.scheme}\" not supported"
        raise _FailedError(1, message)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    limit = options.values.get("m") or options.values.get("connect")
    limit_s = float(limit) if limit and re.fullmatch(r"\d*\.?\d+", limit) else None
    if host == ADDRESS and port == 80:  # noqa: PLR2004
        call.spend(HTTP_REQUEST_S)
        return call.surroundings.metadata(HttpRequest(options.method, target, options.headers, options.values.get("d", "")))
    outside = INSTALLER.fullmatch(host)
    if outside:
        return _from_bucket(call, outside["region"], target)
    return _from_machine(call, (host, port, target), options.headers, limit_s)


def _from_machine(call: Call, where: tuple[str, int, str], headers: Mapping[str, str], limit_s: float | None) -> Answer:
    host, port, target = where
    me = call.surroundings.identity
    if _is_here(call, host):
        call.spend(CONNECT_S)
        server = services.listener(call.inside, port)
        answer = server.web.answer(call.files, port, target, headers.get("host", host)) if server else None
    elif ADDRESSES.fullmatch(host):
        call.spend(HTTP_REQUEST_S)
        answer = call.surroundings.network(host, port, target)
    else:
        message = f"Could not resolve host: {host}"
        raise _FailedError(RESOLVE_CODE, message)
    if answer is None:
        raise _refused(call, host, port, limit_s)
    if limit_s is not None and answer.delay_s > limit_s:
        call.spend(limit_s)
        message = f"Operation timed out after {limit_s * 1000:.0f} milliseconds with 0 bytes received"
        raise _FailedError(TIMEOUT_CODE, message)
    call.spend(answer.delay_s)
    del me
    return answer


def _refused(call: Call, host: str, port: int, limit_s: float | None) -> _FailedError:
    del limit_s, call
    return _FailedError(REFUSED_CODE, f"Failed to connect to {host} port {port} after 0 ms: Could not connect to server")


def _is_here(call: Call, host: str) -> bool:
    me = call.surroundings.identity
    names = {"localhost", "127.0.0.1", "::1", "0.0.0.0", me.private_ip, me.hostname}  # noqa: S104 - names to compare
    if host in names or host.startswith(f"{me.hostname}."):
        return True
    table = call.files.read_text("/etc/hosts") if call.files.exists("/etc/hosts") else ""
    rows = (line.partition("#")[0].split() for line in table.splitlines())
    return any(row[0] in names and host in row[1:] for row in rows if row)


def _from_bucket(call: Call, region: str, target: str) -> Answer:
    call.spend(DOWNLOAD_S)
    if target == "/latest/install":
        return Answer(200, installer(region).encode(), {"Content-Type": "binary/octet-stream", "Server": "AmazonS3"})
    if target == "/latest/VERSION":
        return Answer(200, json.dumps({"rpm": "releases/codedeploy-agent-1.8.1-1.noarch.rpm"}).encode(), {"Server": "AmazonS3"})
    body = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
    return Answer(403, body.encode(), {"Content-Type": "application/xml", "Server": "AmazonS3"})


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, '')}", *(f"{key}: {text}" for key, text in answer.headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _written(options: _Options, url: str, answer: Answer | None) -> str:
    form = options.values.get("w", "")
    facts = {
        "http_code": f"{answer.status:03d}" if answer else "000",
        "response_code": f"{answer.status:03d}" if answer else "000",
        "size_download": str(len(answer.body)) if answer else "0",
        "content_type": answer.headers.get("Content-Type", "") if answer else "",
        "url_effective": url,
        "time_total": f"{HTTP_REQUEST_S + (answer.delay_s if answer else 0):.6f}",
        "redirect_url": answer.headers.get("Location", "") if answer else "",
        "exitcode": "0" if answer else str(REFUSED_CODE),
    }
    text = re.sub(r"%\{(\w+)\}", lambda found: facts.get(found[1], ""), form)
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _save(call: Call, target: str, content: bytes) -> Result | None:
    path = call.path(target)
    if path.startswith("/dev/"):
        return None
    files = call.files
    if not files.is_dir(posixpath.dirname(path)) or files.is_dir(path) or not may_change(files, call.user, path):
        text = f"Warning: Failed to open the file {target}: Permission denied\n"
        return Result(stderr=f"{text}curl: (23) client returned ERROR on write\n", exit_code=23)
    new = not files.exists(path)
    files.write(path, content)
    if new:
        files.chown(path, call.user.uid, call.user.gid)
    return None


def _curl_options(arguments: "list[str] | tuple[str, ...] | object") -> _Options:
    words, options = list(arguments), _Options()  # type: ignore[call-overload]
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name in LONG_VALUED:
                _value(options, LONG_VALUED[name], value if equals else words.pop(0) if words else "")
            else:
                options.flags.add(LONG_FLAGS.get(name, name))
        elif word.startswith("-") and len(word) > 1:
            _short_options(options, word[1:], words)
        else:
            options.urls.append(word)
    return options


def _short_options(options: _Options, letters: str, words: list[str]) -> None:
    for at, letter in enumerate(letters):
        if letter in VALUED:
            _value(options, letter, letters[at + 1 :] or (words.pop(0) if words else ""))
            return
        options.flags.add(letter)


def _value(options: _Options, name: str, value: str) -> None:
    if name == "H":
        key, _, text = value.partition(":")
        options.headers[key.strip().lower()] = text.strip()
    elif name == "url":
        options.urls.append(value)
    else:
        options.values[name] = value


@command("wget", program="/usr/bin/wget")
def wget(call: Call) -> Result:
    """``wget [-q] [-O FILE] [-P DIR] URL``."""
    words, target, folder, urls, quiet = list(call.arguments), None, "", [], False
    while words:
        word = words.pop(0)
        if word in {"-O", "--output-document"} and words:
            target = words.pop(0)
        elif word.startswith("-O") and len(word) > 2 or word.startswith("--output-document="):  # noqa: PLR2004
            target = word[2:] if word.startswith("-O") else word.partition("=")[2]
        elif word == "-qO-":
            target, quiet = "-", True
        elif word in {"-P", "--directory-prefix", "-T", "-t", "--timeout", "--tries", "--header"} and words:
            value = words.pop(0)
            folder = value if word in {"-P", "--directory-prefix"} else folder
        elif word.startswith("-"):
            quiet = quiet or word in {"-q", "--quiet", "-nv"}
        else:
            urls.append(word)
    if not urls:
        return Result(stderr="wget: missing URL\nUsage: wget [OPTION]... [URL]...\n", exit_code=1)
    return _fetched(call, urls[0], target, folder, quiet=quiet)


def _fetched(call: Call, url: str, target: str | None, folder: str, *, quiet: bool) -> Result:
    full = url if "://" in url else f"http://{url}"
    host = urlsplit(full).hostname or ""
    try:
        answer = _followed(call, _Options(flags={"L"}), full)
    except _FailedError as failure:
        known = failure.code == RESOLVE_CODE
        text = f"Resolving {host}... failed: Name or service not known.\nwget: unable to resolve host address ‘{host}’\n"
        refused = f"Connecting to {host}:{urlsplit(full).port or 80}... failed: Connection refused.\n"
        return Result(stderr="" if quiet else text if known else refused, exit_code=4)
    if answer.status >= 400:  # noqa: PLR2004
        reason = REASONS.get(answer.status, "")
        return Result(stderr="" if quiet else f"ERROR {answer.status}: {reason}.\n", exit_code=8)
    if target == "-":
        return Result(stdout=answer.body.decode("utf-8", errors="replace"))
    name = target or posixpath.join(folder, posixpath.basename(urlsplit(full).path) or "index.html")
    problem = _save(call, name, answer.body)
    if problem:
        return Result(stderr=f"{name}: Permission denied\n\nCannot write to ‘{name}’ (Success).\n", exit_code=3)
    size = len(answer.body)
    return Result(stderr="" if quiet else f"HTTP request sent, awaiting response... 200 OK\nLength: {size}\nSaving to: ‘{name}’\n\n‘{name}’ saved [{size}/{size}]\n\n")


@command("ss", "netstat")
def ss(call: Call) -> Result:
    """``ss -tlnp`` and ``netstat -tlnp``: who listens on which port."""
    rows = []
    for state in call.inside.services.values():
        if state.running and state.web:
            rows += [(port, state.name, state.pid) for port in state.web.ports]
    if call.name == "ss":
        lines = [f"{'State':<8}{'Recv-Q':<8}{'Send-Q':<8}{'Local Address:Port':>20} {'Peer Address:Port':>20}Process"]
        lines += [f'{"LISTEN":<8}{0:<8}{511:<8}{f"0.0.0.0:{port}":>20} {"0.0.0.0:*":>20}users:(("{name}",pid={pid},fd=6))' for port, name, pid in sorted(rows)]
    else:
        lines = ["Active Internet connections (only servers)", f"{'Proto':<6}{'Recv-Q':<7}{'Send-Q':<7}{'Local Address':<24}{'Foreign Address':<24}{'State':<12}PID/Program name"]
        lines += [f"{'tcp':<6}{0:<7}{0:<7}{f'0.0.0.0:{port}':<24}{'0.0.0.0:*':<24}{'LISTEN':<12}{pid}/{name}" for port, name, pid in sorted(rows)]
    return Result("\n".join(lines) + "\n")


@command("ip", "ifconfig")
def ip(call: Call) -> Result:
    """The machine's one network interface."""
    me = call.surroundings.identity
    return Result(f"2: ens5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001\n    inet {me.private_ip}/24 brd 10.0.0.255 scope global dynamic ens5\n")
