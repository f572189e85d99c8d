"""What scripts write, on its way into the logs and the diagnostics.

AWS page "View log data for CodeDeploy EC2/On-Premises deployments"; the forms of the lines are the agent's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from labkit.world.agent.deployment_root import DEPLOYMENTS_LOG
from labkit.world.execution import Chunk, Stream
from labkit.world.files import FileSystem

MAX_CHARACTERS = 2048
"""The diagnostics hold the last entries that are shorter than this together."""


def tail(entries: Iterable[str]) -> str:
    """The last of ``entries`` that fit: an entry too long for it takes everything before it along."""
    kept: list[str] = []
    room = MAX_CHARACTERS
    for entry in reversed(list(entries)):
        if len(entry) >= room:
            break
        kept.append(entry)
        room -= len(entry)
    return "".join(reversed(kept))


def output_entries(chunks: Iterable[Chunk]) -> list[str]:
    """A script's output as log entries: each line once it is complete, an unended last line at the end."""
    entries: list[str] = []
    unended: dict[Stream, str] = {"stdout": "", "stderr": ""}
    for chunk in chunks:
        *lines, rest = (unended[chunk.stream] + chunk.text).split("\n")
        entries.extend(f"[{chunk.stream}]{line}\n" for line in lines)
        unended[chunk.stream] = rest
    entries.extend(f"[{stream}]{text}" for stream, text in unended.items() if text)
    return entries


@dataclass(slots=True)
class ScriptLog:
    """The log of one lifecycle event; writes along to the machine's log files.

    ``path``: the deployment's ``scripts.log``; ``with_deployments_log``: whether the agent's common log gets it too.
    """

    files: FileSystem
    path: str
    deployment_id: str
    with_deployments_log: bool = True
    entries: list[str] = field(default_factory=list)

    def add(self, entries: Iterable[str], at: datetime) -> None:
        """Logs ``entries``, all at the moment ``at``."""
        new = list(entries)
        self.entries += new
        append(self.files, self.path, "".join(f"{at:%Y-%m-%d %H:%M:%S} {entry}" for entry in new))
        if self.with_deployments_log:
            moment = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
            lines = (f"[{moment}] [{self.deployment_id}]{entry.strip()}\n" for entry in new)
            append(self.files, DEPLOYMENTS_LOG, "".join(lines))

    @property
    def tail(self) -> str:
        """What of it goes into the diagnostics."""
        return tail(self.entries)


def append(files: FileSystem, path: str, text: str) -> None:
    """Adds ``text`` to the end of a log file, made with its folder if missing."""
    data = text.encode("utf-8", errors="surrogateescape")
    if files.exists(path):
        data = files.read(path) + data
    else:
        files.mkdir(path.rpartition("/")[0], parents=True)
    files.write(path, data)
