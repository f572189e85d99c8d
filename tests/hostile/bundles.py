"""Bundles that mean harm, by the name of the attack: how they are packed, and what is said of them.

``SAYS`` is a part of what the failed event's message says; an attack that succeeds has nothing to say ("").
"""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from tests.world.agent.bundles import APPSPEC, SITE, tar, zipped

MEGABYTE = 1 << 20
NO_TAR = "Error extracting tar archive: 2"
NO_ZIP = "pack it again with zip -r"
FULL = "The disk is (or was) full during extraction."
NOT_YAML = "The AppSpec file is not valid YAML"
NO_SUCH_FILE = "No such file or directory"
SITE_FILE = ("appspec.yml", SITE.encode(), 0o100644)


class Attack(NamedTuple):
    """``pack`` makes the bundle."""

    says: str
    pack: Callable[[], bytes]
    kind: str = "tar"


def packed(*members: tuple[str, bytes, bytes, str], pax: dict[str, str] | None = None) -> bytes:
    """A tar of (name, content, type, link target)."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content, kind, link in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname, info.pax_headers = len(content), kind, link, pax or {}
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def file(name: str, content: str = "x") -> tuple[str, bytes, bytes, str]:
    return name, content.encode(), tarfile.REGTYPE, ""


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[str, bytes, bytes, str]:
    return name, b"", kind, target


def zipped_with_modes(*members: tuple[str, bytes, int]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr, info.compress_type = 3, mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


def tar_of_size(field: bytes) -> bytes:
    """A tar whose only member states its size as ``field``."""
    bundle = bytearray(tar({"a": "1"}))
    bundle[124:136] = field
    bundle[148:156] = b"        "
    bundle[148:156] = f"{sum(bundle[:512]):06o}\0 ".encode()
    return bytes(bundle)


def zip_with(changed: dict[int, bytes], content: bytes = b"\0" * 1000) -> bytes:
    """A zip with bytes of its central directory's first entry ``changed``, by their place in it."""
    bundle = bytearray(zipped({"a": content}))
    entry = bundle.rfind(b"PK\x01\x02")
    for place, new in changed.items():
        bundle[entry + place : entry + place + len(new)] = new
    return bytes(bundle)


def overlapping_zip(entries: int) -> bytes:
    """A zip whose entries are all the same megabyte (David Fifield, "A better zip bomb", 2019, the simplest form)."""
    bundle = zipped({"a": b"\0" * MEGABYTE})
    start = bundle.rfind(b"PK\x01\x02")
    directory = bundle[start : bundle.rfind(b"PK\x05\x06")] * entries
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, len(directory), start, 0)
    return bundle[:start] + directory + end


def appspec(text: str | bytes) -> Callable[[], bytes]:
    return lambda: tar({"appspec.yml": text, "a": "1", "site/" + "a" * 200: "1"})


SPARSE = {
    "GNU.sparse.major": "1",
    "GNU.sparse.minor": "0",
    "GNU.sparse.name": "s",
    "GNU.sparse.realsize": "1000000000000",
}
LAUGHS = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
SLOW_GLOB = "permissions:\n  - object: /srv/site\n    pattern: '{}c'\n    owner: root\n    type: [file]\n"

