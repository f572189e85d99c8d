"""The panel of a what-if in a browser: names, keys, messages, nothing left behind."""

import json

import pytest

from labkit.view.panel import HERE, Panel
from labkit.view.what_if_controls import Controls
from tests.browser.chromium import ARGUMENTS, CHROMIUM, needs_chromium
from tests.world.scenario.hello import scenario

pytestmark = needs_chromium

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>panel</title><link rel="icon" href="data:,">
<style>%(css)s</style><body data-jp-theme-light="%(light)s"><main><h1>What if</h1><div id="app"></div></main>
<script type="module">
const heard = {};
const state = %(state)s;
window.model = {
  heard, state, sent: [], saved: 0,
  get: (name) => state[name],
  set(name, value) { state[name] = value; },
  save_changes() { this.saved += 1; },
  send(message) { this.sent.push(message); },
  on: (names, action) => names.split(" ").forEach((name) => (heard[name] ??= []).push(action)),
  off: (names, action) => names.split(" ").forEach((name) => {
    heard[name] = heard[name].filter((other) => other !== action);
  }),
  tell: (name) => heard[name].forEach((action) => action()),
};
const panel = await import(URL.createObjectURL(new Blob([%(esm)s], { type: "text/javascript" })));
window.dispose = panel.default.render({ model: window.model, el: document.getElementById("app") });
</script></body></html>"""


def script(value):
    return json.dumps(value).replace("<", "\\u003c")


def panel_page(light="true"):
    controls = Controls(scenario(), {"CodeDeployDefault.OneAtATime": scenario().config}, {"agent-stopped": "It stops."})
    panel = controls.panel
    panel.outcome = "5 min 26 s, as before."
    names = ("fields", "values", "outcome", "reset_label", "reset_tip")
    return PAGE % {
        "css": (HERE / "panel.css").read_text(),
        "light": light,
        "esm": script((HERE / "panel.js").read_text()),
        "state": script({name: getattr(panel, name) for name in names}),
    }


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Expected the playwright package, found none.")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.set_content(panel_page())
    page.wait_for_selector(".labkit-panel")
    yield page
    page.close()


def test_an_arrow_moves_a_slider_and_the_kernel_hears_of_it(page):
    page.get_by_label("Fleet size (instances)").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[model.state.values.fleet_size, model.saved]") == [5, 1]
    assert page.locator(".lp-number").first.text_content() == "5"


def test_a_menu_is_chosen_by_key(page):
    page.get_by_label("Deployment type").focus()
    page.keyboard.press("b")
    assert page.evaluate("model.state.values.style") == "BLUE_GREEN"


def test_what_the_kernel_says_is_shown(page):
    page.evaluate(
        "model.state.fields[3].max = 8; model.state.values.minimum_healthy_hosts = 7; model.tell('change:fields')"
    )
    slider = page.get_by_label("Minimum healthy (hosts)")
    assert (slider.input_value(), slider.get_attribute("max")) == ("7", "8")
    page.evaluate("model.state.outcome = '6 min instead of 5.'; model.tell('change:outcome')")
    assert page.get_by_role("status").text_content() == "6 min instead of 5."


def test_the_button_asks_for_the_beginning(page):
    page.get_by_role("button", name="As it was").click()
    assert page.evaluate("model.sent") == [{"kind": "reset"}]


def test_keys_do_not_reach_the_notebook(page):
    page.evaluate("window.seen = []; document.addEventListener('keydown', (event) => window.seen.push(event.key))")
    page.get_by_label("Fleet size (instances)").press("ArrowLeft")
    assert page.evaluate("window.seen") == []


def test_it_leaves_nothing_behind(page):
    page.evaluate("dispose()")
    assert page.evaluate("Object.values(model.heard).flat().length") == 0
    assert page.locator("#app").inner_html() == ""


@pytest.mark.parametrize("light", ["true", "false"], ids=["light", "dark"])
def test_there_are_no_barriers(browser, light):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="Expected axe, found none.")
    page = browser.new_page(viewport={"width": 620, "height": 900})
    page.set_content(panel_page(light))
    page.wait_for_selector(".labkit-panel")
    found = axe.Axe().run(page).response["violations"]
    assert [(violation["id"], violation["help"]) for violation in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 620
    page.close()


def test_the_kernel_has_what_the_browser_asks_for():
    assert set(Panel.class_trait_names(sync=True)) >= {"fields", "values", "outcome", "reset_label", "reset_tip"}
