"""The AppSpec files that lessons take from ``resources/appspecs`` are what the lessons say of them."""

from pathlib import Path

from labkit.rules.appspec import parse_appspec

ROOT = Path(__file__).parents[2]
APPSPECS = ROOT / "resources" / "appspecs"


def test_the_agent_reads_a_mode_that_begins_with_a_zero_to_the_base_8():
    [permission] = parse_appspec((APPSPECS / "mode-with-a-zero.yml").read_bytes()).permissions
    assert permission.mode == "420"


def test_every_file_is_used_by_a_lesson():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "notebooks" / "source").glob("*.py")]
    assert [path.name for path in APPSPECS.iterdir() if not any(path.name in source for source in sources)] == []
