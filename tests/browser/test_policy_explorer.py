"""The policy explorer in a browser: fields with names, editing, messages in place, no barriers, nothing left behind."""

import json

import pytest

from labkit.view.explorer import HERE, PolicyExplorer
from labkit.view.explorer.question import Question
from tests.browser.chromium import ARGUMENTS, CHROMIUM, needs_chromium
from tests.view.made_account import MINA, OBJECT, MadeAccount

pytestmark = needs_chromium

NAMES = ("offered", "asked", "edits", "trials", "shown", "words")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>explorer</title><link rel="icon" href="data:,">
<style>%(css)s</style><body data-jp-theme-light="%(light)s"><main><h1>Who may what</h1><div id="app"></div></main>
<script type="module">
const heard = {};
const state = %(state)s;
window.model = {
  heard, state, saved: 0,
  get: (name) => state[name],
  set(name, value) { state[name] = value; },
  save_changes() { this.saved += 1; },
  on: (names, action) => names.split(" ").forEach((name) => (heard[name] ??= []).push(action)),
  off: (names, action) => names.split(" ").forEach((name) => {
    heard[name] = heard[name].filter((other) => other !== action);
  }),
  take(changes) { Object.assign(state, changes); heard["change:shown"].forEach((action) => action()); },
};
const made = await import(URL.createObjectURL(new Blob([%(esm)s], { type: "text/javascript" })));
window.dispose = made.default.render({ model: window.model, el: document.getElementById("app") });
</script></body></html>"""


def script(value):
    return json.dumps(value).replace("<", "\\u003c")


def explorer_page(made, light="true"):
    return PAGE % {
        "css": (HERE / "explorer.css").read_text(),
        "light": light,
        "esm": script((HERE / "explorer.js").read_text()),
        "state": script({name: getattr(made, name) for name in NAMES}),
    }


class Seen:
    """A page with an explorer, and the explorer in Python that answers it as a kernel would."""

    def __init__(self, page, made):
        self.page, self.made = page, made

    def answer(self):
        """What the browser asked so far is decided, and shown."""
        for name in ("asked", "edits", "trials"):
            setattr(self.made, name, self.page.evaluate(f"model.state.{name}"))
        changed = {name: getattr(self.made, name) for name in ("asked", "shown")}
        self.page.evaluate("changes => model.take(changes)", changed)

    def sent(self, expression):
        """Waits until the browser has sent that."""
        self.page.wait_for_function(expression)
        self.answer()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Expected the playwright package, found none.")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def seen(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    made = PolicyExplorer(MadeAccount(), Question(MINA, "s3:GetObject", OBJECT))
    page.set_content(explorer_page(made))
    page.wait_for_selector(".labkit-explorer")
    yield Seen(page, made)
    page.close()


def verdict(seen):
    return seen.page.get_by_role("status").inner_text()


def test_it_asks_with_fields_that_have_names_and_answers_aloud(seen):
    seen.page.get_by_label("Action", exact=True).fill("s3:DeleteObject")
    seen.sent("model.state.asked.action === 's3:DeleteObject'")
    assert verdict(seen).startswith("✕ Denied (explicit deny). Statement 2 of read-bundles, of user mina denies")
    assert seen.page.locator(".le-lit").count() == 1


def test_somebody_else_is_chosen_by_key(seen):
    seen.page.get_by_label("Who").focus()
    seen.page.keyboard.press("ArrowDown")
    seen.sent("model.state.asked.who.includes('assumed-role')")
    assert "No identity-based policy of role hello-web-instance allows" in verdict(seen)


def test_a_policy_is_edited_in_place_and_the_text_stays_the_writers_own(seen):
    button = seen.page.get_by_role("button", name="Edit read-bundles, of user mina")
    button.press("Enter")
    editor = seen.page.get_by_label("Document of read-bundles, of user mina")
    assert seen.page.locator("textarea:visible").count() == 2  # the context's and this one
    assert editor.evaluate("element => element === document.activeElement")
    editor.fill(editor.input_value().replace("s3:GetObject", "s3:ListBucket"))
    seen.sent("Object.keys(model.state.edits).length === 1")
    assert "Denied (implicit deny)" in verdict(seen)
    editor.fill("{")
    seen.sent("Object.values(model.state.edits)[0] === '{'")
    assert "MalformedPolicyDocument: Syntax errors in policy." in seen.page.get_by_role("alert").inner_text()
    assert (editor.input_value(), editor.get_attribute("aria-invalid")) == ("{", "true")


def test_a_boundary_is_tried_and_everything_is_as_it_was_afterwards(seen):
    seen.page.get_by_label("Kind of policy").select_option("Permissions boundary")
    seen.page.get_by_role("button", name="Try one more policy").click()
    seen.sent("model.state.trials.length === 1")
    assert seen.page.get_by_role("region", name="Permissions boundary: trial policy 1", exact=True).count() == 1
    seen.page.get_by_role("button", name="As it is in the account").click()
    seen.sent("model.state.trials.length === 0")
    assert seen.page.get_by_text("trial policy 1").count() == 0


def test_keys_do_not_reach_the_notebook(seen):
    seen.page.evaluate("window.keys = []; document.addEventListener('keydown', (event) => window.keys.push(event.key))")
    seen.page.get_by_label("Resource", exact=True).press("a")
    assert seen.page.evaluate("window.keys") == []


def test_it_leaves_nothing_behind(seen):
    seen.page.evaluate("dispose()")
    assert seen.page.evaluate("Object.values(model.heard).flat().length") == 0
    assert seen.page.locator("#app").inner_html() == ""


@pytest.mark.parametrize("width", [1000, 420], ids=["wide", "narrow"])
@pytest.mark.parametrize("light", ["true", "false"], ids=["light", "dark"])
def test_there_are_no_barriers(browser, light, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="Expected axe, found none.")
    page = browser.new_page(viewport={"width": width, "height": 900})
    made = PolicyExplorer(MadeAccount(), Question(MINA, "s3:DeleteObject", OBJECT))
    made.trials = ["boundary", "scp"]
    made.edits = {made.shown["documents"][0]["id"]: "{"}
    page.set_content(explorer_page(made, light))
    page.get_by_role("button", name="Edit").first.click()
    found = axe.Axe().run(page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_kernel_has_what_the_browser_asks_for():
    assert set(PolicyExplorer.class_trait_names(sync=True)) >= set(NAMES)
