"""The theater in a real browser, without a kernel."""

from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from labkit.view.trace import trace
from tests.browser.chromium import needs_chromium
from tests.view.synthetic import NEW, Script, answers, begin, fleet, one_at_a_time, roll, status

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def made():
    return trace(one_at_a_time(), NEW)


def clock(page):
    return page.locator(".lt-clock").text_content()


def seek(page, at_s):
    page.evaluate("(at) => first.model.set({ playhead_s: at })", at_s)


def test_it_opens_paused_at_the_first_moment(show, made):
    page = show(made)
    assert clock(page) == "09:01:20"
    assert page.locator(".lt-play").get_attribute("aria-label") == "Play"
    assert page.locator(".lt-card").count() == 4


def test_play_moves_time_and_pause_holds_it(show, made):
    page = show(made, speed=50)
    page.locator(".lt-play").click()
    page.wait_for_function("Number(document.querySelector('.lt-slider').value) > 90")
    page.locator(".lt-play").click()
    held = page.locator(".lt-slider").input_value()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.locator(".lt-slider").input_value() == held


def test_keys_play_step_and_jump_to_the_edges(show, made):
    page = show(made)
    page.locator(".labkit-theater").focus()
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home"):
        page.keyboard.press(key)
        seen.append(clock(page))
    assert seen == ["09:01:40", "09:01:43", "09:01:44", "09:01:43", "09:07:39", "09:01:20"]
    page.keyboard.press("Space")
    assert page.locator(".lt-play").get_attribute("aria-label") == "Pause"


def test_a_key_on_a_button_or_menu_stays_theirs(show, made):
    page = show(made)
    page.locator(".lt-next").focus()
    page.keyboard.press("Space")
    assert (clock(page), page.locator(".lt-play").get_attribute("aria-label")) == ("09:01:40", "Play")
    page.locator("select").focus()
    page.keyboard.press("End")
    assert clock(page) == "09:01:40"


def test_dragging_in_the_score_scrubs(show, made):
    page = show(made)
    box = page.locator(".lt-score").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    page.mouse.down()
    first = clock(page)
    page.mouse.move(box["x"] + 500, box["y"] + 40)
    assert clock(page) > first > "09:01:20"
    page.mouse.up()


def test_the_playhead_stands_under_the_slider(show, made):
    page = show(made)
    for at_s in (made["from_s"], 260, made["to_s"]):
        seek(page, at_s)
        knob = page.locator(".lt-knob").bounding_box()
        slider = page.locator(".lt-slider").bounding_box()
        share = (at_s - made["from_s"]) / (made["to_s"] - made["from_s"])
        thumb = slider["x"] + 8 + share * (slider["width"] - 16)
        assert knob["x"] + knob["width"] / 2 == pytest.approx(thumb, abs=1)


def test_cards_say_version_health_and_event_in_words(show, made):
    page = show(made, playhead_s=130)
    first = page.locator(".lt-card").first
    assert first.locator(".lt-word").text_content() == "v1"
    assert "draining" in first.locator(".lt-health").text_content()
    assert first.locator(".lt-event").text_content() == "BlockTraffic"
    assert first.locator(".lt-elapsed").text_content() == "26 s"
    assert first.get_attribute("data-serving") is None


def test_the_narrator_is_read_out_politely(show, made):
    page = show(made, playhead_s=130)
    narrator = page.locator(".lt-narrator[aria-live=polite]")
    assert narrator.text_content().startswith("BlockTraffic: the load balancer stops sending web-1")


def test_the_visitor_sees_the_page_the_instance_answers(show, made):
    page = show(made, playhead_s=100)
    shown = page.frame_locator("iframe[data-shown]")
    assert shown.locator("main").text_content() == "Hello, version 1"
    seek(page, 430)
    page.wait_for_function("document.querySelector('.lt-by').textContent.includes('v2')")
    assert page.frame_locator("iframe[data-shown]").locator("main").text_content() == "Hello, version 2"


def test_the_strip_counts_the_last_60_answers(show, made):
    page = show(made, playhead_s=245)
    assert page.locator(".lt-strip").get_attribute("aria-label") == "Last 60 answers: 40 v1, 20 v2"


