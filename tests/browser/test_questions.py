"""Predictions and quizzes in a browser: by keyboard, with a legend, and nothing a screen reader stumbles over."""

import json

import pytest

from labkit.lessons.catalogue import translation
from labkit.lessons.lesson_text import read_lesson
from labkit.lessons.questions import Card, Questions
from labkit.lessons.words import WORDS
from tests.browser.chromium import ARGUMENTS, CHROMIUM, needs_chromium

pytestmark = needs_chromium

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>questions</title><link rel="icon" href="data:,">
<style>%(css)s</style><body style="%(colors)s"><main><h1>Lesson</h1><div id="app"></div></main><script type="module">
const heard = {};
const state = %(state)s;
window.model = {
  state, heard,
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; (heard[`change:${name}`] ?? []).forEach((action) => action()); },
  save_changes: () => {},
  on: (name, action) => (heard[name] ??= []).push(action),
  off: (name, action) => { heard[name] = heard[name].filter((other) => other !== action); },
};
const module = await import(URL.createObjectURL(new Blob([%(esm)s], { type: "text/javascript" })));
window.dispose = module.default.render({ model: window.model, el: document.getElementById("app") });
</script></body></html>"""


def page_of(questions: Questions, colors: str = "") -> str:
    state = {name: getattr(questions, name) for name in ("cards", "words", "chosen")}
    script = {"state": state, "esm": str(questions._esm)}
    return PAGE % {
        "css": questions._css,
        "colors": colors,
        **{key: json.dumps(value).replace("<", "\\u003c") for key, value in script.items()},
    }


def asked(kind: str) -> Questions:
    text = read_lesson("06-in-place-one-at-a-time", translation("en"))
    items = text.predictions if kind == "prediction" else text.quiz
    cards = [Card(question, None, f"{kind} {number}") for number, question in enumerate(items.values())]
    return Questions(cards, {**WORDS, "language": "en"}, lambda *_chosen: None, how="how_to_answer")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Expected the playwright package, found none.")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def show(browser):
    page = browser.new_page()

    def on(questions: Questions, colors: str = ""):
        page.set_content(page_of(questions, colors))
        page.wait_for_selector("fieldset")
        return page

    yield on
    page.close()


def test_a_question_is_answered_with_the_keyboard_and_tells_why(show):
    page = show(asked("quiz"))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("status").first.inner_text() == (
        "Right. A deployment names exactly one revision, and only a call starts it."
    )
    assert page.evaluate("model.state.chosen") == {"what-changes-machines": "b"}


def test_a_prediction_is_kept_without_saying_whether_it_is_right(show):
    page = show(asked("prediction"))
    page.get_by_label("(c) an error now and then").check()
    assert page.get_by_role("status").first.inner_text() == "Kept: (c). Run on to see."


def test_each_question_is_a_group_named_by_its_legend(show):
    page = show(asked("quiz"))
    assert page.get_by_role("group").count() == 3
    assert page.get_by_role("group", name="quiz 1").get_by_role("radio").count() == 3


def test_a_choice_that_python_makes_is_shown(show):
    page = show(asked("quiz"))
    page.evaluate("model.set('chosen', { 'longest-event': 'a' })")
    assert page.get_by_label("(a) Install, because files are copied.").is_checked()


def test_what_was_rendered_leaves_no_listener_behind(show):
    page = show(asked("quiz"))
    page.evaluate("window.dispose()")
    assert page.evaluate("model.heard['change:chosen'].length") == 0


@pytest.mark.parametrize(
    "colors",
    [
        pytest.param("", id="light"),
        pytest.param("background:#111;color:#eee;--jp-ui-font-color1:#eee;--jp-border-color1:#999", id="dark"),
    ],
)
def test_axe_finds_no_barrier(show, colors):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="Expected axe-playwright-python.")
    results = axe.Axe().run(show(asked("quiz"), colors))
    assert results.response["violations"] == []
