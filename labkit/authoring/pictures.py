"""The pictures of the README: the theater at five moments of the main job and of blue/green, light and dark.

They come from a lab that is played here, through Debian's Chromium, driven by Playwright.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import boto3
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import labkit
from labkit.view.theater import Theater
from labkit.view.trace_types import Trace
from labkit.world.scenario.parameters import BLUE_GREEN

PICTURES = Path(__file__).parents[2] / "resources" / "pictures"
CHROMIUM = "/usr/bin/chromium"
WIDTH_PX = 1100
COLORS = 256
"""A theater has few colors: so many are enough, and make the files a third as large."""
SETTLED_MS = 400

Moments = list[tuple[str, float]]
"""The name of each picture and its moment in lab seconds."""


def draw(folder: Path = PICTURES) -> Iterator[Path]:
    """Draws all pictures into ``folder``; gives the path of each as soon as it is there."""
    in_place, blue_green = _traces()
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--headless=new", "--no-sandbox"])
        for name, trace, moments in (
            ("in-place", in_place, in_place_moments(in_place)),
            ("blue-green", blue_green, blue_green_moments(blue_green)),
        ):
            for number, (moment, at_s) in enumerate(moments, start=1):
                for scheme, suffix in (("light", ""), ("dark", "-dark")):
                    path = folder / f"{name}-{number}-{moment}{suffix}.png"
                    path.write_bytes(_small(_screenshot(browser, Theater(trace, playhead_s=at_s), scheme)))
                    yield path
        browser.close()


def in_place_moments(trace: Trace) -> Moments:
    """Before it, the first instance drains, the first mix, the third instance's turn, the end."""
    first, third = (_turn(trace, place) for place in (0, 2))
    return [
        ("before", trace["deployment"]["created_s"] - 1.0),
        ("draining", first + 20.0),
        ("mix", _named(trace, "first_mix") + 20.0),
        ("third-turn", third + 40.0),
        ("done", trace["to_s"]),
    ]


def blue_green_moments(trace: Trace) -> Moments:
    """Green boots, green is installed, the traffic moves, blue drains, the end."""
    boots = [row["at_s"] for i in trace["instances"] if i["label"] == "Green" for row in i["machine"][:1]]
    drains = [
        row["from_s"] or 0.0 for i in trace["instances"] for row in i["lifecycle"] if row["event"] == "BlockTraffic"
    ]
    opens = [
        row["from_s"] or 0.0 for i in trace["instances"] for row in i["lifecycle"] if row["event"] == "AllowTraffic"
    ]
    return [
        ("green-boots", min(boots) + 10.0),
        ("green-installed", min(opens) - 0.5),
        ("traffic-moves", max(opens) + 2.0),
        ("blue-drains", min(drains) + 20.0),
        ("done", trace["to_s"]),
    ]


def _named(trace: Trace, key: str) -> float:
    return next(moment["at_s"] for moment in trace["moments"] if moment["key"] == key)


def _turn(trace: Trace, place: int) -> float:
    """When the instance whose turn is at this place (from 0) begins."""
    starts = sorted(i["lifecycle"][0]["from_s"] or 0.0 for i in trace["instances"] if i["lifecycle"])
    return starts[place]


def _traces() -> tuple[Trace, Trace]:
    """The main job, one at a time; and the same deployment as blue/green."""
    with labkit.start(stage="v1-deployed", seed=7) as lab:
        commit_id = lab.github.repository("student/hello-web").commit({"index.html": _page()}, "v2")
        location = {"repository": "student/hello-web", "commitId": commit_id}
        codedeploy = boto3.client("codedeploy")
        made = codedeploy.create_deployment(
            applicationName="hello-web",
            deploymentGroupName="hello-web-group",
            revision={"revisionType": "GitHub", "gitHubLocation": location},
        )
        codedeploy.get_waiter("deployment_successful").wait(deploymentId=made["deploymentId"])
        what_if = lab.what_if(made["deploymentId"])
        what_if.controls.set(style=BLUE_GREEN)
        return cast("Trace", lab.theater(made["deploymentId"]).trace), cast("Trace", what_if.theater.trace)


def _page() -> str:
    """The sample app's page, as version 2."""
    page = (PICTURES.parent / "hello-web" / "index.html").read_text(encoding="utf-8")
    return page.replace("version 1", "version 2").replace("#0072b2", "#e69f00")


def _screenshot(browser: Browser, theater: Theater, scheme: Any) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "theater.html"
        theater.save(path)
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": 900}, color_scheme=scheme)
        page.goto(path.as_uri())
        page.wait_for_selector(".lt-card")
        page.wait_for_timeout(SETTLED_MS)
        picture = page.locator(".labkit-theater").screenshot()
        page.close()
        return picture


def _small(picture: bytes) -> bytes:
    """The same picture with few colors."""
    file = BytesIO()
    # The most different colors first, so that a small mark keeps its own beside large areas.
    few = Image.open(BytesIO(picture)).convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE, kmeans=2)
    few.save(file, format="png", optimize=True)
    return file.getvalue()
