"""What lies in a tar, tgz or zip archive, read within bounds.

Names lose leading slashes and parts that lead up (tar refuses those, unzip drops them).
"""

import bz2
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NoReturn, Protocol

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_MEMBERS = 50_000
MAX_DEPTH = 100
MAX_NAME_BYTES = 255
"""Linux's NAME_MAX."""
MAX_STREAMS = 1_000
"""Compressed streams one after the other in one file, as ``cat a.gz b.gz`` makes them."""
UNIX = 3
"""ZIP's number of the system whose modes the archive holds."""

Kind = Literal["file", "directory", "symlink", "hardlink"]


class ArchiveError(Exception):
    """The archive cannot be unpacked; ``too_large``: because it would fill the disk."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry. ``names``: its path's parts, none for the top; ``changed_at_epoch_s``: Unix time."""

    names: tuple[str, ...]
    kind: Kind
    mode: int
    changed_at_epoch_s: float
    content: bytes = b""
    target: str = ""
    user: str = ""
    group: str = ""
    uid: int = 0
    gid: int = 0

    @property
    def path(self) -> str:
        """The path in the archive."""
        return "/".join(self.names)


def spoilt(message: str, *, too_large: bool = False) -> NoReturn:
    """Raises ArchiveError; a reason that was caught on the way is not shown."""
    raise ArchiveError(message, too_large=too_large) from None


def read_members(bundle: bytes, bundle_type: str) -> tuple[Member, ...]:
    """All entries of ``bundle`` in its order. Raises ArchiveError."""
    try:
        return _zip_members(bundle) if bundle_type == "zip" else _tar_members(_tar(bundle, bundle_type))
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        spoilt(f"it cannot be read ({error})")
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        # What Python's readers make of damaged sizes, encryption and unknown compression.
        spoilt(f"it is damaged or of a kind that is not supported ({error})")


def _names(path: str) -> tuple[str, ...]:
    names = tuple(name for name in path.split("/") if name not in ("", ".", ".."))
    if len(names) > MAX_DEPTH:
        spoilt(f"it has folders more than {MAX_DEPTH} levels deep")
    if any(len(name.encode(errors="surrogateescape")) > MAX_NAME_BYTES for name in names):
        spoilt(f"it has a name of more than {MAX_NAME_BYTES} bytes")
    return names


class _Bounds:
    """Counts what has been unpacked."""

    def __init__(self) -> None:
        self._members = 0
        self._bytes = 0

    def add(self, size: int) -> None:
        self._members += 1
        self._bytes += size
        if self._bytes > MAX_UNPACKED_BYTES or self._members > MAX_MEMBERS:
            spoilt("it unpacks to more than the disk holds", too_large=True)


# --- tar -----------------------------------------------------------------------------------------


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _tar(bundle: bytes, bundle_type: str) -> bytes:
    """The bare tar archive: tar -x finds out how it is compressed, tar -xz insists on gzip."""
    if bundle_type == "tgz" or bundle.startswith(b"\x1f\x8b"):
        return _decompressed(bundle, lambda: zlib.decompressobj(wbits=31))
    if bundle.startswith(b"BZh"):
        return _decompressed(bundle, bz2.BZ2Decompressor)
    if bundle.startswith(b"\xfd7zXZ"):
        return _decompressed(bundle, lzma.LZMADecompressor)
    return bundle


def _decompressed(data: bytes, make: Callable[[], _Decompressor]) -> bytes:
    pieces: list[bytes] = []
    room = MAX_UNPACKED_BYTES + tarfile.BLOCKSIZE * MAX_MEMBERS
    while data:
        if len(pieces) >= MAX_STREAMS:
            spoilt(f"it is more than {MAX_STREAMS} archives in one")
        decompressor = make()
        pieces.append(decompressor.decompress(data, room + 1))
        room -= len(pieces[-1])
        if room < 0:
            spoilt("it unpacks to more than the disk holds", too_large=True)
        if not decompressor.eof:
            spoilt("its end is missing")
        data = decompressor.unused_data
    return b"".join(pieces)


def _tar_members(tar: bytes) -> tuple[Member, ...]:
    bounds = _Bounds()
    members: list[Member] = []
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
        for info in archive:
            bounds.add(info.size if info.isreg() else 0)
            if ".." in info.name.split("/"):
                spoilt(f"{info.name} leads out of it")
            member = _tar_member(archive, info)
            if member:
                members.append(member)
    return tuple(members)


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member | None:
    """The entry; None for kinds that a machine here has not (devices, pipes)."""
    kinds: list[tuple[bool, Kind]] = [
        (info.isdir(), "directory"),
        (info.issym(), "symlink"),
        (info.islnk(), "hardlink"),
        (info.isreg(), "file"),
    ]
    kind = next((name for fits, name in kinds if fits), None)
    if kind is None:
        return None
    file = archive.extractfile(info) if kind == "file" else None
    return Member(
        names=_names(info.name),
        kind=kind,
        mode=info.mode & 0o7777,
        changed_at_epoch_s=float(info.mtime),
        content=file.read() if file else b"",
        target="/".join(_names(info.linkname)) if kind == "hardlink" else info.linkname,
        user=info.uname,
        group=info.gname,
        uid=info.uid,
        gid=info.gid,
    )


# --- zip -----------------------------------------------------------------------------------------


def _zip_members(bundle: bytes) -> tuple[Member, ...]:
    bounds = _Bounds()
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        members = [_zip_member(archive, info, bounds) for info in archive.infolist()]
    return tuple(member for member in members if member.names)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, bounds: _Bounds) -> Member:
    mode = info.external_attr >> 16 if info.create_system == UNIX else 0
    bounds.add(info.file_size)
    content = b"" if info.is_dir() else _zip_content(archive, info)
    kind: Kind = "directory" if info.is_dir() else "file"
    if stat.S_ISLNK(mode):
        kind = "symlink"
    return Member(
        names=_names(info.filename),
        kind=kind,
        mode=mode & 0o777 or (0o755 if kind == "directory" else 0o644),
        changed_at_epoch_s=_zip_time(info),
        content=content if kind == "file" else b"",
        target=content.decode("utf-8", errors="replace") if kind == "symlink" else "",
    )


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        # The size an archive states may be a lie; never read past it.
        return file.read(info.file_size)


def _zip_time(info: zipfile.ZipInfo) -> float:
    return datetime(*info.date_time, tzinfo=UTC).timestamp()
