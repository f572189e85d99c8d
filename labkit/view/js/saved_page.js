// A theater on a page of its own: what it would ask the kernel for stands in the page.

import { render } from "./theater.js";

/** A model without a kernel: it keeps what it is told and tells whoever listens. */
function createModel(state) {
  const heard = {};
  const each = (names, action) => names.split(" ").forEach((name) => action(name));
  return {
    get: (name) => state[name],
    set(values) {
      const changed = Object.keys(values).filter((name) => state[name] !== values[name]);
      Object.assign(state, values);
      for (const name of changed) (heard[`change:${name}`] ?? []).slice().forEach((action) => action());
    },
    on: (names, action) => each(names, (name) => (heard[name] ??= []).push(action)),
    off: (names, action) => each(names, (name) => {
      heard[name] = (heard[name] ?? []).filter((other) => other !== action);
    }),
    save_changes() {}, // there is nobody to tell
    send() {},
  };
}

const given = JSON.parse(document.getElementById("state").textContent);
render({ model: createModel({ ...given, live: {}, playing: false }), el: document.getElementById("theater") });
