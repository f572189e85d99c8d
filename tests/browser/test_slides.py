"""Slides in a browser without a network: they open from a file, and the theater plays in its slide."""

import pytest

from labkit.authoring.lessons import find_lessons
from labkit.authoring.slides.page import slides
from tests.browser.chromium import ARGUMENTS, CHROMIUM, needs_chromium

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    playwright = pytest.importorskip("playwright.sync_api", reason="Expected the playwright package, found none.")
    path = tmp_path_factory.mktemp("slides") / "06.html"
    path.write_text(slides(find_lessons(names=["06"])[0]), encoding="utf-8")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 760})
        page.asked, page.errors = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_function("Reveal.isReady()")
        yield page
        browser.close()


def test_opening_the_slides_asks_for_the_file_alone(opened):
    assert [url for url in opened.asked if not url.startswith(("data:", "blob:", "about:"))] == opened.asked[:1]
    assert opened.asked[0].startswith("file:")


def test_the_theater_plays_in_its_slide(opened):
    opened.evaluate(
        "() => { const at = Reveal.getIndices(document.querySelector('iframe.theater').closest('section'));"
        "Reveal.slide(at.h, at.v); }"
    )
    theater = opened.frame_locator("section.present iframe.theater").first
    before = theater.locator(".lt-clock").text_content()
    theater.get_by_role("button", name="Next event").click()
    assert theater.locator(".lt-clock").text_content() > before
    assert opened.errors == []


def test_notes_are_for_the_speaker_and_not_on_the_slides(opened):
    assert opened.locator("aside.notes").count() >= 5
    assert opened.locator("aside.notes:visible").count() == 0


def test_space_goes_through_all_slides(opened):
    opened.evaluate("Reveal.slide(0, 0)")
    total = opened.evaluate("Reveal.getTotalSlides()")
    seen = opened.evaluate(
        "() => { let seen = 1; while (!Reveal.isLastSlide()) { Reveal.next(); seen += 1; } return seen; }"
    )
    assert seen == total


def test_no_slide_is_blank(opened):
    opened.evaluate("Reveal.slide(0, 0)")
    blank = opened.evaluate(
        "() => { const blank = []; for (;;) { const slide = Reveal.getCurrentSlide();"
        "if (!slide.innerText.trim() && !slide.querySelector('iframe')) blank.push(Reveal.getIndices());"
        "if (Reveal.isLastSlide()) return blank; Reveal.next(); } }"
    )
    assert blank == []
