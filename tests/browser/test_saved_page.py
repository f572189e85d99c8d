"""A saved theater: one file that plays with no kernel and no network."""

import pytest

from labkit.view.theater import Theater
from labkit.view.trace import trace
from tests.browser.chromium import needs_chromium
from tests.view.synthetic import NEW, one_at_a_time

pytestmark = needs_chromium


@pytest.fixture
def page(open_file, tmp_path):
    path = tmp_path / "deployment.html"
    Theater(trace(one_at_a_time(), NEW), playhead_s=245.0).save(path)
    page = open_file(path, offline=True)
    page.wait_for_selector(".lt-card")
    return page


def test_it_opens_where_it_was_saved_and_plays(page):
    assert page.locator(".lt-clock").text_content() == "09:04:05"
    page.locator(".lt-play").click()
    page.locator(".lt-clock").filter(has_text="09:04:1").wait_for()


def test_it_shows_the_page_that_was_served(page):
    assert "Hello, version" in page.frame_locator("iframe[data-shown]").locator("main").text_content()


def test_it_asks_for_nothing(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector(".lt-card")
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == 1
