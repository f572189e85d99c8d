"""The machine's clock is the lab's: date, uptime, who (date(1), uptime(1))."""

import re
from datetime import UTC, datetime, timedelta

from labkit.world.shell.call import Call, Result, command

DEFAULT_FORMAT = "%a %b %e %H:%M:%S UTC %Y"
RELATIVE = re.compile(r"([+-]?\s*\d+)\s*(second|sec|minute|min|hour|day|week)s?(\s+ago)?")
UNIT_S = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86_400, "week": 604_800}


@command("date")
def date(call: Call) -> Result:
    """``date [-u] [-I…] [-d TEXT] [+FORMAT]`` in lab time (UTC, as on every instance)."""
    moment = call.surroundings.moment(call.now_s)
    words, form = list(call.arguments), DEFAULT_FORMAT
    while words:
        word = words.pop(0)
        if (word in {"-d", "--date"} and words) or word.startswith("--date="):
            text = word.partition("=")[2] or words.pop(0)
            parsed = _parse(text, moment)
            if parsed is None:
                return call.fail(f"invalid date '{text}'")
            moment = parsed
        elif word.startswith(("-I", "--iso-8601")):
            form = "%Y-%m-%dT%H:%M:%S+00:00" if word.endswith(("seconds", "s")) else "%Y-%m-%d"
        elif word in {"-R", "--rfc-email"}:
            form = "%a, %d %b %Y %H:%M:%S +0000"
        elif word.startswith("+"):
            form = word[1:]
        elif word not in {"-u", "--utc", "--universal"}:
            return call.fail(f"invalid date '{word}'")
    return Result(stdout=_text(moment, form) + "\n")


def _parse(text: str, now: datetime) -> datetime | None:
    if text.startswith("@") and text[1:].isdigit():
        return datetime.fromtimestamp(int(text[1:]), UTC)
    if text in {"now", "today"}:
        return now
    if text in {"yesterday", "tomorrow"}:
        return now + timedelta(days=-1 if text == "yesterday" else 1)
    shift = RELATIVE.fullmatch(text.strip())
    if shift:
        amount = int(shift[1].replace(" ", "")) * UNIT_S[shift[2]]
        return now + timedelta(seconds=-amount if shift[3] else amount)
    try:
        parsed = datetime.fromisoformat(text.replace("UTC", "+00:00"))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _text(moment: datetime, form: str) -> str:
    """``strftime`` with the directives that Python's own does not have everywhere."""
    special = {
        "%s": str(int(moment.timestamp())),
        "%N": f"{moment.microsecond * 1000:09d}",
        "%3N": f"{moment.microsecond // 1000:03d}",
        "%e": f"{moment.day:>2}",
        "%F": moment.strftime("%Y-%m-%d"),
        "%T": moment.strftime("%H:%M:%S"),
        "%D": moment.strftime("%m/%d/%y"),
        "%R": moment.strftime("%H:%M"),
        "%z": "+0000",
        "%Z": "UTC",
        "%n": "\n",
        "%t": "\t",
        "%%": "%",
        "%-d": str(moment.day),
        "%-m": str(moment.month),
        "%-H": str(moment.hour),
    }
    return re.sub(r"%(?:3N|-?[A-Za-z%])", lambda found: special.get(found[0]) or moment.strftime(found[0]), form)


@command("uptime")
def uptime(call: Call) -> Result:
    """How long ago the machine booted."""
    now = call.surroundings.moment(call.now_s)
    up_s = int(call.now_s - call.surroundings.booted_s)
    if "-p" in call.arguments:
        return Result(stdout=f"up {up_s // 3600} hours, {up_s % 3600 // 60} minutes\n")
    if "-s" in call.arguments:
        return Result(stdout=f"{call.surroundings.moment(call.surroundings.booted_s):%Y-%m-%d %H:%M:%S}\n")
    days, rest = divmod(up_s, 86_400)
    span = (f"{days} day{'s' if days > 1 else ''}, " if days else "") + f"{rest // 3600:>2}:{rest % 3600 // 60:02d}"
    return Result(stdout=f" {now:%H:%M:%S} up {span},  0 users,  load average: 0.00, 0.00, 0.00\n")


@command("who", "w", "users", "last")
def who(_call: Call) -> Result:
    """Nobody is logged in."""
    return Result()
