"""A commit as one file, laid out as GitHub does it (REST API, "Download a repository archive").

Everything lies below one folder; owner, times and order are fixed, so the same commit always gives the same bytes.
"""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

UNIX = 3
"""ZIP's number of the system that an archive was made on."""


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One file of the commit; ``path`` is relative to the repository."""

    path: str
    content: bytes
    executable: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    content: bytes = b""
    kind: int = stat.S_IFREG
    # git archive clears only 0002, so everything is writable for its group.
    permissions: int = 0o664


def tar_gz(top: str, files: Iterable[ArchivedFile], at: datetime) -> bytes:
    """The ``.tar.gz`` of ``files`` below the folder ``top``, all of them changed ``at`` that moment."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in _entries(top, files):
            info = tarfile.TarInfo(entry.path)
            info.type = tarfile.DIRTYPE if entry.kind == stat.S_IFDIR else tarfile.REGTYPE
            info.mode = entry.permissions
            info.size = len(entry.content)
            info.mtime = int(at.timestamp())
            info.uname = info.gname = "root"
            archive.addfile(info, io.BytesIO(entry.content))
    zipped = io.BytesIO()
    # Without a time of its own gzip would write the computer's.
    with gzip.GzipFile(filename="", fileobj=zipped, mode="wb", mtime=0) as stream:
        stream.write(packed.getvalue())
    return zipped.getvalue()


def zipped(top: str, files: Iterable[ArchivedFile], at: datetime, commit_id: str) -> bytes:
    """The ``.zip`` of ``files`` below the folder ``top``; its comment is the commit's id, as git writes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.comment = commit_id.encode()
        for entry in _entries(top, files):
            folder = entry.kind == stat.S_IFDIR
            info = zipfile.ZipInfo(
                entry.path + "/" * folder, (at.year, at.month, at.day, at.hour, at.minute, at.second)
            )
            info.create_system = UNIX
            info.compress_type = zipfile.ZIP_STORED if folder else zipfile.ZIP_DEFLATED
            info.external_attr = (entry.kind | entry.permissions) << 16
            archive.writestr(info, entry.content)
    return packed.getvalue()


def _entries(top: str, files: Iterable[ArchivedFile]) -> list[_Entry]:
    """Files and the folders they need, each folder before what it holds."""
    entries = {top: _folder(top)}
    for file in files:
        path = PurePosixPath(top, file.path)
        entries.update({str(parent): _folder(str(parent)) for parent in path.parents if parent.name})
        entries[str(path)] = _Entry(str(path), file.content, permissions=0o775 if file.executable else 0o664)
    return [entries[path] for path in sorted(entries)]


def _folder(path: str) -> _Entry:
    return _Entry(path, kind=stat.S_IFDIR, permissions=0o775)
