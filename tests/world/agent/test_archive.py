"""Bundles as they come: of several kinds, odd, broken, hostile."""

import io
import stat
import tarfile
import zipfile

import pytest

from labkit.rules.agent_errors import AgentError
from labkit.world.agent import archive_members
from labkit.world.agent.archive import unpack
from labkit.world.files import Directory, File, Symlink
from tests.world.agent.bundles import APPSPEC, tar, zipped
from tests.world.agent.fake_host import FakeHost

PLACE = "/opt/archive"
EPOCH_S = 1_000_000.0


def unpacked(bundle: bytes, bundle_type: str = "tar") -> FakeHost:
    machine = FakeHost()
    unpack(machine, PLACE, bundle, bundle_type, EPOCH_S)
    return machine


def refusal(bundle: bytes, bundle_type: str) -> str:
    with pytest.raises(AgentError) as caught:
        unpacked(bundle, bundle_type)
    return caught.value.message


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **settings) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in settings.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
def test_tar_finds_out_by_itself_how_a_bundle_is_compressed(compression):
    assert unpacked(tar({"a": "1"}, f"w:{compression}")).files.read(f"{PLACE}/a") == b"1"


def test_modes_owners_links_and_times_are_kept():
    bundle = packed(
        (member("run.sh", mode=0o4755, uid=7, uname="appuser", gname="webteam", mtime=1_000_060), b"x"),
        (member("d", tarfile.DIRTYPE, mode=0o700, uid=7, uname="nobody-here"), b""),
        (member("link", tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
        (member("same", tarfile.LNKTYPE, linkname="./run.sh"), b""),
        (member("pipe", tarfile.FIFOTYPE), b""),
    )
    files = unpacked(bundle).files
    assert files.stat(f"{PLACE}/run.sh") == File(content=b"x", mode=0o4755, uid=1001, gid=1100, mtime_s=60.0)
    folder, link = files.stat(f"{PLACE}/d"), files.lstat(f"{PLACE}/link")
    assert isinstance(folder, Directory)
    assert (folder.mode, folder.uid) == (0o700, 7)
    assert isinstance(link, Symlink)
    assert link.target == "/etc/passwd"
    assert files.read(f"{PLACE}/same") == b"x"
    assert not files.exists(f"{PLACE}/pipe")


def test_nothing_is_written_through_a_link_of_the_archive():
    bundle = packed((member("out", tarfile.SYMTYPE, linkname="/etc"), b""), (member("out/passwd"), b"bad"))
    assert refusal(bundle, "tar") == "Error extracting tar archive: 2"


@pytest.mark.parametrize(
    "name", [pytest.param("/etc/shadow", id="absolute names"), pytest.param("./etc/shadow", id="dotted names")]
)
def test_names_lie_below_the_archive(name):
    assert unpacked(packed((member(name), b"x"))).files.read(f"{PLACE}/etc/shadow") == b"x"


def test_tar_refuses_names_that_lead_out():
    assert refusal(packed((member("../x"), b"x")), "tar") == "Error extracting tar archive: 2"


def test_unzip_drops_the_way_out_and_keeps_modes_and_links():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, mode, content in (
            ("../run.sh", stat.S_IFREG | 0o750, "x"),
            ("link", stat.S_IFLNK | 0o777, "run.sh"),
            ("d/", stat.S_IFDIR | 0o700, ""),
        ):
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    files = unpacked(target.getvalue(), "zip").files
    assert files.stat(f"{PLACE}/run.sh").mode == 0o750
    assert files.read(f"{PLACE}/link") == b"x"
    assert files.stat(f"{PLACE}/d").mode == 0o700


@pytest.mark.parametrize(
    ("names", "stripped"),
    [
        pytest.param(["x/appspec.yml", "x/a"], True, id="one folder with the AppSpec file"),
        pytest.param(["x/AppSpec.txt", "x/a"], True, id="its name may be written in any way"),
        pytest.param(["x/a"], False, id="one folder without it"),
        pytest.param(["x/appspec.yml", "y"], False, id="something beside the folder"),
    ],
)
def test_a_lone_top_folder_is_stripped_if_it_holds_the_appspec_file(names, stripped):
    top = unpacked(tar(dict.fromkeys(names, APPSPEC))).files.listdir(PLACE)
    assert ("x" not in top) is stripped


@pytest.mark.parametrize("bundle_type", ["tar", "tgz"])
@pytest.mark.parametrize(
    "bundle",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not an archive " * 90, id="garbage"),
        pytest.param(tar({"a": "1"}, "w:gz")[:40], id="an end that is missing"),
        pytest.param(zipped({"a": "1"}), id="a zip"),
    ],
)
def test_what_is_no_tar_fails_like_tar(bundle, bundle_type):
    assert refusal(bundle, bundle_type) == "Error extracting tar archive: 2"


@pytest.mark.parametrize("bundle", [b"", b"PK\x03\x04" + b"\0" * 50, zipped({"a": "1"})[:60], tar({"a": "1"})])
def test_what_is_no_zip_is_refused_with_advice(bundle):
    assert refusal(bundle, "zip").endswith("pack it again with zip -r.")


@pytest.mark.parametrize(
    ("bundle", "bundle_type", "message"),
    [
        pytest.param(zipped({"a": b"\0" * 500_000}), "zip", "The disk is (or was) full during extraction.", id="zip"),
        pytest.param(tar({"a": b"\0" * 500_000}, "w:gz"), "tgz", "Error extracting tar archive: 2", id="tgz"),
    ],
)
def test_a_bundle_that_would_fill_the_disk_fails(bundle, bundle_type, message, monkeypatch):
    monkeypatch.setattr(archive_members, "MAX_UNPACKED_BYTES", 100_000)
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", 10)
    assert refusal(bundle, bundle_type) == message


def test_machines_share_the_contents_of_a_bundle():
    bundle = tar({"a": "x" * 1000})
    first, second = (unpacked(bundle).files.stat(f"{PLACE}/a") for _ in range(2))
    assert first.content is second.content
