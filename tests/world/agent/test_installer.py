"""What Install does to the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.world.execution import Execution
from labkit.world.files import Directory, Node
from tests.world.agent.bundles import APPSPEC, REVISION, specification, tar
from tests.world.agent.fake_host import FakeHost


def install(machine: FakeHost, sections: str, files: dict[str, str], deployment: str = "d-1", **changes):
    machine.bundles[REVISION.label] = tar({"appspec.yml": APPSPEC + sections, **files})
    wanted = specification(deployment, **changes)
    machine.perform("DownloadBundle", wanted)
    return machine.perform("Install", wanted)


def site(*permissions: str) -> str:
    return f"files: [{{source: /site, destination: /srv/x}}]\npermissions: [{', '.join(permissions)}]\n"


def test_files_keep_their_times_and_modes_folders_do_not():
    machine = FakeHost()
    install(machine, site(), {"site/a": "1"})
    assert machine.files.stat("/srv/x/a").mtime_s == -machine.clock.start.timestamp()
    assert machine.files.stat("/srv/x").mode == 0o755


def test_changing_the_owner_of_a_program_takes_its_setuid_bit():
    machine = FakeHost()
    install(machine, site("{object: /srv/x/a, mode: 6755, owner: appuser}"), {"site/a": "1"})
    node = machine.files.stat("/srv/x/a")
    assert (node.mode, node.uid) == (0o755, 1001)


def test_an_unknown_owner_stops_midway_and_what_is_copied_stays():
    machine = FakeHost()
    outcome = install(machine, site("{object: /srv/x, owner: nobody}"), {"site/a": "1"})
    assert outcome.message == "can't find user for nobody"
    assert machine.files.exists("/srv/x/a")
    assert install(machine, "", {}, "d-2").succeeded
    assert not machine.files.exists("/srv/x")


def test_an_acl_is_completed_from_the_mode_and_what_was_added_stays_for_the_next_file():
    machine = FakeHost()
    permission = "{object: /srv/x, type: [file], acls: ['u:appuser:rw']}"
    install(machine, site(permission), {"site/a": "1", "site/b": "2"})
    assert machine.files.stat("/srv/x/b").acl == (
        "user:appuser:rw-",
        "user::rw-",
        "group::r--",
        "other::r--",
        "mask::r--",
    )


def test_an_acl_for_an_unknown_user_fails_with_the_command():
    outcome = install(FakeHost(), site("{object: /srv/x, acls: ['u:nobody:rw']}"), {"site/a": "1"})
    assert "Failed command: setfacl --set user:nobody:rw-,user::rw-,group::r--" in outcome.message


def test_a_context_is_set_with_semanage_and_taken_back_by_the_next_install():
    machine = FakeHost()
    context = "{object: /srv/x/a, context: {name: u, type: t, range: s0}}"
    install(machine, site(context), {"site/a": "1"})
    install(machine, "", {}, "d-2")
    assert machine.ran == [
        "semanage fcontext -a -s u -t t -r s0 /srv/x/a",
        "restorecon -v /srv/x/a",
        "semanage fcontext -d /srv/x/a",
    ]


def test_a_context_without_the_tools_for_it_fails():
    machine = FakeHost(scripts={"a": Execution(exit_code=127)})
    outcome = install(machine, site("{object: /srv/x/a, context: {type: t, range: s0}}"), {"site/a": "1"})
    assert outcome.message.endswith("Failed command: semanage fcontext -a -t t -r s0 /srv/x/a. Exit code: exit 127")


@pytest.mark.parametrize(
    ("there", "outcome"),
    [
        pytest.param("/srv/x/a/", {"/srv/x/a/a": "new"}, id="into a folder of that name"),
        pytest.param("/srv/x/a", {"/srv/x/a": "new"}, id="over a file of that name"),
    ],
)
def test_overwriting(there, outcome):
    machine = FakeHost()
    machine.files.mkdir(there if there.endswith("/") else "/srv/x", parents=True)
    if not there.endswith("/"):
        machine.files.write(there, "old")
    assert install(machine, site(), {"site/a": "new"}, file_exists_behavior="OVERWRITE").succeeded
    assert {path: machine.files.read_text(path) for path in outcome} == outcome


def test_a_name_with_a_space_at_its_end_is_never_removed():
    machine = FakeHost()
    install(machine, site(), {"site/a ": "1", "site/b": "1"})
    install(machine, "", {}, "d-2")
    assert machine.files.listdir("/srv/x") == ["a "]


def below(node: Node) -> object:
    """A tree without its times: a folder's entries, or the node."""
    if isinstance(node, Directory):
        return {name: below(child) for name, child in node.children.items()}
    return node


names = st.text("abc", min_size=1, max_size=2)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(st.lists(paths, max_size=6, unique=True), st.lists(paths, max_size=4, unique=True))
def test_installing_and_then_installing_nothing_leaves_the_tree_as_before(bundle, there):
    machine = FakeHost()
    for path in there:
        folder = f"/srv/{path}".rpartition("/")[0]
        if not any(machine.files.is_file(f"/srv/{'/'.join(path.split('/')[:end])}") for end in range(1, 4)):
            machine.files.mkdir(folder, parents=True)
            if not machine.files.exists(f"/srv/{path}"):
                machine.files.write(f"/srv/{path}", "mine")
    before = below(machine.files.stat("/srv"))
    leaves = [path for path in bundle if not any(other.startswith(f"{path}/") for other in bundle)]
    files = {f"site/{path}": "new" for path in leaves}
    sections = "files: [{source: /site, destination: /srv}]\nfile_exists_behavior: RETAIN\n"
    install(machine, sections, {"site/.keep": "", **files})
    install(machine, "", {}, "d-2")
    assert below(machine.files.stat("/srv")) == before
