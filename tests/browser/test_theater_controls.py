"""What a person does with the theater: refresh, keys, full screen, breaking an instance, reading it with a machine."""

import pytest

from labkit.lessons.alternatives import played
from labkit.view.palette import ERROR, VERSIONS
from labkit.view.trace import trace
from tests.browser.chromium import needs_chromium
from tests.view.synthetic import NEW, STORIES, one_at_a_time
from tests.world.scenario.hello import scenario

pytestmark = needs_chromium

LIVE = {"faults": ["agent-stopped", "fail-next-script", "break-health-check"], "running": True, "now": "09:07:39"}


@pytest.fixture(scope="module")
def made():
    return trace(one_at_a_time(), NEW)


@pytest.fixture(scope="module")
def running():
    """A deployment that hangs at AllowTraffic."""
    return trace(STORIES["stuck-at-allow-traffic"](), NEW)


def text(page, selector):
    return page.locator(selector).text_content()


def seek(page, at_s):
    page.evaluate("(at) => first.model.set({ playhead_s: at })", at_s)


# --- the visitor's window


def test_each_refresh_asks_the_next_instance_in_turn(show, made):
    page = show(made, playhead_s=245)
    seen = []
    for _ in range(6):
        page.locator(".lt-reload").click()
        seen.append(text(page, ".lt-by").split("09:")[0])
    assert set(seen[:3]) == {"v2 · web-1", "v1 · web-3", "v1 · web-4"}
    assert seen[3:] == seen[:3]


def test_what_a_refresh_brought_joins_the_last_answers(show, made):
    page = show(made, playhead_s=81)
    assert text(page, ".lt-tally span") == "Last 2 answers"
    page.locator(".lt-reload").click()
    assert text(page, ".lt-tally span") == "Last 3 answers"


def test_without_auto_refresh_the_page_stays_until_it_is_refreshed(show, made):
    page = show(made, playhead_s=100)
    page.locator(".lt-auto").click()
    assert page.locator(".lt-auto").get_attribute("aria-pressed") == "false"
    seek(page, 459)
    assert text(page, ".lt-by").startswith("v1")
    page.keyboard.press("r")
    assert text(page, ".lt-by").startswith("v2")


def test_the_window_shows_the_load_balancers_address(show, made):
    assert show(made).locator(".lt-address").text_content() == made["address"]


def test_without_a_load_balancer_a_stopped_web_server_refuses_the_visitor(show):
    made = played(scenario(behind_load_balancer=False, fleet_size=1))
    stopped = next(row["at_s"] for row in made["instances"][0]["answers"] if row["page"] is None)
    page = show(made, playhead_s=stopped + 1.5)
    assert text(page, ".lt-address") == "each instance's address"
    body = page.frame_locator("iframe[data-shown]").locator("body")
    assert body.text_content().strip().endswith("Connection refused: nothing listens there")


# --- the stage and the score


def test_blue_and_green_stand_apart_and_say_who_serves(show):
    page = show(trace(STORIES["blue-green"](), NEW), playhead_s=140)
    assert page.locator(".lt-fleet").count() == 2
    assert (
        page.locator("[data-fleet=blue] .lt-fleet-name").text_content() == "Blue: the original fleet4 of 4 in service"
    )
    assert page.locator("[data-fleet=green] .lt-fleet-name").text_content().endswith("no traffic")


@pytest.mark.parametrize(
    ("at_s", "fleet", "state", "said"),
    [
        (95, "green", "absent", "not launched yet"),
        (110, "green", "pending", "booting"),
        (320, "blue", "terminated", "terminated"),
    ],
)
def test_a_machine_that_is_not_running_says_so(show, at_s, fleet, state, said):
    page = show(trace(STORIES["blue-green"](), NEW), playhead_s=at_s)
    card = page.locator(f"[data-fleet={fleet}] .lt-card").first
    assert card.get_attribute("data-machine") == state
    assert said in card.locator(".lt-health").text_content()
    assert card.locator(".lt-word").text_content() == "–"


def test_at_the_very_end_everybody_still_serves(show, made):
    page = show(made, playhead_s=made["to_s"])
    assert text(page, ".lt-balancer .lt-serving").startswith("4 of 4 in service")


def test_a_failed_instance_is_unmistakable(show):
    made = trace(STORIES["fails-at-start"](), NEW)
    page = show(made, playhead_s=made["to_s"])
    failed = page.locator(".lt-card[data-target=Failed]")
    assert failed.locator(".lt-event").text_content() == "✕ ApplicationStart failed"


def test_the_score_shows_healthy_instances_against_the_promise(show, made):
    page = show(made)
    assert page.locator(".lt-promised").text_content() == "promised: at least 3"
    assert page.locator(".lt-hosts").count() > 3
    assert page.locator(".lt-broken-promise").count() == 0


def test_the_areas_of_the_score_carry_the_marks_of_their_versions(show):
    marks = show(trace(STORIES["first-deployment"](), NEW)).locator(".lt-band-mark")
    drawn = [marks.nth(place).get_attribute("d") for place in range(marks.count())]
    assert drawn == [VERSIONS[0].path, ERROR.path]


def test_a_broken_promise_is_shown(show):
    page = show(trace(STORIES["first-deployment"](), NEW))
    assert page.locator(".lt-broken-promise").count() > 0


# --- keys, full screen


