"""What Install is going to do, and what it refuses before it does anything."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules import install_plan
from labkit.rules.agent_errors import AgentError
from labkit.rules.appspec import parse_appspec
from labkit.rules.install_instructions import ChangeMode, ChangeOwner, Copy, MakeDirectory
from labkit.rules.install_permissions import matches_star
from labkit.rules.install_plan import plan_install
from labkit.world.files import FileSystem

ARCHIVE = "/archive"
HOMES = {"root": "/root", "appuser": "/home/appuser"}


def machine(archive: dict[str, str], there: dict[str, str] | None = None) -> FileSystem:
    """Files below the archive and elsewhere; a content that starts with -> makes a link."""
    files = FileSystem()
    for path, content in {**{f"{ARCHIVE}/{path}": text for path, text in archive.items()}, **(there or {})}.items():
        files.mkdir(path.rpartition("/")[0] or "/", parents=True)
        if content.startswith("->"):
            files.symlink(content[2:], path)
        else:
            files.write(path, content)
    files.mkdir("/srv", parents=True)
    return files


def plan(files: FileSystem, sections: str, behavior: str = "DISALLOW"):
    appspec = parse_appspec(f"version: 0.0\nos: linux\n{sections}")
    return plan_install(appspec, ARCHIVE, files, HOMES.get, behavior)


def copies(source: str, destination: str) -> str:
    return f"files: [{{source: {source}, destination: {destination}}}]\n"


def refusal(files: FileSystem, sections: str, behavior: str = "DISALLOW") -> str:
    with pytest.raises(AgentError) as caught:
        plan(files, sections, behavior)
    return caught.value.message


def test_a_folder_gives_its_contents_and_every_folder_comes_before_what_it_holds():
    files = machine({"site/a": "1", "site/css/b": "2"})
    assert plan(files, copies("/site", "/srv/x")).instructions == [
        MakeDirectory("/srv/x"),
        Copy("/archive/site/a", "/srv/x/a"),
        MakeDirectory("/srv/x/css"),
        Copy("/archive/site/css/b", "/srv/x/css/b"),
    ]


@pytest.mark.parametrize(
    ("destination", "place"),
    [
        pytest.param("/srv/web", "/srv/web/a", id="a file goes into the destination"),
        pytest.param("/srv/web/", "/srv/web/a", id="a slash at its end changes nothing"),
        pytest.param("web", "/web/a", id="a relative one counts from the root"),
        pytest.param("''", "/a", id="an empty one is the root"),
        pytest.param("/srv/x/../web", "/srv/web/a", id="the way up is followed in the text"),
        pytest.param("~appuser", "/home/appuser/a", id="a tilde is a home"),
        pytest.param("[/srv, web]", "/srv/web/a", id="a list is joined"),
    ],
)
def test_where_a_file_goes(destination, place):
    files = machine({"a": "1"})
    assert list(plan(files, copies("a", destination)).copies) == [place]


def test_the_home_of_a_user_who_does_not_exist_is_refused():
    assert refusal(machine({"a": "1"}), copies("a", "~nobody/x")) == "user nobody doesn't exist"


@pytest.mark.parametrize("source", ["5", "[1, 2]", "{a: b}"])
def test_a_source_that_is_no_path_is_refused(source):
    assert "Expected the source of a file to be a path" in refusal(machine({"a": "1"}), copies(source, "/srv"))


def test_a_file_in_the_way_follows_the_behavior_of_the_appspec_before_the_deployments():
    files = machine({"a": "1"}, {"/srv/a": "mine"})
    assert plan(files, copies("a", "/srv") + "file_exists_behavior: RETAIN\n", "OVERWRITE").instructions == []
    assert plan(files, copies("a", "/srv"), "OVERWRITE").copies == {"/srv/a": "/archive/a"}
    assert refusal(files, copies("a", "/srv//")).endswith("already exists at this location: /srv//a")
    assert "invalid option was specified for fileExistsBehavior: KEEP" in refusal(files, copies("a", "/srv"), "KEEP")


def test_a_dangling_link_is_not_in_the_way():
    files = machine({"a": "1"}, {"/srv/a": "->/nowhere"})
    assert plan(files, copies("a", "/srv")).copies == {"/srv/a": "/archive/a"}


def test_a_link_to_a_folder_is_followed_and_a_link_to_a_file_is_copied():
    files = machine({"site/a": "1", "l/dir": "->../site", "l/file": "->../site/a"})
    assert list(plan(files, copies("l", "/srv/x")).copies) == ["/srv/x/dir/a", "/srv/x/file"]


def test_links_that_lead_back_up_end_in_a_refusal(monkeypatch):
    monkeypatch.setattr(install_plan, "MAX_INSTRUCTIONS", 300)
    files = machine({"site/a": "->.", "site/b": "->."})
    assert "look for links in the bundle" in refusal(files, copies("/site", "/srv/x"))


def test_a_way_up_out_of_a_folder_that_is_not_there_leads_nowhere():
    files = machine({"a": "1"}, {"/srv/a": "mine"})
    sections = copies("a", "/srv/x") + "permissions: [{object: /nope/../srv, mode: 600, type: [directory]}]\n"
    assert not [step for step in plan(files, sections).instructions if isinstance(step, ChangeMode)]


PERMISSIONS = """permissions:
  - {object: /srv/x, pattern: "*.sh", mode: 755, owner: appuser, type: [file]}
  - {object: /srv/x/css, except: [b], group: webteam}
