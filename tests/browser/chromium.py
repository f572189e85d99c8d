"""Debian's Chromium, where there is one, driven by Playwright; and a page that shows one theater without a kernel."""

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.view.theater import Theater
from labkit.view.trace_types import Trace
from labkit.view.words import ENGLISH

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason="Expected Debian's Chromium for the browser tests, found none; apt-get install chromium.",
)

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>theater</title><link rel="icon" href="data:,">
<style>%(css)s</style><body data-jp-theme-light="%(light)s">
<div id="app"></div><div id="second"></div><script type="module">
const model = (state) => {
  const heard = {};
  const hear = (name) => (heard[name] ?? []).slice().forEach((action) => action());
  return {
    heard, state, saved: 0, sent: [],
    get: (name) => state[name],
    set(values) {
      const changed = Object.keys(values).filter((name) => state[name] !== values[name]);
      Object.assign(state, values);
      changed.forEach((name) => hear(`change:${name}`));
    },
    save_changes() { this.saved += 1; },
    send(message) { this.sent.push(message); },
    on: (names, action) => names.split(" ").forEach((name) => (heard[name] ??= []).push(action)),
    off: (names, action) => names.split(" ").forEach((name) => {
      heard[name] = (heard[name] ?? []).filter((other) => other !== action);
    }),
  };
};
const theater = await import(URL.createObjectURL(new Blob([%(esm)s], { type: "text/javascript" })));
window.mount = (id) => {
  const made = model(structuredClone(%(state)s));
  return { model: made, dispose: theater.default.render({ model: made, el: document.getElementById(id) }) };
};
window.first = window.mount("app");
</script></body></html>"""


def theater_page(trace: Trace, *, dark: bool = False, **state: Any) -> str:
    """A page with one theater on it and a stand-in for the kernel's model (``window.first.model``)."""
    known = {
        "trace": trace,
        "words": ENGLISH,
        "live": {},
        "playhead_s": trace["from_s"],
        "speed": 10,
        "rate_per_s": 2,
        "playing": False,
        **state,
    }
    return PAGE % {
        "css": Theater._css,
        "light": "false" if dark else "true",
        "esm": _script(Theater._esm),
        "state": _script(known),
    }


def _script(value: Any) -> str:
    return json.dumps(value).replace("<", "\\u003c")