def test_keys_change_the_speed_and_go_to_named_moments(show, made):
    page = show(made)
    page.locator(".labkit-theater").focus()
    page.keyboard.press("+")
    assert page.locator("select").input_value() == "20"
    for _ in range(9):
        page.keyboard.press("+")
    assert page.locator("select").input_value() == "500"
    page.keyboard.press("Shift+ArrowRight")
    first = text(page, ".lt-clock")
    page.locator(".lt-moments button").first.click()
    assert text(page, ".lt-clock") == first


def test_the_list_of_keys_opens_and_closes_by_key(show, made):
    page = show(made)
    page.locator(".labkit-theater").focus()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog", name="Keys").is_visible()


def test_in_full_screen_nothing_has_to_be_scrolled_for_and_a_remote_steps(show, made):
    page = show(made, width=1280, height=720)
    page.locator(".labkit-theater").focus()
    page.keyboard.press("PageDown")
    assert text(page, ".lt-clock") == "09:01:20"
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    assert text(page, ".lt-clock") == "09:01:40"
    assert page.evaluate("(r => r.scrollHeight <= r.clientHeight)(document.querySelector('.labkit-theater'))")
    page.keyboard.press("b")
    assert page.locator(".labkit-theater[data-dark]").count() == 1
    page.keyboard.press("f")
    assert page.locator(".labkit-theater[data-full]").count() == 0
    page.wait_for_function("document.fullscreenElement === null")


def test_in_full_screen_the_fleets_stand_side_by_side(show):
    page = show(trace(STORIES["blue-green"](), NEW), width=1920, height=1080, playhead_s=190)
    page.locator(".lt-full_screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    blue, green = (page.locator(f"[data-fleet={name}]").bounding_box() for name in ("blue", "green"))
    assert blue["y"] == green["y"]
    assert blue["x"] + blue["width"] < green["x"]


def test_in_full_screen_the_playhead_follows_the_mouse(show, made):
    page = show(made, width=1920, height=1080)
    page.locator(".lt-full_screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    box = page.locator(".lt-score").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    knob = page.locator(".lt-knob").bounding_box()
    assert knob["x"] + knob["width"] / 2 == pytest.approx(box["x"] + box["width"] / 2, abs=3)


# --- a lab that lives


def test_a_click_on_an_instance_offers_to_break_it(show, running):
    page = show(running, live=LIVE)
    page.get_by_role("button", name="Break web-2").click()
    dialog = page.get_by_role("dialog", name="Break web-2")
    assert dialog.get_by_role("button").all_text_contents() == [
        "Stop the agent",
        "Fail the next script",
        "Break the health check",
        "Close",
    ]
    dialog.get_by_role("button", name="Fail the next script").click()
    instance = running["instances"][1]["id"]
    assert page.evaluate("first.model.sent") == [{"kind": "inject", "fault": "fail-next-script", "instance": instance}]


def test_without_a_lab_nothing_can_be_broken(show, running):
    page = show(running)
    assert page.locator(".lt-break, .lt-let_pass").count() == 0
    assert page.evaluate("first.model.sent") == [{"kind": "live"}]


def test_playing_to_the_end_of_a_running_deployment_asks_the_lab_to_go_on(show, running):
    page = show(running, live=LIVE, playhead_s=running["to_s"] - 12, speed=20, playing=True)
    page.wait_for_function("first.model.sent.length > 0")
    assert page.evaluate("first.model.sent") == [{"kind": "advance", "seconds": 60}]
    page.evaluate("""() => {
        const { trace } = first.model.state;
        first.model.set({ trace: { ...trace, to_s: trace.to_s + 60 } });
    }""")
    page.wait_for_function("(end) => Number(document.querySelector('.lt-slider').value) > end", arg=running["to_s"])


def test_another_trace_keeps_moment_focus_and_page(show, running):
    page = show(running, live=LIVE, playhead_s=200)
    page.locator(".lt-next").focus()
    page.evaluate("""() => {
        window.frame = document.querySelector('iframe[data-shown]');
        const { trace } = first.model.state;
        first.model.set({ trace: { ...trace, to_s: trace.to_s + 60 } });
    }""")
    assert page.evaluate("window.frame === document.querySelector('iframe[data-shown]')")
    assert page.evaluate("document.activeElement.className") == "lt-next"
    assert text(page, ".lt-clock") == "09:03:20"


def test_a_message_with_trace_and_lab_draws_once(show, running):
    page = show(running, live=LIVE)
    drawn = page.evaluate("""async () => {
        let count = 0;
        new MutationObserver((seen) => { count += seen.filter((one) => one.addedNodes.length).length; })
            .observe(document.querySelector('.lt-above'), { childList: true });
        const { trace, live } = first.model.state;
        first.model.set({ trace: { ...trace, to_s: trace.to_s + 60 }, live: { ...live, now: '09:08:39' } });
        await new Promise((done) => setTimeout(done, 50));
        return count;
    }""")
    assert drawn == 1


# --- barriers


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["one-at-a-time", "blue-green", "stuck-at-allow-traffic", "fails-at-start"])
def test_there_are_no_barriers(show, name, dark):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="Expected axe, found none.")
    made = trace(STORIES[name](), NEW)
    page = show(made, dark=dark, live=LIVE, playhead_s=(made["from_s"] + 2 * made["to_s"]) / 3)
    assert barriers(axe, page) == []
    page.locator(".lt-keys").click()
    assert barriers(axe, page) == []


def barriers(axe, page):
    found = axe.Axe().run(page, ".labkit-theater").response["violations"]
    return [(v["id"], v["help"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found]
