// Healthy instances against the promised minimum, as an area over time.

import { svg } from "./dom.js";
import { healthyHosts } from "./replay.js";
import { fill } from "./words.js";

/** The area's parts for the score; `xOf(atS)` gives a place on its time axis, `left` where that begins, in px, and
 * `captionX` where its caption does. */
export function hostsArea({ trace, words, xOf, left, captionX, top, height }) {
  const cut = healthyHosts(trace);
  const minimum = trace.deployment.minimum_healthy_hosts ?? 0;
  const most = Math.max(1, minimum, ...cut.map(([, , count]) => count));
  const yOf = (count) => top + height * (1 - count / most);
  const box = (name, [fromS, toS], low, high) => svg("rect", {
    class: name, x: xOf(fromS), width: Math.max(0, xOf(toS) - xOf(fromS)), y: yOf(high), height: yOf(low) - yOf(high),
  });
  const areas = cut.map(([fromS, toS, count]) => box("lt-hosts", [fromS, toS], 0, count));
  const missing = cut.filter(([, , count]) => count < minimum);
  const broken = missing.map(([fromS, toS, count]) => box("lt-broken-promise", [fromS, toS], count, minimum));
  const label = (text, x, y, name) => {
    const made = svg("text", { x, y, class: name });
    made.textContent = text;
    return made;
  };
  const parts = [
    label(words.healthy_hosts, captionX, top - 8, "lt-caption"),
    label(String(most), left - 8, top + 9, "lt-label lt-faint"),
    label("0", left - 8, top + height, "lt-label lt-faint"),
    ...areas, ...broken,
  ];
  if (!minimum) return parts;
  const line = svg("path", { class: "lt-promise", d: `M${xOf(trace.from_s)} ${yOf(minimum)}H${xOf(trace.to_s)}` });
  const promise = label(fill(words, "promise", { minimum }), xOf(trace.to_s), top - 8, "lt-label lt-promised");
  return [...parts, line, promise];
}
