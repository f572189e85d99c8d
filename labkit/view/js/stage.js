// The stage: the load balancer, and the instances by fleet and Availability Zone. It shows a state; it keeps none.

import { createCard } from "./card.js";
import { html, setAttribute, setText } from "./dom.js";
import { density } from "./geometry.js";
import { fill } from "./words.js";

/** InstanceTarget's instanceLabel, and the word for such a fleet; in place there is one fleet without a label. */
const FLEETS = [[null, null], ["Blue", "blue"], ["Green", "green"]];

/** Builds the stage; `show(state)` makes it say what `state` says, `showElapsed(atS)` for how long. */
export function createStage(trace, words, breaking) {
  const size = density(trace.instances.length);
  const serving = html("span", { class: "lt-serving" });
  const name = trace.target_group === null ? words.direct : words.load_balancer;
  const balancer = html("div", { class: "lt-balancer" }, html("strong", {}, name), serving);
  const cards = trace.instances.map((instance) => createCard({
    trace, words, instance, size, events: plannedEvents(trace, instance.label), breaking,
  }));
  const fleets = FLEETS.map(([label, word]) => createFleet(trace, words, cards, label, word)).filter(Boolean);
  const element = html("div", { class: "lt-stage", "data-density": size }, balancer, ...fleets.map((fleet) => fleet.element));

  function show(state) {
    const minimum = trace.deployment.minimum_healthy_hosts;
    const gaps = { serving: state.in_service, total: presentOf(state.instances).length, minimum };
    const promise = minimum ? ` · ${fill(words, "promise", gaps)}` : "";
    setText(serving, fill(words, "in_service", gaps) + promise);
    setAttribute(balancer, "data-trouble", trace.target_group !== null && state.in_service === 0);
    cards.forEach((card, place) => card.show(state.instances[place]));
    for (const fleet of fleets) fleet.show(state);
  }

  const showElapsed = (atS) => cards.forEach((card) => card.showElapsed(atS));
  return { element, balancer, cards: cards.map((card) => card.element), show, showElapsed };
}

function createFleet(trace, words, cards, label, word) {
  const places = trace.instances.map((_, place) => place).filter((place) => trace.instances[place].label === label);
  if (!places.length) return null;
  const zones = trace.zones.filter((zone) => places.some((place) => trace.instances[place].zone === zone));
  const row = html("div", { class: "lt-zones" }, ...zones.map((zone) => {
    const inside = places.filter((place) => trace.instances[place].zone === zone).map((place) => cards[place].element);
    return html("section", { class: "lt-zone" }, html("h4", {}, zone), html("ul", { class: "lt-cards" }, ...inside));
  }));
  if (word === null) return { element: row, show: () => {} };
  const count = html("span", { class: "lt-serving" });
  const heading = html("h3", { class: "lt-fleet-name" }, html("span", {}, words[word]), count);
  const element = html("section", { class: "lt-fleet", "data-fleet": word }, heading, row);
  const show = (state) => {
    const ours = places.map((place) => state.instances[place]);
    const serving = ours.filter((instance) => instance.in_service).length;
    setText(count, serving ? fill(words, "in_service", { serving, total: presentOf(ours).length }) : words.out);
    setAttribute(element, "data-serving", serving > 0);
  };
  return { element, show };
}

// Machines that are there: launched, and not gone.
function presentOf(instances) {
  const gone = ["terminated", "shutting-down"];
  return instances.filter(({ machine, health }) => (machine !== null || health !== null) && !gone.includes(machine));
}

/** The lifecycle events of a fleet, as far as any of its instances has come. */
function plannedEvents(trace, label) {
  const ours = trace.instances.filter((instance) => instance.label === label);
  const longest = ours.reduce((best, { lifecycle }) => (lifecycle.length > best.length ? lifecycle : best), []);
  return longest.map((row) => row.event);
}
