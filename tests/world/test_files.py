"""A machine's files: POSIX where AppSpec needs it, and cheap to copy."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.world.files import Directory, File, FileSystem


@pytest.fixture
def files() -> FileSystem:
    fs = FileSystem()
    fs.mkdir("/var/www/html", parents=True)
    fs.write("/var/www/html/index.html", "one")
    fs.symlink("/var/www", "/site")
    return fs


def test_a_snapshot_does_not_see_later_writes(files: FileSystem) -> None:
    before = files.root
    files.write("/var/www/html/index.html", "two")
    assert FileSystem(before).read("/var/www/html/index.html") == b"one"


def test_a_write_shares_everything_it_does_not_touch(files: FileSystem) -> None:
    files.mkdir("/etc")
    before = files.root.children["var"]
    files.write("/etc/motd", "hello")
    assert files.root.children["var"] is before


def test_writing_through_a_link_changes_what_it_leads_to(files: FileSystem) -> None:
    files.write("/site/html/index.html", "two")
    assert files.read("/var/www/html/index.html") == b"two"


def test_a_dangling_link_does_not_exist_but_is_there(files: FileSystem) -> None:
    files.symlink("/nowhere", "/dangling")
    assert (files.exists("/dangling"), files.is_link("/dangling")) == (False, True)


def test_a_loop_of_links_ends_as_on_linux(files: FileSystem) -> None:
    files.symlink("/b", "/a")
    files.symlink("/a", "/b")
    with pytest.raises(OSError, match="Too many levels") as caught:
        files.read("/a")
    assert caught.value.errno == errno.ELOOP


def test_an_overwritten_file_keeps_its_mode_and_owner(files: FileSystem) -> None:
    files.chmod("/var/www/html/index.html", 0o600)
    files.chown("/var/www/html/index.html", uid=33, gid=33)
    files.write("/var/www/html/index.html", "two")
    node = files.stat("/var/www/html/index.html")
    assert isinstance(node, File)
    assert (node.mode, node.uid, node.gid, node.content) == (0o600, 33, 33, b"two")


def test_a_change_of_owner_takes_setuid_away(files: FileSystem) -> None:
    files.chmod("/var/www/html/index.html", 0o4755)
    files.chown("/var/www/html/index.html", uid=33)
    node = files.stat("/var/www/html/index.html")
    assert node is not None
    assert node.mode == 0o755


@pytest.mark.parametrize(
    ("action", "number"),
    [
        pytest.param(lambda fs: fs.read("/nowhere"), errno.ENOENT, id="reading what is not there"),
        pytest.param(lambda fs: fs.read("/var"), errno.EISDIR, id="reading a folder"),
        pytest.param(lambda fs: fs.write("/nowhere/a", "x"), errno.ENOENT, id="writing into a missing folder"),
        pytest.param(lambda fs: fs.write("/var/www/html/index.html/a", "x"), errno.ENOTDIR, id="writing below a file"),
        pytest.param(lambda fs: fs.mkdir("/var"), errno.EEXIST, id="making a folder that exists"),
        pytest.param(lambda fs: fs.remove("/var"), errno.ENOTEMPTY, id="removing a folder that is not empty"),
        pytest.param(lambda fs: fs.listdir("/var/www/html/index.html"), errno.ENOTDIR, id="listing a file"),
    ],
)
def test_errors_are_those_of_linux(files: FileSystem, action: object, number: int) -> None:
    with pytest.raises(OSError, match=r".") as caught:
        action(files)  # type: ignore[operator]
    assert caught.value.errno == number


names = st.sampled_from(["a", "b", "c"])
paths = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(st.tuples(paths, st.binary(max_size=4))))
def test_what_was_written_last_is_what_is_read(writes: list[tuple[str, bytes]]) -> None:
    fs, expected = FileSystem(), {}
    for path, content in writes:
        if any(path.startswith(other + "/") for other in expected) or fs.is_dir(path):
            continue
        fs.mkdir(path.rsplit("/", 1)[0] or "/", parents=True)
        fs.write(path, content)
        expected[path] = content
    found = {path: node.content for path, node in fs.walk() if isinstance(node, File)}
    assert found == expected
    assert all(isinstance(node, File | Directory) for _, node in fs.walk())