@pytest.fixture
def listener():
    """A web server on this machine, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_deployed_page_can_run_and_fetch_nothing(show, listener):
    address, asked = listener
    wicked = (
        f"<link rel=stylesheet href={address}/x.css><img src={address}/x.png><iframe src={address}/frame></iframe>"
        f"<meta http-equiv=refresh content='0;url={address}/'><script>top.first = null</script>"
        f"<style>@import '{address}/y.css'; body{{background:url({address}/b.png)}}</style>hello"
    )
    script = Script()
    fleet(script, 2)
    begin(script, 2, 1)
    for number in (1, 2):
        script.at(70, replace(answers(number, 1), page=wicked))
    roll(script, 1, 104)
    script.at(200, status("Succeeded"))
    page = show(trace(script.history(), NEW), playhead_s=100)
    page.evaluate("(url) => fetch(url, { mode: 'no-cors' })", f"{address}/the-listener-hears")
    page.wait_for_timeout(300)
    assert page.frame_locator("iframe[data-shown]").locator("body").text_content().strip().endswith("hello")
    assert page.evaluate("Boolean(window.first)")
    assert asked == ["/the-listener-hears"]


def test_dots_move_while_it_plays_and_rest_with_reduced_motion(show, made):
    painted = """() => {
        const canvas = document.querySelector('.lt-dots');
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return data.some((value) => value > 0);
    }"""
    assert show(made, playhead_s=200).evaluate(painted)
    assert not show(made, playhead_s=200, reduced=True).evaluate(painted)


def test_with_reduced_motion_play_goes_event_by_event(show, made):
    page = show(made, reduced=True)
    page.locator(".lt-play").click()
    page.wait_for_function("document.querySelector('.lt-clock').textContent !== '09:01:20'")
    assert clock(page) == "09:01:40"


@pytest.mark.parametrize("width", [360, 420, 700, 1400])
@pytest.mark.parametrize("size", [1, 4, 12, 50])
def test_nothing_is_cut_off_at_any_width_or_fleet(show, width, size):
    page = show(trace(one_at_a_time(size, 3, 5.0), NEW), width=width, playhead_s=130)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = page.evaluate("""() => {
        const stage = document.querySelector('.lt-zones').getBoundingClientRect();
        return [...document.querySelectorAll('.lt-card')].filter((card) => {
            const box = card.getBoundingClientRect();
            return box.left < stage.left || box.right > stage.right + 0.5 || box.width < 50;
        }).length;
    }""")
    assert outside == 0


def test_the_dark_theme_has_its_own_colors(show, made):
    color = "getComputedStyle(document.querySelector('.lt-badge')).backgroundColor"
    assert show(made).evaluate(color) == "rgb(0, 114, 178)"
    assert show(made, dark=True).evaluate(color) == "rgb(86, 168, 224)"


def test_the_kernel_can_move_the_playhead_and_hears_where_it_rests(show, made):
    page = show(made)
    seek(page, 200)
    assert clock(page) == "09:03:20"
    page.locator(".lt-next").click()
    page.wait_for_function("first.model.state.playhead_s === 247.9 && first.model.saved > 0")


def test_two_theaters_do_not_disturb_each_other(show, made):
    page = show(made)
    page.evaluate("window.other = mount('second')")
    page.evaluate("other.model.set({ playhead_s: 300 })")
    assert page.locator(".lt-clock").all_text_contents() == ["09:01:20", "09:05:00"]


def test_taken_down_nothing_is_left_running(show, made):
    page = show(made)
    page.evaluate("""() => {
        window.frames_asked = 0;
        const ask = window.requestAnimationFrame.bind(window);
        window.requestAnimationFrame = (action) => { frames_asked += 1; return ask(action); };
        first.model.set({ playing: true });
    }""")
    page.wait_for_function("frames_asked > 2")
    left = page.evaluate("""async () => {
        first.dispose();
        const before = frames_asked;
        const saved = first.model.saved;
        document.body.dataset.jpThemeLight = 'false';
        await new Promise((done) => setTimeout(done, 400));
        return {
            frames: frames_asked - before, saves: first.model.saved - saved,
            children: document.getElementById('app').childElementCount,
            listeners: Object.values(first.model.heard).flat().length,
        };
    }""")
    assert left == {"frames": 0, "saves": 0, "children": 0, "listeners": 0}
