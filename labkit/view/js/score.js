// The score: one time axis with the share of each version, the healthy instances and a row of events for each.

import { enlargement, html, setAttribute, svg } from "./dom.js";
import { ticks } from "./geometry.js";
import { hostsArea } from "./hosts.js";
import { ERRORS, shares } from "./replay.js";
import { clock } from "./words.js";

const LEFT = 76;
const HALF_LABEL = 26;
const RIGHT = 14;
const SHARE = { top: 22, height: 56 };
const HOSTS = { top: SHARE.top + SHARE.height + 26, height: 34 };
const ROWS_TOP = HOSTS.top + HOSTS.height + 28;
const LETTER_PX = 5.7;

/** The captions begin so far right of the axis that the playhead does not lie on them at the first moment, in px. */
const BESIDE_PLAYHEAD = 9;

/** A mark in an area of the shares needs so much room, in px. */
const LEAST_ROOM_PX = 26;

/** Builds the score; `layout(width)` draws it, `show(atS)` moves the playhead, dragging calls `seek(atS)`. */
export function createScore(trace, words, seek, signal) {
  const picture = svg("svg", { class: "lt-score", "aria-hidden": "true" });
  // The playhead is a layer of its own: moving it does not draw the score again.
  const head = html("div", { class: "lt-head", "aria-hidden": "true" }, html("i", { class: "lt-knob" }));
  const element = html("div", { class: "lt-score-box" }, picture, head);
  let width = 0;

  const xOf = (atS) => LEFT + ((atS - trace.from_s) / (trace.to_s - trace.from_s)) * (width - LEFT - RIGHT);
  const momentAt = (x) => trace.from_s + ((x - LEFT) / (width - LEFT - RIGHT)) * (trace.to_s - trace.from_s);

  function layout(newWidth) {
    width = Math.max(newWidth, LEFT + RIGHT + 100);
    const row = rowHeights(trace.instances.length);
    const bottom = ROWS_TOP + row.pitch * trace.instances.length;
    setAttribute(picture, "viewBox", `0 0 ${width} ${bottom + 24}`);
    setAttribute(picture, "height", bottom + 24);
    const hosts = hostsArea({ trace, words, xOf, left: LEFT, captionX: LEFT + BESIDE_PLAYHEAD, ...HOSTS });
    const parts = [...axis(bottom), ...share(), ...hosts, ...rows(ROWS_TOP, row)];
    head.style.height = `${bottom + 2}px`;
    picture.replaceChildren(...parts);
  }

  function axis(bottom) {
    const { step, found } = ticks(trace.from_s, trace.to_s, (width - LEFT - RIGHT) / 74);
    const parts = found.map((atS) => {
      // A label at the edge stays inside the picture.
      const x = Math.min(xOf(atS), width - HALF_LABEL);
      const label = svg("text", { x, y: bottom + 16, class: "lt-tick" });
      label.textContent = clock(trace, atS, step % 60 ? 3 : 2);
      const line = svg("path", { class: "lt-grid", d: `M${xOf(atS)} ${SHARE.top}V${bottom}` });
      return svg("g", {}, line, label);
    });
    const { created_s: createdS, ended_s: endedS } = trace.deployment;
    for (const atS of [createdS, endedS].filter((moment) => moment !== null)) {
      const x = xOf(atS);
      parts.push(svg("path", { class: "lt-edge", d: `M${x} ${SHARE.top}v${SHARE.height}M${x} ${HOSTS.top}v${HOSTS.height}M${x} ${ROWS_TOP - 2}V${bottom}` }));
    }
    return parts;
  }

  function share() {
    const title = svg("text", { x: LEFT + BESIDE_PLAYHEAD, y: SHARE.top - 8, class: "lt-caption" });
    title.textContent = words.share;
    const labels = [["100 %", SHARE.top + 9], ["0", SHARE.top + SHARE.height]].map(([text, y]) => {
      const label = svg("text", { x: LEFT - 8, y, class: "lt-label lt-faint" });
      label.textContent = text;
      return label;
    });
    return [title, ...labels, ...bands(trace, xOf)];
  }

  function rows(top, row) {
    const title = svg("text", { x: LEFT + BESIDE_PLAYHEAD, y: top - 8, class: "lt-caption" });
    title.textContent = words.events;
    return [title, ...trace.instances.map((instance, place) => instanceRow(instance, top + place * row.pitch, row, place))];
  }

  function instanceRow(instance, y, row, place) {
    const group = svg("g", { transform: `translate(0 ${y})` });
    if (place % row.every === 0) {
      const label = svg("text", { x: LEFT - 8, y: row.bar / 2 + 4, class: "lt-label" });
      label.textContent = instance.name;
      group.append(label);
    }
    group.append(...versionStrips(trace, instance, xOf, row));
    group.append(...instance.lifecycle.filter((event) => event.from_s !== null).map((event) => eventBar(event, row)));
    return group;
  }

  function eventBar(event, row) {
    const [x, endX] = [xOf(event.from_s), xOf(event.to_s ?? trace.to_s)];
    const wide = Math.max(endX - x, 1.5);
    const name = event.status === "InProgress" ? "running" : event.phase;
    const classes = `lt-event-bar lt-${event.status === "Failed" ? "failed" : name}`;
    const box = svg("rect", { class: classes, x, width: wide, height: row.bar, rx: Math.min(2, wide / 3) });
    const title = svg("title");
    title.textContent = `${event.event} · ${clock(trace, event.from_s)} · ${event.status}`;
    box.append(title);
    const group = svg("g", {}, box);
    if (event.status === "Failed") group.append(failure(endX, row));
    if (row.bar >= 12 && wide > event.event.length * LETTER_PX + 6) {
      const text = svg("text", { x: x + wide / 2, y: row.bar / 2 + 3.5, class: `lt-in-bar lt-on-${event.phase}` });
      text.textContent = event.event;
      group.append(text);
    }
    return group;
  }

  const drag = (event) => {
    if (event.buttons & 1) seek(momentAt((event.clientX - picture.getBoundingClientRect().left) / enlargement(element)));
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    picture.setPointerCapture(event.pointerId);
    drag(event);
  }, { signal });
  picture.addEventListener("pointermove", drag, { signal });

  const show = (atS) => {
    head.style.transform = `translateX(${Math.round(xOf(atS) * 4) / 4}px)`;
  };
  return { element, layout, show };
}

