"""One Chromium for a file of tests, and pages that show a theater, or a notebook in JupyterLab, in it."""

from contextlib import ExitStack, closing

import pytest

from tests.browser.chromium import ARGUMENTS, CHROMIUM, theater_page
from tests.browser.jupyterlab import jupyterlab, notebook


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Expected the playwright package, found none.")
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield found
        found.close()


@pytest.fixture(scope="module")
def open_notebook(browser, tmp_path_factory):
    """Opens a notebook with these code cells in JupyterLab, its kernel ready and nothing run yet."""
    with ExitStack() as running:

        def open_notebook(cells):
            folder = tmp_path_factory.mktemp("lab")
            (folder / "theater.ipynb").write_text(notebook(cells), encoding="utf-8")
            address = running.enter_context(jupyterlab(folder))
            page = running.enter_context(closing(browser.new_page(viewport={"width": 1300, "height": 1250})))
            page.set_default_timeout(60_000)
            page.goto(f"{address}/lab/tree/theater.ipynb?reset")
            page.wait_for_selector(".jp-Notebook .jp-Cell")
            page.wait_for_selector("text=/ipykernel.*Idle/")
            return page

        yield open_notebook


@pytest.fixture
def open_file(browser):
    """Opens a file in a page of its own; a fault in its scripts fails the test."""
    faults: list[str] = []
    contexts = []

    def open_file(path, *, width=1100, height=900, **context_options):
        context = browser.new_context(viewport={"width": width, "height": height}, **context_options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def show(open_file, tmp_path):
    """Opens a page with a theater of a trace."""

    def show(made, *, width=1100, height=900, dark=False, reduced=False, **state):
        path = tmp_path / "theater.html"
        path.write_text(theater_page(made, dark=dark, **state), encoding="utf-8")
        motion = "reduce" if reduced else "no-preference"
        page = open_file(path, width=width, height=height, reduced_motion=motion)
        page.wait_for_function("window.first")
        return page

    return show
