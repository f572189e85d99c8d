"""The running example as a scenario: the sample app's two versions on the image that lessons use."""

from functools import cache
from pathlib import Path

from labkit.world.scenario.image import image_after
from labkit.world.scenario.parameters import ApplicationVersion, Scenario
from labkit.world.scenario.run import Run, run
from labkit.world.scenario.versions import committed

RESOURCES = Path(__file__).parents[3] / "resources"


def sample_app() -> dict[str, str]:
    """The files of the sample app."""
    root = RESOURCES / "hello-web"
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def versions() -> tuple[ApplicationVersion, ...]:
    """Version 1 and version 2, which differ in the page."""
    return committed("student/hello-web", {"v1": sample_app(), "v2": {"index.html": "<h1>Hello, version 2</h1>\n"}})


@cache
def changed(path: str, content: str) -> ApplicationVersion:
    """Version 2 with another file."""
    files = {"index.html": "<h1>Hello, version 2</h1>\n", path: content}
    return committed("student/hello-web", {"v1": sample_app(), "v2": files})[1]


def scenario(**parameters) -> Scenario:
    """Version 2 goes to where version 1 stands, one at a time."""
    before, after = versions()
    image = image_after((RESOURCES / "user-data" / "web-server.sh").read_text())
    return Scenario(**{"before": before, "after": after, "image": image, **parameters})


def play(**parameters) -> Run:
    """Such a scenario, played."""
    return run(scenario(**parameters))
