import itertools
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from labkit.lessons.catalogue import translation
from labkit.view.palette import ERROR, PHASE_COLORS, VERSIONS
from labkit.view.still import still
from labkit.view.theater import HERE, Theater
from labkit.view.trace import trace
from labkit.view.words import words
from tests.view.synthetic import NEW, STORIES, one_at_a_time

BUNDLE = """
import json
from labkit.view.theater import Theater
from labkit.view.trace import trace
from tests.view.synthetic import NEW, one_at_a_time
made = trace(one_at_a_time(), NEW)
first, second = Theater(made), Theater(made)
print(json.dumps([first._repr_mimebundle_(), second._repr_mimebundle_(), first.get_state(["layout"])]))
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def theater():
    return Theater(trace(one_at_a_time(), NEW))


def test_its_repr_is_short_and_holds_no_address(theater):
    assert repr(theater) == "<Theater of d-75I7MBT7C: v2 to hello-web-group>"


def test_it_begins_paused_at_the_first_moment(theater):
    assert (theater.playhead_s, theater.playing, theater.speed) == (80.0, False, 10.0)


def test_a_notebook_gets_the_widget_a_picture_and_a_sentence(theater):
    data, _ = theater._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"}
    assert data["text/plain"] == "v2 goes to 4 instances of hello-web-group: Succeeded."


def test_two_runs_give_the_same_bytes():
    runs = [
        subprocess.run(
            [sys.executable, "-c", BUNDLE], capture_output=True, text=True, check=True, cwd=HERE.parents[1]
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_two_theaters_of_one_trace_are_two_widgets():
    made = trace(one_at_a_time(), NEW)
    assert Theater(made).model_id != Theater(made).model_id


@pytest.mark.parametrize("name", STORIES)
def test_the_still_picture_is_well_formed_and_names_every_instance(name):
    made = trace(STORIES[name](), NEW)
    picture = ET.fromstring(still(made))  # noqa: S314 - it is our own
    texts = {element.text for element in picture.iter(f"{SVG}text")}
    assert {instance["name"] for instance in made["instances"]} <= texts


def test_text_and_still_picture_speak_the_theaters_language():
    theater = Theater(trace(one_at_a_time(), NEW))
    theater.words = words("ko", translation("ko"))
    data, _ = theater._repr_mimebundle_()
    assert data["text/plain"] == "hello-web-group의 인스턴스 4대에 v2 배포: Succeeded."
    texts = [element.text for element in ET.fromstring(data["image/svg+xml"]).iter(f"{SVG}text")]  # noqa: S314
    assert {data["text/plain"], "응답 비율", "수명 주기 이벤트", "트래픽에서 빠짐"} <= set(texts)


def test_labels_beside_each_other_do_not_overlap_in_korean():
    picture = ET.fromstring(still(trace(one_at_a_time(), NEW), words("ko", translation("ko"))))  # noqa: S314
    phases = [one for one in picture.iter(f"{SVG}text") if one.text in ("트래픽에서 빠짐", "설치", "복귀")]
    places = [(float(one.get("x")), 12 * len(one.text.replace(" ", ""))) for one in phases]
    assert len(places) == 3
    assert all(x + long < after for (x, long), (after, _) in itertools.pairwise(places))


@pytest.mark.parametrize("size", range(1, 9))
def test_no_label_of_the_still_pictures_time_axis_is_cut_off(size):
    picture = ET.fromstring(still(trace(one_at_a_time(size), NEW)))  # noqa: S314 - it is our own
    ticks = [float(text.get("x")) for text in picture.iter(f"{SVG}text") if text.get("class") == "soft mid"]
    assert ticks
    assert max(ticks) + 26 <= float(picture.get("width"))


def test_the_styles_stay_inside_the_theater():
    css = re.sub(r"/\*.*?\*/", "", (HERE / "theater.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = [found.strip() for found in re.findall(r"(?:^|[{}])\s*([^{}@;]+)\{", css)]
    assert selectors
    assert all(".labkit-theater" in selector for selector in selectors)


def test_the_styles_use_the_palettes_colors():
    css = (HERE / "theater.css").read_text(encoding="utf-8")
    assert f"--lt-error: light-dark({ERROR.light}, {ERROR.dark})" in css
    assert all(f"--lt-{name}: light-dark({color}," in css for name, color in PHASE_COLORS.items())


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("swatch", [*VERSIONS, ERROR], ids=lambda swatch: swatch.light)
def test_words_on_a_version_are_legible_on_light_and_dark_pages(swatch):
    assert contrast(swatch.light, swatch.ink_light) >= 4.5
    assert contrast(swatch.dark, swatch.ink_dark) >= 4.5


def test_neighbouring_versions_differ_in_shape():
    assert len({swatch.path for swatch in [*VERSIONS, ERROR]}) == len(VERSIONS) + 1
