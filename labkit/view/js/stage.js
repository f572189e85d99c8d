// The stage: the load balancer, and the instances by Availability Zone. It shows a state; it keeps none.

import { html, mark, setAttribute, setText, svg, versionColor, versionInk } from "./dom.js";
import { density } from "./geometry.js";
import { fill, span } from "./words.js";

const HEALTH_MARKS = { healthy: "✓", unhealthy: "✕", draining: "⇣", initial: "…", unused: "–" };
const STEP_STATES = { ".": "pending", ">": "running", "+": "done", "!": "failed", "-": "skipped", "?": "pending" };

/** Builds the stage; `show(state)` makes it say what `state` says, `showElapsed(atS)` for how long. */
export function createStage(trace, words) {
  const size = density(trace.instances.length);
  const balancer = html("div", { class: "lt-balancer" });
  const name = trace.target_group === null ? words.direct : words.load_balancer;
  const serving = html("span", { class: "lt-serving" });
  balancer.append(html("strong", {}, name), serving);
  const cards = trace.instances.map((instance) => createCard(trace, words, instance, size));
  const zones = trace.zones.map((zone) => {
    const inside = cards.filter((_, place) => trace.instances[place].zone === zone);
    const list = html("ul", { class: "lt-cards" }, ...inside.map((card) => card.element));
    return html("section", { class: "lt-zone" }, html("h3", {}, zone), list);
  });
  const wires = svg("svg", { class: "lt-wires", "aria-hidden": "true" });
  const row = html("div", { class: "lt-zones", style: `--lt-zones: ${trace.zones.length}` }, ...zones);
  const element = html("div", { class: "lt-stage", "data-density": size }, balancer, row);

  function show(state) {
    const minimum = trace.deployment.minimum_healthy_hosts;
    const gaps = { serving: state.in_service, total: trace.instances.length, minimum };
    const promise = minimum ? ` · ${fill(words, "promise", gaps)}` : "";
    setText(serving, fill(words, "in_service", gaps) + promise);
    setAttribute(balancer, "data-trouble", trace.target_group !== null && state.in_service === 0);
    cards.forEach((card, place) => card.show(state.instances[place]));
  }

  const showElapsed = (atS) => cards.forEach((card) => card.showElapsed(atS));
  return { element, balancer, wires, cards: cards.map((card) => card.element), show, showElapsed };
}

function createCard(trace, words, instance, size) {
  const shape = mark("");
  const word = html("span", { class: "lt-word" });
  const healthMark = html("span", { "aria-hidden": "true" });
  const healthWord = html("span", { class: "lt-health-word" });
  const health = html("span", { class: "lt-health" }, healthMark, healthWord);
  const steps = plannedEvents(trace).map((event) => html("i", { title: event }));
  const bar = html("span", { class: "lt-steps", "aria-hidden": "true" }, ...steps);
  const event = html("span", { class: "lt-event" });
  const elapsed = html("span", { class: "lt-elapsed" });
  let since = null;
  const element = html(
    "li",
    { class: "lt-card" },
    html("span", { class: "lt-badge" }, shape, word),
    html("span", { class: "lt-name" }, size === "dense" ? instance.name.replace("web-", "") : instance.name),
    html("span", { class: "lt-id" }, instance.id),
    health,
    bar,
    html("span", { class: "lt-now" }, event, elapsed),
  );

  function show(state) {
    const version = trace.versions[state.version];
    element.style.setProperty("--lt-version", versionColor(state.version));
    element.style.setProperty("--lt-ink", versionInk(state.version));
    setAttribute(shape.firstChild, "d", version?.path ?? "");
    setText(word, version?.word ?? "");
    setAttribute(element, "data-serving", state.in_service);
    setAttribute(element, "data-health", state.health);
    setAttribute(element, "data-target", state.target);
    setAttribute(element, "data-machine", state.machine);
    const down = state.machine !== null && state.machine !== "running";
    const known = down ? state.machine : state.health;
    setText(healthMark, HEALTH_MARKS[known] ?? "");
    setText(healthWord, known ? ` ${known}` : "");
    steps.forEach((step, place) => setAttribute(step, "data-state", STEP_STATES[state.events[place] ?? "."]));
    const said = eventText(words, state);
    setText(event, said);
    since = state.events.includes(">") ? state.since_s : null;
    setAttribute(element, "title", [instance.name, version?.label, known, state.reason, said].filter(Boolean).join(" · "));
  }

  const showElapsed = (atS) => setText(elapsed, since === null ? "" : span(words, atS - since));
  return { element, show, showElapsed };
}

/** The lifecycle events of this deployment, as far as any instance has come. */
function plannedEvents(trace) {
  const longest = trace.instances.reduce((best, { lifecycle }) => (lifecycle.length > best.length ? lifecycle : best), []);
  return longest.map((row) => row.event);
}

function eventText(words, state) {
  if (state.target === "Failed") return `✕ ${state.event ?? ""} ${words.failed}`;
  if (state.event !== null) return state.event;
  return { Pending: words.pending, Succeeded: words.done, Skipped: words.skipped }[state.target] ?? "";
}
