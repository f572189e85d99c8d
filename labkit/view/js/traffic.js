// Requests as moving dots on a canvas, and the wires they run along. Where a dot is follows from the moment
// alone, so pausing, scrubbing and stepping hold it still or put it anywhere.

import { boxIn, enlargement, html, isDark, setAttribute, svg } from "./dom.js";
import { approach, density, drawnOf, pointAlong, wire } from "./geometry.js";
import { answerNumber, firstRequest, NOBODY } from "./replay.js";

/** Seconds of the person watching, from the visitor to the load balancer and from there to the instance. */
const COMING_S = 0.55;
const GOING_S = 0.75;
const FADING = 0.12;

/** How far beside the visitor's window the wire runs when the window stands above the stage, in px. */
const EDGE = 11;

/** At most so many dots start in a second of the person watching; beyond, one stands for several requests. */
const MOST_DOTS_PER_S = 18;
const MOST_DOTS_PER_S_AND_INSTANCE = 5;

/** How large dots are where cards are large, and where they are small. */
const SCALES = { full: 0.68, compact: 0.68, dense: 0.5, crowd: 0.36 };

/** The width of a shape of `palette.py` with room around it, in its own units. */
const SHAPE = 24;

/** How many requests one dot stands for. */
export function requestsPerDot(trace, ratePerS, speed) {
  const most = Math.max(MOST_DOTS_PER_S, MOST_DOTS_PER_S_AND_INSTANCE * trace.instances.length);
  return Math.max(1, Math.ceil((ratePerS * speed) / most));
}

/** What the dots are drawn on and the wires they run along, both behind the cards; made once for a theater. */
export function createLayers() {
  return {
    canvas: html("canvas", { class: "lt-dots", "aria-hidden": "true" }),
    wires: svg("svg", { class: "lt-wires", "aria-hidden": "true" }),
  };
}

/** Builds the traffic; `measure()` after every change of layout, `draw(atS, speed)` for each frame. */
export function createTraffic({ trace, cut, ratePerS, main, layers, window: visitor, stage }) {
  const { canvas, wires } = layers;
  const pen = canvas.getContext("2d");
  const road = svg("path", { "data-serving": true });
  const lines = stage.cards.map(() => svg("path"));
  wires.replaceChildren(road, ...lines);
  let ways = [];
  let entry = [];
  let ratio = 1;
  let scale = 0.68;
  let sprites = [];
  let neutral = null;

  function measure() {
    ratio = (globalThis.devicePixelRatio || 1) * enlargement(main);
    const [width, height] = [main.clientWidth, main.clientHeight];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    setAttribute(wires, "viewBox", `0 0 ${width} ${height}`);
    const balancer = boxIn(stage.balancer, main);
    const gutter = parseFloat(getComputedStyle(stage.element).getPropertyValue("--lt-gutter"));
    entry = approach(boxIn(visitor, main), balancer, EDGE);
    setAttribute(road, "d", path(entry));
    const found = stage.cards.map((card) => wire(balancer, boxIn(card, main), gutter));
    found.forEach((way, place) => setAttribute(lines[place], "d", path(way)));
    ways = found.map((way) => [entry.at(-1), ...way]);
    scale = SCALES[density(stage.cards.length)];
  }

  /** Each version's shape as a picture of its own: copying one is far cheaper than filling a path for every dot. */
  function readColors() {
    const dark = isDark(main);
    sprites = trace.versions.map((version) => sprite(new Path2D(version.path), dark ? version.dark : version.light, scale * ratio));
    const ring = new Path2D();
    ring.arc(0, 0, 5, 0, 2 * Math.PI);
    neutral = sprite(ring, dark ? "#aab4c2" : "#7b8798", scale * ratio);
  }

  function showWires(state) {
    state.instances.forEach((instance, place) => setAttribute(lines[place], "data-serving", instance.in_service));
  }

  const clear = () => pen.clearRect(0, 0, canvas.width, canvas.height);

  function draw(atS, speed) {
    clear();
    if (!ways.length) return;
    const size = requestsPerDot(trace, ratePerS, speed);
    const first = Math.floor(firstRequest(trace, ratePerS, atS - GOING_S * speed) / size);
    const last = Math.floor(firstRequest(trace, ratePerS, atS + COMING_S * speed) / size);
    for (let block = first; block <= last; block += 1) {
      const answer = answerNumber(trace, cut, ratePerS, drawnOf(block, size));
      if (answer) drawDot(answer, (atS - answer.at_s) / speed);
    }
  }

  function drawDot(answer, ageS) {
    if (ageS < -COMING_S || ageS > GOING_S) return;
    if (ageS < 0) {
      put(pointAlong(entry, 1 + ageS / COMING_S), neutral, 0.7);
      return;
    }
    const along = ageS / GOING_S;
    const way = answer.instance === NOBODY ? turnedAway(entry) : ways[answer.instance];
    put(pointAlong(way, along), sprites[answer.version], along > 1 - FADING ? (1 - along) / FADING : 1);
  }

  function put(point, picture, size) {
    const wide = picture.width * size;
    if (wide > 0) pen.drawImage(picture, point.x * ratio - wide / 2, point.y * ratio - wide / 2, wide, wide);
  }

  return { measure, draw, showWires, readColors, clear };
}

function sprite(shape, color, scale) {
  const picture = document.createElement("canvas");
  picture.width = Math.ceil(SHAPE * scale);
  picture.height = picture.width;
  const pen = picture.getContext("2d");
  pen.translate(picture.width / 2, picture.height / 2);
  pen.scale(scale, scale);
  pen.fillStyle = color;
  pen.fill(shape);
  return picture;
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
