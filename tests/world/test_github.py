"""The lab's GitHub: real commits, real ids, and archives that unpack as GitHub's do."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.world.events import CommitMade
from labkit.world.github import GitHub, Repository, UnknownCommitError, UnknownRepositoryError


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(clock):
    return History(clock)


@pytest.fixture
def github(clock, history):
    return GitHub(clock, history)


@pytest.fixture
def repository(github):
    return github.repository("student/hello-web")


def new_repository() -> Repository:
    clock = Clock()
    return GitHub(clock, History(clock)).repository("student/hello-web")


def members(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: member for member in tar.getmembers()}


def test_a_commit_changes_what_it_names_keeps_the_rest_and_removes_what_is_none(repository):
    repository.commit({"index.html": "one", "old.html": "x", "scripts/start.sh": "start"}, message="v1")
    repository.commit({"index.html": b"two", "old.html": None}, message="v2")
    assert repository.files() == {"index.html": b"two", "scripts/start.sh": b"start"}


def test_the_files_of_an_earlier_commit_stay_as_they_were(repository):
    first = repository.commit({"index.html": "one"}, message="v1")
    repository.commit({"index.html": "two"}, message="v2")
    assert repository.files(first) == {"index.html": b"one"}


def test_the_log_tells_the_newest_first_in_lab_time(repository, clock):
    first = repository.commit({"index.html": "one"}, message="v1")
    clock.advance(90)
    second = repository.commit({"index.html": "two"}, message="v2\n\nwith a reason")
    assert [commit.commit_id for commit in repository.log()] == [second, first]
    assert repository.head == second
    assert [repr(commit) for commit in repository.log()] == [
        f"<Commit {second[:7]} 'v2' 2026-03-02 09:01:30 UTC>",
        f"<Commit {first[:7]} 'v1' 2026-03-02 09:00:00 UTC>",
    ]
    assert repository.log()[0].author == "student <student@example.com>"
    assert repository.log()[0].message == "v2\n\nwith a reason"


def test_a_new_repository_is_empty(github, repository):
    assert (repository.head, repository.log(), repository.files()) == (None, [], {})
    assert repr(repository) == "<Repository student/hello-web, 0 commits, head none>"
    assert repr(github) == "<GitHub of the lab: student/hello-web>"


def test_a_repository_is_the_same_whenever_it_is_named(github, repository):
    assert github.repository("Student/Hello-Web") is repository
    assert github.find("student/hello-web") is repository


def test_a_repository_nobody_made_is_not_found(github, repository):
    with pytest.raises(UnknownRepositoryError, match=r"\('student/hello-web'\), found 'student/helo-web'; check"):
        github.find("student/helo-web")


def test_a_commit_is_written_into_the_history(repository, history, clock):
    clock.advance(5)
    commit_id = repository.commit({"index.html": "one"}, message="v1")
    assert list(history) == [CommitMade(at_s=5.0, repository="student/hello-web", commit_id=commit_id, message="v1")]


def test_the_same_commits_at_the_same_moments_have_the_same_ids():
    def story() -> list[str]:
        repository = new_repository()
        return [repository.commit({"a": "1", "b/c.sh": "2"}, "v1"), repository.commit({"a": "3"}, "v2")]

    assert story() == story()


def test_the_ids_are_gits_own():
    content, tree_name = b"Hello\n", b"index.html"
    blob = hashlib.sha1(b"blob 6\0" + content, usedforsecurity=False)
    entry = b"100644 " + tree_name + b"\0" + blob.digest()
    tree = hashlib.sha1(b"tree %d\0" % len(entry) + entry, usedforsecurity=False).hexdigest()
    who = "student <student@example.com> 1772442000 +0000"
    body = f"tree {tree}\nauthor {who}\ncommitter {who}\nencoding UTF-8\n\nv1\n".encode()
    expected = hashlib.sha1(b"commit %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
    assert new_repository().commit({"index.html": content}, "v1") == expected


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("hello-web", id="the owner is missing"),
        pytest.param("a/b/c", id="too many parts"),
        pytest.param("/hello-web", id="an empty owner"),
        pytest.param("student/", id="an empty name"),
        pytest.param("-student/hello-web", id="an owner cannot begin with a hyphen"),
        pytest.param("stu--dent/hello-web", id="an owner cannot have two hyphens in a row"),
        pytest.param("s" * 40 + "/hello-web", id="an owner has at most 39 characters"),
        pytest.param("student/..", id="the parent folder is no name"),
        pytest.param("student/hello web", id="a space"),
        pytest.param("https://github.com/student/hello-web", id="an address"),
        pytest.param(None, id="not text"),
    ],
)
def test_a_name_github_would_not_take_is_refused_with_an_example(github, name):
    with pytest.raises(MisuseError, match=r"^Expected a repository as owner/name .*'student/hello-web'\.$"):
        github.repository(name)


@pytest.mark.parametrize(
    "path",
    ["/var/www/index.html", "../index.html", "a/../b", "./a", "a//b", "scripts/", "", ".git/config", "a\\b", "a\0", 7],
)
def test_a_path_that_leaves_the_repository_is_refused_and_nothing_changes(repository, path):
    with pytest.raises(MisuseError, match=r"^Expected a path inside the repository"):
        repository.commit({"index.html": "one", path: "two"}, message="v1")
    assert repository.head is None


@pytest.mark.parametrize(
    ("files", "message", "sentence"),
    [
        pytest.param({}, "v2", "found no difference", id="no files"),
        pytest.param({"index.html": "one"}, "v2", "found no difference", id="the same content"),
        pytest.param({"gone.html": None}, "v2", "found no 'gone.html'; it holds: index.html", id="not there"),
        pytest.param({"index.html": "two"}, " ", "Expected a commit message", id="no message"),
        pytest.param({"index.html/a": "two"}, "v2", "'index.html' to be a file or a folder", id="both"),
        pytest.param({"a.yml": {"version": 0}}, "v2", "'a.yml', found dict; convert", id="not text"),
        pytest.param(["index.html"], "v2", "as a dictionary .* found list", id="not a dictionary"),
    ],
)
def test_a_commit_that_cannot_be_explains_itself(repository, files, message, sentence):
    first = repository.commit({"index.html": "one"}, message="v1")
    with pytest.raises(MisuseError, match=sentence) as caught:
        repository.commit(files, message=message)
    assert "\n" not in str(caught.value)
    assert repository.head == first


def test_a_file_may_become_a_folder_in_one_commit(repository):
    repository.commit({"site": "one"}, message="v1")
    repository.commit({"site": None, "site/index.html": "two"}, message="v2")
    assert repository.files() == {"site/index.html": b"two"}


def test_the_tarball_has_one_folder_named_after_owner_name_and_commit(repository):
    commit_id = repository.commit({"index.html": "one", "scripts/start.sh": "x", "run": "#!/bin/sh\n"}, message="v1")
    top = f"student-hello-web-{commit_id[:7]}"
    found = members(repository.tarball(commit_id))
    assert {name: (member.isdir(), oct(member.mode)) for name, member in found.items()} == {
        top: (True, "0o775"),
        f"{top}/index.html": (False, "0o664"),
        f"{top}/run": (False, "0o775"),
        f"{top}/scripts": (True, "0o775"),
        f"{top}/scripts/start.sh": (False, "0o775"),
    }
    assert {member.mtime for member in found.values()} == {1772442000}


def test_the_zipball_holds_the_same_files_and_names_its_commit(repository):
    commit_id = repository.commit({"index.html": "one", "scripts/start.sh": "x"}, message="v1")
    top = f"student-hello-web-{commit_id[:7]}"
    with zipfile.ZipFile(io.BytesIO(repository.zipball(commit_id))) as archive:
        assert archive.namelist() == [f"{top}/", f"{top}/index.html", f"{top}/scripts/", f"{top}/scripts/start.sh"]
        assert archive.read(f"{top}/index.html") == b"one"
        assert archive.getinfo(f"{top}/scripts/start.sh").external_attr >> 16 & 0o777 == 0o775
        assert archive.comment.decode() == commit_id


def test_archives_of_the_same_commit_are_the_same_bytes():
    def archives() -> tuple[bytes, bytes]:
        repository = new_repository()
        commit_id = repository.commit({"b": "1", "a/b.sh": "2", "a.txt": "3"}, "v1")
        return repository.tarball(commit_id), repository.zipball(commit_id)

    assert archives() == archives()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        pytest.param(lambda head: head[:7], "take the whole id", id="a shortened id"),
        pytest.param(lambda _: "main", "take the whole id", id="a branch name"),
        pytest.param(lambda _: "0" * 40, "no such commit was made", id="an id of no commit"),
    ],
)
@pytest.mark.parametrize("what", ["tarball", "zipball", "files"])
def test_only_the_full_id_of_a_commit_finds_it(repository, asked, sentence, what):
    head = repository.commit({"index.html": "one"}, message="v1")
    with pytest.raises(UnknownCommitError, match=sentence):
        getattr(repository, what)(asked(head))


def test_the_id_of_a_file_is_not_the_id_of_a_commit(repository):
    repository.commit({"index.html": "Hello\n"}, message="v1")
    blob_id = hashlib.sha1(b"blob 6\0Hello\n", usedforsecurity=False).hexdigest()
    with pytest.raises(UnknownCommitError):
        repository.tarball(blob_id)


NAMES = st.text("abcXYZ0189-_ é한", min_size=1, max_size=6).filter(lambda name: name.strip())


@given(
    st.dictionaries(st.builds("/".join, st.lists(NAMES, min_size=2, max_size=3)), st.binary(max_size=40), min_size=1)
)
def test_what_is_committed_is_what_the_archives_hold(files):
    files = {f"d{len(path.split('/'))}/{path}": content for path, content in files.items()}
    repository = new_repository()
    commit_id = repository.commit(files, "v1")
    with tarfile.open(fileobj=io.BytesIO(repository.tarball(commit_id))) as tar:
        unpacked = {
            member.name.partition("/")[2]: tar.extractfile(member).read()
            for member in tar.getmembers()
            if member.isfile()
        }
    assert unpacked == files == repository.files()


@pytest.mark.skipif(
    shutil.which("git") is None, reason="needs git, which would read the objects; install it to run this"
)
def test_git_itself_accepts_the_objects(repository, tmp_path):
    commit_id = repository.commit({"index.html": "one", "scripts/start.sh": "x"}, message="v1")
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path], check=True)
    for object_id in repository._git.object_store:
        kind, content = repository._git.object_store.get_raw(object_id)
        name = {1: "commit", 2: "tree", 3: "blob"}[kind]
        command = ["git", "-C", tmp_path, "hash-object", "-w", "-t", name, "--stdin"]
        assert subprocess.run(command, input=content, capture_output=True, check=True).stdout.strip() == object_id
    fsck = subprocess.run(["git", "-C", tmp_path, "fsck", "--strict", commit_id], capture_output=True, check=True)
    assert fsck.stderr == b""
