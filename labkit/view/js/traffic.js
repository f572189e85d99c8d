// Requests as moving dots on a canvas, and the wires they run along. Where a dot is follows from the moment
// alone, so pausing, scrubbing and stepping hold it still or put it anywhere.

import { boxIn, isDark, setAttribute, svg } from "./dom.js";
import { approach, drawnOf, pointAlong, wire } from "./geometry.js";
import { answerNumber, firstRequest, NOBODY } from "./replay.js";

/** Seconds of the person watching, from the visitor to the load balancer and from there to the instance. */
const COMING_S = 0.55;
const GOING_S = 0.75;
const FADING = 0.12;

/** How far beside the visitor's window the wire runs when the window stands above the stage, in px. */
const EDGE = 11;

/** At most so many dots start in a second of the person watching; beyond, one stands for several requests. */
const MOST_DOTS_PER_S = 18;

/** How many requests one dot stands for. */
export function requestsPerDot(ratePerS, speed) {
  return Math.max(1, Math.ceil((ratePerS * speed) / MOST_DOTS_PER_S));
}

/** Builds the layer; `measure()` after every change of layout, `draw(atS, speed)` for each frame. */
export function createTraffic({ trace, cut, ratePerS, main, window: visitor, stage }) {
  const canvas = main.appendChild(document.createElement("canvas"));
  canvas.className = "lt-dots";
  setAttribute(canvas, "aria-hidden", "true");
  main.prepend(stage.wires);
  const road = stage.wires.appendChild(svg("path", { "data-serving": true }));
  const lines = stage.cards.map(() => stage.wires.appendChild(svg("path")));
  const shapes = trace.versions.map((version) => new Path2D(version.path));
  let ways = [];
  let entry = [];
  let ratio = 1;
  let scale = 0.62;
  let colors = [];
  let neutral = "";

  function measure() {
    ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [main.clientWidth, main.clientHeight];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    setAttribute(stage.wires, "viewBox", `0 0 ${width} ${height}`);
    const balancer = boxIn(stage.balancer, main);
    const gutter = parseFloat(getComputedStyle(stage.element).getPropertyValue("--lt-gutter"));
    entry = approach(boxIn(visitor, main), balancer, EDGE);
    setAttribute(road, "d", path(entry));
    ways = stage.cards.map((card) => wire(balancer, boxIn(card, main), gutter));
    ways.forEach((way, place) => setAttribute(lines[place], "d", path(way)));
    scale = stage.cards.length > 16 ? 0.5 : 0.68;
  }

  function readColors() {
    const dark = isDark(main);
    colors = trace.versions.map((version) => (dark ? version.dark : version.light));
    neutral = dark ? "#aab4c2" : "#7b8798";
  }

  function showWires(state) {
    state.instances.forEach((instance, place) => setAttribute(lines[place], "data-serving", instance.in_service));
  }

  function clear() {
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    return pen;
  }

  function draw(atS, speed) {
    const pen = clear();
    if (!ways.length) return;
    const size = requestsPerDot(ratePerS, speed);
    const first = Math.floor(firstRequest(trace, ratePerS, atS - GOING_S * speed) / size);
    const last = Math.floor(firstRequest(trace, ratePerS, atS + COMING_S * speed) / size);
    for (let block = first; block <= last; block += 1) {
      const answer = answerNumber(trace, cut, ratePerS, drawnOf(block, size));
      if (answer) drawDot(pen, answer, (atS - answer.at_s) / speed);
    }
  }

  function drawDot(pen, answer, ageS) {
    if (ageS < -COMING_S || ageS > GOING_S) return;
    if (ageS < 0) return put(pen, pointAlong(entry, 1 + ageS / COMING_S), null, 0.7);
    const along = ageS / GOING_S;
    const way = answer.instance === NOBODY ? turnedAway(entry) : [entry.at(-1), ...ways[answer.instance]];
    const fading = along > 1 - FADING ? (1 - along) / FADING : 1;
    return put(pen, pointAlong(way, along), answer.version, fading);
  }

  function put(pen, point, version, size) {
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.translate(point.x, point.y);
    pen.scale(scale * size, scale * size);
    pen.fillStyle = version === null ? neutral : colors[version];
    pen.beginPath();
    if (version === null) pen.arc(0, 0, 5, 0, 2 * Math.PI), pen.fill();
    else pen.fill(shapes[version]);
  }

  return { measure, draw, showWires, readColors, clear };
}

function path(corners) {
  return corners.map(({ x, y }, place) => `${place ? "L" : "M"}${x} ${y}`).join("");
}

// Nobody is in service: the load balancer answers by itself, and the request ends a little inside it.
function turnedAway(entry) {
  const { x, y } = entry.at(-1);
  const inward = entry.at(-2).x < x ? 1 : -1;
  return [{ x, y }, { x: x + 60 * inward, y }];
}
