"""The theater's modules: their own tests run in Node, and they join into one module."""

import re
from pathlib import Path

import pytest

from labkit.view.assemble import assemble
from tests.js.node import MODULES, needs_node, run_node

SUITES = sorted(Path(__file__).parent.glob("*.test.mjs"))


@needs_node
@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name)
def test_a_module_passes_its_own_tests(suite):
    found = run_node("--test", str(suite))
    assert found.returncode == 0, found.stdout


@needs_node
def test_the_modules_join_into_one_that_node_accepts(tmp_path):
    joined = tmp_path / "theater.mjs"
    joined.write_text(assemble(MODULES / "theater.js"), encoding="utf-8")
    script = f"const m = await import({joined.as_uri()!r}); process.stdout.write(Object.keys(m.default).join())"
    found = run_node("--input-type=module", "--eval", script)
    assert (found.returncode, found.stdout) == (0, "render"), found.stderr


def test_the_joined_module_imports_nothing_and_holds_every_module():
    joined = assemble(MODULES / "saved_page.js")
    assert not re.search(r"^\s*import\b|\bimport\(", joined, re.MULTILINE)
    assert {path.name for path in MODULES.glob("*.js")} == set(re.findall(r"^// --- (\S+)$", joined, re.MULTILINE))


def test_no_module_reaches_for_anything_outside():
    addresses = {
        found for path in MODULES.glob("*.js") for found in re.findall(r"https?://[^\s\"'`]+", path.read_text())
    }
    assert addresses == {"http://www.w3.org/2000/svg"}
