"""The theater where students meet it: in JupyterLab, with a kernel."""

import pytest

from tests.browser.chromium import needs_chromium

pytestmark = needs_chromium

CELLS = (
    """from tests.view.synthetic import NEW, one_at_a_time
from labkit.view.theater import Theater
from labkit.view.trace import trace
theater = Theater(trace(one_at_a_time(), NEW))
theater""",
    "print(theater.playhead_s, theater.playing)",
)


@pytest.fixture(scope="module")
def lab(open_notebook):
    page = open_notebook(CELLS)
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells")
    page.wait_for_selector(".labkit-theater .lt-card")
    return page


def clock(page):
    return page.locator(".lt-clock").text_content()


def test_keys_belong_to_the_theater_and_not_to_the_notebook(lab):
    lab.locator(".labkit-theater").click(position={"x": 5, "y": 5})
    seen = []
    for key in ("ArrowRight", "ArrowRight", "End", "Home"):
        lab.keyboard.press(key)
        seen.append(clock(lab))
    assert seen == ["09:01:40", "09:01:43", "09:07:39", "09:01:20"]
    assert lab.evaluate("document.activeElement.className") == "labkit-theater"


def test_the_kernel_knows_where_the_playhead_rests(lab):
    lab.locator(".lt-moments button").first.click()
    lab.wait_for_timeout(500)
    second = lab.locator(".jp-Notebook .jp-Cell").nth(1)
    second.locator(".cm-content").click()
    lab.keyboard.press("Control+Enter")
    second.locator(".jp-OutputArea-output", has_text="186.9 False").wait_for()


def test_it_follows_the_theme_and_keeps_its_layout(lab):
    before = lab.locator(".lt-score").bounding_box()
    lab.click("text=Settings")
    lab.hover("text=Theme")
    lab.click("text=JupyterLab Dark >> nth=0")
    lab.wait_for_function("getComputedStyle(document.querySelector('.labkit-theater')).colorScheme === 'dark'")
    lab.wait_for_timeout(500)
    after = lab.locator(".lt-score").bounding_box()
    assert (after["width"], after["height"]) == (before["width"], before["height"])
    view = lab.locator(".lt-score").get_attribute("viewBox").split()
    assert float(view[2]) == pytest.approx(after["width"], abs=1)


def test_its_cards_have_room_for_their_names(lab):
    cut = """() => [...document.querySelectorAll('.lt-name, .lt-word, .lt-health')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 || element.clientHeight > 30).length"""
    assert lab.evaluate(cut) == 0


def test_running_the_cell_again_leaves_one_theater(lab):
    lab.locator(".jp-Notebook .jp-Cell").first.locator(".cm-content").click()
    lab.keyboard.press("Control+Enter")
    lab.wait_for_function("document.querySelector('.lt-clock')?.textContent === '09:01:20'")
    assert lab.locator(".labkit-theater").count() == 1
