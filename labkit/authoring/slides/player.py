"""A widget as a page of its own: what anywidget saved of it, and a stand-in for the kernel's model."""

import json
from collections.abc import Mapping
from typing import Any

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%(title)s</title>
<style>html, body { margin: 0; background: #fff; }</style><style>%(css)s</style></head>
<body data-jp-theme-light="true"><div id="widget"></div><script type="module">
const state = %(state)s;
const heard = {};
const tell = (name) => (heard[name] ?? []).slice().forEach((action) => action());
const model = {
  get: (name) => state[name],
  set(given, value) {
    const values = typeof given === "string" ? { [given]: value } : given;
    const changed = Object.keys(values).filter((name) => state[name] !== values[name]);
    Object.assign(state, values);
    changed.forEach((name) => tell(`change:${name}`));
  },
  save_changes() {},
  send() {},
  on: (names, action) => names.split(" ").forEach((name) => (heard[name] ??= []).push(action)),
  off: (names, action) => names.split(" ").forEach((name) => {
    heard[name] = action ? (heard[name] ?? []).filter((other) => other !== action) : [];
  }),
};
const code = new Blob([%(esm)s], { type: "text/javascript" });
const widget = await import(URL.createObjectURL(code));
widget.default.render({ model, el: document.getElementById("widget") });
</script></body></html>"""
"""The messages of a widget go nowhere here: there is no kernel to hear them."""


def player(state: Mapping[str, Any], title: str) -> str:
    """The page of a widget with this saved ``state``; it plays without a kernel and without a network."""
    shown = {name: value for name, value in state.items() if not name.startswith("_")}
    return PAGE % {
        "title": title,
        "css": state["_css"].replace("</style", "<\\/style"),
        "state": _script(shown),
        "esm": _script(state["_esm"]),
    }


def _script(value: Any) -> str:
    """A value as JavaScript that cannot end the element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