"""


def test_permissions_come_after_all_copies_in_the_order_of_the_appspec():
    files = machine({"site/a.sh": "1", "site/css/b": "2", "site/css/c": "3"})
    steps = plan(files, copies("/site", "/srv/x") + PERMISSIONS).instructions
    assert steps[5:] == [
        ChangeMode("/srv/x/a.sh", "755"),
        ChangeOwner("/srv/x/a.sh", "appuser", None),
        ChangeOwner("/srv/x/css/c", None, "webteam"),
    ]


@pytest.mark.parametrize(
    ("permission", "message"),
    [
        pytest.param("object: /srv/x/a, pattern: a", "invalid pattern (a)", id="one file takes no pattern"),
        pytest.param("object: /srv/x/a, except: [b]", '(["b"]) for the object', id="one file takes no exceptions"),
        pytest.param("object: /srv/x, acls: ['d:u:appuser:r']", "the -d parameter", id="no default ACL on a file"),
        pytest.param("object: /srv/x, pattern: 5", "to be text, found 5", id="a pattern is text"),
    ],
)
def test_permissions_that_do_not_fit_are_refused(permission, message):
    files = machine({"a": "1"})
    assert message in refusal(files, copies("a", "/srv/x") + f"permissions: [{{{permission}}}]\n")


def test_nothing_may_be_permitted_twice():
    entry = "{object: /srv/x, mode: 600}"
    message = refusal(machine({"a": "1"}), copies("a", "/srv/x") + f"permissions: [{entry}, {entry}]\n")
    assert "permissions setting for (/srv/x/a) is specified more than once" in message


def test_a_context_without_a_range_stops_while_the_plan_is_written():
    made = plan(machine({"a": "1"}), copies("a", "/srv") + "permissions: [{object: /srv/a, context: {type: t}}]\n")
    with pytest.raises(AgentError, match="has no range"):
        made.to_json()


def test_the_plan_is_written_down_as_the_agent_does():
    made = plan(machine({"a": "1"}), copies("a", "/srv/x") + "permissions: [{object: /srv/x, mode: 4}]\n")
    assert json.loads(made.to_json()) == {
        "instructions": [
            {"type": "mkdir", "directory": "/srv/x"},
            {"type": "copy", "source": "/archive/a", "destination": "/srv/x/a"},
            {"type": "chmod", "mode": "004", "file": "/srv/x/a"},
        ]
    }


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        pytest.param("*", "a.b", True, id="a star is anything"),
        pytest.param("a*", "a", True, id="or nothing"),
        pytest.param("a*b*c", "axbxc", True, id="several stars"),
        pytest.param("a*ba", "aba", True, id="ends may touch"),
        pytest.param("ab*b", "ab", False, id="but not overlap"),
        pytest.param("[ab]", "a", False, id="brackets are only brackets"),
        pytest.param("", "a", False, id="nothing matches only nothing"),
    ],
)
def test_only_the_star_is_special_in_a_pattern(pattern, name, fits):
    assert matches_star(name, pattern) is fits


names = st.text("abc", min_size=1, max_size=3)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)


@st.composite
def trees(draw):
    """Paths of files of which none is a folder of another."""
    chosen: list[str] = []
    for path in draw(st.lists(paths, max_size=6)):
        if not any(f"{path}/".startswith(f"{other}/") or f"{other}/".startswith(f"{path}/") for other in chosen):
            chosen.append(path)
    return chosen


@given(trees(), trees(), st.sampled_from(["DISALLOW", "OVERWRITE", "RETAIN"]))
def test_the_plan_never_touches_anything_outside_its_destinations(bundle, there, behavior):
    files = machine({f"site/{path}": "new" for path in bundle}, {f"/srv/{path}": "old" for path in there})
    before = files.root
    files.mkdir(f"{ARCHIVE}/site", parents=True)
    sections = copies("/site", "/srv/deep/er") + "permissions: [{object: /srv, mode: 600}]\n"
    try:
        steps = plan(files, sections, behavior).instructions
    except AgentError:
        steps = []
    touched = [getattr(step, "destination", None) or getattr(step, "directory", None) or step.file for step in steps]
    assert all(f"{path}/".startswith(("/srv/deep/", "/srv/deep/er/")) for path in touched)
    assert before.children["srv"] is files.root.children["srv"]
