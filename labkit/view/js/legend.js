// What the colors, shapes and shades mean.

import { html } from "./dom.js";
import { segments } from "./replay.js";

/** The versions of a trace, and what the shades of its lifecycle events say. */
export function createLegend(trace, words, mark) {
  const shown = new Set(trace.instances.flatMap((instance) => instance.answers.map((row) => row.version)));
  for (const { servers } of segments(trace)) for (const { version } of servers) shown.add(version);
  shown.add(trace.deployment.version);
  const places = [...shown].sort((a, b) => (trace.versions[a].number ?? 99) - (trace.versions[b].number ?? 99));
  const versions = places.map((place) => {
    const { word, label, path } = trace.versions[place];
    const shape = mark(path);
    shape.style.color = `var(--lt-v${place})`;
    return html("li", {}, shape, html("b", {}, word), ` ${label}`);
  });
  const phases = ["leave", "install", "return"].map((name) => html("li", {}, html("i", { class: `lt-key lt-${name}` }), words[name]));
  return html("ul", { class: "lt-legend" }, ...versions, ...phases);
}