ATTACKS = {
    # --- tar: where it leads -----------------------------------------------------------------------
    "tar: a name that leads up": Attack(NO_TAR, lambda: packed(file("../../etc/passwd"))),
    "tar: a name that leads up later": Attack(NO_TAR, lambda: packed(file("a/../../../etc/passwd"))),
    "tar: an absolute name": Attack(NO_SUCH_FILE, lambda: packed(file("/etc/passwd"))),
    "tar: through a link to /etc": Attack(NO_TAR, lambda: packed(link("out", "/etc"), file("out/passwd"))),
    "tar: the site is a link to /etc": Attack("", lambda: packed(file("appspec.yml", SITE), link("site", "/etc"))),
    "tar: the site is a link to itself": Attack("", lambda: packed(file("appspec.yml", SITE), link("site", "site"))),
    "tar: two links to each other": Attack(
        "", lambda: packed(file("appspec.yml", SITE), link("site", "b"), link("b", "site"))
    ),
    "tar: a folder within itself": Attack("", lambda: packed(file("appspec.yml", SITE), link("site/x", ".."))),
    "tar: the AppSpec file is a link out": Attack(NO_SUCH_FILE, lambda: packed(link("appspec.yml", "/etc/shadow"))),
    "tar: the AppSpec file is a link to itself": Attack(
        "Too many levels of symbolic links", lambda: packed(link("appspec.yml", "appspec.yml"))
    ),
    "tar: the AppSpec file is a folder": Attack(
        "Is a directory", lambda: packed(link("appspec.yml", "", tarfile.DIRTYPE))
    ),
    "tar: a hard link out": Attack(NO_TAR, lambda: packed(link("x", "/etc/passwd", tarfile.LNKTYPE))),
    "tar: a hard link up": Attack(NO_TAR, lambda: packed(link("x", "../../x", tarfile.LNKTYPE))),
    "tar: a hard link to itself": Attack(NO_TAR, lambda: packed(link("x", "x", tarfile.LNKTYPE))),
    "tar: a device for a site": Attack(
        NO_SUCH_FILE, lambda: packed(file("appspec.yml", SITE), link("site", "", tarfile.CHRTYPE))
    ),
    # --- tar: how large it is, and how broken ------------------------------------------------------
    "tar: a size of 8 GiB": Attack(NO_TAR, lambda: tar_of_size(b"77777777777\0")),
    "tar: a size of 2^95": Attack(NO_TAR, lambda: tar_of_size(b"\x80" + b"\xff" * 11)),
    "tar: a size below zero": Attack(NO_SUCH_FILE, lambda: tar_of_size(b"\xff" * 12)),
    "tar: a sparse terabyte": Attack(NO_TAR, lambda: packed(file("s", "1\n0\n1\n" + "\0" * 506), pax=SPARSE)),
    "tar: a header of megabytes": Attack(NO_SUCH_FILE, lambda: packed(file("s"), pax={"comment": "x" * MEGABYTE})),
    "tar: a name of 10,000 letters": Attack(NO_TAR, lambda: packed(file("n" * 10_000))),
    "tar: 3,000 folders deep": Attack(NO_TAR, lambda: packed(file("d/" * 3000 + "x"))),
    "tar: more members than there are inodes": Attack(NO_TAR, lambda: tar({f"f{n}": "" for n in range(2_001)})),
    "tar: a gzip bomb": Attack(NO_TAR, lambda: gzip.compress(b"\0" * 16 * MEGABYTE)),
    "tar: a bzip2 bomb": Attack(NO_TAR, lambda: bz2.compress(b"\0" * 16 * MEGABYTE)),
    "tar: an xz bomb": Attack(NO_TAR, lambda: lzma.compress(b"\0" * 16 * MEGABYTE)),
    "tgz: a gzip bomb": Attack(NO_TAR, lambda: gzip.compress(b"\0" * 16 * MEGABYTE), "tgz"),
    "tgz: 100,000 archives in one": Attack(NO_TAR, lambda: gzip.compress(b"") * 100_000, "tgz"),
    "tar: every byte there is": Attack(NO_TAR, lambda: bytes(range(256)) * 4000),
    # --- zip ---------------------------------------------------------------------------------------
    "zip: a name that leads up": Attack(
        NO_SUCH_FILE, lambda: zipped_with_modes(("../../../etc/passwd", b"x", 0o100644), SITE_FILE), "zip"
    ),
    "zip: an absolute name": Attack(
        NO_SUCH_FILE, lambda: zipped_with_modes(("/etc/passwd", b"x", 0o100644), SITE_FILE), "zip"
    ),
    "zip: a name with backslashes": Attack(
        NO_SUCH_FILE, lambda: zipped_with_modes(("..\\..\\x", b"x", 0o100644), SITE_FILE), "zip"
    ),
    "zip: the site is a link to /etc": Attack(
        "", lambda: zipped_with_modes(("site", b"/etc", stat.S_IFLNK | 0o777), SITE_FILE), "zip"
    ),
    "zip: through a link to /etc": Attack(
        NO_ZIP,
        lambda: zipped_with_modes(("out", b"/etc", stat.S_IFLNK | 0o777), ("out/passwd", b"x", 0o100644)),
        "zip",
    ),
    "zip: a link to binary junk": Attack(
        "", lambda: zipped_with_modes(("site", b"\xff\0\xfe", stat.S_IFLNK | 0o777), SITE_FILE), "zip"
    ),
    "zip: a bomb": Attack(FULL, lambda: zipped({"a": b"\0" * 16 * MEGABYTE}), "zip"),
    "zip: entries that overlap": Attack(FULL, lambda: overlapping_zip(1000), "zip"),
    "zip: a size of 2 GiB that is a lie": Attack(FULL, lambda: zip_with({24: struct.pack("<I", 1 << 31)}), "zip"),
    "zip: a size too small": Attack(NO_ZIP, lambda: zip_with({24: struct.pack("<I", 10)}), "zip"),
    "zip: a date that is none": Attack(NO_ZIP, lambda: zip_with({12: b"\xff" * 4}), "zip"),
    "zip: a method nobody knows": Attack(NO_ZIP, lambda: zip_with({10: b"\x63"}), "zip"),
    "zip: encrypted": Attack(NO_ZIP, lambda: zip_with({8: b"\x01"}), "zip"),
    "zip: a folder and a file of one name": Attack(
        NO_ZIP, lambda: zipped_with_modes(("a", b"x", 0o100644), ("a/b", b"x", 0o100644)), "zip"
    ),
    "zip: every byte there is": Attack(NO_ZIP, lambda: b"PK\x03\x04" + bytes(range(256)) * 400, "zip"),
    # --- the AppSpec file --------------------------------------------------------------------------
    "AppSpec: a megabyte": Attack(NOT_YAML, appspec(APPSPEC + "#" * MEGABYTE)),
    "AppSpec: a billion laughs": Attack("holds an alias", appspec(LAUGHS + APPSPEC)),
    "AppSpec: 100,000 lists deep": Attack(NOT_YAML, appspec("a: " + "[" * 100_000 + "]" * 100_000)),
    "AppSpec: 100,000 maps deep": Attack(NOT_YAML, appspec("{a: " * 60_000)),
    "AppSpec: a Ruby object": Attack("Ruby object", appspec("a: !ruby/object:Gem::Requirement {}\n" + APPSPEC)),
    "AppSpec: a Python object": Attack("", appspec("a: !!python/object/apply:os.system [x]\n" + APPSPEC)),
    "AppSpec: every byte there is": Attack(NOT_YAML, appspec(bytes(range(256)))),
    "AppSpec: UTF-16": Attack(NOT_YAML, appspec(APPSPEC.encode("utf-16"))),
    "AppSpec: a NUL": Attack(NOT_YAML, appspec("version: 0.0\0\nos: linux\n")),
    "AppSpec: a number of 100,000 digits": Attack("4000 digits", appspec(f"version: {'9' * 100_000}\nos: linux\n")),
    "AppSpec: a number beyond all floats": Attack(
        "invalid version value", appspec("version: 1e999999999\nos: linux\n")
    ),
    "AppSpec: a time-out of 5,000 digits": Attack(
        "4000 digits",
        appspec(APPSPEC + f"hooks:\n  AfterInstall:\n    - location: a\n      timeout: {'9' * 5000}\n"),
    ),
    "AppSpec: a destination that leads up": Attack(
        "", appspec(APPSPEC + "files:\n  - source: a\n    destination: ../../../../etc/x\n")
    ),
    "AppSpec: a source that leads up": Attack(
        NO_SUCH_FILE, appspec(APPSPEC + "files:\n  - source: ../../../../../../../proc\n    destination: /srv/x\n")
    ),
    "AppSpec: a source full of steps up": Attack(
        "File name too long", appspec(APPSPEC + f"files:\n  - source: {'../' * 80_000}etc\n    destination: /srv/x\n")
    ),
    "AppSpec: into the bundle itself": Attack(
        "",
        appspec(
            APPSPEC + "files:\n  - source: /\n    destination: "
            "/opt/codedeploy-agent/deployment-root/group-1/d-1/deployment-archive/again\n"
        ),
    ),
    "AppSpec: a destination with a NUL": Attack(
        "to be a path", appspec(APPSPEC + 'files:\n  - source: a\n    destination: "/srv/\\0x"\n')
    ),
    "AppSpec: a destination of 50,000 folders": Attack(
        "File name too long", appspec(APPSPEC + f"files:\n  - source: a\n    destination: /{'x/' * 50_000}\n")
    ),
    "AppSpec: a destination of 1,500 folders": Attack(
        "File name too long", appspec(APPSPEC + f"files:\n  - source: a\n    destination: /{'x/' * 1500}\n")
    ),
    "AppSpec: thousands of entries": Attack(
        "two source files", appspec(APPSPEC + "files:\n" + "  - source: a\n    destination: /srv/x\n" * 3000)
    ),
    "AppSpec: a pattern made to be slow": Attack("", appspec(SITE + SLOW_GLOB.format("*a" * 100))),
    "AppSpec: a mode of 14 digits": Attack(
        "permissions mode", appspec(APPSPEC + "permissions:\n  - object: /srv\n    mode: 99999999999999\n")
    ),
}
