"""curl and wget (curl(1), wget(1)); whom they reach is decided in ``transfer``."""

import posixpath
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from labkit.world.access import may_change
from labkit.world.commands.options import Parsed, parse
from labkit.world.commands.transfer import REFUSED_CODE, RESOLVE_CODE, Request, TransferFailedError, fetch, followed
from labkit.world.http import Answer
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.durations import HTTP_REQUEST_S
from labkit.world.web_server import REASONS

HTTP_ERROR_CODE = 22

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


def _transfer(call: Call, options: Request, url: str) -> Result:
    full = url if "://" in url else f"http://{url}"
    try:
        answer = fetch(call, options, full)
    except TransferFailedError as failure:
        text = _complaint(options, f"({failure.code}) {failure}")
        return Result(_written(options, full, None), text, failure.code)
    if "f" in options.flags and answer.status >= 400:  # noqa: PLR2004
        text = _complaint(options, f"({HTTP_ERROR_CODE}) The requested URL returned error: {answer.status}")
        return Result(_written(options, full, answer), text, HTTP_ERROR_CODE)
    shown = _head(answer) if options.flags & {"I", "i"} else b""
    content = shown + (b"" if options.method == "HEAD" else answer.body)
    target = options.values.get("o") or (posixpath.basename(urlsplit(full).path) if "O" in options.flags else "-")
    if target == "-":
        return Result(content.decode("utf-8", errors="replace") + _written(options, full, answer))
    return _save(call, target, content) or Result(_written(options, full, answer))


def _complaint(options: Request, text: str) -> str:
    return "" if "s" in options.flags and "S" not in options.flags else f"curl: {text}\n"


def _head(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, '')}",
        *(f"{key}: {text}" for key, text in answer.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _written(options: Request, url: str, answer: Answer | None) -> str:
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


def _curl_options(arguments: Sequence[str]) -> Request:
    words, options = list(arguments), Request()
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


def _short_options(options: Request, letters: str, words: list[str]) -> None:
    for at, letter in enumerate(letters):
        if letter in VALUED:
            _value(options, letter, letters[at + 1 :] or (words.pop(0) if words else ""))
            return
        options.flags.add(letter)


def _value(options: Request, name: str, value: str) -> None:
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
    given = parse(
        call.arguments,
        taking="OPTto",
        long_taking=("--output-document", "--directory-prefix", "--timeout", "--tries", "--header"),
    )
    if not given.operands:
        return Result(stderr="wget: missing URL\nUsage: wget [OPTION]... [URL]...\n", exit_code=1)
    answer = _fetched(call, given, given.operands[0])
    quiet = given.has("q", "--quiet")
    return Result(answer.stdout, "" if quiet else answer.stderr, answer.exit_code)


def _fetched(call: Call, given: Parsed, url: str) -> Result:
    full = url if "://" in url else f"http://{url}"
    host, _, port = full.partition("://")[2].partition("/")[0].partition(":")
    try:
        answer = followed(call, Request(flags={"L"}), full)
    except TransferFailedError as failure:
        text = f"Connecting to {host}:{port or 80}... failed: Connection refused.\n"
        if failure.code == RESOLVE_CODE:
            text = f"Resolving {host}... failed: Name or service not known.\n"
            text += f"wget: unable to resolve host address '{host}'\n"
        return Result(stderr=text, exit_code=4)
    if answer.status >= 400:  # noqa: PLR2004
        return Result(stderr=f"ERROR {answer.status}: {REASONS.get(answer.status, '')}.\n", exit_code=8)
    if given.value("O", "--output-document") == "-":
        return Result(answer.body.decode("utf-8", errors="replace"))
    folder = given.value("P", "--directory-prefix") or ""
    path = full.partition("://")[2].partition("?")[0].partition("/")[2]
    plain = posixpath.join(folder, posixpath.basename(path) or "index.html")
    name, size = given.value("O", "--output-document") or plain, len(answer.body)
    if _save(call, name, answer.body):
        return Result(stderr=f"{name}: Permission denied\n\nCannot write to '{name}' (Success).\n", exit_code=3)
    head = "HTTP request sent, awaiting response... 200 OK\n"
    return Result(stderr=f"{head}Length: {size}\nSaving to: '{name}'\n\n'{name}' saved [{size}/{size}]\n\n")