function rowHeights(count) {
  if (count <= 8) return { bar: 16, pitch: 28, strip: 4, every: 1 };
  if (count <= 16) return { bar: 12, pitch: 19, strip: 3, every: 1 };
  if (count <= 80) return { bar: 4, pitch: 8, strip: 2, every: count <= 20 ? 2 : 5 };
  return { bar: 2, pitch: 3, strip: 1, every: 10 };
}

/** The stacked areas: old versions at the bottom, errors on top, each with its mark where it is largest. */
function bands(trace, xOf) {
  const cut = shares(trace);
  const keys = [...new Set(cut.flatMap(([, , share]) => Object.keys(share).map(Number)))];
  keys.sort((a, b) => rank(trace, a) - rank(trace, b));
  const below = cut.map(() => 0);
  return keys.flatMap((key) => {
    const pieces = cut.map(([fromS, toS, share], place) => {
      const base = below[place];
      below[place] += share[key] ?? 0;
      const [low, high] = [base, below[place]].map((part) => SHARE.top + SHARE.height * (1 - part));
      return { left: xOf(fromS), right: xOf(toS), low, high };
    });
    const upper = pieces.flatMap(({ left, right, high }) => [`${left} ${high}`, `${right} ${high}`]);
    const lower = pieces.flatMap(({ left, right, low }) => [`${left} ${low}`, `${right} ${low}`]).reverse();
    const area = svg("path", { class: "lt-band", d: `M${[...upper, ...lower].join("L")}Z`, fill: fillOf(key) });
    return [area, ...bandMark(trace, key, pieces)];
  });
}

// The larger of width and height says little: a mark needs room both ways.
function bandMark(trace, key, pieces) {
  const room = ({ left, right, low, high }) => Math.min(right - left, 2 * (low - high));
  const best = pieces.reduce((one, other) => (room(other) > room(one) ? other : one));
  if (room(best) < LEAST_ROOM_PX) return [];
  const place = key === ERRORS ? trace.versions.findIndex(({ kind }) => kind === "error") : key;
  const at = `translate(${(best.left + best.right) / 2} ${(best.low + best.high) / 2}) scale(0.6)`;
  return [svg("path", { class: "lt-band-mark", d: trace.versions[place].path, transform: at, fill: `var(--lt-i${place})` })];
}

function fillOf(key) {
  return key === ERRORS ? "var(--lt-error)" : `var(--lt-v${key})`;
}

function rank(trace, key) {
  return key === ERRORS ? Infinity : trace.versions[key].number ?? 0;
}

/** Under the events of a row: what the instance answers, solid while visitors are sent there. */
function versionStrips(trace, instance, xOf, row) {
  return instance.answers.flatMap((answer, place) => {
    const fromS = Math.max(answer.at_s, trace.from_s);
    const toS = instance.answers[place + 1]?.at_s ?? trace.to_s;
    const strip = (start, end, name) =>
      svg("rect", {
        class: name,
        x: xOf(start),
        width: Math.max(0, xOf(end) - xOf(start)),
        y: row.bar + 1,
        height: row.strip,
        fill: `var(--lt-v${answer.version})`,
      });
    const served = instance.in_service
      .map(([start, end]) => [Math.max(start, fromS), Math.min(end, toS)])
      .filter(([start, end]) => start < end);
    return [strip(fromS, toS, "lt-installed"), ...served.map(([start, end]) => strip(start, end, "lt-served"))];
  });
}

function failure(x, row) {
  const mark = svg("text", { x: x + 4, y: row.bar / 2 + 4, class: "lt-failure" });
  mark.textContent = "✕";
  return mark;
}
