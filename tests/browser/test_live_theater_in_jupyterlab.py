"""A lab that lives, in JupyterLab: the theater moves it, breaks it, and a what-if plays beside it."""

import pytest

from tests.browser.chromium import needs_chromium

pytestmark = needs_chromium

CELLS = (
    """import boto3, labkit
from tests.benchmarks.main_job import request
lab = labkit.start(stage="v1-deployed", seed=7)
commit_id = lab.github.repository("student/hello-web").commit({"index.html": "<h1>Hello, version 2</h1>"}, "v2")
deployment_id = boto3.client("codedeploy").create_deployment(**request(commit_id))["deploymentId"]
lab.theater(deployment_id)""",
    """lab.advance(60)
lab.what_if(deployment_id)""",
)


@pytest.fixture(scope="module")
def lab(open_notebook):
    page = open_notebook(CELLS)
    run(page, 0)
    page.wait_for_selector(".labkit-theater .lt-card")
    return page


def run(page, cell):
    page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def test_playing_on_lets_the_labs_time_pass_and_a_click_breaks_an_instance_there(lab):
    end = float(lab.locator(".lt-slider").get_attribute("max"))
    lab.locator(".labkit-theater select").select_option("50")
    lab.locator(".lt-play").click()
    lab.wait_for_function("(end) => Number(document.querySelector('.lt-slider').value) > end + 60", arg=end)
    lab.locator(".lt-play").click()
    lab.locator(".lt-card:not([data-target=Succeeded]):not([data-target=InProgress]) .lt-break").first.click()
    lab.get_by_role("button", name="Fail the next script").click()
    lab.locator(".lt-said", has_text="Fail the next script. Let time pass").wait_for()
    lab.locator(".lt-play").click()
    lab.locator(".lt-status:is([data-status=Failed], [data-status=Succeeded])").wait_for()
    lab.locator(".lt-card[data-target=Failed]").wait_for()


def test_a_what_if_plays_beside_the_lab_and_keeps_the_playhead(lab):
    run(lab, 1)
    shown = lab.locator(".jp-CodeCell").nth(1)
    shown.locator(".lt-card").first.wait_for()
    shown.locator(".lt-moments button").first.click()
    before = shown.locator(".lt-clock").text_content()
    shown.get_by_label("Fleet size (instances)").press("ArrowRight")
    lab.wait_for_function("document.querySelectorAll('.jp-CodeCell')[1].querySelectorAll('.lt-card').length === 5")
    assert shown.locator(".lt-clock").text_content() == before
    assert lab.locator(".jp-CodeCell").nth(0).locator(".lt-card").count() == 4
