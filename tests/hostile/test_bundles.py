"""A bundle that means harm fails with a diagnosis or does nothing beyond its machine's folders; the agent goes on."""

import pytest

from labkit.rules.revision import S3Revision
from labkit.world.agent import archive_members
from labkit.world.agent.deployment_root import ROOT
from labkit.world.files import File
from tests.hostile.bundles import ATTACKS, MEGABYTE, Attack
from tests.world.agent.bundles import SITE, specification, tar
from tests.world.agent.fake_host import FakeHost

MOST_BYTES, MOST_MEMBERS = 4 * MEGABYTE, 2_000
"""The bounds for these tests; outside of them they are higher, and of the same kind."""
LONGEST_S = 60.0
"""Lab seconds that a bundle may keep the agent."""


@pytest.fixture(autouse=True)
def a_small_disk(monkeypatch):
    monkeypatch.setattr(archive_members, "MAX_UNPACKED_BYTES", MOST_BYTES)
    monkeypatch.setattr(archive_members, "MAX_MEMBERS", MOST_MEMBERS)


def machine_with(attack: Attack) -> tuple[FakeHost, S3Revision]:
    revision = S3Revision("lab-bucket", "site", attack.kind)
    machine = FakeHost(bundles={revision.label: attack.pack()})
    machine.files.write("/etc/passwd", "root:x:0:0::/root:/bin/bash\n")
    return machine, revision


def deployed(machine: FakeHost, revision: S3Revision, deployment_id: str = "d-1") -> str:
    """What the first event that failed says; nothing if none did."""
    wanted = specification(deployment_id, revision=revision)
    outcomes = (machine.perform(command, wanted) for command in ("DownloadBundle", "Install"))
    return next((outcome.message for outcome in outcomes if not outcome.succeeded), "")


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_bundle_is_contained(name):
    attack = ATTACKS[name]
    machine, revision = machine_with(attack)
    bundle_bytes = len(machine.bundles[revision.label])
    said = deployed(machine, revision)
    assert attack.says in said
    assert bool(attack.says) is bool(said)
    assert "Traceback" not in said
    assert machine.files.read_text("/etc/passwd").startswith("root:x:0:0")
    assert machine.clock.now_s < LONGEST_S
    kept = {id(node.content): len(node.content) for _, node in machine.files.walk("/") if isinstance(node, File)}
    assert sum(kept.values()) <= MOST_BYTES + 2 * bundle_bytes + MEGABYTE
    assert set(machine.files.listdir("/etc")) <= {"passwd", "x"}  # /etc/x is where one of them asks to be installed


@pytest.mark.parametrize("name", ATTACKS)
def test_a_good_bundle_can_follow(name):
    machine, revision = machine_with(ATTACKS[name])
    deployed(machine, revision)
    machine.files.remove_tree("/srv/site")
    good = S3Revision("lab-bucket", "good", "tar")
    machine.bundles[good.label] = tar({"appspec.yml": SITE, "site/index.html": "v2"})
    assert deployed(machine, good, "d-2") == ""
    assert machine.files.read_text("/srv/site/index.html") == "v2"
    assert machine.files.exists(f"{ROOT}/group-1/d-2")


def test_there_are_at_least_sixty_attacks():
    assert len(ATTACKS) >= 60
