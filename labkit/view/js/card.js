// An instance as a card: what it answers, its health, how far its lifecycle events have come. It keeps no state.

import { html, mark, setAttribute, setText, svg, versionColor, versionInk } from "./dom.js";
import { NOBODY } from "./replay.js";
import { fill, span } from "./words.js";

const HEALTH_MARKS = { healthy: "✓", unhealthy: "✕", draining: "⇣", initial: "…", unused: "–" };
const STEP_STATES = { ".": "pending", ">": "running", "+": "done", "!": "failed", "-": "skipped", "?": "pending" };
const BOLT = "M10 1L3 11H7.5L6 19L14 8H9Z";
const BLUE = "Blue";

/** Builds the card of an instance; `events` are the names of its lifecycle events, `breaking(instance)` is optional. */
export function createCard({ trace, words, instance, size, events, breaking }) {
  const shape = mark("");
  const word = html("span", { class: "lt-word" });
  const healthMark = html("span", { "aria-hidden": "true" });
  const healthWord = html("span", { class: "lt-health-word" });
  const steps = events.map((event) => html("i", { title: event }));
  const event = html("span", { class: "lt-event" });
  const elapsed = html("span", { class: "lt-elapsed" });
  let since = null;
  let shown = null;
  const element = html(
    "li",
    { class: "lt-card" },
    html("span", { class: "lt-badge" }, shape, word),
    html("span", { class: "lt-name" }, size === "dense" || size === "crowd" ? instance.name.replace("web-", "") : instance.name),
    html("span", { class: "lt-id" }, instance.id),
    html("span", { class: "lt-health" }, healthMark, healthWord),
    html("span", { class: "lt-steps", "aria-hidden": "true" }, ...steps),
    html("span", { class: "lt-now" }, event, elapsed),
    breaking ? breakButton(words, instance, breaking) : null,
  );

  function show(state) {
    if (shown && Object.keys(state).every((key) => state[key] === shown[key])) return;
    shown = state;
    const version = state.machine === null || state.machine === "running" ? trace.versions[state.version] : undefined;
    element.style.setProperty("--lt-version", versionColor(version ? state.version : NOBODY));
    element.style.setProperty("--lt-ink", versionInk(version ? state.version : NOBODY));
    setAttribute(shape.firstChild, "d", version?.path ?? "");
    setText(word, version?.word ?? "–");
    setAttribute(element, "data-serving", state.in_service);
    setAttribute(element, "data-health", state.health);
    setAttribute(element, "data-target", state.target);
    const known = knownOf(words, state);
    setAttribute(element, "data-machine", isAbsent(state) ? "absent" : known === words.booting_state ? "pending" : state.machine);
    setText(healthMark, HEALTH_MARKS[known] ?? "");
    setText(healthWord, known ? ` ${known}` : "");
    steps.forEach((step, place) => setAttribute(step, "data-state", STEP_STATES[state.events[place] ?? "."]));
    const said = eventText(words, instance, state);
    setText(event, said);
    since = state.events.includes(">") ? state.since_s : null;
    setAttribute(element, "title", [instance.name, version?.label, known, state.reason, said].filter(Boolean).join(" · "));
  }

  const showElapsed = (atS) => size !== "crowd" && setText(elapsed, since === null ? "" : span(words, atS - since));
  return { element, show, showElapsed };
}

// The whole card is the button, for a finger and for a key alike.
function breakButton(words, instance, breaking) {
  const bolt = svg("svg", { viewBox: "0 0 18 20", "aria-hidden": "true" }, svg("path", { d: BOLT }));
  const name = fill(words, "break", { instance: instance.name });
  const made = html("button", { type: "button", class: "lt-break", "aria-label": name, "data-key": instance.id }, bolt);
  made.addEventListener("click", () => breaking(instance));
  return made;
}

// Not launched yet: a machine that the trace tells of, but not of this moment.
function isAbsent(state) {
  return state.machine === null && state.health === null && state.version === NOBODY;
}

function knownOf(words, state) {
  if (isAbsent(state)) return words.absent;
  // EC2 calls a machine running before anything on it answers.
  const silent = state.machine === "running" && state.health === null && state.version === NOBODY;
  if (state.machine === "pending" || silent) return words.booting_state;
  const down = state.machine !== null && state.machine !== "running";
  return down ? state.machine : state.health;
}

function eventText(words, { label }, state) {
  if (state.target === "Failed") return `✕ ${state.event ?? ""} ${words.failed}`;
  if (state.event !== null) return state.event;
  if (state.target === "Succeeded" && label === BLUE) return words.out;
  return { Pending: words.pending, Ready: words.ready, Succeeded: words.done, Skipped: words.skipped }[state.target] ?? "";
}
